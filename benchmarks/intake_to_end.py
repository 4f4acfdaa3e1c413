"""4b: events taken in and followed to the end: decided, the ledger written, the invited ones queued."""

from __future__ import annotations

import time

from benchmarks import intake, raw, site
from benchmarks.kit import Result, Run, Series, interleave
from benchmarks.processes import Failed
from benchmarks.settings import Settings
from benchmarks.site import Load, Site

NUMBER = "4b"
TITLE = "intake of events to the end"
BATCH = 500
EVENTS = 2_000
_RAW_ROWS = 30_000
_USED = "SELECT (p.page_count - f.freelist_count) * s.page_size FROM pragma_page_count p, pragma_freelist_count f, "
_USED += "pragma_page_size s"


def run(settings: Settings) -> Result:
    """Events about people of whom half were asked lately; the time ends when the last decision is written."""
    world = settings.world
    load = intake.load_of_batches(settings, world, BATCH, EVENTS * (settings.pairs + 1))
    connection = raw.connect(settings.fresh_folder("raw") / "raw.db")
    with site.engine("serve", world, settings.fresh_folder("to-end")) as server:
        _to_the_end(load, server)
        before = server.count(_USED)
        invited = server.count("SELECT count(*) FROM invitation")
        ours, theirs = interleave(
            settings.pairs,
            lambda _: _to_the_end(load, server),
            lambda _: raw.batch_rows(connection, 1000, _RAW_ROWS),
        )
        events = sum(run.operations for run in ours)
        size = (server.count(_USED) - before) / events
        share = (server.count("SELECT count(*) FROM invitation") - invited) / events
    connection.close()
    series = Series(f"{EVENTS:,} events in batches of {BATCH}", "event", "raw SQLite batch rows", ours, theirs)
    notes = (f"{share:.0%} of the events ended in an invitation that was queued; each has its decision in the ledger.",)
    return Result(NUMBER, TITLE, (series,), {"4b.rows": series.ratio, "4b.bytes": size}, notes=notes)


def _to_the_end(load: Load, server: Site) -> Run:
    before = server.count("SELECT count(*) FROM decision")
    cpu = server.process.cpu_seconds()
    load.seconds = 60
    taken = intake.events_run(load, server, BATCH, most=EVENTS // BATCH)
    server.settle()
    seconds = time.monotonic() - load.began
    decided = server.count("SELECT count(*) FROM decision") - before
    if decided < taken.operations:
        raise Failed(f"{taken.operations} events were taken in and {decided} decisions written.")
    return Run(taken.operations, seconds, server.process.cpu_seconds() - cpu)
