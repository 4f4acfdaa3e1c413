"""Pure. Who is named in a note: `@Dana Keller`, `@dana`, `@dana@ours.example`; found in words, nobody is guessed at."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

_SIGN = re.compile(r"(?<![\w.+\-@])@(?=[^\W\d_])")
"""A sign that begins a name; the one inside an address, or before a number, does not."""

_TOKEN = re.compile(r"[\w+\-]+(?:[.'’@][\w+\-]+)*")
_GOES_ON = re.compile(r"\w|[.@\-][\w]")


@dataclass(frozen=True, slots=True)
class Person:
    """One of our people; `sees`: whether they may see the case."""

    id: UUID
    name: str
    email: str
    sees: bool


class Mention(NamedTuple):
    """Where in a text somebody is named, the sign included."""

    start: int
    end: int
    staff_id: UUID


@dataclass(frozen=True, slots=True)
class Unclear:
    """A name that cannot be told: nobody's (`unknown`), several people's, or of somebody who may not see the case."""

    reason: str
    name: str


def find_mentions(text: str, people: Collection[Person]) -> tuple[list[Mention], list[Unclear]]:
    """Everybody who is named in a text, in its order, and the names that cannot be told."""
    found, unclear = [], []
    for sign in _SIGN.finditer(text):
        length, meant = _meant(text[sign.end() :], people)
        seeing = [person for person in meant if person.sees]
        if len(seeing) == 1:
            found.append(Mention(sign.start(), sign.end() + length, seeing[0].id))
        elif len(seeing) > 1:
            unclear.append(Unclear("several", text[sign.end() : sign.end() + length]))
        elif meant:
            unclear.append(Unclear("sees_not", meant[0].name))
        else:
            token = _TOKEN.match(text, sign.end())
            unclear.append(Unclear("unknown", token[0] if token else ""))
    return found, unclear


def _meant(rest: str, people: Collection[Person]) -> tuple[int, list[Person]]:
    """Whom the beginning of a text names, by the longest way to say it: address and name before first name."""
    for forms_of in (_full, _short):
        spelled = [
            (len(form), person) for person in people for form in forms_of(person) if form and _begins(rest, form)
        ]
        if spelled:
            longest = max(length for length, _ in spelled)
            return longest, list(dict.fromkeys(person for length, person in spelled if length == longest))
    return 0, []


def _full(person: Person) -> Sequence[str]:
    return person.email, person.name


def _short(person: Person) -> Sequence[str]:
    first, *_ = person.name.split() or [""]
    return first, person.email.partition("@")[0]


def _begins(rest: str, form: str) -> bool:
    return rest[: len(form)].casefold() == form.casefold() and not _GOES_ON.match(rest, len(form))
