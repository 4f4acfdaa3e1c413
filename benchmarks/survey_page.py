"""2: the survey page, read only, against Flask saying hello on the same server with the same threads."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import event

from benchmarks import site, surveying
from benchmarks.kit import Result, Series, interleave, middle
from benchmarks.processes import Failed
from benchmarks.settings import Settings
from benchmarks.site import Load
from benchmarks.world import World
from feedback_engine.app import wiring
from feedback_engine.foundation import settings as engine_settings

NUMBER = "2"
TITLE = "survey page"


def run(settings: Settings) -> Result:
    """Every visit opens another invitation, so nothing is answered from what was read a moment ago."""
    world, folder = settings.world, settings.fresh_folder("page")
    pages = surveying.operations(world.survey_paths)
    load = Load([surveying.SEE], pages, folder, surveying.CLIENTS, surveying.SECONDS, again=True)
    greet = Load([{**surveying.SEE, "contains": "hello"}], [{"path": "/"}], folder, surveying.CLIENTS, again=True)
    with site.engine("serve", world, folder) as server, site.hello(folder) as greeting:
        load.run(server)
        greet.run(greeting)
        ours, theirs = interleave(settings.pairs, lambda _: load.run(server)[0], lambda _: greet.run(greeting)[0])
        if server.count("SELECT count(*) FROM response"):
            raise Failed("Looking at a survey stored something.")
    series = Series(f"GET, {surveying.CLIENTS} clients", "page", "Flask hello", ours, theirs)
    p99 = middle([run.p99_ms for run in ours])
    measured = {"2.hello": series.ratio, "2.statements": float(statements(settings, world))}
    return Result(NUMBER, TITLE, (series,), measured | ({} if p99 is None else {"2.p99": p99}))


def statements(settings: Settings, world: World) -> int:
    """How many SELECTs one GET takes, once what is remembered for a minute was read."""
    folder = settings.fresh_folder("statements")
    site.copy(world.database, folder / "engine.db")
    app = wiring.build(engine_settings.load(database_url=f"sqlite:///{folder}/engine.db", var_dir=folder))
    seen: list[str] = []

    def trace(connection: sqlite3.Connection, _record: Any) -> None:
        connection.set_trace_callback(seen.append)

    event.listen(app.engine.database.engine, "connect", trace)
    app.engine.database.dispose()
    client = app.web().test_client()
    client.get(world.survey_paths[0])
    seen.clear()
    # The same invitation again: its owner is remembered as well, as for any partner who was looked at lately.
    if client.get(world.survey_paths[0]).status_code != 200:
        raise Failed("The survey page could not be opened.")
    app.engine.database.dispose()
    return sum(statement.startswith("SELECT") for statement in seen)
