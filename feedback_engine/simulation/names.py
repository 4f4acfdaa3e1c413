"""Pure. The names of the simulated world: partners with where and what they are, our people, given and family names.

All names are invented; any likeness to real companies or people is chance. Addresses end in `.example`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["channel", "technology", "servicing"]
Role = Literal["admin", "program_owner", "alliance_manager", "viewer"]
DOMAIN = "northwind.example"


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of our people."""

    name: str
    email: str
    role: Role
    team: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A country as the world needs it: region, zone, the language people there are written to, how phones begin."""

    region: str
    time_zone: str
    language: str
    dialling: str


PRIYA = f"priya.raman@{DOMAIN}"
HENRIK = f"henrik.solberg@{DOMAIN}"
DANA = f"dana.keller@{DOMAIN}"
LUIS = f"luis.ferro@{DOMAIN}"
CHIARA = f"chiara.bellini@{DOMAIN}"
GRACE = f"grace.okafor@{DOMAIN}"
MATEO = f"mateo.ruiz@{DOMAIN}"
MEI = f"mei.tanaka@{DOMAIN}"
ARJUN = f"arjun.patel@{DOMAIN}"

COLLEAGUES = (
    Colleague("Priya Raman", PRIYA, "admin", "Alliances EMEA", "Europe/Amsterdam"),
    Colleague("Henrik Solberg", HENRIK, "program_owner", None, "Europe/Oslo"),
    Colleague("Dana Keller", DANA, "alliance_manager", "Alliances EMEA", "Europe/Berlin"),
    Colleague("Luis Ferro", LUIS, "alliance_manager", "Alliances EMEA", "Europe/Lisbon"),
    Colleague("Chiara Bellini", CHIARA, "alliance_manager", "Alliances EMEA", "Europe/Rome"),
    Colleague("Grace Okafor", GRACE, "alliance_manager", "Alliances Americas", "America/New_York"),
    Colleague("Mateo Ruiz", MATEO, "alliance_manager", "Alliances Americas", "America/Mexico_City"),
    Colleague("Mei Tanaka", MEI, "alliance_manager", "Alliances APAC", "Asia/Tokyo"),
    Colleague("Arjun Patel", ARJUN, "alliance_manager", "Alliances APAC", "Asia/Singapore"),
    Colleague("Sofia Lindgren", f"sofia.lindgren@{DOMAIN}", "alliance_manager", "Deal desk", "Europe/Stockholm"),
    Colleague("Tom Gallagher", f"tom.gallagher@{DOMAIN}", "alliance_manager", "Support", "Europe/Dublin"),
    Colleague("Noor Haddad", f"noor.haddad@{DOMAIN}", "alliance_manager", "Enablement", "Europe/Amsterdam"),
    Colleague("Aoife Byrne", f"aoife.byrne@{DOMAIN}", "viewer", None, "Europe/Dublin"),
)

PLACES = {
    "NL": Place("EMEA", "Europe/Amsterdam", "en", "+31 20 555"),
    "DE": Place("EMEA", "Europe/Berlin", "de", "+49 30 5550"),
    "AT": Place("EMEA", "Europe/Vienna", "de", "+43 1 5550"),
    "CH": Place("EMEA", "Europe/Zurich", "de", "+41 44 555"),
    "IT": Place("EMEA", "Europe/Rome", "it", "+39 06 5550"),
    "ES": Place("EMEA", "Europe/Madrid", "es", "+34 91 555"),
    "PT": Place("EMEA", "Europe/Lisbon", "en", "+351 21 555"),
    "SE": Place("EMEA", "Europe/Stockholm", "en", "+46 8 5550"),
    "PL": Place("EMEA", "Europe/Warsaw", "en", "+48 22 555"),
    "GB": Place("EMEA", "Europe/London", "en", "+44 20 7946"),
    "ZA": Place("EMEA", "Africa/Johannesburg", "en", "+27 11 555"),
    "US": Place("AMER", "America/Chicago", "en", "+1 312 555"),
    "CA": Place("AMER", "America/Toronto", "en", "+1 416 555"),
    "MX": Place("AMER", "America/Mexico_City", "es", "+52 55 5555"),
    "BR": Place("AMER", "America/Sao_Paulo", "en", "+55 11 5555"),
    "CO": Place("AMER", "America/Bogota", "es", "+57 601 555"),
    "JP": Place("APAC", "Asia/Tokyo", "en", "+81 3 5550"),
    "SG": Place("APAC", "Asia/Singapore", "en", "+65 6555"),
    "AU": Place("APAC", "Australia/Sydney", "en", "+61 2 5550"),
    "IN": Place("APAC", "Asia/Kolkata", "en", "+91 80 5550"),
    "KR": Place("APAC", "Asia/Seoul", "en", "+82 2 5550"),
}

PARTNERS: tuple[tuple[str, str, str, Kind, str], ...] = (
    # name, country, tier, kind, owner. Small worlds take the first so many, so regions alternate from the top.
    ("Kestrel Networks", "NL", "Platinum", "channel", PRIYA),
    ("Hoshino Systems", "JP", "Platinum", "channel", MEI),
    ("Lakefront Data", "US", "Platinum", "channel", GRACE),
    ("Brandt & Söhne IT", "DE", "Gold", "servicing", PRIYA),
    ("Merlion Cloudworks", "SG", "Gold", "channel", ARJUN),
    ("Tagus Freight Systems", "PT", "Gold", "technology", LUIS),
    ("Deccan Integrators", "IN", "Gold", "channel", ARJUN),
    ("Adriatica Sistemi", "IT", "Gold", "channel", CHIARA),
    ("Maple Ridge Software", "CA", "Gold", "technology", GRACE),
    ("Coral Bay Networks", "AU", "Gold", "channel", MEI),
    ("Nordlys Consulting", "SE", "Silver", "servicing", DANA),
    ("Anáhuac Soluciones", "MX", "Gold", "channel", MATEO),
    ("Hanbit Solutions", "KR", "Gold", "channel", MEI),
    ("Quillon Security", "GB", "Platinum", "technology", LUIS),
    ("Shiraume Logistics", "JP", "Silver", "servicing", MEI),
    ("Prairie Edge Computing", "US", "Silver", "channel", GRACE),
    ("Alpenrand Informatik", "AT", "Silver", "channel", DANA),
    ("Straits Digital", "SG", "Platinum", "channel", ARJUN),
    ("Ondas do Sul", "BR", "Gold", "channel", MATEO),
    ("Vesuvio Cloud", "IT", "Silver", "channel", CHIARA),
    ("Wattle Street Partners", "AU", "Silver", "servicing", MEI),
    ("Meseta Tecnología", "ES", "Gold", "channel", LUIS),
    ("Nilgiri Softworks", "IN", "Gold", "technology", ARJUN),
    ("Harbour & Finch", "GB", "Gold", "servicing", LUIS),
    ("Tidewater Analytics", "US", "Gold", "technology", GRACE),
    ("Kawaseki Denki", "JP", "Gold", "channel", MEI),
    ("Vistula Integration", "PL", "Silver", "channel", DANA),
    ("Sabana Redes", "CO", "Silver", "channel", MATEO),
    ("Penang Microwave", "SG", "Silver", "technology", ARJUN),
    ("Limmat Netzwerke", "CH", "Gold", "channel", DANA),
    ("Cedar Hollow Hosting", "US", "Silver", "servicing", GRACE),
    ("Ganga Telematics", "IN", "Silver", "channel", ARJUN),
    ("Linden Rechenzentrum", "DE", "Platinum", "servicing", DANA),
    ("Jacarandá Sistemas", "BR", "Silver", "servicing", MATEO),
    ("Southern Cross IT", "AU", "Gold", "channel", MEI),
    ("Baltic Loom", "SE", "Silver", "technology", DANA),
    ("Blue Mesa Partners", "US", "Gold", "channel", GRACE),
    ("Dokdo Networks", "KR", "Silver", "channel", MEI),
    ("Polder Automation", "NL", "Gold", "technology", PRIYA),
    ("Fraser Valley Systems", "CA", "Silver", "channel", GRACE),
    ("Indus Bridge", "IN", "Gold", "servicing", ARJUN),
    ("Lago Blu Software", "IT", "Gold", "technology", CHIARA),
    ("Quetzal Consultores", "MX", "Silver", "servicing", MATEO),
    ("Yamabuki Data", "JP", "Gold", "technology", MEI),
    ("Highveld Systems", "ZA", "Silver", "channel", LUIS),
    ("Isar Datentechnik", "DE", "Gold", "channel", PRIYA),
    ("Alcázar Digital", "ES", "Silver", "channel", LUIS),
    ("Telemar Integração", "PT", "Silver", "servicing", LUIS),
)

_ANGLO = ("Grace Ethan Olivia Liam Ruby Noah Hannah Owen", "Miller Walker Johnson Bennett Hayes Murphy Clarke Reid")
_GERMAN = ("Lena Jonas Katrin Felix Anke Moritz Ulrike Stefan", "Brandt Vogel Keller Hofer Lang Neumann Roth Winkler")
_IBERIAN = (
    "Inês Tomás Beatriz Rafael Marta Duarte Sara Nuno",
    "Carvalho Pereira Souza Lima Alves Teixeira Reis Pinto",
)
_HISPANIC = (
    "Lucía Andrés Elena Javier Camila Diego Pilar Hugo",
    "García Navarro Torres Vargas Ibáñez Rojas Mora Soto",
)
_NORDIC = ("Elin Astrid Nils Karin Oskar Maja Lars Freja", "Lindqvist Nilsson Berg Holm Dahl Ekström Sand Wallin")
_JAPANESE = ("Kenji Yuki Haruka Daichi Aya Ren Naoko Takeshi", "Sato Mori Kimura Hayashi Ueda Okada Fujita Nishi")
_CHINESE = ("Wei Ling Jun Xin Kai Hui Mei-Lin Boon", "Tan Lim Goh Ong Chua Ng Teo Koh")
_INDIAN = ("Ananya Arjun Kavya Rohan Meera Vikram Divya Sanjay", "Rao Iyer Mehta Nair Reddy Joshi Kulkarni Menon")
_KOREAN = ("Minjun Jiwoo Seoyeon Hyun Eunji Dohyun Sora Jinho", "Kim Park Lee Choi Jung Kang Yoon Han")
_DUTCH = ("Sanne Daan Femke Joris Lotte Bram Anouk Thijs", "Bakker Visser Mulder Jansen Smit Dekker Kuiper Vos")
_ITALIAN = (
    "Giulia Marco Chiara Pietro Elisa Davide Paola Luca",
    "Ricci Conti Moretti Ferrari Gallo Greco Riva Serra",
)
_POLISH = ("Agnieszka Piotr Ewa Tomasz Magda Kamil Zofia Marek", "Nowak Wilk Zając Lis Duda Sikora Baran Mazur")

PEOPLE = {
    "NL": _DUTCH, "DE": _GERMAN, "AT": _GERMAN, "CH": _GERMAN, "IT": _ITALIAN, "ES": _HISPANIC, "PT": _IBERIAN,
    "SE": _NORDIC, "PL": _POLISH, "GB": _ANGLO, "ZA": _ANGLO, "US": _ANGLO, "CA": _ANGLO, "MX": _HISPANIC,
    "BR": _IBERIAN, "CO": _HISPANIC, "JP": _JAPANESE, "SG": _CHINESE, "AU": _ANGLO, "IN": _INDIAN, "KR": _KOREAN,
}  # fmt: skip
"""Given names and family names that are common in a country, each as one text with blanks between."""

OURS = ("northwind", "Northwind (our side)", "NL")
"""Our own organisation as a partner of the side `ours`, so that both sides of a review can be asked."""

OUR_PEOPLE = (
    ("Sem Bos", "sem.bos", "Partner manager"),
    ("Ilse Kramer", "ilse.kramer", "Partner manager"),
    ("Ravi Menon", "ravi.menon", "Partner manager"),
    ("Julia Weiss", "julia.weiss", "Engineer"),
    ("Carlos Vega", "carlos.vega", "Account manager"),
    ("Emma Doyle", "emma.doyle", "Account manager"),
)
"""Those of our people who are asked themselves: name, the part before the @, role."""

_FLAT = str.maketrans("àáâãäåąçćèéêëęíîïłñńóôõöøśúûüźż", "aaaaaaacceeeeeiiilnnooooosuuuzz")


def plain(name: str) -> str:
    """A name in small plain letters, as it stands in addresses and keys; blanks become hyphens."""
    flat = name.lower().translate(_FLAT).replace("&", "and")
    return "-".join("".join(sign for sign in word if sign.isascii() and sign.isalnum()) for word in flat.split())
