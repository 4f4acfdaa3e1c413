"""The form "Who asks, and from where": its fields read, refused one by one, and what it leaves as it is."""

from __future__ import annotations

from typing import Any

import pytest

from feedback_engine.directory import program_form
from feedback_engine.directory.program_definitions import (
    ProgramDefinition,
    is_placeholder_postal_address,
    is_placeholder_sender,
)
from feedback_engine.foundation.errors import Invalid

FIVE_WS = {question: {"en": question, "it": f"{question} it"} for question in program_form.FIVE_WS}


def program(**changes: Any) -> ProgramDefinition:
    return ProgramDefinition.model_validate(
        {
            "name": "Northwind",
            "languages": ["en", "it"],
            "sender": {"name": "Dana", "email": "dana@northwind.example"},
            "postal_address": "Kade 12, Rotterdam",
            "five_ws": FIVE_WS,
            "sampling": {"hold": True},
            "personas": {"sales": {"name": "Sales", "roles": ["sales"]}},
            **changes,
        }
    )


@pytest.mark.parametrize("five_ws", [FIVE_WS, dict.fromkeys(program_form.FIVE_WS, "bare")])
def test_a_form_that_changes_nothing_gives_the_same_program(five_ws: dict[str, Any]) -> None:
    before = program(five_ws=five_ws, test_addresses=["a@b.example"], hold_minutes=7.5)
    assert program_form.read_form(program_form.fields_of(before), before) == before
    assert program_form.read_form({}, before) == before, "a field that was not sent stays as it is"


def test_every_field_is_taken_and_what_the_form_does_not_show_stays() -> None:
    before = program(five_ws={**FIVE_WS, "why": {"en": "why", "it": "perché", "de": "warum"}})
    form = {
        "name": "  Partner   voice \r\n",
        "sender/name": "Luis",
        "sender/email": " Luis@NORTHWIND.example ",
        "postal_address": "Kade 12 \r\n\r\n 3011 Rotterdam\r\n",
        "test_addresses": "a@b.example\r\n\r\n c@d.example ,\r\na@b.example",
        "hold_minutes": "2,5",
        "five_ws/who/en": "Everybody",
        "five_ws/who/it": " ",
    }
    after = program_form.read_form(form, before)
    assert (after.name, after.sender.name, after.sender.email) == ("Partner voice", "Luis", "Luis@northwind.example")
    assert after.postal_address == "Kade 12\n3011 Rotterdam"
    assert after.test_addresses == ("a@b.example", "c@d.example")
    assert after.hold_minutes == 2.5
    assert after.five_ws.who.root == {"en": "Everybody"}, "an emptied translation is taken out"
    assert after.five_ws.why.root == {"en": "why", "it": "perché", "de": "warum"}, "a language without a field stays"
    assert (after.sampling, after.personas, after.languages) == (before.sampling, before.personas, before.languages)


def test_the_roles_of_each_persona_stand_one_on_a_line_and_are_read_back() -> None:
    sales = {"name": {"en": "Sales", "it": "Vendite"}, "roles": ["sales", "owner"]}
    before = program(personas={"sales": sales, "technical": {"name": "Technical", "roles": ["engineer"]}})
    assert program_form.fields_of(before)["personas/sales/roles"] == "sales\nowner"
    after = program_form.read_form({"personas/sales/roles": " CEO \r\n\r\nHead  of\tsales\r\nCEO\r\n"}, before)
    assert after.personas["sales"].roles == ("CEO", "Head of sales")
    assert after.personas["sales"].name == before.personas["sales"].name
    assert after.personas["technical"] == before.personas["technical"]
    emptied = program_form.read_form({"personas/sales/roles": " \r\n"}, before)
    assert emptied.personas["sales"].roles == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("personas/sales/roles", "x" * 201),
        ("personas/sales/roles", "sales\nCE\x07O"),
        ("personas/sales/roles", "\n".join(f"role {n}" for n in range(501))),
        ("name", "  "),
        ("name", "x" * 201),
        ("name", "Partner\nvoice"),  # it would end a header of a mail
        ("name", "Partner\0voice"),  # which no database stores
        ("sender/name", "Dana\r\nBcc: everybody@northwind.example"),
        ("sender/name", "Dana\x1b[31m"),
        ("sender/name", ""),
        ("sender/email", "dana at northwind"),
        ("sender/email", ""),
        ("postal_address", " \r\n "),
        ("postal_address", "x" * 501),
        ("postal_address", "Kade 12\n\0"),
        ("test_addresses", "a@b.example\nnot an address"),
        ("test_addresses", "\n".join(f"a{n}@b.example" for n in range(201))),
        ("hold_minutes", ""),
        ("hold_minutes", "-1"),
        ("hold_minutes", "10081"),
        ("hold_minutes", "nan"),
        ("hold_minutes", "an hour"),
        ("five_ws/why/en", "  "),
        ("five_ws/why/en", "to\x07learn"),
        ("five_ws/why/it", "x" * 10_001),
    ],
)
def test_a_wrong_field_is_refused_at_its_place_and_nothing_else_is(field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        program_form.read_form({field: value}, program())
    assert [fault.pointer for fault in refused.value.faults] == [f"/{field}"]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        program_form.read_form({"name": "", "hold_minutes": "x", "test_addresses": "one\ntwo"}, program())
    assert [fault.pointer for fault in refused.value.faults] == [
        "/name",
        "/test_addresses",
        "/test_addresses",
        "/hold_minutes",
    ]
    assert refused.value.faults[1].detail.startswith("one: ")


@pytest.mark.parametrize(
    ("email", "is_placeholder"),
    [
        ("partners@example.com", True),  # the starter's own
        ("Me@Mail.Example.ORG", True),  # nobody can own these domains
        ("partners@northwind.example", False),  # demos and trials live under this ending
        ("partners@notexample.com", False),
        ("", False),  # missing, which is another line of the checklist
    ],
)
def test_an_address_that_nobody_can_own_is_a_placeholder(email: str, is_placeholder: bool) -> None:
    assert is_placeholder_sender(email) is is_placeholder


@pytest.mark.parametrize(
    ("text", "is_placeholder"),
    [
        ("Example Ltd, 1 Example Street, 00000 Example", True),
        ("example ltd,\n 1 Example Street, 00000 Example", True),
        ("Example Ltd, Kade 12, Rotterdam", False),  # somebody may be called so
        ("", False),
    ],
)
def test_the_postal_address_of_the_starter_is_a_placeholder(text: str, is_placeholder: bool) -> None:
    assert is_placeholder_postal_address(text) is is_placeholder
