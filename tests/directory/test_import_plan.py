"""What an import decides: new, changed, unchanged, missing; duplicates; refused rows with their remedies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_engine.directory.importing.findings import Reason
from feedback_engine.directory.importing.mapping import guess_mapping
from feedback_engine.directory.importing.plan import PlannedContact, PlannedPartner, make_plan
from feedback_engine.directory.importing.refused_rows import refused_rows_csv
from feedback_engine.directory.importing.relations import match_owner
from feedback_engine.directory.importing.summary import OwnerMatch, languages_not_offered, summarise
from feedback_engine.directory.importing.wording import remedy_words, wrong_words
from feedback_engine.directory.importing.workbook import read_table
from feedback_engine.directory.views import StaffView
from tests.data import make_messy_workbook as messy
from tests.directory.import_files import (
    csv_bytes,
    known_contact,
    known_partner,
    known_staff,
    plan,
    reasons,
    register,
    table,
    xlsx_bytes,
)

DANA = known_staff("Dana Keller", "dana@ours.example")
LUIS = known_staff("Luis Vega", "luis@ours.example")
MEI = known_staff("Mei Tanaka", "mei@ours.example", "viewer")
HEADER = ("Partner", "E-mail", "Contact")


def differences(planned: PlannedPartner | PlannedContact) -> list[tuple[str, str, str]]:
    return [(each.field, each.before, each.after) for each in planned.differences]


# ---- partners and contacts


def test_one_row_holds_a_partner_and_a_contact_and_several_rows_one_partner() -> None:
    made = plan(HEADER, ("Acme", "ana@acme.example", "Ana"), ("ACME", "bo@acme.example", "Bo"), ("Beta", "", ""))
    partners = [(each.key, each.name, each.change) for each in made.partners]
    assert partners == [("acme", "Acme", "new"), ("beta", "Beta", "new")]
    assert [(each.partner_key, each.email, each.values["name"]) for each in made.contacts] == [
        ("acme", "ana@acme.example", "Ana"),
        ("acme", "bo@acme.example", "Bo"),
    ]


def test_first_and_last_name_make_one_name() -> None:
    made = plan(("Partner", "Vorname", "Nachname", "E-mail"), ("Acme", "Ana", "Silva", "ana@acme.example"))
    assert made.contacts[0].values == {"name": "Ana Silva"}


def test_a_key_column_names_the_partner_and_the_name_may_change() -> None:
    known = register(known_partner("0042", "Acme"))
    made = plan(("Partner ID", "Partner"), ("0042", "Acme International"), known=known)
    (partner,) = made.partners
    assert (partner.key, partner.change) == ("0042", "changed")
    assert differences(partner) == [("name", "Acme", "Acme International")]


def test_without_a_key_column_a_known_partner_is_found_by_its_name_in_any_spelling() -> None:
    known = register(known_partner("0042", "Acme S.p.A."))
    made = plan(("Partner", "Tier"), ("ACME SpA", "Gold"), known=known)
    assert [each.key for each in made.partners] == ["0042"]
    assert not made.missing_partners


def test_a_row_without_key_belongs_to_the_row_that_gives_the_key_of_its_name() -> None:
    made = plan(("Partner ID", "Partner", "E-mail"), ("0042", "Acme", ""), ("", "ACME", "ana@acme.example"))
    assert [each.key for each in made.partners] == ["0042"]
    assert made.contacts[0].partner_key == "0042"


def test_empty_cells_and_missing_rows_change_nothing() -> None:
    acme = known_partner("acme", "Acme", tier="Gold", attributes={"segment": "A"})
    beta = known_partner("beta", "Beta")
    ana = known_contact(acme, "ana@acme.example", name="Ana", phone="123")
    bo = known_contact(acme, "bo@acme.example")
    known = register(acme, beta, contacts=[(acme, ana), (acme, bo)])
    made = plan(("Partner", "Tier", "E-mail", "Phone"), ("Acme", "", "ana@acme.example", ""), known=known)
    assert made.written == []
    assert [each.key for each in made.missing_partners] == ["beta"]
    assert [each.email for each in made.missing_contacts] == ["bo@acme.example"]


def test_placeholders_are_empty_cells() -> None:
    made = plan(("Partner", "Tier", "E-mail", "Phone"), ("Acme", "n/a", "-", "--"))
    assert (made.partners[0].values, made.contacts, made.findings) == ({"name": "Acme"}, (), ())


def test_changes_are_told_field_by_field() -> None:
    acme = known_partner("acme", "Acme", tier="Gold", kind="channel", attributes={"seats": 5, "active": True})
    ana = known_contact(acme, "ana@acme.example", language="en")
    made = plan(
        ("Partner", "Tier", "Seats", "Active", "E-mail", "Language"),
        ("Acme", "Silver", "5", "TRUE", "ANA@acme.example", "Italian"),
        known=register(acme, contacts=[(acme, ana)]),
    )
    assert differences(made.partners[0]) == [("tier", "Gold", "Silver")]
    assert differences(made.contacts[0]) == [("language", "en", "it")]
    assert made.contacts[0].email == "ana@acme.example", "the case of an address says nothing new"


def test_a_partner_that_only_an_event_had_named_is_confirmed() -> None:
    known = register(known_partner("acme", "acme", state="unconfirmed"))
    made = plan(("Partner",), ("Acme",), known=known)
    assert [each.field for each in made.partners[0].differences] == ["name", "state"]
    made = plan(("Partner",), ("Beta",), known=known)
    assert made.missing_partners == (), "nobody promised that it is one of ours"


def test_importing_contacts_alone_makes_no_partners() -> None:
    known = register(known_partner("acme", "Acme"))
    rows = [("Acme", "ana@acme.example", ""), ("Acne", "bo@acme.example", "")]
    made = plan(HEADER, *rows, known=known, new_partners=False)
    assert [each.email for each in made.contacts] == ["ana@acme.example"]
    assert reasons(made.refused) == [(3, "partner_unknown")]


# ---- duplicates


def test_one_address_twice_at_a_partner_counts_once_and_at_two_partners_twice() -> None:
    row = ("Acme", "ana@acme.example", "Ana")
    made = plan(HEADER, row, ("Acme", "ANA@ACME.example", "Ana S."), ("Beta", "ana@acme.example", "Ana"))
    assert [(each.partner_key, each.row) for each in made.contacts] == [("acme", 2), ("beta", 4)]
    assert reasons(made.duplicates) == [(3, "same_address")]
    assert made.duplicates[0].other_row == 2


def test_another_spelling_is_the_same_partner_and_is_told() -> None:
    made = plan(HEADER, ("ACME S.p.A.", "", ""), ("Acme SpA", "ana@acme.example", ""), ("acme spa", "", ""))
    assert [each.name for each in made.partners] == ["ACME S.p.A."]
    assert reasons(made.duplicates) == [(3, "other_spelling"), (4, "other_spelling")]


@pytest.mark.parametrize(
    ("names", "alike"),
    [
        (("Acme SpA", "Acme"), True),  # somebody left the legal form out
        (("Acme GmbH", "Acme Srl"), False),  # sisters in two countries
        (("Acme", "Acme Italia"), False),
    ],
)
def test_partners_that_may_be_one_are_both_imported_and_told(names: tuple[str, str], alike: bool) -> None:
    made = plan(("Partner",), *[(name,) for name in names])
    assert len(made.partners) == 2
    assert reasons(made.duplicates) == ([(3, "alike")] if alike else [])


@pytest.mark.parametrize(("other", "place"), [("Acme  SpA", "row 2"), ("ACME S.p.A.", "row 2"), ("Beta", "register")])
def test_one_name_under_two_keys_asks_for_one_key_not_for_one_spelling(other: str, place: str) -> None:
    made = plan(("Partner ID", "Partner"), ("1", "Acme SpA"), ("2", other), known=register(known_partner("9", "Beta")))
    (finding,) = made.duplicates
    assert (finding.row, finding.reason) == (3, Reason.SAME_NAME)
    assert place in wrong_words(finding)
    assert "another key" in wrong_words(finding)
    assert "use one key" in remedy_words(finding)


def test_a_new_partner_that_looks_like_one_of_the_register_is_told() -> None:
    made = plan(("Partner",), ("Acme",), known=register(known_partner("0042", "Acme SpA")))
    assert reasons(made.duplicates) == [(2, "alike")]
    assert "in the register" in wrong_words(made.duplicates[0])


def test_of_rows_that_disagree_the_first_counts_and_the_others_are_told() -> None:
    made = plan(("Partner", "Tier", "Segment"), ("Acme", "", "A"), ("Acme", "Gold", "A"), ("Acme", "Silver", "B"))
    assert made.partners[0].values["tier"] == "Gold"
    assert made.partners[0].attributes == {"segment": "A"}
    assert [(each.row, each.column, each.other) for each in made.notes] == [(4, "Segment", "A"), (4, "Tier", "Gold")]


# ---- owners and parents


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Dana Keller", [DANA]),
        ("keller, DANA", [DANA]),
        ("Dana Kéller (EMEA)", [DANA]),
        ("dana@ours.example", [DANA]),
        ("Dana <DANA@ours.example>", [DANA]),
        ("D. Keller", [DANA]),
        ("Dana", [DANA]),
        ("Dan", []),  # half a word is no name
        ("D", []),
        ("dana@theirs.example", []),
        ("Tom Nobody", []),
    ],
)
def test_owners_are_matched_by_address_or_name(written: str, found: list[object]) -> None:
    assert match_owner(written, [DANA, LUIS, MEI]) == found


@pytest.mark.parametrize(
    ("written", "staff", "reason"),
    [
        ("Tom Nobody", [DANA], "owner_unknown"),
        ("Dana", [DANA, known_staff("Dana Miller", "dm@ours.example")], "owner_ambiguous"),
        ("Mei Tanaka", [MEI], "owner_only_looks"),
        ("Dana Keller", [known_staff("Dana Keller", "d@ours.example", active=False)], "owner_unknown"),
    ],
)
def test_an_owner_that_cannot_be_told_leaves_the_partner_without(
    written: str, staff: list[StaffView], reason: str
) -> None:
    made = plan(("Partner", "Owner"), ("Acme", written), known=register(staff=staff))
    assert made.partners[0].owner is None
    assert reasons(made.notes) == [(2, reason)]


def test_a_change_of_owner_is_a_change_and_the_same_owner_is_none() -> None:
    acme, beta = known_partner("acme", "Acme"), known_partner("beta", "Beta")
    known = register(acme, beta, staff=[DANA, LUIS], owners={"acme": DANA, "beta": DANA})
    made = plan(("Partner", "Owner"), ("Acme", "Dana"), ("Beta", "Vega, Luis"), known=known)
    assert [each.change for each in made.partners] == ["unchanged", "changed"]
    assert differences(made.partners[1]) == [("owner", "Dana Keller", "Luis Vega")]


def test_the_review_lists_owners_without_a_match_first() -> None:
    rows = [("Acme", "Dana"), ("Beta", "Dana"), ("Gamma", "Tom")]
    summary = summarise(plan(("Partner", "Owner"), *rows, known=register(staff=[DANA])))
    assert [(each.written, each.owner_name, each.partner_count) for each in summary.owners] == [
        ("Tom", "", 1),
        ("Dana", "Dana Keller", 2),
    ]
    assert isinstance(summary.owners[0], OwnerMatch)
    assert summary.owners[0].remedy
    assert summary.notes == [], "they stand among the owners already"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Rossi, Giulia", "Giulia Rossi"),
        ("De Luca,  Anna Maria (EMEA)", "Anna Maria De Luca"),
        ("Giulia Rossi", "Giulia Rossi"),
        ("Rossi,", "Rossi,"),
        ("Rossi, Giulia, PhD", "Rossi, Giulia, PhD"),
    ],
)
def test_an_unknown_owner_is_offered_to_the_staff_with_the_first_name_first(written: str, spoken: str) -> None:
    (owner,) = summarise(plan(("Partner", "Owner"), ("Acme", written), known=register(staff=[DANA]))).owners
    assert (owner.written, owner.as_spoken) == (written.replace("  ", " "), spoken)


def test_parents_are_found_by_name_or_key_in_the_file_and_in_the_register() -> None:
    known = register(known_partner("0042", "Holding SpA"))
    rows = [("Acme", "Beta"), ("Beta", "Holding S.p.A."), ("Gamma", "0042"), ("Delta", "Delta")]
    made = plan(("Partner", "Gruppo"), *rows, known=known)
    assert [each.values.get("parent_key") for each in made.partners] == ["beta", "0042", "0042", None]
    assert made.notes == []


@pytest.mark.parametrize(
    ("rows", "notes"),
    [
        ([("Acme", "Nobody Ltd")], [(2, "parent_unknown")]),
        ([("Acme", "Beta"), ("Beta", "Acme")], [(3, "parent_loop")]),
        ([("P9", "")] + [(f"P{n}", f"P{n + 1}") for n in range(8, -1, -1)], [(11, "parent_loop")]),  # deeper than 8
    ],
)
def test_parents_that_cannot_be_are_left_out(rows: list[tuple[str, str]], notes: list[tuple[int, str]]) -> None:
    made = plan(("Partner", "Parent company"), *rows)
    assert len(made.partners) == len(rows)
    assert [(row, reason) for row, reason in reasons(made.notes)][: len(notes)] == notes


def test_cells_that_are_not_understood_are_left_out_of_their_row() -> None:
    made = plan(
        ("Partner", "Partner type", "Country", "Time zone", "E-mail", "Language"),
        ("Acme", "Reseller", "Italy", "Europe/Rome", "ana@acme.example", "Italian"),
        ("Beta", "Wizard", "Atlantis", "Moon/Base", "bo@beta.example", "Elvish"),
        ("Gamma", "ISV", "DE", "europe/berlin", "c@gamma.example", "de"),
        ("Delta", "Broker", "FR", "Europe/Paris", "d@delta.example", "fr"),
    )
    assert reasons(made.notes) == [
        (3, "country_unknown"), (3, "language_unknown"), (3, "kind_unknown"), (3, "time_zone_unknown"),
    ]  # fmt: skip
    assert made.partners[1].values == {"name": "Beta"}
    assert made.partners[2].values["time_zone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("written", "code"), [("Polska", "PL"), ("Magyarország", "HU"), ("Ελλάδα", "GR"), ("Suisse", "CH"), ("Česko", "CZ")]
)
def test_a_country_is_known_by_its_own_name(written: str, code: str) -> None:
    (partner,) = plan(("Partner", "Country"), ("Acme", written)).partners
    assert partner.values["country"] == code


@pytest.mark.parametrize(
    ("country", "written", "zone", "assumed"),
    [
        ("Italy", "", "Europe/Rome", "Europe/Rome"),
        ("Germany", "", "Europe/Berlin", "Europe/Berlin"),  # an enclave with a zone of its own does not count
        ("Italy", "Europe/Berlin", "Europe/Berlin", ""),  # the file says so
        ("Spain", "", "", ""),  # several zones
        ("", "", "", ""),
    ],
)
def test_the_zone_of_a_country_that_has_one_is_assumed(country: str, written: str, zone: str, assumed: str) -> None:
    header = ("Partner", "Country", "Time zone")
    made = plan(header, ("Acme", country, written), ("Beta", "FR", "Europe/Paris"))
    assert (made.partners[0].values.get("time_zone", ""), made.partners[0].assumed_zone) == (zone, assumed)
    assert summarise(made).assumed_zones == ([(assumed, 1)] if assumed else [])
    known = register(known_partner("acme", "Acme", time_zone="Europe/London"), known_partner("beta", "Beta"))
    again = plan(header, ("Acme", country, ""), ("Beta", "FR", "Europe/Paris"), known=known)
    assert "time_zone" not in again.partners[0].values, "what the register says stays"


def test_languages_that_the_program_does_not_offer_are_counted() -> None:
    codes = ("de", "de", "it", "pt-BR", "fr", "")
    rows = [("Acme", f"c{number}@acme.example", code) for number, code in enumerate(codes)]
    summary = summarise(plan(("Partner", "E-mail", "Language"), *rows))
    assert languages_not_offered(summary, ("en", "it", "pt")) == [("de", 2), ("fr", 1)]
    assert languages_not_offered(summary, ("de", "it", "pt-BR", "fr")) == []


def test_a_contact_who_left_stays_away() -> None:
    acme = known_partner("acme", "Acme")
    ana = known_contact(acme, "ana@acme.example", state="left")
    made = plan(HEADER, ("Acme", "ana@acme.example", "Ana"), known=register(acme, contacts=[(acme, ana)]))
    assert made.contacts == ()
    assert reasons(made.notes) == [(2, "contact_left")]


# ---- the whole


def test_the_messy_workbook_and_its_csv_give_the_same_plan() -> None:
    rows = messy.make_rows()
    staff = [known_staff(name, email) for name, email in messy.STAFF]
    as_text = [[cell.strftime("%d.%m.%Y") if hasattr(cell, "strftime") else cell for cell in row] for row in rows.sheet]
    plans = []
    for content in (xlsx_bytes([["Legende"]], rows.sheet), csv_bytes(as_text, ";", "cp1252")):
        read = read_table(content)
        assert read.header_number == messy.HEADER_ROW
        plans.append(make_plan(read, guess_mapping(read, [name for name, _ in messy.STAFF]), register(staff=staff)))
    assert plans[0] == plans[1]
    assert plans[0].digest == plans[1].digest
    made = plans[0]
    assert len(made.partners) == messy.PARTNER_COUNT
    assert len(made.refused) == messy.BAD_ADDRESS_COUNT
    assert len(made.duplicates) == messy.DUPLICATE_COUNT
    assert sum(1 for each in made.partners if each.owner is None) == messy.UNKNOWN_OWNER_COUNT
    expected = len(rows.body) - messy.BAD_ADDRESS_COUNT - 5  # five of the duplicates repeat an address
    assert len(made.contacts) == expected


def test_the_list_of_refused_rows_holds_their_cells_and_no_formula() -> None:
    read = table(("Partner", "E-mail", "Note"), ("=1+1", "bad", "-x"), ("Good", "g@good.example", "=HYPERLINK()"))
    made = make_plan(read, guess_mapping(read), register())
    text = refused_rows_csv(read, made.refused).decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0] == "Row,What is wrong,Remedy,Partner,E-mail,Note"
    assert len(lines) == 2
    assert lines[1].startswith("2,“bad” is not an e-mail address.,")
    assert lines[1].endswith(",'=1+1,bad,'-x")


def test_the_mended_list_is_read_back_without_its_apostrophes() -> None:
    read = table(("Partner", "E-mail", "Phone"), ("Acme", "bad", "+39 06 123456"))
    mapping = {"Partner": "partner.name", "E-mail": "contact.email", "Phone": "contact.phone"}
    made = make_plan(read, mapping, register())
    mended = read_table(refused_rows_csv(read, made.refused).replace(b"bad", b"ana@acme.example"))
    again = make_plan(mended, mapping, register())
    assert again.contacts[0].values == {"phone": "+39 06 123456"}


CELL = st.sampled_from(
    ["", "Acme", "ACME SpA", "Beta", "ana@acme.example", "bad@", "Gold", "Dana", "it", "Nobody", "=1", "-"]
)


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL, CELL, CELL, CELL), min_size=1, max_size=12))
def test_every_row_is_imported_or_has_a_finding_and_importing_again_writes_nothing(rows: list[tuple[str, ...]]) -> None:
    read = table(("Partner", "E-mail", "Owner", "Parent", "Tier"), *rows, ("Last", "l@last.example", "", "", ""))
    fields = ("partner.name", "contact.email", "partner.owner", "partner.parent", "partner.tier")
    mapping = dict(zip((column.header for column in read.columns), fields, strict=True))
    made = make_plan(read, mapping, register(staff=[DANA]))
    spoken_of = {finding.row for finding in made.findings}
    imported = {contact.row for contact in made.contacts} | {partner.row for partner in made.partners}
    for row in read.rows:
        says_nothing_of_a_contact = row.cells[1] in ("", "-")
        assert row.number in spoken_of | imported or says_nothing_of_a_contact
    partners = [
        known_partner(each.key, each.name, **{name: text for name, text in each.values.items() if name != "name"})
        for each in made.partners
    ]
    by_key = {each.key: each for each in partners}
    places = [(by_key[each.partner_key], each.email) for each in made.contacts]
    known = register(
        *partners,
        contacts=[(partner, known_contact(partner, email)) for partner, email in places],
        staff=[DANA],
        owners={each.key: each.owner for each in made.partners if each.owner},
    )
    assert make_plan(read, mapping, known).written == []
