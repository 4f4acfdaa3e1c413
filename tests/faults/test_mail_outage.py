"""Promise 8: while the mail server is away nothing is lost, and the survey page stays as quick as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles

import pytest

from feedback_engine.app import wiring
from feedback_engine.foundation.clock import MovedClock, SystemClock
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.faults.installed import Installed, installed
from tests.faults.load import call
from tests.faults.mail import CountingMailServer, Moment
from tests.faults.processes import Nursery
from tests.faults.proxy import FaultProxy
from tests.faults.scale import FULL, figure
from tests.faults.waiting import until
from tests.promises import Tell

QUEUED = figure(100, 5_000)
OUTAGE = timedelta(minutes=60)
STEP = timedelta(seconds=30)
PAIRS, VISITS = figure(1, 7), figure(40, 400)
SLOWER_AT_MOST = 1.2


@pytest.fixture
def proxy(mails: CountingMailServer) -> Iterator[FaultProxy]:
    """Between the engine and the mail server."""
    with FaultProxy(mails.port) as between:
        yield between


@pytest.fixture
def behind_proxy(
    fresh_sqlite_url: str, children: Nursery, mails: CountingMailServer, proxy: FaultProxy, tmp_path: Path
) -> Iterator[Installed]:
    """An installation whose mail goes through the proxy."""
    with installed(fresh_sqlite_url, tmp_path, children, mails, mail_url=proxy.url) as made:
        yield made


def test_an_outage_of_an_hour_loses_no_mail_and_repeats_none(
    behind_proxy: Installed, proxy: FaultProxy, tell: Tell
) -> None:
    behind_proxy.invite(QUEUED)
    proxy.refuse()
    clock = MovedClock(SystemClock().now())
    app = wiring.build(behind_proxy.engine.settings, clock=clock, database=behind_proxy.engine.database)
    back_at = clock.now() + OUTAGE
    while clock.now() < back_at:
        app.worker.run_until_idle()
        clock.advance(STEP)
    assert behind_proxy.mails.arrived == []
    in_outage = behind_proxy.mail_counts()
    proxy.accept()
    # The last of those who wait come an hour after the server at the latest.
    clock.advance(timedelta(hours=1))
    app.worker.run_until_idle()
    copies = behind_proxy.mails.copies()
    counts = behind_proxy.mail_counts()
    tell(
        8,
        f"60 minutes down (by a moved clock), {QUEUED:,} queued: {counts.get('sent', 0):,} sent, "
        f"{sum(copies.values()) - len(copies)} twice, {counts.get('failed', 0)} given up",
    )
    assert in_outage == {"queued": QUEUED}
    assert counts == {"sent": QUEUED}
    assert set(copies.values()) == {1}
    assert len(copies) == QUEUED


@pytest.mark.parametrize(
    ("moment", "fate"),
    [
        ("before DATA", "queued"),  # it certainly did not go, so it goes again by itself
        ("after DATA", "unknown"),  # it may have gone: never again without a person's word
    ],
)
def test_a_connection_that_breaks_sends_nothing_twice(
    behind_proxy: Installed, moment: Moment, fate: str, tell: Tell
) -> None:
    behind_proxy.invite(1)
    behind_proxy.mails.drop_at = moment
    worker = behind_proxy.start_worker()
    until(lambda: any(row.reason for row in behind_proxy.rows("mail", "reason")), "the connection breaks")
    worker.stop()
    assert behind_proxy.mail_counts() == {fate: 1}
    behind_proxy.mails.drop_at = None
    behind_proxy.later(minutes=2).worker.run_until_idle()
    assert len(behind_proxy.mails.arrived) == (fate == "queued")
    assert len(behind_proxy.mails.read) == 1


def test_the_survey_page_stays_as_quick_while_the_mail_server_is_away(
    behind_proxy: Installed, proxy: FaultProxy, tell: Tell
) -> None:
    behind_proxy.invite(QUEUED)
    _gate(behind_proxy, stopped=True)
    proxy.refuse()
    paths = behind_proxy.survey_paths()
    behind_proxy.start_web()
    behind_proxy.start_worker()
    _p95(behind_proxy, paths)  # the first visits warm the pages
    quiet, outage = [], []
    for _ in range(PAIRS):
        _gate(behind_proxy, stopped=True)
        quiet.append(_p95(behind_proxy, paths))
        _gate(behind_proxy, stopped=False)
        until(lambda: any(row.attempts for row in behind_proxy.rows("mail", "attempts")), "the outage is met")
        outage.append(_p95(behind_proxy, paths))
    ratio = median(away / still for away, still in zip(outage, quiet, strict=True))
    tell(
        8,
        f"survey page p95 {1000 * median(outage):.1f} ms while the mail server is away and {QUEUED:,} mails wait,"
        f" {1000 * median(quiet):.1f} ms while mail is stopped: {ratio:.2f}x (median of {PAIRS} pairs)",
    )
    # A few visits beside other tests measure these, not the page: only the promise's own run, with nothing beside it,
    # holds the figure against it. Here every visit was answered, which is what 40 can show.
    assert ratio <= SLOWER_AT_MOST or not FULL


def _p95(made: Installed, paths: list[str]) -> float:
    """The 95th percentile of the seconds that a visit of the survey page takes."""
    seconds = []
    for number in range(VISITS):
        reply = call(made.port, "GET", paths[number % len(paths)])
        assert reply.status == 200
        seconds.append(reply.seconds)
    return quantiles(seconds, n=20)[-1]


def _gate(made: Installed, *, stopped: bool) -> None:
    with made.engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "for a quiet measure") if stopped else queue.resume(uow)
