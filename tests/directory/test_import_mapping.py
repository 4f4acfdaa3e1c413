"""Understanding columns: by their names in five languages, by what their cells hold, and as they were last time."""

from __future__ import annotations

import pytest

from feedback_engine.directory.importing.findings import Finding, Reason
from feedback_engine.directory.importing.folding import (
    fold_company,
    fold_person,
    key_from_name,
    without_legal_form,
)
from feedback_engine.directory.importing.mapping import (
    attribute_name,
    check_mapping,
    guess_mapping,
    header_hash,
    read_mapping,
)
from feedback_engine.directory.importing.refused_rows import refused_rows_csv
from feedback_engine.directory.importing.vocabulary import find_country, find_header_field, find_kind, find_language
from feedback_engine.directory.importing.workbook import read_table
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.i18n import use_locale
from tests.data import make_messy_workbook as messy
from tests.directory.import_files import csv_bytes, table

# ---- names of columns


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Partner", "partner.name"),
        ("Company name", "partner.name"),
        ("Ragione sociale", "partner.name"),
        ("Società", "partner.name"),
        ("Händler", "partner.name"),
        ("Haendler", "partner.name"),  # umlauts written out
        ("Société", "partner.name"),
        ("COMPAÑÍA", "partner.name"),
        ("Kundennummer", "partner.key"),
        ("Codice cliente", "partner.key"),
        ("E-Mail", "contact.email"),
        ("e mail (business)", "contact.email"),
        ("Adresse mail", "contact.email"),
        ("Correo electrónico", "contact.email"),
        ("Ansprechpartner", "contact.name"),
        ("Referente", "contact.name"),
        ("Vorname", "contact.first_name"),
        ("Cognome", "contact.last_name"),
        ("Sprache", "contact.language"),
        ("Fuso orario", "partner.time_zone"),
        ("Betreuer", "partner.owner"),
        ("Responsabile", "partner.owner"),
        ("Account manager", "partner.owner"),
        ("Capogruppo", "partner.parent"),
        ("Land", "partner.country"),
        ("Shoe size", None),
    ],
)
def test_column_names_are_known_in_five_languages(header: str, field: str | None) -> None:
    assert find_header_field(header) == field


@pytest.mark.parametrize(
    ("headers", "cells", "expected"),
    [
        # a bare name belongs to the contact where another column names the partner
        (("Company", "Name", "Mail"), ("Acme", "Ana", "a@b.example"),
         ["partner.name", "contact.name", "contact.email"]),
        (("Name", "Mail"), ("Acme", "a@b.example"), ["partner.name", "contact.email"]),
        # where addresses stand under a name of something else, they are believed
        (("Partner", "Kontakt"), ("Acme", "a@b.example"), ["partner.name", "contact.email"]),
        # an owner may be given by address
        (("Partner", "Owner", "E-mail"), ("Acme", "dana@us.example", "a@b.example"),
         ["partner.name", "partner.owner", "contact.email"]),
        (("Partner", "Account manager email", "Contact email"), ("Acme", "dana@us.example", "a@b.example"),
         ["partner.name", "partner.owner", "contact.email"]),
        # the telling part of a long name wins
        (("Name of company", "Main contact phone"), ("Acme", "+39 06 1234 567"), ["partner.name", "contact.phone"]),
        # cells speak where the name says nothing
        (("Partner", "Status", "Herkunft"), ("Acme", "Gold", "Germany"),
         ["partner.name", "partner.tier", "partner.country"]),
        # a name is not believed against its cells
        (("Partner", "Language"), ("Acme", "by phone"), ["partner.name", "attribute"]),
        # only one column can be the address; the second one is personal and left out
        (("Partner", "E-mail", "E-mail 2"), ("Acme", "a@b.example", "c@d.example"),
         ["partner.name", "contact.email", "leave"]),
        # remarks are never kept, however short they are
        (("Partner", "Bemerkungen"), ("Acme", "ok"), ["partner.name", "leave"]),
    ],
)  # fmt: skip
def test_columns_are_guessed_from_names_and_cells(
    headers: tuple[str, ...], cells: tuple[str, ...], expected: list[str]
) -> None:
    read = table(headers, cells, cells, cells)
    assert list(guess_mapping(read).values()) == expected


def test_a_column_that_numbers_the_rows_is_no_key() -> None:
    read = table(("Nr.", "Partner"), (1, "Acme"), (2, "Beta"), (3, "Gamma"))
    assert guess_mapping(read)["Nr."] == "leave"
    read = table(("Nr.", "Partner"), (1007, "Acme"), (1003, "Beta"), (1020, "Gamma"))
    assert guess_mapping(read)["Nr."] == "partner.key"


def test_a_tax_code_is_no_key() -> None:
    read = table(("Partner", "VAT code"), ("Acme", "IT01"), ("Beta", "IT02"), ("Gamma", "IT03"))
    assert guess_mapping(read)["VAT code"] == "leave"


def test_a_column_of_our_own_staff_is_the_owner_whatever_its_name() -> None:
    read = table(("Partner", "Wer"), ("Acme", "Keller, Dana"), ("Beta", "Luis Vega"))
    assert guess_mapping(read, ["Dana Keller", "Luis Vega"])["Wer"] == "partner.owner"


def test_unknown_columns_become_attributes_only_when_they_sort_partners_into_few_groups() -> None:
    rows = [(f"Partner {n}", "ABC"[n % 3], f"remark number {n}", f"x{n}@b.example") for n in range(30)]
    read = table(("Partner", "Segment", "Anything", "Second address"), *rows)
    guessed = guess_mapping(read, remembered={"Second address": "leave"})
    assert [guessed[header] for header in ("Segment", "Anything", "Second address")] == ["attribute", "leave", "leave"]


def test_the_messy_workbook_needs_no_correction() -> None:
    read = table(*messy.make_rows().sheet[2:])
    assert guess_mapping(read, [name for name, _ in messy.STAFF]) == {
        "Nr.": "leave",
        "Partner / Firma": "partner.name",
        "Partnertyp": "partner.kind",
        "Status": "partner.tier",
        "Paese": "partner.country",
        "Area vendite": "attribute",
        "Referente": "contact.name",
        "E-Mail (business)": "contact.email",
        "Tel.": "contact.phone",
        "Lingua": "contact.language",
        "Account Mgr": "partner.owner",
        "Job title": "contact.role",
        "Cliente dal": "leave",
        "Note interne": "leave",
    }


# ---- checked, remembered, written by hand


def test_a_mapping_names_each_field_once_and_a_partner_always() -> None:
    read = table(("A name", "B name", "C phone"), ("x", "y", "1"))
    twice = {"A name": "partner.name", "B name": "partner.name", "C phone": "leave"}
    assert [fault.pointer for fault in check_mapping(read, twice)] == ["/column/1"]
    nobody = dict.fromkeys(twice, "attribute")
    assert "which partner" in check_mapping(read, nobody)[0].detail
    without_address = {"A name": "partner.name", "B name": "leave", "C phone": "contact.phone"}
    assert "e-mail address" in check_mapping(read, without_address)[0].detail
    assert check_mapping(read, {"A name": "partner.key", "B name": "leave", "C phone": "attribute"}) == []


def test_files_of_the_same_columns_are_recognised_in_any_order_and_case() -> None:
    assert header_hash(["Partner", "E-Mail"]) == header_hash(["e-mail", "PARTNER"])
    assert header_hash(["Partner", "E-Mail"]) != header_hash(["Partner", "Phone"])


def test_a_remembered_mapping_wins_over_every_guess() -> None:
    read = table(("Partner", "Country"), ("Acme", "Italy"))
    remembered = {"PARTNER": "partner.name", "country": "attribute"}
    assert guess_mapping(read, remembered=remembered) == {"Partner": "partner.name", "Country": "attribute"}


@pytest.mark.parametrize("locale", ["en", "it"])
def test_a_list_of_refused_rows_is_the_same_file_to_the_memory(locale: str) -> None:
    read = table(("Partner", "E-mail"), ("Acme", "nobody"))
    with use_locale(locale):
        mended = read_table(refused_rows_csv(read, [Finding(2, "E-mail", "nobody", Reason.ADDRESS_MISSING)]))
    headers = [column.header for column in mended.columns]
    assert len(headers) == 5
    assert header_hash(headers) == header_hash(["Partner", "E-mail"])
    assert list(guess_mapping(mended).values()) == ["leave", "leave", "leave", "partner.name", "contact.email"]


def test_a_mapping_written_by_hand_is_completed_and_checked() -> None:
    read = table(("Partner", "Città"), ("Acme", "Rome"))
    assert read_mapping(read, {"citta": "partner.region"}) == {"Partner": "leave", "Città": "partner.region"}
    with pytest.raises(Invalid, match=r"no column “Street”\. It has: Partner, Città"):
        read_mapping(read, {"Street": "attribute"})
    with pytest.raises(Invalid, match="“town” is no field"):
        read_mapping(read, {"Città": "town"})


@pytest.mark.parametrize(
    ("header", "name"),
    [("Partner since", "partner_since"), ("Città", "citta"), ("2026 revenue", "column_2026_revenue"), ("€", "column_")],
)
def test_attributes_are_named_so_that_conditions_can_use_them(header: str, name: str) -> None:
    assert attribute_name(header) == name


# ---- words of the cells


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Italian", "it"), ("italiano", "it"), ("IT", "it"), ("it_IT", "it"), ("Tedesco", "de"), ("allemand", "de"),
        ("English (UK)", "en"), ("pt-BR", "pt-BR"), ("zh-cn", "zh-CN"), ("español", "es"), ("by phone", None),
        ("klingon", None), ("tlh", None), ("", None),
    ],
)  # fmt: skip
def test_languages_are_known_by_name_and_by_tag(text: str, code: str | None) -> None:
    assert find_language(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("Italia", "IT"), ("Deutschland", "DE"), ("UK", "GB"), ("Países Bajos", "NL"), ("fr", "FR"), ("Atlantis", None)],
)
def test_countries_are_known_by_name_and_by_code(text: str, code: str | None) -> None:
    assert find_country(text) == code


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Rivenditore", "channel"), ("HÄNDLER", "channel"), ("ISV", "technology"), ("Logistics", "servicing"),
        ("x", None),
    ],
)  # fmt: skip
def test_kinds_of_partner_are_known_by_the_words_people_use(text: str, kind: str | None) -> None:
    assert find_kind(text) == kind


# ---- spellings


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("ACME S.p.A.", "Acme SpA", True),  # initials are drawn together
        ("Müller & Söhne", "MULLER  SOHNE", True),
        ("Béarn, Conseil", "bearn conseil", True),
        ("J. P. Morgan", "JP Morgan", True),
        ("Rossi GmbH", "Rossi Srl", False),  # two companies
        ("Łódź", "Lodz", True),
    ],
)
def test_spellings_of_one_company_fold_alike_and_make_one_key(one: str, other: str, alike: bool) -> None:
    assert (fold_company(one) == fold_company(other)) is alike
    assert (key_from_name(one) == key_from_name(other)) is alike


@pytest.mark.parametrize("name", ["株式会社東芝", "شركة", "☺", "x" * 200, "ООО Ромашка"])
def test_every_name_gives_a_printable_key_of_its_own(name: str) -> None:
    key = key_from_name(name)
    assert key.isascii()
    assert key.isprintable()
    assert 0 < len(key) <= 80
    assert key != key_from_name(name + "2")


def test_a_legal_form_alone_is_still_a_name() -> None:
    assert without_legal_form("rossi spa") == "rossi"
    assert without_legal_form("ag") == "ag"


def test_a_persons_name_is_the_same_in_any_order() -> None:
    assert fold_person("Keller, Dana") == fold_person("dana KÉLLER (EMEA)")


def test_the_messy_rows_are_the_same_in_every_run() -> None:
    assert csv_bytes(messy.make_rows().body) == csv_bytes(messy.make_rows().body)
