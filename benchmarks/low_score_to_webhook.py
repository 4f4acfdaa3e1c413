"""9: a low score sent until the webhook of its case is received, against Alertmanager, which keeps nothing on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import and_, func, select

from alerts.service import add_endpoint
from benchmarks import alert_floor, alertmanager, processes, raw, site, surveying
from benchmarks.kit import Result, Run, Series, interleave, middle, percentile
from benchmarks.processes import Failed
from benchmarks.settings import Settings
from benchmarks.site import Load, Site
from benchmarks.world import World
from feedback_engine.app import wiring
from feedback_engine.directory.models import Partner
from feedback_engine.foundation import settings as engine_settings
from feedback_engine.foundation.unit_of_work import Actor
from surveys.models import Invitation
from surveys.tokens import Links

NUMBER = "9"
TITLE = "low score to webhook"
_ACTOR = Actor("system", "benchmark", "benchmark")
_REST = 0.06
"""Between two operations of one client, so that each finds everything at rest."""
_IDLE_SECONDS = 5.0
"""Some sixty operations a run. What one in a hundred exceeds is looked for among those of all runs."""
_COMMITS = 5
_COMMITTING_SECONDS = 1.2
_PEER = "Alertmanager 0.25, group_wait 0s"
_PEER_STEP = {
    "method": "POST",
    "path": "/api/v2/alerts",
    "headers": {"Content-Type": "application/json"},
    "body": '[{"labels": {"alertname": "low_score", "id": "{match}"}}]',
    "status": 200,
}
_SENT = "SELECT count(*) FROM notification WHERE channel = 'webhook' AND state = 'sent'"


def run(settings: Settings) -> Result:
    """At rest with one client, and at 8 clients; each operation waits for its own webhook."""
    listen = processes.free_port()
    world, operations = _listening_world(settings, listen)
    ours = _load(settings, "hook", [surveying.SEND], operations, listen, '"partner":"([^"]+)"')
    theirs = _load(settings, "am-hook", [_PEER_STEP], _ids(), listen, '"id":"([^"]+)"')
    floor = _load(settings, "floor-hook", [alert_floor.STEP], _ids(), listen, '"partner":"([^"]+)"')
    connection = raw.connect(settings.fresh_folder("raw") / "raw.db")
    commits: list[Run] = []
    in_a_row: list[Run] = []
    floors: list[Run] = []
    busy_floors: list[Run] = []
    spans: dict[str, list[float]] = {"ours": [], "floor": []}
    folder = settings.fresh_folder("nine")
    allowed = {"FEEDBACK_ENGINE_WEBHOOK_ALLOW_PRIVATE": "true"}
    with (
        site.engine("serve", world, folder, extra=allowed) as server,
        alertmanager.running(settings, listen) as other,
        alert_floor.running(settings.fresh_folder("floor"), listen) as bare,
    ):
        _run(ours, server, settings)
        theirs.run(other, most=10)
        floor.run(bare, most=10)
        _set((ours, theirs, floor), rest=_REST, seconds=_IDLE_SECONDS)

        def at_rest(_: int) -> Run:
            # An alert at rest finds the disk at rest, and so do the commits that it is measured by.
            commits.append(raw.rested_commits(connection, _COMMITS, _REST, _COMMITTING_SECONDS))
            in_a_row.append(raw.single_commits(connection, 0.3))
            run, told = floor.run(bare)
            floors.append(run)
            spans["floor"] += told["spans"]
            run, told = _counted(ours, server)
            spans["ours"] += told["spans"]
            return run

        def in_a_hurry(_: int) -> Run:
            busy_floors.append(floor.run(bare)[0])
            return _counted(ours, server)[0]

        idle = Series(
            "1 client, at rest", "alert", _PEER, *interleave(settings.pairs, at_rest, lambda _: theirs.run(other)[0])
        )
        _set((ours, theirs, floor), clients=surveying.CLIENTS, seconds=surveying.SECONDS)
        busy = Series(
            "8 clients",
            "alert",
            _PEER,
            *interleave(settings.pairs, in_a_hurry, lambda _: theirs.run(other)[0]),
        )
    connection.close()
    return _result(idle, busy, (commits, in_a_row), (floors, busy_floors), spans)


def _set(loads: Sequence[HookLoad], *, seconds: float, rest: float = 0.0, clients: int = 1) -> None:
    """The same conditions for all."""
    for load in loads:
        load.rest, load.seconds, load.clients = rest, seconds, clients


def _result(
    idle: Series,
    busy: Series,
    commits: tuple[Sequence[Run], Sequence[Run]],
    floors: tuple[Sequence[Run], Sequence[Run]],
    spans: Mapping[str, Sequence[float]],
) -> Result:
    five = middle([run.p50_ms for run in commits[0]]) or 0.0
    hurried = _COMMITS * (middle([run.p50_ms for run in commits[1]]) or 0.0)
    p50 = middle([run.p50_ms for run in idle.ours])
    p99, floor99 = (1000 * percentile(spans[side], 0.99) for side in ("ours", "floor"))
    ours99, theirs99 = (middle([run.p99_ms for run in runs]) for runs in (busy.ours, busy.theirs))
    measured = {"9.alertmanager": busy.ratio}
    if p50 is not None:
        measured |= {"9.idle": p50 - five, "9.idle_p99": p99 / (5 * (3 + five))}
    if ours99 is not None and theirs99:
        measured["9.p99"] = ours99 / theirs99
    notes = (
        f"Five raw durable commits after the same rest took {five:.2f} ms in the same run; of {len(spans['ours'])} "
        f"alerts at rest, p99 is {p99:.1f} ms where at most {5 * (3 + five):.1f} are wanted, and the floor's "
        f"{floor99:.1f} ms; p95 is {_p95(idle.ours)} ms (Alertmanager {_p95(idle.theirs)} ms), at 8 clients "
        f"{_p95(busy.ours)} ms ({_p95(busy.theirs)} ms).",
        f"By commits without rest, one after the other, {hurried:.2f} ms for five, p50 would be "
        f"{(p50 or 0) - hurried:.2f} ms beyond them, and p99 {p99 / (5 * (3 + hurried)):.3g}x.",
        _of_floor(p50, five, *floors),
        "An operation ends when its own webhook has arrived. Ours is on disk twice by then: answer, and case with its "
        "webhook; Alertmanager keeps alerts in memory. CPU is that of web and worker.",
    )
    return Result(NUMBER, TITLE, (idle, busy), measured, notes=notes)


def _of_floor(ours: float | None, five: float, at_rest: Sequence[Run], busy: Sequence[Run]) -> str:
    """What as many commits and hops take when nothing is decided."""
    p50, hurried = middle([run.p50_ms for run in at_rest]) or 0.0, middle([run.p99_ms for run in busy]) or 0.0
    rate = middle([run.rate for run in busy]) or 0.0
    return (
        f"The floor, bare Flask on the same server and a second process, five commits and a POST, nothing decided: at "
        f"rest p50 {p50:.2f} ms, {p50 - five:.2f} ms beyond five raw commits (ours {ours or 0:.2f} ms, "
        f"{(ours or 0) - five:.2f} ms beyond); at 8 clients {rate:.0f}/s, p99 {hurried:.1f} ms."
    )


def _p95(runs: Sequence[Run]) -> str:
    found = middle([run.p95_ms for run in runs])
    return "?" if found is None else f"{found:.1f}"


@dataclass
class HookLoad(Load):
    """Clients whose operations end with a webhook."""

    rest: float = 0.0
    listen: int = 0
    match: str = ""

    def plan(self, port: int, operations: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        return {**super().plan(port, operations), "listen": self.listen, "match": self.match, "rest": self.rest}


def _load(
    settings: Settings,
    name: str,
    steps: Sequence[Mapping[str, Any]],
    operations: Sequence[Mapping[str, str]],
    listen: int,
    match: str,
) -> HookLoad:
    return HookLoad(steps, operations, settings.fresh_folder(name), script="alert_load.py", listen=listen, match=match)


def _run(load: HookLoad, server: Site, settings: Settings) -> None:
    """A few operations before anything is counted."""
    load.run(server, settle=True, most=10)
    settings.say("  warmed up")


def _counted(load: HookLoad, server: Site) -> tuple[Run, dict[str, Any]]:
    """A run, checked: as many webhooks are marked as sent as operations were done."""
    before = server.count(_SENT)
    run, told = load.run(server, settle=True)
    processes.until(lambda: server.count(_SENT) - before >= run.operations, "The marks of the webhooks")
    if server.count(_SENT) - before != run.operations:
        raise Failed(f"{run.operations} webhooks arrived, {server.count(_SENT) - before} are marked as sent.")
    return run, told


def _ids() -> list[dict[str, str]]:
    return [{"match": f"alert-{number}"} for number in range(60_000)]


def _listening_world(settings: Settings, listen: int) -> tuple[World, list[dict[str, str]]]:
    """The world with a webhook, and one unanswered survey of each partner, whose key its webhook will hold."""
    folder = settings.fresh_folder("hooked")
    site.copy(settings.world.database, folder / "engine.db")
    with _opened(folder) as app:
        with app.engine.work.begin(actor=_ACTOR) as uow:
            add_endpoint(uow, "benchmark", f"http://127.0.0.1:{listen}/", allow_private=True)
        operations = _one_a_partner(app)
    return replace(settings.world, database=folder / "engine.db"), operations


@contextmanager
def _opened(folder: Path) -> Iterator[wiring.App]:
    address = f"sqlite:///{folder / 'engine.db'}"
    app = wiring.build(engine_settings.load(database_url=address, var_dir=folder))
    try:
        yield app
    finally:
        app.engine.database.dispose()


def _one_a_partner(app: wiring.App) -> list[dict[str, str]]:
    asked, partner = Invitation.__table__, Partner.__table__  # type: ignore[attr-defined]
    links = Links(app.engine.keys)
    query = (
        select(func.min(asked.c.id), func.min(asked.c.generation), partner.c.key)
        .join(partner, and_(partner.c.shard == asked.c.shard, partner.c.id == asked.c.partner_id))
        .where(asked.c.state == "held")
        .group_by(partner.c.key)
    )
    with app.engine.work.read() as reading:
        rows = list(reading.connection.execute(query))
    return [{"path": links.path("survey", row[0], row[1]), "score": "3", "match": row[2]} for row in rows]
