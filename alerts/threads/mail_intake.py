"""Takes in one mail: into the case it belongs to, or on the list of those that matched nothing. Each mail once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from alerts import store
from alerts.casework.changes import Changes, resumed, with_waking
from alerts.casework.stepping import take_step
from alerts.notices import notifications
from alerts.notices.news import News
from alerts.notices.notifications import Telling
from alerts.regrouping import home_store
from alerts.store import CaseRow
from alerts.threads import intake_store
from alerts.threads import store as thread_store
from alerts.threads.file_names import Upload
from alerts.threads.files import admitted, save_files
from alerts.threads.letter_mail import addresses_of
from alerts.threads.mail_matching import CaseAsked, Lands, MailFacts, Unmatched, decide
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView
from feedback_engine.foundation import ids, logs
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound, Unavailable
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail import authentication
from feedback_engine.foundation.mail.incoming import IncomingMail, clean, digest_of, glance, read_mail
from feedback_engine.foundation.mail.mailboxes import HEAD_BYTES, RawMail
from feedback_engine.foundation.mail.mime import Unreadable
from feedback_engine.foundation.unit_of_work import SYSTEM, Actor, Reading, UnitOfWork

Outcome = Literal["landed", "unmatched", "known"]
_TRIES = 4
_log = logs.logger(__name__)
_NOTHING = IncomingMail(b"", "", "", "", (), (), (), "", "", (), "", ())


def take(engine: Engine, raw: RawMail) -> Outcome:
    """Take a mail in; `known` when it was taken before, by whomever.

    Somebody who changes its case at the same moment makes us look again. Raises Conflict when that goes on and on.
    """
    digest = digest_of(raw.content)
    mail, problem = _read(raw)
    for attempt in range(_TRIES):
        try:
            return _take(engine, raw, replace(mail, digest=digest), problem)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError  # the last try has returned or raised


def take_safely(engine: Engine, raw: RawMail) -> Outcome:
    """`take`, and a mail that nobody has foreseen is kept on the list as unreadable, and stops none behind it."""
    try:
        return take(engine, raw)
    except (Conflict, Unavailable):
        raise
    except Exception:  # noqa: BLE001 - see above
        _log.exception("mail.not_taken")
        return _take(engine, raw, replace(_NOTHING, digest=digest_of(raw.content)), "unreadable")


def give_up(engine: Engine, raw: RawMail) -> Outcome:
    """Keep a mail of which its readers died on the list as unreadable, with what a glance at its head says."""
    return _take(engine, raw, glance(raw.content), "unreadable")


def _read(raw: RawMail) -> tuple[IncomingMail, Any]:
    """The mail and what is wrong with it. Of one that is too large the headers are read nevertheless."""
    try:
        return read_mail(raw.content), None if raw.is_whole else "too_large"
    except Unreadable:
        return _NOTHING, "unreadable" if raw.is_whole else "too_large"


def _take(engine: Engine, raw: RawMail, mail: IncomingMail, problem: Any) -> Outcome:
    with engine.work.read() as view:
        if intake_store.is_taken(view, mail.digest):
            return "known"
        facts = _facts(engine, view, mail, problem)
        decided = decide(facts)
        returned = thread_store.sent_as(view, mail.returned) if mail.automatic == "bounce" else []
        if isinstance(decided, Lands):
            landing = _landing(engine, view, decided.case_id, mail, facts.sender)
        else:
            suspected = decided.suspected or next((each.case_id for each in returned), None)
            row = _unmatched_row(view, raw, mail, replace(decided, suspected=suspected), facts.sender)
    with engine.work.begin(actor=SYSTEM) as uow:
        if not intake_store.take(uow, mail.digest, "landed" if isinstance(decided, Lands) else decided.reason):
            return "known"
        if isinstance(decided, Lands):
            _land(uow, landing)
            return "landed"
        thread_store.mark_returned(uow, [each.id for each in returned])
        intake_store.insert_unmatched(uow, {**row, "received_at": uow.now})
        return "unmatched"


# ---- reading


def _facts(engine: Engine, view: Reading, mail: IncomingMail, problem: Any) -> MailFacts:
    sender = _person(engine, mail.sender)
    tagged = addresses_of(engine).read(mail.recipients)
    named = store.case_by_number(view, tagged.number) if tagged.number is not None else None
    of_tag = home_store.survivor_of(view, named) if named is not None else None
    answered = _cases_answered(view, mail)
    contacts = directory.contacts_by_person(view, [sender]).get(sender, ()) if sender else ()
    trusted = engine.settings.trusted_authserv
    return MailFacts(
        sender=sender,
        automatic=mail.automatic,
        answered=answered,
        tagged=tagged,
        of_tag=_asked(view, of_tag) if of_tag is not None else None,
        contact_of=frozenset(contact.partner_id for contact in contacts if contact.state == "active"),
        verdict=authentication.verdict(mail.results, trusted) if trusted else None,
        problem=problem,
    )


def _person(engine: Engine, address: str) -> bytes | None:
    try:
        return engine.keys.person(directory.normalise_address(address)) if address else None
    except Invalid:
        return None


def _cases_answered(view: Reading, mail: IncomingMail) -> tuple[CaseAsked, ...]:
    case_ids = {each.case_id for each in thread_store.sent_as(view, mail.answers)}
    return tuple(_asked(view, row) for row in store.cases_by_id(view, case_ids)) if case_ids else ()


def _asked(view: Reading, row: CaseRow) -> CaseAsked:
    sent = [each for each in thread_store.messages_of(view, row.id) if each.direction == "out"]
    company = directory.companies_of(view, [row.partner_id])[row.partner_id]
    return CaseAsked(row.id, frozenset(company), frozenset(bytes(each.person) for each in sent))


@dataclass(frozen=True, slots=True)
class _Landing:
    """Everything that a mail does to its case."""

    row: CaseRow
    mail: IncomingMail
    contact: ContactView | None
    person: bytes
    uploads: Sequence[Upload]
    changes: Changes
    tellings: Sequence[Telling]


def _landing(engine: Engine, view: Reading, case_id: UUID, mail: IncomingMail, sender: bytes | None) -> _Landing:
    row = store.case_by_id(view, case_id)
    if row is None or sender is None:
        raise NotFound(gettext("There is no such case."))
    contacts = directory.contacts_by_person(view, [sender]).get(sender, ())
    contact = next((each for each in contacts if each.partner_id == row.partner_id), None)
    uploads = [Upload(file.name, file.media_type, file.content) for file in mail.files]
    news = [] if mail.automatic else [News(row.id, row.revision + 1, "partner_replied", row.owner_id, row.team_id)]
    return _Landing(
        row=row,
        mail=mail,
        contact=contact,
        person=sender,
        uploads=admitted(engine.settings, view, case_id, uploads),
        changes=_changes(view, row, mail),
        tellings=notifications.choose_tellings(view, news),
    )


def _changes(view: Reading, row: CaseRow, mail: IncomingMail) -> Changes:
    """A reply wakes a case that was put aside, and ends a pause in which it waited for the partner; a machine does
    neither."""
    if mail.automatic or row.state == "closed":
        return with_waking(view, row, {})
    changes: Changes = {"snoozed_until": None}
    if row.paused_at is not None and row.pause_reason == "awaiting_partner":
        changes |= resumed(view, row)
    return with_waking(view, row, changes)


# ---- writing


def _land(uow: UnitOfWork, landing: _Landing) -> None:
    row, mail, contact = landing.row, landing.mail, landing.contact
    key = ids.new_key(row.id)
    writer = (contact.name or contact.email) if contact else mail.sender_name or mail.sender
    thread_store.insert_message(
        uow,
        {
            **key,
            "case_id": row.id,
            "contact_id": contact.id if contact else None,
            "direction": "in",
            "automatic": mail.automatic,
            "message_id": mail.message_id,
            "mail_id": None,
            "meeting_id": None,
            "person": landing.person,
            "staff_id": None,
            "writer": writer[:200],
            "subject": mail.subject,
            "text": mail.text,
            "left_out": len(mail.files) - len(landing.uploads),
            "at": uow.now,
        },
    )
    save_files(uow, row.id, landing.uploads, message_id=key["id"], from_partner=writer[:200])
    detail = {"message": key["id"], **({"automatic": mail.automatic} if mail.automatic else {})}
    take_step(uow, row, "partner_replied", landing.changes, detail)
    notifications.begin_tellings(uow, landing.tellings)


def _unmatched_row(
    view: Reading, raw: RawMail, mail: IncomingMail, decided: Unmatched, sender: bytes | None
) -> dict[str, Any]:
    case = store.case_by_id(view, decided.suspected) if decided.suspected else None
    content = raw.content if raw.is_whole else raw.content[:HEAD_BYTES]
    return {
        "reason": decided.reason,
        "sender": clean(mail.sender)[:320],
        "person": sender or b"",
        "subject": mail.subject,
        "text": mail.text,
        "raw": content,
        "size": raw.size,
        "suspected": f"C-{case.number}" if case else "",
    }


# ---- what people do with mail that matched nothing


def file_unmatched(engine: Engine, actor: Actor, mail_id: UUID, ref: str) -> None:
    """Put a mail that matched nothing into a case by hand: somebody has read it and answers for it.

    Raises NotFound for an unknown mail or case, Conflict when somebody was faster or the mail cannot be read.
    """
    number = store.number_of(ref.strip())
    with engine.work.read() as view:
        found = intake_store.unmatched_by_id(view, mail_id)
        row = store.case_by_number(view, number) if number is not None else None
        if found is None or row is None:
            raise NotFound(gettext("There is no such case."))
        mail, problem = _read(RawMail(bytes(found.raw), found.size))
        sender = _person(engine, mail.sender)
        if problem is not None or sender is None:
            raise Conflict(gettext("This mail cannot be put into a case: it is not whole, or names no sender."))
        landing = _landing(engine, view, row.id, mail, sender)
    with engine.work.begin(actor=actor) as uow:
        _settle(uow, mail_id)
        _land(uow, landing)


def set_aside(engine: Engine, actor: Actor, mail_id: UUID) -> None:
    """Note that somebody has looked at a mail that matched nothing. Raises Conflict when somebody had before."""
    with engine.work.begin(actor=actor) as uow:
        _settle(uow, mail_id)
        uow.audit("mail.set_aside", "unmatched_mail", str(mail_id))


def _settle(uow: UnitOfWork, mail_id: UUID) -> None:
    if not intake_store.settle_unmatched(uow, mail_id):
        raise Conflict(gettext("Somebody has dealt with this mail already."))
