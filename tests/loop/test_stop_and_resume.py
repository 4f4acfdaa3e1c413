"""Stop during a wave of 400: what is on its way arrives, nothing more leaves, and resuming sends the rest once."""

from __future__ import annotations

import re
from collections import Counter
from threading import Thread

from feedback_engine.foundation.mail.sending import BATCH_SIZE
from tests.installation import HOLD, Installation

WAVE = 400
STOPPED_AT = 5 * BATCH_SIZE + BATCH_SIZE // 2  # in the middle of a batch


def test_stop_during_a_wave_holds_the_rest_and_resume_sends_it_once(on_sqlite: Installation) -> None:
    owner = on_sqlite.staff("Henrik Solberg", "program_owner")
    addresses = on_sqlite.many_partners(WAVE)
    browser = on_sqlite.signed_in(owner.email)
    wave = on_sqlite.make_wave(browser, "Spring", "qbr.held")
    on_sqlite.press(browser, f"/waves/{wave}/send")
    on_sqlite.settle()
    assert on_sqlite.mails.taken == []
    on_sqlite.clock.advance(HOLD)
    on_sqlite.mails.held_from = STOPPED_AT
    working = Thread(target=on_sqlite.settle)
    working.start()
    assert on_sqlite.mails.wait_for(STOPPED_AT)

    shown = on_sqlite.press(browser, "/outbox/stop", reason="the wrong survey").text
    assert shown.count("Mail to partners is stopped.") == 1, "said once, not by two banners"
    on_sqlite.mails.let_go()
    working.join(timeout=60)
    assert not working.is_alive()
    on_sqlite.later(days=1)
    # What had been claimed before the stop may still arrive: the rest of one batch.
    assert STOPPED_AT <= len(on_sqlite.mails.taken) <= STOPPED_AT + BATCH_SIZE // 2

    on_sqlite.press(browser, "/outbox/resume")
    on_sqlite.settle()
    assert Counter(mail.recipient for mail in on_sqlite.mails.taken) == Counter(addresses)


def test_a_reason_that_no_database_keeps_is_refused_and_stops_nothing(installation: Installation) -> None:
    owner = installation.staff("Henrik Solberg", "program_owner")
    browser = installation.signed_in(owner.email)
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(f"{installation.address}/account").text)
    assert token
    form = {"csrf_token": token[1], "reason": "nu\0l"}
    assert browser.post(f"{installation.address}/outbox/stop", form).status_code == 422
    assert "Mail to partners is stopped." not in browser.get(f"{installation.address}/outbox").text
