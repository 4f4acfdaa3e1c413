"""What the page of outgoing mail says of mail about cases: what it is, to whom, about which case, what it waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from alerts import reading
from alerts.channels.email import MAIL_KIND
from alerts.handover.transfers import MAIL_KIND as TRANSFERS
from alerts.notices import notification_store
from alerts.notices import words as notice_words
from alerts.settling import store as settling_store
from alerts.settling.asking import MAIL_KIND as CLOSINGS
from alerts.settling.ladder import APPEAL_KIND
from alerts.silences.writing import MAIL_KIND as LAPSING
from alerts.threads import store as thread_store
from alerts.threads.meetings import TALK_KIND
from alerts.web.letter_notes import letter_notes
from alerts.web.mail_waits import Held, waits_of
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import ids
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailView
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import find_staff
from feedback_engine.foundation.web.outbox import MailNote, with_waiting
from feedback_engine.foundation.web.outbox_letters import mailbox_words

OTHERS = ("digest", "receiver-off", "notice-trial")


def note_mails(view: Reading, mails: Sequence[MailView]) -> Mapping[UUID, MailNote]:
    """A note on each mail that alerts and cases sent, by the id of the mail."""
    of_cases = {**letter_notes(view, mails), **_of_notices(view, mails), **_of_settling(view, mails)}
    titles = {**_of_nothing_else(mails), **{mail_id: title for mail_id, (title, _) in of_cases.items()}}
    ours = [mail for mail in mails if mail.id in titles]
    recipients = _recipients(view, ours)
    waits = waits_of(view, ours)
    case_ids = {mail_id: case_id for mail_id, (_, case_id) in of_cases.items()}
    places = _places(view, case_ids | _cases_of_talks(view, ours))
    found = {}
    for mail in ours:
        wait = waits.get(mail.id, Held(""))
        matter, path = places.get(mail.id, ("", ""))
        found[mail.id] = MailNote(
            titles[mail.id],
            waits=wait.words,
            recipient=recipients.get(mail.recipient_id, "") if mail.recipient_id else "",
            matter=matter,
            matter_path=path,
            hold_path="/program" if wait.by_hold else "",
        )
    return found


def closing_that_waits(view: Reading, settlement_id: UUID) -> tuple[UUID, str] | None:
    """The mail that asks about a closing, while it stands in the queue, and what it waits for; empty where nothing is
    known."""
    mail = queue.newest_about(view, ids.shard_of(settlement_id), settlement_id)
    if mail is None or mail.state != "queued":
        return None
    wait = waits_of(view, [mail]).get(mail.id, Held(""))
    return mail.id, with_waiting(view, [mail], {mail.id: MailNote("", waits=wait.words)})[mail.id].waits


def _of_nothing_else(mails: Sequence[MailView]) -> dict[UUID, str]:
    """The titles of mails that have one title, whichever case they are about."""
    fixed = {kind: notice_words.news(kind) for kind in OTHERS}
    fixed |= {TRANSFERS: gettext("Partners that changed hands"), LAPSING: gettext("A silence that lapses")}
    fixed |= {TALK_KIND: gettext("News of a planned call")}
    return {mail.id: fixed[mail.kind] for mail in mails if mail.kind in fixed}


def _of_notices(view: Reading, mails: Sequence[MailView]) -> dict[UUID, tuple[str, UUID]]:
    """Title and case of each notice to staff."""
    ours = [mail for mail in mails if mail.kind == MAIL_KIND]
    notices = notification_store.notifications_by_id(view, [mail.ref_id for mail in ours])
    cases = reading.case_views(view, {notice.case_id for notice in notices.values()})
    return {
        mail.id: (gettext("Notice of the case {ref}", ref=cases[case_id].ref), case_id)
        for mail in ours
        if mail.ref_id in notices and (case_id := notices[mail.ref_id].case_id) in cases
    }


def _of_settling(view: Reading, mails: Sequence[MailView]) -> dict[UUID, tuple[str, UUID]]:
    """Title and case of mails to partners about closed cases: whether it is settled, and appeals."""
    closings = settling_store.settlements_by_id(view, [mail.ref_id for mail in mails if mail.kind == CLOSINGS])
    appeals = {mail.ref_id: settling_store.step_by_id(view, mail.ref_id) for mail in mails if mail.kind == APPEAL_KIND}
    of_ref = {key: row.case_id for key, row in {**closings, **appeals}.items() if row is not None}
    cases = reading.case_views(view, set(of_ref.values()))
    found = {}
    for mail in mails:
        case = cases.get(of_ref.get(mail.ref_id, mail.id))
        if case is not None and mail.kind == CLOSINGS:
            found[mail.id] = (gettext("Is the case {ref} settled?", ref=case.ref), case.id)
        elif case is not None and mail.kind == APPEAL_KIND:
            found[mail.id] = (gettext("Appeal to the partner in the case {ref}", ref=case.ref), case.id)
    return found


def _cases_of_talks(view: Reading, mails: Sequence[MailView]) -> dict[UUID, UUID]:
    """The case of each mail to somebody who is on a call, or was."""
    talks = thread_store.meetings_by_id(view, [mail.ref_id for mail in mails if mail.kind == TALK_KIND])
    return {mail.id: talks[mail.ref_id].case_id for mail in mails if mail.ref_id in talks}


def _recipients(view: Reading, mails: Sequence[MailView]) -> dict[UUID, str]:
    """Name and address of everybody to whom these mails go."""
    wanted = {mail.recipient_id for mail in mails if mail.recipient_id is not None}
    named = {key: (each.name, each.email) for key, each in directory.staff_by_id(view, wanted).items()}
    named |= {key: (each.name, each.email) for key, each in directory.contacts_by_id(view, wanted).items()}
    return {key: mailbox_words(*words) or _forgotten() for key, words in named.items()}


def _forgotten() -> str:
    return gettext("somebody who was forgotten")


def _places(view: Reading, cases: Mapping[UUID, UUID]) -> dict[UUID, tuple[str, str]]:
    """Reference and partner of the case of each mail, and its address where the reader may see it."""
    views = reading.case_views(view, set(cases.values()))
    reader = find_staff()
    seen = reading.visible_cases(view, reader, {case.ref for case in views.values()}) if reader else {}
    named = {key: f"{case.ref} {case.partner.name or case.partner.key}" for key, case in views.items()}
    paths = {key: f"/cases/{case.ref}" if case.ref in seen else "" for key, case in views.items()}
    return {mail_id: (named[case_id], paths[case_id]) for mail_id, case_id in cases.items() if case_id in views}
