"""3: an answer sent and stored - answers, score, outbox - against raw single-row commits that wait for the disk."""

from __future__ import annotations

from statistics import median

from benchmarks import raw, site, surveying
from benchmarks.kit import Result, Series, interleave, middle
from benchmarks.settings import Settings
from benchmarks.site import Load

NUMBER = "3"
TITLE = "durable submit of an answer"


def run(settings: Settings) -> Result:
    """Answers at 1 and at 8 clients with the worker beside them, as an installation runs."""
    world, folder = settings.world, settings.fresh_folder("submit")
    load = Load([surveying.SEND], surveying.operations(world.survey_paths), folder, seconds=surveying.SECONDS)
    connection = raw.connect(settings.fresh_folder("raw") / "raw.db")
    series = []
    worker_share: list[float] = []
    with site.engine("serve", world, folder) as server:
        load.run(server, settle=True, most=20)
        for load.clients in (1, surveying.CLIENTS):
            ours, theirs = interleave(
                settings.pairs,
                lambda _: surveying.answered_run(load, server, worker_share),
                lambda _: raw.single_commits(connection, surveying.SECONDS),
            )
            name = f"{load.clients} client{'s' if load.clients > 1 else ''}"
            series.append(Series(name, "submit", "raw SQLite FULL commits, 1 writer", ours, theirs))
    connection.close()
    p99 = middle([run.p99_ms for run in series[1].ours])
    measured = {"3.raw": series[1].ratio} | ({} if p99 is None else {"3.p99": p99})
    alone = median(series[0].ratios)
    notes = (
        f"One client alone reaches {alone:.3f}x.",
        f"CPU is that of web and worker until the last reaction is done; {median(worker_share):.0%} is the worker's.",
    )
    return Result(NUMBER, TITLE, tuple(series), measured, notes=notes)
