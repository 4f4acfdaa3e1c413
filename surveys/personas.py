"""The personas of the program in force: what they are called, and which roles belong to none of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from feedback_engine.foundation import versions
from feedback_engine.foundation.definitions import LocalText
from feedback_engine.foundation.i18n import current_locale
from feedback_engine.foundation.unit_of_work import Reading
from surveys import program


def names(reading: Reading) -> dict[str, str]:
    """What the personas are called for the reader of the page, by key."""
    first, locale = program.current(reading).first_language, current_locale()
    return {
        key: LocalText.model_validate(persona.get("name") or key).get(locale, first)
        for key, persona in _in_force(reading).items()
    }


def roles_of_none(reading: Reading, roles: Iterable[str]) -> list[str]:
    """Those of the roles that belong to no persona; none while the program has no personas to belong to."""
    known = _in_force(reading)
    matched = {role.strip().casefold() for key, each in known.items() for role in each.get("roles") or (key,)}
    return [role for role in roles if role.strip().casefold() not in matched] if known else []


def in_one_spelling(roles: Mapping[str, int]) -> dict[str, int]:
    """How many contacts have each role; of one that is written in several ways, as most of them have it."""
    together: dict[str, list[str]] = {}
    for role in roles:
        together.setdefault(role.strip().casefold(), []).append(role)
    return {max(each, key=roles.__getitem__).strip(): sum(roles[role] for role in each) for each in together.values()}


def _in_force(reading: Reading) -> Mapping[str, Any]:
    found = versions.in_force(reading, "program", "program")
    return (found.body.get("personas") or {}) if found else {}
