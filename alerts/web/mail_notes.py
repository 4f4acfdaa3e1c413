"""What the page of outgoing mail says of a notice to staff: which case it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from alerts import notification_store, reading
from alerts.channels.email import MAIL_KIND
from alerts.silences import MAIL_KIND as LAPSING
from alerts.transfers import MAIL_KIND as TRANSFERS
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail.queue import MailView
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.outbox import MailNote


def note_mails(view: Reading, mails: Sequence[MailView]) -> Mapping[UUID, MailNote]:
    """A note on each mail that tells of a case, by the id of the mail."""
    ours = [mail for mail in mails if mail.kind == MAIL_KIND]
    notices = notification_store.notifications_by_id(view, [mail.ref_id for mail in ours])
    cases = reading.case_views(view, {notice.case_id for notice in notices.values()})
    transfers = [mail for mail in mails if mail.kind == TRANSFERS]
    handed_over = {mail.id: MailNote(gettext("Partners that changed hands")) for mail in transfers}
    lapsing = {mail.id: MailNote(gettext("A silence that lapses")) for mail in mails if mail.kind == LAPSING}
    return (
        handed_over
        | lapsing
        | {
            mail.id: MailNote(gettext("Notice of the case {ref}", ref=cases[notices[mail.ref_id].case_id].ref))
            for mail in ours
            if mail.ref_id in notices and notices[mail.ref_id].case_id in cases
        }
    )
