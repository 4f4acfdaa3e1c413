"""A refusal counts against a recipient only when it is about the recipient."""

from __future__ import annotations

import pytest

from feedback_engine.foundation.mail.transports.base import Again, Refused
from feedback_engine.foundation.mail.transports.smtp_replies import Step, judge


@pytest.mark.parametrize(
    ("step", "code", "words", "fate"),
    [
        ("MAIL", 451, "4.7.1 try later", "again"),
        ("MAIL", 530, "5.7.0 Authentication required", "again"),  # we are refused, not the reader
        ("MAIL", 550, "5.7.1 sender not allowed", "again"),
        ("RCPT", 450, "4.2.1 mailbox busy", "again"),
        ("RCPT", 550, "5.1.1 no such user", "bounced"),
        ("RCPT", 550, "No such user here", "bounced"),  # an old server without enhanced codes
        ("RCPT", 553, "5.1.3 bad address", "bounced"),
        ("RCPT", 550, "5.7.1 relaying denied", "again"),
        ("RCPT", 530, "sign in first", "again"),
        ("RCPT", 552, "5.2.2 over quota", "again"),
        ("RCPT", 550, "5.2.1 mailbox disabled", "bounced"),
        ("DATA", 451, "try later", "again"),
        ("DATA", 503, "5.5.1 nested MAIL command", "again"),
        ("DATA", 554, "no valid recipients", "refused"),
        ("content", 552, "5.3.4 too large", "again"),
        ("content", 554, "5.7.1 looks like spam", "refused"),  # this mail is not wanted; the reader is there
        ("content", 550, "5.1.1 no such user", "bounced"),  # some servers say it late
    ],
)
def test_a_refusal_means_another_try_a_bounce_or_the_end_by_its_step_and_code(
    step: Step, code: int, words: str, fate: str
) -> None:
    outcome = judge(step, code, words.encode())
    assert outcome.reason == f"{code} {words}"
    match outcome:
        case Again():
            assert fate == "again"
        case Refused(_, bounced):
            assert fate == ("bounced" if bounced else "refused")
