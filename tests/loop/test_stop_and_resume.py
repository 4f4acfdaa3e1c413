"""Stop during a wave of 400: what is on its way arrives, nothing more leaves, and resuming sends the rest once."""

from __future__ import annotations

from collections import Counter
from threading import Thread

from feedback_engine.foundation.mail.sending import BATCH_SIZE
from tests.installation import HOLD, Installation

WAVE = 400


def test_stop_during_a_wave_holds_the_rest_and_resume_sends_it_once(on_sqlite: Installation) -> None:
    owner = on_sqlite.staff("Henrik Solberg", "program_owner")
    addresses = on_sqlite.many_partners(WAVE)
    browser = on_sqlite.signed_in(owner.email)
    wave = on_sqlite.make_wave(browser, "Spring", "qbr.held")
    on_sqlite.press(browser, f"/waves/{wave}/send")
    on_sqlite.settle()
    assert on_sqlite.mails.taken == []
    on_sqlite.clock.advance(HOLD)
    working = Thread(target=on_sqlite.settle)
    working.start()
    assert on_sqlite.mails.wait_for(100)

    shown = on_sqlite.press(browser, "/outbox/stop", reason="the wrong survey").text
    sent_when_stopped = len(on_sqlite.mails.taken)
    assert shown.count("Mail to partners is stopped.") == 1, "said once, not by two banners"
    working.join(timeout=60)
    assert not working.is_alive()
    on_sqlite.later(days=1)
    # What had been claimed before the stop may still arrive: one batch of one connection.
    assert 100 <= len(on_sqlite.mails.taken) <= sent_when_stopped + BATCH_SIZE < WAVE

    on_sqlite.press(browser, "/outbox/resume")
    on_sqlite.settle()
    assert Counter(mail.recipient for mail in on_sqlite.mails.taken) == Counter(addresses)
