"""Makes the seeds of the upgrade tests: a backup of an installation with one of everything, at the newest revision.

Run it once for each release, before the next change of the schema: `python -m tests.upgrades.make_seed`. It writes
one file for each database into `seeds/`, named by the revision; a seed is never made again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url

from feedback_engine.app import migrating
from feedback_engine.app.backups import taking
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.conftest import administer, database_address
from tests.furnished import furnish
from tests.installation import Installation, cloud_event, running
from tests.servers import start_postgresql
from tests.upgrades.seeded import SEEDS, seed_of


def make() -> None:
    """Write the seeds of the newest revision."""
    SEEDS.mkdir(exist_ok=True)
    revision = migrating.revisions()[-1]
    with tempfile.TemporaryDirectory() as folder, start_postgresql() as address:
        server = make_url(address)
        administer(server, "CREATE DATABASE seed")
        for kind, url in (
            ("sqlite", f"sqlite:///{folder}/seed.db"),
            ("postgresql", database_address(server, "seed")),
        ):
            migrating.upgrade(url)
            with _lived_in(url, Path(folder) / kind) as installation:
                taken = taking.take(installation.engine.settings, installation.clock, seed_of(revision, kind))
            empty = sorted(name for name, table in taken.manifest.tables.items() if table.rows == 0)
            print(f"{kind}: {taken.manifest.rows} rows, {taken.size} bytes, empty: {', '.join(empty) or 'none'}")


@contextmanager
def _lived_in(url: str, folder: Path) -> Iterator[Installation]:
    """An installation with one of everything, and work of each kind that is not finished."""
    with running(url, folder) as installation:
        furnish(installation)
        _stop_for_a_while(installation)
        key = installation.api_key("events:write")
        _ask_again_later(installation, key)
        # Told, and left to a worker that never came: what waits in the outbox must survive as well.
        event = cloud_event("last", "vela", "ines@vela.example", installation.clock.now(), hours_to_decide=3.0)
        installation.post_event(key, event)
        yield installation


def _stop_for_a_while(installation: Installation) -> None:
    with installation.engine.work.begin(actor=SYSTEM) as uow:
        queue.stop(uow, "the wrong survey")
    with installation.engine.work.begin(actor=SYSTEM) as uow:
        queue.resume(uow)


def _ask_again_later(installation: Installation, key: str) -> None:
    """An event of somebody new while the program pauses is put off, and stays so."""
    installation.program_state("paused")
    clock: MovedClock = installation.clock
    clock.advance(timedelta(minutes=5))
    event = cloud_event("paused", "newcomer", "noor@newcomer.example", clock.now(), hours_to_decide=3.0)
    installation.post_event(key, event)
    installation.settle()


if __name__ == "__main__":
    make()
