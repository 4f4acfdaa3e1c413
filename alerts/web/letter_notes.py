"""What the page of outgoing mail says of a letter about a case."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from alerts import reading
from alerts.threads import store as thread_store
from alerts.threads.letters import MAIL_KIND
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.mail.queue import MailView
from feedback_engine.foundation.unit_of_work import Reading


def letter_notes(view: Reading, mails: Sequence[MailView]) -> dict[UUID, tuple[str, UUID]]:
    """Title and case of each mail that is a letter to a partner, by the id of the mail."""
    ours = [mail for mail in mails if mail.kind == MAIL_KIND]
    letters = thread_store.messages_by_id(view, [mail.ref_id for mail in ours])
    cases = reading.case_views(view, {letter.case_id for letter in letters.values()})
    return {
        mail.id: (gettext("Letter about the case {ref}", ref=cases[case_id].ref), case_id)
        for mail in ours
        if mail.ref_id in letters and (case_id := letters[mail.ref_id].case_id) in cases
    }
