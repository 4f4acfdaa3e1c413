"""Stop: within five seconds no mail of a running wave is claimed any more; resume sends the rest once."""

from __future__ import annotations

from datetime import timedelta

from feedback_engine.foundation.clock import SystemClock
from tests.faults.browsing import SignedIn
from tests.faults.installed import Installed
from tests.faults.waiting import elapsed, until
from tests.promises import Tell

MAILS = 400
AT_MOST = timedelta(seconds=5)


def test_no_mail_is_claimed_five_seconds_after_somebody_pressed_stop(on_sqlite: Installed, tell: Tell) -> None:
    owner = on_sqlite.staff("henrik", "program_owner")
    on_sqlite.invite(MAILS)
    on_sqlite.mails.seconds_a_mail = 0.1
    on_sqlite.start_web()
    browser = SignedIn(on_sqlite, owner)
    on_sqlite.start_worker()
    until(lambda: len(on_sqlite.mails.arrived) >= MAILS // 8, "the wave is on its way")

    pressed_at = SystemClock().now()
    browser.press("/outbox", "/outbox/stop", reason="the wrong survey")
    until(elapsed(AT_MOST.total_seconds() + 1), "more than the time that a stop may take")
    claims = [row.claimed_at for row in on_sqlite.rows("mail", "claimed_at") if row.claimed_at]
    last = max(claims) - pressed_at
    waiting = on_sqlite.mail_counts().get("queued", 0)
    arrived = len(on_sqlite.mails.arrived)

    on_sqlite.mails.seconds_a_mail = 0.0
    browser.press("/outbox", "/outbox/resume")
    until(lambda: len(on_sqlite.mails.arrived) >= MAILS, "the rest leaves")
    tell(
        1,
        f"stop in a wave of {MAILS}: last claim {last.total_seconds():+.1f} s from the press,"
        f" {arrived} had left, {waiting} stood; resumed: {len(on_sqlite.mails.arrived)} arrived, each once",
    )
    assert last <= AT_MOST
    assert waiting > 0
    assert arrived + waiting == MAILS
    assert sorted(on_sqlite.mails.copies().values()) == [1] * MAILS
