"""Writes silences: who keeps what quiet until when and why; ends them, and warns their authors before they lapse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts import published, words
from alerts.silences import silencing
from alerts.silences import store as silence_store
from alerts.silences.silencing import LONGEST_REASON
from alerts.silences.views import find_silence
from feedback_engine.directory import reading as directory
from feedback_engine.directory.guard import OWNS_ONLY
from feedback_engine.directory.reading import Viewer
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from feedback_engine.foundation.i18n import current_locale, format_datetime, gettext
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailOrder
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, UnitOfWork, Work
from journeys import reading as journeys

MAIL_KIND = "silence-lapses"
BATCH_SIZE = 50


@dataclass(frozen=True, slots=True)
class NewSilence:
    """What somebody asks to be kept quiet; keys as people write them, empty ones for anything."""

    partner: str
    touchpoint: str
    rule: str
    until_at: datetime | None
    reason: str


def add_silence(uow: UnitOfWork, viewer: Viewer, wanted: NewSilence) -> UUID:
    """Keep alerts quiet from now on; the id of the silence. An alliance manager names a partner of theirs.

    Raises Invalid with a pointer to each field that is missing or wrong, and where the same is kept quiet already.
    """
    faults, partner_id = _faults(uow, viewer, wanted)
    faults = faults or _of_one_in_force(uow, viewer, wanted, partner_id)
    if faults or wanted.until_at is None:
        raise Invalid(gettext("This silence cannot be kept as it is."), faults)
    key = ids.new_key(partner_id) if partner_id else {"shard": ids.REFERENCE_SHARD, "id": ids.new_reference_id()}
    row = {
        **key,
        "partner_id": partner_id,
        "touchpoint": wanted.touchpoint or None,
        "rule": wanted.rule or None,
        "reason": wanted.reason.strip(),
        "created_at": uow.now,
        "until_at": wanted.until_at,
        "author_id": UUID(uow.actor.id) if uow.actor.kind == "staff" else None,
        "author_name": uow.actor.name,
        "warn_at": silencing.warn_at(uow.now, wanted.until_at) if uow.actor.kind == "staff" else None,
    }
    silence_store.insert_silence(uow, row)
    uow.audit("silence.added", "silence", str(row["id"]), {"until": wanted.until_at.isoformat()})
    silence_id: UUID = row["id"]
    return silence_id


def end_silence(uow: UnitOfWork, viewer: Viewer, silence_id: UUID) -> None:
    """Let alerts be heard again from now on. Raises NotFound, NotAllowed, Conflict when it is over already."""
    row = silence_store.silence_by_id(uow, silence_id)
    if row is None or (
        row.partner_id and row.partner_id not in directory.visible_partners(uow, viewer, [row.partner_id])
    ):
        raise NotFound(gettext("There is no such silence."))
    if row.partner_id is None and viewer.role == OWNS_ONLY:
        raise NotAllowed(gettext("Only program owners end the silence of a whole touchpoint."))
    if not silence_store.end_silence(uow, silence_id, uow.actor.name):
        raise Conflict(gettext("This silence is over already."))
    uow.audit("silence.ended", "silence", str(silence_id))


def faults_of_words(reading: Reading, wanted: NewSilence) -> list[Fault]:
    """What is wrong with the end and the reason of a silence, whomever it is about."""
    faults = []
    ends = silencing.refused_end(wanted.until_at, reading.now) if wanted.until_at else "until_unknown"
    if ends:
        faults.append(Fault("/until", words.refusal(ends)))
    reason = wanted.reason.strip()
    if not reason or not all(sign.isprintable() or sign in "\r\n\t" for sign in reason):
        faults.append(Fault("/reason", gettext("Say why.")))
    elif len(reason) > LONGEST_REASON:
        faults.append(Fault("/reason", gettext("Shorten the reason to {n} characters.", n=LONGEST_REASON)))
    return faults


def warn_of_lapsing(work: Work, limit: int = BATCH_SIZE, *, shards: Sequence[int] | None = None) -> int:
    """Tell the authors of silences that lapse within a day, each once; returns how many silences were looked at."""
    with work.read() as view:
        due = silence_store.due_warnings(view, limit, shards)
    for row in due:
        with work.begin(actor=SYSTEM) as uow:
            # Whoever wins the row queues the mail in the same transaction: one warning, however many workers look.
            if silence_store.mark_warned(uow, row.id) and row.author_id is not None:
                queue.enqueue(uow, _warning(uow, row.id, row.author_id))
    return len(due)


def is_warning_due(view: Reading) -> bool:
    """Whether any author is to be warned."""
    return bool(silence_store.due_warnings(view, 1))


def _warning(uow: UnitOfWork, silence_id: UUID, author_id: UUID) -> MailOrder:
    return MailOrder(
        kind=MAIL_KIND,
        shard=ids.shard_of(silence_id),
        ref_id=silence_id,
        due_at=uow.now,
        audience="staff",
        recipient_id=author_id,
        repeatable=True,
    )


# ---- what is wrong with it


def _faults(reading: Reading, viewer: Viewer, wanted: NewSilence) -> tuple[list[Fault], UUID | None]:
    faults, partner_id = [], None
    if wanted.partner:
        try:
            partner_id = directory.get_visible_partner(reading, viewer, wanted.partner).id
        except NotFound as error:
            faults.append(Fault("/partner", error.message))
    elif viewer.role == OWNS_ONLY:
        faults.append(
            Fault("/partner", gettext("Name one of your partners; program owners silence whole touchpoints."))
        )
    elif not wanted.touchpoint:
        faults.append(Fault("/partner", gettext("Name a partner or a touchpoint, or both.")))
    return faults + _of_keys(reading, wanted) + faults_of_words(reading, wanted), partner_id


def _of_keys(reading: Reading, wanted: NewSilence) -> list[Fault]:
    faults = []
    known = {placed.definition.key for placed in journeys.touchpoints(reading)}
    if wanted.touchpoint and wanted.touchpoint not in known:
        faults.append(Fault("/touchpoint", gettext("There is no such touchpoint on the journey map.")))
    alerts = published.in_force(reading)
    rules = {rule.key: rule for rule in alerts.program.rules} if alerts else {}
    if wanted.rule and wanted.rule not in rules:
        faults.append(Fault("/rule", gettext("There is no such alert rule in force.")))
    elif wanted.rule and rules[wanted.rule].severity == silencing.ALWAYS_HEARD:
        name = rules[wanted.rule].name.get(current_locale())
        told = gettext(
            "Alerts of the rule “{rule}” are of the highest severity, which is always heard: it cannot be silenced.",
            rule=name,
        )
        faults.append(Fault("/rule", told))
    return faults


def _of_one_in_force(uow: UnitOfWork, viewer: Viewer, wanted: NewSilence, partner_id: UUID | None) -> list[Fault]:
    """That the very same is kept quiet already. Nobody else adds one until this transaction ends."""
    silence_store.hold_silences(uow)
    company = directory.companies_of(uow, [partner_id])[partner_id] if partner_id else [None]
    same = (wanted.touchpoint or None, wanted.rule or None)
    for row in silence_store.in_force_between(uow, uow.now, wanted.until_at or uow.now):
        # It may be a little later than now: whoever wrote it began after this transaction, and was done before.
        if row.partner_id in company and (row.touchpoint, row.rule) == same:
            silence = find_silence(uow, viewer, row.id)
            if silence is not None:
                told = gettext(
                    "This is kept quiet already: {about}, by {who} until {until}. To change how long, end it first.",
                    about=silence.about,
                    who=silence.author,
                    until=format_datetime(silence.until_at, _zone_of(uow), style="weekday"),
                )
                return [Fault("/partner" if partner_id else "/touchpoint", told)]
    return []


def _zone_of(uow: UnitOfWork) -> str:
    """The zone in which whoever acts reads the clock; that of a program is UTC."""
    if uow.actor.kind != "staff":
        return "UTC"
    member = directory.staff_by_id(uow, [UUID(uow.actor.id)]).get(UUID(uow.actor.id))
    return member.time_zone if member else "UTC"
