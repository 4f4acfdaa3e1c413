"""What mail to partners other than invitations must heed: who may not be written to now, and why."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView
from feedback_engine.foundation import program_state
from feedback_engine.foundation.unit_of_work import Reading
from surveys import program as programs

NO_FAMILY = ""
"""Other mail belongs to no family of surveys: only an opt-out of everything stands against it."""


def refusals(reading: Reading, contacts: Iterable[ContactView]) -> dict[UUID, str]:
    """Why some of these contacts may not be written to now, by id: `left`, `erased`, `complaint`, `opted_out`,
    `undeliverable`, `objected`, `draft` or `paused` (the program), `unlisted` (in a test). The others are left out."""
    several = list(contacts)
    state, program = program_state.current(reading), programs.current(reading)
    suppressions = directory.suppressed(reading, {contact.person for contact in several})
    found: dict[UUID, str] = {}
    for contact in several:
        refused = directory.decide_refusal(suppressions.get(contact.person, ()), NO_FAMILY)
        if contact.state != "active":
            found[contact.id] = contact.state
        elif refused is not None:
            found[contact.id] = refused[1]
        elif state in ("draft", "paused"):
            found[contact.id] = state
        elif state == "test" and contact.email.strip().lower() not in program.test_addresses:
            found[contact.id] = "unlisted"
    return found
