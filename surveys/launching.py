"""What has to be in place before a program asks anybody, read in one go; and which states may follow which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from feedback_engine.directory.program_definitions import is_placeholder_postal_address, is_placeholder_sender
from feedback_engine.foundation import program_state
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.i18n import current_locale, gettext
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from surveys import program, published, wave_reading, wave_store

Step = Literal["partners", "owners", "fallback", "survey", "sender", "five_ws", "test"]
ESSENTIAL: frozenset[Step] = frozenset({"partners", "fallback", "survey", "sender", "five_ws"})
FIVE_WS = ("who", "what", "when", "where", "why")

FOLLOWING: dict[str, tuple[str, ...]] = {
    "draft": ("test",),
    "test": ("live", "draft"),
    "live": ("paused",),
    "paused": ("live",),
}
"""The states that may follow each state on screen."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist; `essential` ones must be done before the program goes live."""

    step: Step
    done: bool
    numbers: dict[str, int]
    names: tuple[str, ...] = ()

    @property
    def essential(self) -> bool:
        return self.step in ESSENTIAL


@dataclass(frozen=True, slots=True)
class Fallback:
    """Whom an alert reaches when nobody else is named, in words, and how many active people that are."""

    words: str
    people: int


FallbackOf = Callable[[Reading], Fallback | None]
"""The fallback of the alerts in force, None without alerts; the floor above, which routes them, hands it in."""


def no_fallback(reading: Reading) -> Fallback | None:
    """For installations without alerts."""
    return None


def checklist(reading: Reading, fallback_of: FallbackOf = no_fallback) -> list[Check]:
    """Every line of the checklist, in the order in which it is worked through, whatever the program's state."""
    rules = program.current(reading)
    everybody = wave_reading.candidates(reading)
    partners = {one.partner.id: one.owner for one in everybody}
    unowned = sum(owner is None for owner in partners.values())
    titles = published.titles(reading, current_locale(), rules.first_language)
    empty = tuple(name for name in FIVE_WS if not rules.five_ws.get(name, "").strip())
    tested = [wave for wave in wave_store.list_waves(reading) if wave.tested_at is not None]
    named = bool(rules.sender_email) and bool(rules.postal_address)
    examples = _examples_left(rules)
    fallback = fallback_of(reading)
    reached = [] if fallback is None else [_reached(fallback)]
    return [
        Check("partners", bool(everybody), {"partners": len(partners), "contacts": len(everybody)}),
        Check("owners", bool(partners) and not unowned, {"unowned": unowned}),
        *reached,
        Check("survey", bool(titles), {"surveys": len(titles)}, tuple(titles.values())),
        Check("sender", named and not examples, {"examples": len(examples)}, examples or _senders(rules)),
        Check("five_ws", not empty, {"missing": len(empty)}, empty),
        Check("test", bool(tested), {"tests": len(tested)}),
    ]


def _reached(fallback: Fallback) -> Check:
    return Check("fallback", fallback.people > 0, {"people": fallback.people}, (fallback.words,))


def _senders(rules: program.Program) -> tuple[str, ...]:
    return (rules.sender_email,) if rules.sender_email else ()


def _examples_left(rules: program.Program) -> tuple[str, ...]:
    """What of the sender is still the starter's own example: mail in the name of nobody must not go to partners."""
    found = (
        (rules.sender_email, is_placeholder_sender(rules.sender_email)),
        (rules.postal_address, is_placeholder_postal_address(rules.postal_address)),
    )
    return tuple(words for words, is_example in found if is_example)


def change_state(uow: UnitOfWork, wanted: str, checks: list[Check]) -> None:
    """Move the program to a state that may follow the present one.

    Raises Conflict when it may not follow, Invalid when the program would go live with an essential line open.
    """
    present = program_state.current(uow)
    if wanted == present:
        return
    if wanted not in FOLLOWING[present]:
        raise Conflict(gettext("The program changed meanwhile. Load the page anew to see how it stands."))
    if wanted == "live" and any(check.essential and not check.done for check in checks):
        raise Invalid(gettext("The program cannot go live yet: finish the open lines of the checklist first."))
    program_state.change(uow, wanted)
