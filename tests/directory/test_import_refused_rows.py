"""Rows that an import cannot take: each names its reason, its column and what to do, totals and nameless ones too."""

from __future__ import annotations

import pytest

from feedback_engine.directory.importing.entries import bare_address
from feedback_engine.directory.importing.findings import Effect, Finding, Reason
from feedback_engine.directory.importing.wording import remedy_words, wrong_words
from feedback_engine.foundation.i18n import use_locale
from tests.directory.import_files import (
    known_partner,
    known_staff,
    plan,
    reasons,
    register,
)

DANA = known_staff("Dana Keller", "dana@ours.example")
LUIS = known_staff("Luis Vega", "luis@ours.example")
MEI = known_staff("Mei Tanaka", "mei@ours.example", "viewer")
HEADER = ("Partner", "E-mail", "Contact")


@pytest.mark.parametrize(
    ("cells", "reason", "effect"),
    [
        (("", "ana@acme.example", ""), Reason.NO_PARTNER, Effect.ROW_REFUSED),
        (("x" * 201, "ana@acme.example", ""), Reason.PARTNER_TOO_LONG, Effect.ROW_REFUSED),
        (("Twin", "ana@acme.example", ""), Reason.PARTNER_AMBIGUOUS, Effect.ROW_REFUSED),
        (("Acme", "", "Ana"), Reason.ADDRESS_MISSING, Effect.CONTACT_REFUSED),
        (("Acme", "ana", ""), Reason.ADDRESS_WRONG, Effect.CONTACT_REFUSED),
        (("Acme", "ana@acme", ""), Reason.ADDRESS_WRONG, Effect.CONTACT_REFUSED),
        (("Acme", "ana@acme,example", ""), Reason.ADDRESS_WRONG, Effect.CONTACT_REFUSED),
        (("Acme", "a" * 300 + "@acme.example", ""), Reason.ADDRESS_WRONG, Effect.CONTACT_REFUSED),
        (("Acme", "ana@acme.example; bo@acme.example", ""), Reason.SEVERAL_ADDRESSES, Effect.CONTACT_REFUSED),
        (("Acme", "forgotten@acme.example", ""), Reason.FORGOTTEN, Effect.CONTACT_REFUSED),
    ],
)
def test_a_refused_row_names_reason_column_and_remedy_in_every_language(
    cells: tuple[str, ...], reason: Reason, effect: Effect
) -> None:
    known = register(
        known_partner("t1", "Twin"), known_partner("t2", "Twin"), forgotten=frozenset({"forgotten@acme.example"})
    )
    made = plan(HEADER, ("Good", "good@good.example", "Good"), cells, known=known)
    (finding,) = made.refused
    assert (finding.row, finding.reason, finding.effect) == (3, reason, effect)
    assert finding.column == ("Partner" if effect is Effect.ROW_REFUSED else "E-mail")
    for locale in ("en", "it"):
        with use_locale(locale):
            assert wrong_words(finding)
            assert remedy_words(finding).endswith(".")
    keys = {each.key for each in made.partners}
    assert keys == ({"good", "acme"} if effect is Effect.CONTACT_REFUSED else {"good"}), "the partner is kept"


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("ana@acme.example", "ana@acme.example"),
        ("Ana Silva <ana@acme.example>", "ana@acme.example"),
        ("mailto:ana@acme.example", "ana@acme.example"),
        ("ana@acme.example;", "ana@acme.example"),
    ],
)
def test_what_stands_beside_an_address_falls_away(cell: str, address: str) -> None:
    assert bare_address(cell) == address


def test_every_reason_has_words_in_english_and_italian() -> None:
    for reason in Reason:
        finding = Finding(7, "Column", "value", reason, other="other", other_row=3, limit=200, detail="Why.")
        english = (wrong_words(finding), remedy_words(finding))
        with use_locale("it"):
            italian = (wrong_words(finding), remedy_words(finding))
        assert all(english)
        assert english[0] != italian[0]
        assert english[1] != italian[1]


@pytest.mark.parametrize("word", ["Summe", "TOTAL:", "Totale", "Gesamt", "Grand total", "Somma", "Gesamtergebnis"])
def test_a_row_that_adds_up_the_others_is_named_and_becomes_no_partner(word: str) -> None:
    header = ("Nr", "Partner", "Umsatz", "Notiz")
    first = ("1030", "Acme", "1200", "seit 2019")
    for total in (("", word, "1.200,00 EUR", ""), (word, "", "1200", ""), ("", "", "1200", word)):
        made = plan(header, first, total)
        assert [each.name for each in made.partners] == ["Acme"], total
        assert made.refused == [], "there is nothing to mend"
        assert reasons(made.left_out) == [(3, "total_row")], total
        assert "looks like a total row" in wrong_words(made.left_out[0])


@pytest.mark.parametrize(
    "row",
    [
        ("1031", "Total", "", ""),  # a key
        ("", "Total", "FR", ""),  # a country
        ("", "Total", "", "ana@total.example"),  # a contact
        ("", "Total Energies", "", ""),
    ],
)
def test_a_company_that_is_called_like_a_total_is_a_partner(row: tuple[str, ...]) -> None:
    made = plan(("Partner ID", "Partner", "Country", "E-mail"), ("1030", "Acme", "IT", "a@acme.example"), row)
    assert [each.name for each in made.partners] == ["Acme", row[1]]
    assert (made.refused, made.left_out) == ([], [])


def test_a_new_partner_without_a_name_is_a_row_to_mend() -> None:
    rows = [("1030", "Acme", "a@acme.example"), ("1031", "", "b@beta.example"), ("1030", "", "c@acme.example")]
    header = ("Partner ID", "Partner", "E-mail")
    made = plan(header, *rows)
    assert [each.name for each in made.partners] == ["Acme"]
    assert [each.email for each in made.contacts] == ["a@acme.example", "c@acme.example"], "the key was named above"
    assert reasons(made.refused) == [(3, "no_name")]
    assert "1031" in wrong_words(made.refused[0])
    known = plan(header, *rows, known=register(known_partner("1031", "Beta")))
    assert [each.name for each in known.partners] == ["Acme", "Beta"], "the register knows the name"
