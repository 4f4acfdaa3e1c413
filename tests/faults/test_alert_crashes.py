"""Promise 3: alerts reach their owner at least once, and a kill costs at most one second copy."""

from __future__ import annotations

from random import Random

from feedback_engine.foundation.mail.sending import BATCH_SIZE
from tests.faults.installed import MAIL_DOMAIN, Installed
from tests.faults.scale import figure
from tests.faults.waiting import until
from tests.promises import Tell

KILLS = figure(6, 200)
A_LIFE = 9
ALERTS = KILLS * (A_LIFE + BATCH_SIZE + 1)
"""Each kill may leave a batch claimed, which goes again only after five minutes."""


def test_no_alert_is_lost_and_a_kill_costs_at_most_one_second_copy(on_sqlite: Installed, tell: Tell) -> None:
    owner = on_sqlite.staff("dana", "alliance_manager")
    on_sqlite.invite(ALERTS, owner=owner)
    _complain(on_sqlite)
    chance = Random(3)
    for _ in range(KILLS):
        wanted = len(_told(on_sqlite, owner.email)) + chance.randrange(1, 2 * A_LIFE)
        worker = on_sqlite.start_worker()
        until(lambda wanted=wanted: len(_told(on_sqlite, owner.email)) >= wanted, "alerts arrive", seconds=900)  # type: ignore[misc]
        worker.kill()
        on_sqlite.let_leases_run_out()
    # What a kill left claimed goes again after five minutes.
    on_sqlite.later(minutes=6).worker.run_until_idle()

    wanted_mails = {row.id.hex + f"@{MAIL_DOMAIN}" for row in on_sqlite.rows("mail") if row.audience == "staff"}
    copies = on_sqlite.mails.copies()
    lost = wanted_mails - set(copies)
    duplicates = sum(copies[mail] - 1 for mail in wanted_mails & set(copies))
    tell(3, f"{KILLS} kills, {len(wanted_mails):,} owner alerts: {len(lost)} lost, {duplicates} second copies")
    assert len(on_sqlite.rows("casework", "id")) == ALERTS
    assert len(wanted_mails) == ALERTS
    assert lost == set()
    assert duplicates <= KILLS


def _complain(installed: Installed) -> None:
    """Every contact gives a 2."""
    browser = installed.app.web().test_client()
    for path in installed.survey_paths():
        assert browser.post(path, data={"q-nps": "2"}).status_code == 303


def _told(installed: Installed, email: str) -> list[str]:
    return [mail.message_id for mail in list(installed.mails.arrived) if mail.recipient == email]
