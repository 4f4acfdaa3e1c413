"""What the page of outgoing mail says of a notice to staff: which case it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from alerts import notice_words, notification_store, reading, settling_store
from alerts.channels.email import MAIL_KIND
from alerts.ladder import APPEAL_KIND
from alerts.meetings import TALK_KIND
from alerts.settling import MAIL_KIND as CLOSINGS
from alerts.silences import MAIL_KIND as LAPSING
from alerts.transfers import MAIL_KIND as TRANSFERS
from alerts.web.letter_notes import letter_notes
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail.queue import MailView
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.outbox import MailNote

OTHERS = ("digest", "receiver-off", "notice-trial")


def note_mails(view: Reading, mails: Sequence[MailView]) -> Mapping[UUID, MailNote]:
    """A note on each mail that tells of a case, by the id of the mail."""
    ours = [mail for mail in mails if mail.kind == MAIL_KIND]
    notices = notification_store.notifications_by_id(view, [mail.ref_id for mail in ours])
    cases = reading.case_views(view, {notice.case_id for notice in notices.values()})
    transfers = [mail for mail in mails if mail.kind == TRANSFERS]
    handed_over = {mail.id: MailNote(gettext("Partners that changed hands")) for mail in transfers}
    handed_over |= letter_notes(view, mails)
    others = {mail.id: MailNote(notice_words.news(mail.kind)) for mail in mails if mail.kind in OTHERS}
    talks = {mail.id: MailNote(gettext("A call planned for a colleague")) for mail in mails if mail.kind == TALK_KIND}
    lapsing = {mail.id: MailNote(gettext("A silence that lapses")) for mail in mails if mail.kind == LAPSING}
    return (
        handed_over
        | others
        | lapsing
        | talks
        | _of_settling(view, mails)
        | {
            mail.id: MailNote(gettext("Notice of the case {ref}", ref=cases[notices[mail.ref_id].case_id].ref))
            for mail in ours
            if mail.ref_id in notices and notices[mail.ref_id].case_id in cases
        }
    )


def _of_settling(view: Reading, mails: Sequence[MailView]) -> dict[UUID, MailNote]:
    """Notes on mails to partners about cases: closings that ask whether it is settled, and appeals."""
    closings = settling_store.settlements_by_id(view, [mail.ref_id for mail in mails if mail.kind == CLOSINGS])
    appeals = {mail.ref_id: settling_store.step_by_id(view, mail.ref_id) for mail in mails if mail.kind == APPEAL_KIND}
    of_ref = {key: row.case_id for key, row in {**closings, **appeals}.items() if row is not None}
    cases = reading.case_views(view, set(of_ref.values()))
    found = {}
    for mail in mails:
        case = cases.get(of_ref.get(mail.ref_id, mail.id))
        if case is not None and mail.kind == CLOSINGS:
            found[mail.id] = MailNote(gettext("Is the case {ref} settled?", ref=case.ref))
        elif case is not None and mail.kind == APPEAL_KIND:
            found[mail.id] = MailNote(gettext("Appeal to the partner in the case {ref}", ref=case.ref))
    return found
