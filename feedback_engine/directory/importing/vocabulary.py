"""Pure. The words people use for columns, languages, countries and kinds of partner, in five languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from babel import Locale

from feedback_engine.directory.importing.countries import own_names
from feedback_engine.directory.importing.folding import fold, tidy, words_of

_SPOKEN = ("en", "it", "de", "fr", "es")
_NAMED_BY_THEMSELVES = words_of(
    """en it de fr es pt nl pl cs sk sl hr sr bg ro hu el tr ru uk da sv nb no fi et lv lt ar he fa hi zh ja ko th vi id
    ms ca eu gl sq ga is mt"""
)
_THREE_LETTERS = {"eng": "en", "ita": "it", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es"}
_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})
_EVERYDAY_COUNTRIES = {
    "uk": "GB", "great britain": "GB", "england": "GB", "gran bretagna": "GB", "usa": "US", "uae": "AE",
    "stati uniti d america": "US", "holland": "NL", "olanda": "NL", "the netherlands": "NL", "czech republic": "CZ",
}  # fmt: skip
_LONGEST_NAME = 80
_E_MAIL = re.compile(r"\be mail\b")
_REMARK = re.compile(r"\([^)]*\)|\[[^]]*\]")

PARTNER_KEY = "partner.key"
PARTNER_NAME = "partner.name"
KIND = "partner.kind"
TIER = "partner.tier"
REGION = "partner.region"
COUNTRY = "partner.country"
PARTNER_TIME_ZONE = "partner.time_zone"
PARENT = "partner.parent"
OWNER = "partner.owner"
CONTACT_NAME = "contact.name"
FIRST_NAME = "contact.first_name"
LAST_NAME = "contact.last_name"
EMAIL = "contact.email"
ROLE = "contact.role"
LANGUAGE = "contact.language"
CONTACT_TIME_ZONE = "contact.time_zone"
PHONE = "contact.phone"
ATTRIBUTE = "attribute"
LEFT_OUT = "leave"

FIELDS = (
    PARTNER_KEY, PARTNER_NAME, KIND, TIER, REGION, COUNTRY, PARTNER_TIME_ZONE, PARENT, OWNER,
    EMAIL, CONTACT_NAME, FIRST_NAME, LAST_NAME, ROLE, LANGUAGE, PHONE, CONTACT_TIME_ZONE,
)  # fmt: skip
"""Each may be filled from one column; `attribute` and `leave` may be said of many."""

ANY_NAME = "name"
"""A header such as `Name` alone: the contact's name where another column names the partner, else the partner's."""

_HEADERS: Mapping[str, str] = {
    PARTNER_KEY: """
        partner id|partner key|partner code|partner number|partner no|account id|account number|account code|company id
        customer id|customer number|external id|external key|crm id|key|id|code|reference|ref|vendor number
        codice|codice partner|codice cliente|codice fornitore|id partner|id azienda|numero partner|cod|riferimento
        partnernummer|kundennummer|kunden nr|lieferantennummer|debitorennummer|nummer|schluessel|kennung|nr
        code partenaire|numero partenaire|identifiant|code client|numero client|cle
        codigo|codigo de socio|codigo socio|codigo cliente|id socio|numero de cliente|clave""",
    PARTNER_NAME: """
        partner|partner name|company|company name|account|account name|organisation|organization|business name|firm
        legal name|reseller|vendor|supplier|customer|partner company|partner organisation|partner account
        azienda|ragione sociale|nome azienda|nome partner|societa|denominazione|impresa|ditta|rivenditore|fornitore
        firma|firmenname|unternehmen|gesellschaft|partnername|haendler|kunde|lieferant|organisationsname|partnerfirma
        partenaire|nom du partenaire|societe|entreprise|raison sociale|nom de la societe|revendeur|fournisseur
        socio|nombre del socio|empresa|compania|razon social|sociedad|nombre de la empresa|distribuidor|proveedor""",
    KIND: """
        kind|type|partner type|partner kind|type of partner|partner category|category|business model|relationship type
        tipo|tipologia|tipo partner|categoria|tipo di partner|tipologia partner
        art|typ|partnertyp|partnerart|kategorie
        type de partenaire|categorie|nature
        tipo de socio|tipo socio""",
    TIER: """
        tier|level|partner level|partner tier|status level|program level|class|ranking|partner status
        livello|livello partner|fascia|classe
        stufe|partnerstufe|klasse|partnerstatus|partnerlevel
        niveau|niveau partenaire|palier|statut partenaire
        nivel|nivel de socio|rango|categoria de nivel""",
    REGION: """
        region|territory|area|sales region|geo|theatre|theater|market
        regione|zona|territorio|area geografica|mercato
        gebiet|vertriebsgebiet|markt|vertriebsregion
        region commerciale|territoire|secteur|marche
        region comercial|mercado""",
    COUNTRY: """
        country|country code|nation|land|country region
        paese|nazione|stato|codice paese
        laendercode|staat|laenderkuerzel
        pays|code pays
        pais|codigo de pais""",
    PARTNER_TIME_ZONE: """
        time zone|timezone|tz|partner time zone|company time zone
        fuso orario|fuso
        zeitzone
        fuseau horaire|fuseau
        zona horaria|huso horario""",
    CONTACT_TIME_ZONE: """
        contact time zone|contact timezone|fuso orario contatto|zeitzone kontakt|fuseau horaire contact
        zona horaria contacto""",
    PARENT: """
        parent|parent company|parent account|group|holding|mother company|headquarters company|ultimate parent|part of
        gruppo|capogruppo|casa madre|societa madre|controllante|gruppo di appartenenza
        muttergesellschaft|konzern|mutter|gruppe|unternehmensgruppe
        maison mere|groupe|societe mere
        matriz|grupo|empresa matriz|casa matriz|sociedad matriz""",
    OWNER: """
        owner|account owner|partner owner|account manager|account mgr|acct mgr|partner mgr
        partner manager|alliance manager|channel manager|kam
        key account manager|csm|partner account manager|pam|cam|responsible|managed by|our contact|alliance owner
        channel account manager|partner success manager|sales rep|relationship manager|internal owner|assigned to
        responsabile|responsabile partner|gestore|referente interno|account|assegnato a|nostro referente
        betreuer|verantwortlich|verantwortlicher|zustaendig|kundenbetreuer|partnerbetreuer|partnermanager
        responsable|gestionnaire|charge de compte|responsable partenaire|suivi par|charge d affaires
        propietario|gestor|gestor de cuenta|ejecutivo de cuenta|responsable de cuenta|encargado|responsable interno""",
    EMAIL: """
        email|email address|mail|mail address|contact email|business email|work email|email contact|email 1
        primary email
        posta elettronica|indirizzo email|email referente|email contatto|indirizzo mail|indirizzo di posta
        emailadresse|mailadresse|email ansprechpartner|elektronische post
        courriel|adresse email|adresse mail|adresse electronique|mel|adresse courriel
        correo|correo electronico|email de contacto|direccion de correo|correo de contacto""",
    CONTACT_NAME: """
        contact|contact name|contact person|full name|main contact|primary contact|person|attention|attn|name of contact
        referente|contatto|nome referente|nome contatto|nome e cognome|persona di riferimento|nominativo|cognome e nome
        ansprechpartner|kontakt|kontaktperson|kontaktname|ansprechpartnerin|vor und nachname|name ansprechpartner
        interlocuteur|nom du contact|personne de contact|nom complet|nom et prenom|prenom et nom
        contacto|nombre de contacto|persona de contacto|nombre completo|nombre y apellidos|nombre del contacto""",
    FIRST_NAME: """
        first name|given name|forename|firstname|contact first name
        nome di battesimo|nome proprio
        vorname
        prenom
        nombre de pila|primer nombre""",
    LAST_NAME: """
        last name|surname|family name|lastname|contact last name|contact surname
        cognome
        nachname|familienname|zuname
        nom de famille
        apellido|apellidos""",
    ROLE: """
        role|job title|position|function|job|title|contact role|job role|persona|contact function
        ruolo|qualifica|mansione|funzione|posizione|incarico
        rolle|funktion|stelle|berufsbezeichnung|jobtitel
        fonction|poste|intitule du poste|titre
        rol|cargo|puesto|funcion""",
    LANGUAGE: """
        language|preferred language|lang|language code|contact language|correspondence language|locale
        lingua|lingua preferita|lingua contatto
        sprache|korrespondenzsprache|bevorzugte sprache
        langue|langue preferee|langue de correspondance
        idioma|lengua|idioma preferido""",
    PHONE: """
        phone|phone number|telephone|tel|mobile|mobile phone|cell|direct line|contact phone|business phone|phone 1
        telefono|numero di telefono|cellulare|recapito|tel referente|recapito telefonico
        telefon|telefonnummer|handy|mobil|rufnummer|durchwahl|mobiltelefon
        numero de telephone|portable|mobile contact
        telefono de contacto|movil|celular|numero de telefono""",
    LEFT_OUT: """
        notes|note|remarks|remark|comments|comment|internal notes|description
        note interne|osservazioni|commenti|commento|descrizione|annotazioni
        bemerkung|bemerkungen|kommentar|kommentare|anmerkung|anmerkungen|notiz|notizen|beschreibung
        commentaire|commentaires|remarque|remarques
        notas|nota|observaciones|comentarios|comentario|descripcion""",
    ANY_NAME: "name|nome|nom|nombre|denomination|label|bezeichnung",
}

_KINDS: Mapping[str, str] = {
    "channel": """
        channel|reseller|distributor|distribution|dealer|broker|agent|var|value added reseller|retailer|wholesaler
        channel partner|sales partner|referral|referral partner|affiliate|marketplace|agency
        canale|rivenditore|distributore|agente|broker assicurativo|concessionario|intermediario|commerciale
        vertrieb|vertriebspartner|haendler|wiederverkaeufer|fachhaendler|makler|grosshaendler|handelsvertreter
        revendeur|distributeur|courtier|canal|grossiste|concessionnaire|apporteur d affaires
        revendedor|distribuidor|mayorista|agente comercial|corredor""",
    "technology": """
        technology|technology partner|tech|isv|software|software vendor|oem|vendor|hardware|integration|platform|cloud
        tecnologia|tecnologico|partner tecnologico|produttore|fornitore tecnologico
        technologie|technologiepartner|hersteller|softwarehersteller
        partenaire technologique|technologique|editeur|fabricant|constructeur
        socio tecnologico|fabricante""",
    "servicing": """
        servicing|service|services|service provider|implementer|implementation|implementation partner|system integrator
        integrator|si|msp|managed service provider|consulting|consultant|logistics|support|training|delivery
        servicing partner|service partner|maintenance|repair|professional services
        servizi|servizio|assistenza|system integrator partner|integratore|consulenza|logistica|manutenzione
        dienstleister|dienstleistung|dienstleistungen|beratung|systemhaus|servicepartner|spediteur|logistik|wartung
        prestataire|prestataire de services|integrateur|conseil|logistique|maintenance technique
        servicio|servicios|integrador|consultoria|proveedor de servicios|mantenimiento""",
}


def _phrases(words: Mapping[str, str]) -> dict[str, str]:
    return {
        tidy(phrase): meaning
        for meaning, text in words.items()
        for line in text.strip().splitlines()
        for phrase in line.strip().split("|")
    }


HEADER_FIELDS: Mapping[str, str] = _phrases(_HEADERS) | {"account": PARTNER_NAME, "land": COUNTRY}
"""Folded header > field. `land` is Germany's word for country, `account` more often the company than its manager."""

KIND_WORDS: Mapping[str, str] = _phrases(_KINDS)
TIER_WORDS = words_of(
    """platinum platin platino platine gold oro or silver silber argento argent plata bronze bronzo bronce premier
    premium elite select selected authorized authorised registered associate advanced strategic standard basic
    preferred diamond"""
)


def fold_header(header: str) -> str:
    """A header for comparison: `E-Mail`, `e mail` and `email` are one word; remarks in brackets fall away."""
    return _E_MAIL.sub("email", fold(_REMARK.sub(" ", header)))


def is_known_label(text: str) -> bool:
    """Whether a text is a column name that we know."""
    return find_header_field(text) is not None


def find_header_field(header: str) -> str | None:
    """The field (or `name`) that a header's words name exactly, else None."""
    return HEADER_FIELDS.get(fold_header(header)) or HEADER_FIELDS.get(fold_header(_umlauts_written_out(header)))


def _umlauts_written_out(text: str) -> str:
    return text.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")


@cache
def language_codes() -> Mapping[str, str]:
    """Folded language name (in our five languages, and often in its own) or two-letter code > code such as `it`."""
    codes: dict[str, str] = {}
    for locale in _SPOKEN:
        for code, name in Locale.parse(locale).languages.items():
            # Languages of three letters are those nobody writes mail in: Klingon, Sumerian, Ancient Egyptian.
            if len(code) == 2:
                codes.setdefault(fold(name), code)
            if len(code) == 2:
                codes[code] = code
    for code in _NAMED_BY_THEMSELVES:
        codes[fold(Locale.parse(code).get_language_name(code) or code)] = code
    return codes | _THREE_LETTERS


def find_language(text: str) -> str | None:
    """The code for a language by name or tag: `Italian`, `italiano`, `it-IT`, `IT` > `it`; `pt-BR` stays; else None."""
    return _find_language(text) if len(text) <= _LONGEST_NAME else None


@lru_cache(maxsize=4_096)
def _find_language(text: str) -> str | None:
    folded = fold(text)
    if folded in language_codes():
        return language_codes()[folded]
    language, _, territory = tidy(text).replace("_", "-").partition("-")
    if len(language) in (2, 3) and territory.isalpha() and len(territory) == 2:
        code = language_codes().get(language.casefold())
        # A region matters where texts differ by it; elsewhere `it-IT` and `it` are one language.
        return f"{code}-{territory.upper()}" if code in ("pt", "zh") else code
    bare = fold(tidy(text).partition("(")[0])
    return language_codes().get(bare)


@cache
def country_codes() -> Mapping[str, str]:
    """Folded country name in our five languages or its own, or its two letters > ISO 3166-1 alpha-2 code."""
    codes: dict[str, str] = {}
    for locale in _SPOKEN:
        for code, name in Locale.parse(locale).territories.items():
            if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES:
                codes.setdefault(fold(name), code)
                codes[code.casefold()] = code
    for code, name in own_names():
        codes.setdefault(fold(name), code)
    return codes | _EVERYDAY_COUNTRIES


def find_country(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country by name or code, else None."""
    return country_codes().get(fold(text)) if len(text) <= _LONGEST_NAME else None


def find_kind(text: str) -> str | None:
    """`channel`, `technology` or `servicing` for a word people use for a kind of partner, else None."""
    if len(text) > _LONGEST_NAME:
        return None
    words = fold(text)
    return KIND_WORDS.get(words) or KIND_WORDS.get(fold(_umlauts_written_out(text)))
