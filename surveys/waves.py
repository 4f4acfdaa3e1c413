"""Waves: one occasion on which many contacts are asked. Chosen, checked by their owners, tested, then decided like all.

Sending a wave records one touchpoint event for each member (source `wave:<key>`, id the contact's). Sampling decides
about each as about any other event; what it invites waits in the hold and can be taken back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from feedback_engine.foundation import ids, program_state
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.plain_text import find_refused
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork
from journeys import service as journeys_service
from surveys import invitations, program, wave_reading, wave_store
from surveys.audience import Audience, Candidate
from surveys.wave_store import OPEN_STATES, SOURCE, MemberRow, WaveRow

TEST_KIND = "wave_test"
_SEND_AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class WaveDraft:
    """What somebody wants to send."""

    name: str
    touchpoint: str
    audience: Audience


# ---- drafting


def read_draft(reading: Reading, name: str, touchpoint: str, audience: Audience) -> WaveDraft:
    """A draft out of a form. Raises Invalid with one fault for each wrong field."""
    faults = []
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > 200:
        faults.append(Fault("/name", gettext("Give the wave a name of at most 200 characters.")))
    faults += _unread(cleaned, "/name")
    if touchpoint not in {placed.key for placed in wave_reading.surveyed_touchpoints(reading)}:
        faults.append(Fault("/touchpoint", gettext("Choose a touchpoint that has a survey.")))
    if faults:
        raise Invalid(gettext("This wave cannot be made as it is."), faults)
    return WaveDraft(cleaned, touchpoint, audience)


def create_wave(uow: UnitOfWork, draft: WaveDraft, chosen: Sequence[Candidate]) -> str:
    """Write a draft with the contacts chosen for it; returns its key. Raises Invalid when nobody was chosen."""
    if not chosen:
        words = gettext("No contact fits this choice. Take a condition away.")
        raise Invalid(gettext("This wave would ask nobody."), [Fault("/touchpoint", words)])
    key = _free_key(uow, draft.name)
    row = {
        "id": ids.new_reference_id(),
        "key": key,
        "name": draft.name,
        "touchpoint": draft.touchpoint,
        "audience": draft.audience.document(),
        "state": "draft",
        "created_by": uow.actor.name,
        "created_at": uow.now,
    }
    wave_store.insert_wave(uow, row, ((one.partner.id, one.contact.id) for one in chosen))
    uow.audit("wave.created", "wave", key, {"contacts": len(chosen)})
    return key


def ask_owners(uow: UnitOfWork, wave: WaveRow) -> None:
    """Let the owners confirm or strike their contacts. Raises Conflict when the wave is no draft any more."""
    if not wave_store.move_wave(uow, wave.id, ("draft",), {"state": "confirming"}):
        raise _moved_on()
    uow.audit("wave.confirming", "wave", wave.key)


def confirm(uow: UnitOfWork, wave: WaveRow, chosen: Iterable[MemberRow]) -> int:
    """An owner's word that these contacts may be asked; returns how many."""
    return _decide(uow, wave, chosen, "confirmed", None)


def strike(uow: UnitOfWork, wave: WaveRow, chosen: Iterable[MemberRow], reason: str) -> int:
    """Take contacts off a wave. Raises Invalid without a reason, Conflict once the wave was sent."""
    words = " ".join(reason.split())[:500]
    faults = _unread(words, "/reason")
    if not words:
        faults.append(Fault("/reason", gettext("Say why; the program owner reads it.")))
    if faults:
        raise Invalid(gettext("A contact is only struck with a reason."), faults)
    return _decide(uow, wave, chosen, "struck", words)


def _unread(text: str, pointer: str) -> list[Fault]:
    """The fault of a text that holds a control character or a sign that turns what follows, if it does."""
    code = find_refused(text)
    words = gettext("It holds the control character {code}; write one line of plain text.", code=code)
    return [Fault(pointer, words)] if code else []


def cancel_wave(uow: UnitOfWork, wave: WaveRow) -> None:
    """Give up a wave that was not sent. Raises Conflict once it was."""
    if not wave_store.move_wave(uow, wave.id, OPEN_STATES, {"state": "cancelled"}):
        raise _moved_on()
    uow.audit("wave.cancelled", "wave", wave.key)


# ---- sending


def send_test(uow: UnitOfWork, wave: WaveRow, asked_by: str = "") -> int:
    """Mail the wave's survey to the test addresses, as its first member would get it; returns how many mails go.

    `asked_by` is the address of whoever wants to see it, who gets it too. Raises Invalid when there is no address at
    all. Nothing of it is recorded as an ask.
    """
    addresses = sorted(program.current(uow).test_addresses | ({asked_by.lower()} if asked_by else set()))
    if not addresses:
        raise Invalid(gettext("The program lists no test addresses. Add some under test_addresses in program.yaml."))
    queue.enqueue_all(
        uow,
        [
            queue.MailOrder(
                kind=TEST_KIND,
                shard=ids.REFERENCE_SHARD,
                ref_id=wave.id,
                due_at=uow.now,
                audience="staff",
                repeatable=True,
                attributes={"to": address},
            )
            for address in addresses
        ],
    )
    wave_store.move_wave(uow, wave.id, (*OPEN_STATES, "sent"), {"tested_at": uow.now})
    uow.audit("wave.tested", "wave", wave.key, {"mails": len(addresses)})
    return len(addresses)


def send_wave(engine: Engine, actor: Actor, key: str, progress: Callable[[int, int], None] | None = None) -> int:
    """Record one event for each member that was not struck; returns how many. Sampling then decides about each.

    Calling it again records what is missing and nothing twice, so a crash half-way is mended by sending again.
    Raises Conflict in a draft program, and for a wave that was sent or cancelled.
    """
    with engine.work.read() as reading:
        wave = wave_reading.get_wave(reading, key)
        state = program_state.current(reading)
        chosen = [member for member in wave_reading.members_of(reading, wave) if member.row.state != "struck"]
        place = next((one for one in wave_reading.surveyed_touchpoints(reading) if one.key == wave.touchpoint), None)
    if state in ("draft", "paused"):
        raise Conflict(gettext("The program is a draft or paused and asks nobody. Put it into test or live first."))
    if wave.state not in OPEN_STATES:
        raise _moved_on()
    if place is None:
        raise Conflict(gettext("The touchpoint of this wave has no survey any more. Make a new wave."))
    for start in range(0, len(chosen), _SEND_AT_ONCE):
        _record(engine, actor, wave, chosen[start : start + _SEND_AT_ONCE], place.event)
        if progress is not None:
            progress(min(start + _SEND_AT_ONCE, len(chosen)), len(chosen))
    with engine.work.begin(actor=actor) as uow:
        if not wave_store.move_wave(uow, wave.id, OPEN_STATES, {"state": "sent", "sent_at": uow.now}):
            raise _moved_on()
        uow.audit("wave.sent", "wave", wave.key, {"contacts": len(chosen)})
    return len(chosen)


def take_back_wave(uow: UnitOfWork, wave: WaveRow) -> int:
    """Cancel what has not left of a wave; returns how many contacts will not be asked after all."""
    return invitations.take_back(uow, SOURCE + wave.key)


def send_wave_now(uow: UnitOfWork, wave: WaveRow) -> int:
    """Let the held mail of a wave leave at once, as far as the send window is open; returns how many mails leave."""
    return invitations.send_now(uow, SOURCE + wave.key)


def event_drafts(
    wave: WaveRow, chosen: Sequence[wave_reading.Member], event_type: str
) -> list[journeys_service.EventDraft]:
    """The events that ask about these members, each with its place among them as index."""
    return [
        journeys_service.EventDraft(
            index=number,
            source=SOURCE + wave.key,
            id=str(member.row.contact_id),
            type=event_type,
            subject=member.candidate.partner.key,
            at=None,
            contact=journeys_service.ContactDraft(member.candidate.contact.email),
        )
        for number, member in enumerate(chosen)
    ]


# ---- pieces


def _record(
    engine: Engine, actor: Actor, wave: WaveRow, chosen: Sequence[wave_reading.Member], event_type: str
) -> None:
    drafts = event_drafts(wave, chosen, event_type)
    results = journeys_service.record_events(engine.work, actor, drafts, keys=engine.keys, reaching=(wave.touchpoint,))
    pairs = [(chosen[result.index].row.id, result.event_id) for result in results if result.event_id is not None]
    with engine.work.begin(actor=actor) as uow:
        wave_store.note_events(uow, pairs)


def _decide(uow: UnitOfWork, wave: WaveRow, chosen: Iterable[MemberRow], state: str, reason: str | None) -> int:
    current = wave_store.wave_by_id(uow, wave.id)
    if current is None or current.state not in OPEN_STATES:
        raise _moved_on()
    return wave_store.decide_members(uow, wave.id, chosen, state, reason)


def _moved_on() -> Conflict:
    return Conflict(gettext("This wave was sent or cancelled meanwhile. Load the page anew to see how it stands."))


def _free_key(reading: Reading, name: str) -> str:
    """A key made of the name: small letters, digits and hyphens, with a number when it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "wave"
    taken = wave_store.keys_like(reading, stem)
    return next(key for n in range(1, len(taken) + 2) if (key := stem if n == 1 else f"{stem}-{n}") not in taken)
