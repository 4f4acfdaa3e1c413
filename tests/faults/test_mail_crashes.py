"""Promise 1: a worker that is killed again and again sends no invitation twice and loses none."""

from __future__ import annotations

from random import Random

from feedback_engine.foundation.mail.sending import BATCH_SIZE
from tests.faults.installed import Installed
from tests.faults.scale import figure
from tests.faults.waiting import until
from tests.promises import Tell

KILLS = figure(5, 200)
MAILS = figure(250, 10_000)
DOMAIN = "@northwind.example"


def test_a_worker_that_is_killed_again_and_again_sends_no_invitation_twice(on_sqlite: Installed, tell: Tell) -> None:
    on_sqlite.invite(MAILS)
    assert on_sqlite.mail_counts() == {"queued": MAILS}
    claimed = _crash(on_sqlite)
    _finish(on_sqlite)
    unsure = _unsure(on_sqlite)
    on_sqlite.later(minutes=6).worker.react_until_idle()

    counts = on_sqlite.mail_counts()
    copies = on_sqlite.mails.copies()
    unknown = {row.id.hex + DOMAIN for row in on_sqlite.rows("mail") if row.state == "unknown"}
    sent = {row.id.hex + DOMAIN for row in on_sqlite.rows("mail") if row.state == "sent"}
    duplicates = [mail for mail, count in copies.items() if count > 1]
    lost = sent - set(copies)
    tell(
        1,
        f"{KILLS} kills, {MAILS:,} mails: {len(duplicates)} duplicates, {len(lost)} lost, {len(unknown)} unknown"
        f" ({len(unknown & set(copies))} of them had arrived)",
    )
    assert duplicates == []
    assert lost == set()
    assert set(counts) <= {"sent", "unknown"}, counts
    assert len(sent) + len(unknown) == MAILS
    assert set(copies) <= sent | unknown
    # What was claimed and unmarked at each kill, and nothing else: at most one SMTP connection's worth a kill.
    assert len(unknown) == unsure == sum(claimed)
    assert max(claimed) <= BATCH_SIZE
    assert any(claimed), "no kill came in the middle of a batch"
    states = {row.state for row in on_sqlite.rows("invitation", "state")}
    assert states <= {"sent", "unknown"}


def _crash(installed: Installed) -> list[int]:
    """Kill the worker KILLS times in mid-work; returns how many mails each kill left claimed."""
    chance = Random(7)
    left: list[int] = []
    for ahead in range(KILLS, 0, -1):
        queued = installed.mail_counts()["queued"]
        # The busier the machine, the more goes out beyond what was waited for: the kills to come share what is left.
        a_life = max(1, queued // ahead - BATCH_SIZE // 2)
        wanted = len(installed.mails.arrived) + min(chance.randrange(1, 2 * a_life), queued)
        worker = installed.start_worker()
        until(lambda wanted=wanted: len(installed.mails.arrived) >= wanted, "mails arrive")  # type: ignore[misc]
        worker.kill()
        installed.let_leases_run_out()
        left.append(_unsure(installed) - sum(left))
    return left


def _unsure(installed: Installed) -> int:
    """How many mails were left claimed, or are called unknown since."""
    counts = installed.mail_counts()
    return counts.get("claimed", 0) + counts.get("unknown", 0)


def _idle(installed: Installed) -> bool:
    return "queued" not in installed.mail_counts()


def _finish(installed: Installed) -> None:
    """Let a worker do the rest."""
    worker = installed.start_worker()
    until(lambda: _idle(installed) and not installed.rows("outbox", "id"), "the queue runs empty", seconds=300)
    worker.stop()
