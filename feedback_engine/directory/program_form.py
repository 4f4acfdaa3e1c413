"""Pure. The form "Who asks, and from where": the plain values of program.yaml as fields, and the fields read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from feedback_engine.directory.addresses import deliverable_address
from feedback_engine.directory.program_definitions import ProgramDefinition
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.plain_text import find_refused

FIVE_WS = ("who", "what", "when", "where", "why")
MOST_TEST_ADDRESSES = 200
MOST_ROLES = 500
LONGEST_HOLD_MINUTES = 10_080
_LONGEST_NAME = 200
_LONGEST_POSTAL_ADDRESS = 500
_LONGEST_TEXT = 10_000

Fields = dict[str, str]
Faults = list[Fault]


def fields_of(program: ProgramDefinition) -> Fields:
    """The fields as the program in force fills them: five Ws as `five_ws/who/en`, roles as `personas/sales/roles`."""
    fields = {
        "name": program.name,
        "sender/name": program.sender.name,
        "sender/email": program.sender.email,
        "postal_address": program.postal_address,
        "test_addresses": "\n".join(program.test_addresses),
        "hold_minutes": f"{program.hold_minutes:g}",
    }
    fields |= {_roles_of(key): "\n".join(persona.roles) for key, persona in program.personas.items()}
    first = program.first_language
    for question in FIVE_WS:
        texts = getattr(program.five_ws, question).root
        for language in program.languages:
            # A bare text is one in the first language.
            fields[_place(question, language)] = texts.get(language) or (texts.get("", "") if language == first else "")
    return fields


def read_form(form: Mapping[str, str], program: ProgramDefinition) -> ProgramDefinition:
    """The program with what the form says; a field that was not sent stays as it is.

    Raises Invalid with a fault at each wrong field.
    """
    faults: Faults = []
    sent = {name: form.get(name, value) for name, value in fields_of(program).items()}
    changes = {
        "name": _line(sent, "name", faults),
        "sender": {"name": _line(sent, "sender/name", faults), "email": _email(sent, faults)},
        "postal_address": _postal_address(sent, faults),
        "test_addresses": _test_addresses(sent, faults),
        "hold_minutes": _minutes(sent, faults),
        "personas": _personas(sent, program, faults),
        "five_ws": {question: _texts(sent, question, program, faults) for question in FIVE_WS},
    }
    if faults:
        raise Invalid(gettext("The program cannot be changed like this; nothing was changed."), faults)
    return ProgramDefinition.model_validate({**program.model_dump(mode="json", exclude_none=True), **changes})


def _roles_of(persona: str) -> str:
    return f"personas/{persona}/roles"


def _place(question: str, language: str) -> str:
    return f"five_ws/{question}/{language}"


def _line(sent: Fields, name: str, faults: Faults) -> str:
    text = sent[name].strip()
    refused = find_refused(text)
    if not text:
        faults.append(Fault(f"/{name}", gettext("Write a name; it stands on every mail.")))
    elif refused is not None:
        words = gettext("It holds the control character {code}; write one line of plain text.", code=refused)
        faults.append(Fault(f"/{name}", words))
    elif len(text) > _LONGEST_NAME:
        faults.append(Fault(f"/{name}", gettext("At most {longest} characters fit here.", longest=_LONGEST_NAME)))
    return " ".join(text.split())


def _refuse_controls(text: str, name: str, faults: Faults) -> None:
    """Note a control character in a text of several lines, whose line breaks are one newline each."""
    refused = find_refused(text.replace("\n", " ").replace("\t", " "))
    if refused is not None:
        words = gettext("It holds the control character {code}; delete it and type that place anew.", code=refused)
        faults.append(Fault(f"/{name}", words))


def _email(sent: Fields, faults: Faults) -> str:
    return _checked(lambda: deliverable_address(sent["sender/email"], "/sender/email"), faults)


def _postal_address(sent: Fields, faults: Faults) -> str:
    text = "\n".join(line for line in map(str.strip, sent["postal_address"].splitlines()) if line)
    if not text:
        faults.append(Fault("/postal_address", gettext("Write the address; the law asks for it at the end of a mail.")))
    elif len(text) > _LONGEST_POSTAL_ADDRESS:
        words = gettext("At most {longest} characters fit here.", longest=_LONGEST_POSTAL_ADDRESS)
        faults.append(Fault("/postal_address", words))
    _refuse_controls(text, "postal_address", faults)
    return text


def _test_addresses(sent: Fields, faults: Faults) -> list[str]:
    lines = [line.strip().strip(",;") for line in sent["test_addresses"].splitlines()]
    found: dict[str, None] = {}
    for line in filter(None, lines):
        wrong: Faults = []
        found[_checked(lambda line=line: deliverable_address(line, "/test_addresses"), wrong)] = None  # type: ignore[misc]
        faults += [Fault(fault.pointer, f"{line[:80]}: {fault.detail}") for fault in wrong]
    if len(found) > MOST_TEST_ADDRESSES:
        words = gettext("At most {most} test addresses fit here.", most=MOST_TEST_ADDRESSES)
        faults.append(Fault("/test_addresses", words))
    return list(found)


def _personas(sent: Fields, program: ProgramDefinition, faults: Faults) -> dict[str, Any]:
    """The personas, each with the roles of its field; their names and keys are no part of the form."""
    return {
        key: {**persona.model_dump(mode="json"), "roles": _roles(sent, _roles_of(key), faults)}
        for key, persona in program.personas.items()
    }


def _roles(sent: Fields, name: str, faults: Faults) -> list[str]:
    roles = list(dict.fromkeys(filter(None, (" ".join(line.split()) for line in sent[name].splitlines()))))
    if any(len(role) > _LONGEST_NAME for role in roles):
        words = gettext("A role has at most {longest} characters; write each on a line.", longest=_LONGEST_NAME)
        faults.append(Fault(f"/{name}", words))
    if len(roles) > MOST_ROLES:
        faults.append(Fault(f"/{name}", gettext("At most {most} roles fit here.", most=MOST_ROLES)))
    _refuse_controls("\n".join(roles), name, faults)
    return roles


def _minutes(sent: Fields, faults: Faults) -> float:
    try:
        minutes = float(sent["hold_minutes"].strip().replace(",", "."))
    except ValueError:
        minutes = -1.0
    if not isfinite(minutes) or not 0 <= minutes <= LONGEST_HOLD_MINUTES:
        words = gettext("Write a number of minutes from 0 to {most}.", most=LONGEST_HOLD_MINUTES)
        faults.append(Fault("/hold_minutes", words))
    return minutes


def _texts(sent: Fields, question: str, program: ProgramDefinition, faults: Faults) -> Any:
    """The texts of one question by language, bare where they were bare; languages that the form does not show stay."""
    before = getattr(program.five_ws, question).root
    texts = {language: text for language, text in before.items() if language and language not in program.languages}
    for language in program.languages:
        place = _place(question, language)
        text = sent[place].replace("\r\n", "\n").replace("\r", "\n").strip()
        if text:
            texts[language] = text
        elif language == program.first_language:
            faults.append(Fault(f"/{place}", gettext("Answer it; a program without a plan asks nobody.")))
        if len(text) > _LONGEST_TEXT:
            faults.append(Fault(f"/{place}", gettext("At most {longest} characters fit here.", longest=_LONGEST_TEXT)))
        _refuse_controls(text, place, faults)
    only_first = set(texts) == {program.first_language}
    return texts[program.first_language] if "" in before and only_first else texts


def _checked(read: Callable[[], str], faults: Faults) -> str:
    try:
        return read()
    except Invalid as error:
        faults += error.faults
        return ""
