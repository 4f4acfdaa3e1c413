"""1: a survey opened and answered, against django-survey-and-report with as many questions, also on SQLite."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from benchmarks import peering, processes, site, surveying
from benchmarks.kit import Result, Run, Series, interleave
from benchmarks.processes import Failed
from benchmarks.settings import Settings
from benchmarks.site import Load, Site

NUMBER = "1"
TITLE = "survey round trip"
PEER = "django-survey-and-report"
_PEER_WORKERS = 3  # gunicorn's own advice for two cores would be five; with three the client has room; not compared
_PEER_STEPS = (
    {
        "method": "GET",
        "path": "/survey/1/",
        "status": 200,
        "contains": "question_1",
        "pick": {"token": r'name="csrfmiddlewaretoken" value="([^"]+)"'},
    },
    {
        "method": "POST",
        "path": "/survey/1/",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "body": "csrfmiddlewaretoken={token}&question_1={score}&question_2=Two+days+would+have+been+enough.",
        "status": 302,
    },
)


def run(settings: Settings) -> Result:
    """At 1 and at 8 clients. The peer is left out, with the reason, where it cannot be installed."""
    world, folder = settings.world, settings.fresh_folder("trip")
    visits = surveying.operations(world.survey_paths)
    load = Load([surveying.SEE, surveying.SEND], visits, folder, seconds=surveying.SECONDS)
    peer_load = Load(_PEER_STEPS, visits, settings.fresh_folder("peer-load"), seconds=2 * surveying.SECONDS, again=True)
    series = []
    worker_share: list[float] = []
    with site.engine("serve", world, folder) as server, peer(settings) as other:
        load.run(server, settle=True, most=20)
        peer_load.run(other, most=20)
        for clients in (1, surveying.CLIENTS):
            load.clients = peer_load.clients = clients
            ours, theirs = interleave(
                settings.pairs,
                lambda _: surveying.answered_run(load, server, worker_share),
                lambda _: _peer_run(peer_load, other),
            )
            name = f"GET + POST, {clients} client{'s' if clients > 1 else ''}"
            series.append(Series(name, "round trip", f"{PEER}, gunicorn", ours, theirs))
    cpu = median(run.cpu_ms for run in series[0].ours)
    measured = {"1.one": series[0].ratio, "1.eight": series[1].ratio, "1.cpu": cpu}
    notes = (
        "CPU is that of web and worker until the last reaction is done: roll-ups, alerts, cases, their mail; "
        f"{median(worker_share):.0%} of it is the worker's. {PEER} has no reactions.",
        f"{PEER} runs in {_PEER_WORKERS} gunicorn processes of 4 threads, the engine in one web process.",
    )
    return Result(NUMBER, TITLE, tuple(series), measured, notes=notes)


@contextmanager
def peer(settings: Settings) -> Iterator[Site]:
    """django-survey-and-report on gunicorn with a survey of three questions, on SQLite in WAL with FULL commits."""
    python, folder = peering.python(settings), settings.fresh_folder("django")
    port = processes.free_port()
    environment = {"PYTHONPATH": str(peering.HERE)}
    made = subprocess.run(
        [python, str(peering.HERE / "django_site.py")],
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    if made.returncode:
        raise Failed(f"{PEER} could not be set up: {made.stderr.decode().strip()[-300:]}")
    server = ["--bind", f"127.0.0.1:{port}", "--workers", str(_PEER_WORKERS), "--worker-class", "gthread"]
    command = [str(python), "-m", "gunicorn", *server, "--threads", "4", "django_site:application"]
    with processes.running(command, folder, environment, log="gunicorn") as process:
        processes.until(lambda: processes.answers(port, "/survey/1/"), f"The start of {PEER}")
        yield Site(port, process, site.sqlite_count(folder / "django.db"))


def _peer_run(load: Load, other: Site) -> Run:
    before = other.count("SELECT count(*) FROM survey_response")
    run, _ = load.run(other)
    stored = other.count("SELECT count(*) FROM survey_response") - before
    if stored != run.operations:
        raise Failed(f"{PEER} acknowledged {run.operations} answers and holds {stored}.")
    return run
