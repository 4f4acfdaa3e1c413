"""A case with a whole thread for the furnished installation: a letter, replies, a file, a talk, mail that matched
nothing."""

from __future__ import annotations

from alerts import reading as cases
from alerts.threads import files, letters, mail_intake, meetings
from alerts.threads import store as thread_store
from alerts.threads.file_names import Upload
from alerts.threads.letters import Letter
from alerts.threads.meetings import Proposal
from feedback_engine.directory.views import PartnerView, StaffView
from feedback_engine.foundation.mail.mailboxes import RawMail
from feedback_engine.foundation.unit_of_work import Actor
from tests.alerts.threads import reply
from tests.installation import Installation

REPLY = """\
Nobody had told us why. Our customer asked three times; the offer is attached.

On Mon, 9 Mar 2026 at 10:12, Dana Keller wrote:
> What went wrong, Inês?
"""


def furnish_thread(installation: Installation, dana: StaffView, partner: PartnerView) -> dict[str, str]:
    """Dana and the contact of the partner's closed case write to each other."""
    engine, by = installation.engine, Actor("staff", str(dana.id), dana.name)
    with engine.work.read() as reading:
        case = cases.cases_of_partners(reading, [partner.id])[0]
    scan = Upload("Registration DR-1042, decided after nine days.pdf", "application/pdf", b"%PDF-1.7")
    letters.write(engine, by, case.id, Letter("Your answer", "What went wrong, Inês?\n\nDana", (scan,)))
    installation.settle()
    with engine.work.read() as reading:
        answers = thread_store.messages_of(reading, case.id)[0].message_id
    assert case.contact is not None
    for mail in (
        reply(REPLY, sender=case.contact.email, answers=answers),
        reply("I am away.", sender=case.contact.email, answers=answers, number=2, headers={"Precedence": "bulk"}),
        reply("It is me, from home.", sender="ines@home.example", answers=answers, number=3),
        reply("Win a prize.", sender='"The prize office of the Upper Rhine Valley" <win@prizes.example>', number=4),
    ):
        mail_intake.take(engine, RawMail(mail, len(mail)))
    files.attach(engine, by, case.id, [scan], "What they sent us in spring.")
    talk = Proposal(
        "2026-03-20", "09:30", "30", "Europe/Lisbon", "Three days are agreed", "+351 21 555 0142", closing=True
    )
    meeting = meetings.invite(engine, by, case.id, talk)
    installation.settle()
    return {"meeting": str(meeting)}
