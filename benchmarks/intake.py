"""4a: events taken in, durable and once each, before any decision: HTTP batches against raw rows, single ones too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import orjson

from benchmarks import raw, site
from benchmarks.kit import Result, Run, Series, interleave
from benchmarks.processes import Failed
from benchmarks.settings import Settings
from benchmarks.site import Load, Site
from benchmarks.world import World, batch, build, cloud_event

NUMBER = "4a"
TITLE = "intake of events, before decisions"
PATH = "/api/v1/events"
SECONDS = 1.2
SINGLE_CLIENTS = 8
_RAW_ROWS = 30_000
_COPY_ROWS = 20_000
_POSTGRESQL_PARTNERS = 500
_names = count()


def run(settings: Settings) -> Result:
    """Measure on SQLite, then on PostgreSQL where the development environment brings it."""
    world = settings.world
    with site.engine("web", world, settings.fresh_folder("intake")) as server:
        hundred = _batches(settings, server, world, 100)
        thousand = _batches(settings, server, world, 1000)
        single = _single(settings, server, world)
    measured = {"4a.hundred": hundred.ratio, "4a.thousand": thousand.ratio, "4a.single": single.ratio}
    series: tuple[Series, ...] = (hundred, thousand, single)
    absent: dict[str, str] = {}
    try:
        from tests.servers import start_postgresql
    except ImportError as error:
        absent["4a.postgresql"] = f"the development environment is missing ({error.name})"
    else:
        with start_postgresql() as address:
            against_copy = _postgresql(settings, address)
        series, measured = (*series, against_copy), {**measured, "4a.postgresql": against_copy.ratio}
    notes = (
        "An operation of a batch series is one event; its latency is that of a whole batch, one client sends.",
        "The CPU of the PostgreSQL series leaves out the database server, on both sides.",
    )
    return Result(NUMBER, TITLE, series, measured, absent, notes)


def load_of_batches(settings: Settings, world: World, size: int, events: int) -> Load:
    """So many events in batches, each of its own id, about people who were not asked yet and people who were."""
    name, now = f"b{next(_names)}", datetime.now(UTC)
    bodies = [batch(f"{name}-{start}", size, world.people, start, now) for start in range(0, events, size)]
    step = _post(world, "application/cloudevents-batch+json", f'"accepted":{size},')
    return Load([step], [{"body": body} for body in bodies], settings.fresh_folder("load"), seconds=SECONDS)


def events_run(load: Load, server: Site, size: int, **options: Any) -> Run:
    """A run whose operations are events; checked against what the database holds."""
    before = server.count("SELECT count(*) FROM touchpoint_event")
    batches, _ = load.run(server, **options)
    events = batches.operations * size
    found = server.count("SELECT count(*) FROM touchpoint_event") - before
    if found != events:
        raise Failed(f"{events} events were acknowledged and {found} are in the database.")
    return Run(events, batches.seconds, batches.cpu_seconds, batches.p50_ms, batches.p99_ms)


def _batches(settings: Settings, server: Site, world: World, size: int) -> Series:
    load = load_of_batches(settings, world, size, 8_000 * settings.pairs + 2_000)
    connection = raw.connect(settings.fresh_folder("raw") / "raw.db")
    load.run(server, most=1)  # Statements are compiled once, before anything is measured.
    ours, theirs = interleave(
        settings.pairs,
        lambda _: events_run(load, server, size),
        lambda _: raw.batch_rows(connection, size, _RAW_ROWS),
    )
    connection.close()
    return Series(f"batches of {size:,}", "event", "raw SQLite batch rows", ours, theirs)


def _single(settings: Settings, server: Site, world: World) -> Series:
    name, now = f"s{next(_names)}", datetime.now(UTC)
    operations = [
        {"body": orjson.dumps(cloud_event(f"{name}-{n}", *world.people[n % len(world.people)], now)).decode()}
        for n in range(3_000 * settings.pairs)
    ]
    folder = settings.fresh_folder("load")
    step = _post(world, "application/cloudevents+json", '"accepted":1,')
    load = Load([step], operations, folder, clients=SINGLE_CLIENTS, seconds=SECONDS)
    with site.hello(folder) as greeting:
        greet = Load([{**step, "path": "/", "status": 200, "contains": "hello"}], operations, folder, again=True)
        greet.clients, greet.seconds = SINGLE_CLIENTS, SECONDS
        ours, theirs = interleave(
            settings.pairs, lambda _: events_run(load, server, 1), lambda _: greet.run(greeting)[0]
        )
    return Series(f"single events, {SINGLE_CLIENTS} clients", "event", "Flask hello, the same POST", ours, theirs)


def _postgresql(settings: Settings, address: str) -> Series:
    with _database(address) as url:
        world = build(settings.fresh_folder("pg-world"), url, partners=_POSTGRESQL_PARTNERS, ask=False)
        load = load_of_batches(settings, world, 1000, 8_000 * settings.pairs + 2_000)
        with site.engine("web", world, settings.fresh_folder("pg"), url=url) as server:
            load.run(server, most=1)
            ours, theirs = interleave(
                settings.pairs,
                lambda _: events_run(load, server, 1000),
                lambda _: raw.copy_rows(url, 1000, _COPY_ROWS),
            )
    return Series("PostgreSQL, batches of 1,000", "event", "COPY, 1,000 rows a commit", ours, theirs)


@contextmanager
def _database(address: str) -> Iterator[str]:
    import psycopg
    from sqlalchemy import make_url

    server = make_url(address).set(drivername="postgresql")
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench")
    yield server.set(database="bench").render_as_string(hide_password=False)


def _post(world: World, kind: str, contains: str) -> dict[str, Any]:
    headers = {"Content-Type": kind, "Authorization": f"Bearer {world.api_key}"}
    return {"method": "POST", "path": PATH, "headers": headers, "body": "{body}", "status": 202, "contains": contains}
