"""What the benchmarks of the survey pages share: the page, the form somebody sends, and how a reply is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.kit import Run
from benchmarks.processes import Failed
from benchmarks.site import Load, Site

CLIENTS = 8
SECONDS = 1.5
QUESTION = "q-nps"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

SEE: Mapping[str, Any] = {"method": "GET", "path": "{path}", "status": 200, "contains": f'name="{QUESTION}"'}
"""Open the page; a page without its first question is not the survey."""

SEND: Mapping[str, Any] = {
    "method": "POST",
    "path": "{path}",
    "headers": _FORM,
    "body": f"{QUESTION}={{score}}&q-comment=Two+days+would+have+been+enough.",
    "status": 303,
}
"""Answer it: a score and a comment. The answer is a redirect to the receipt, after the commit."""


def operations(paths: tuple[str, ...]) -> list[dict[str, str]]:
    """One visit an invitation; scores as partners give them, a sixth of them low enough to open a case."""
    scores = (9, 10, 8, 9, 7, 3)
    return [{"path": path, "score": str(scores[number % len(scores)])} for number, path in enumerate(paths)]


def answered_run(load: Load, server: Site, worker_share: list[float]) -> Run:
    """A run that sends answers; checked against what the database holds, reactions included in the CPU.

    The worker's share of that CPU, 0..1, is added to `worker_share`.
    """
    before = _stored(server)
    run, told = load.run(server, settle=True)
    worker_share.append(told["worker_cpu_seconds"] / run.cpu_seconds if run.cpu_seconds else 0.0)
    responses, answers = (now - then for now, then in zip(_stored(server), before, strict=True))
    if (responses, answers) != (run.operations, 2 * run.operations):
        held = f"the database holds {responses} responses with {answers} answers"
        raise Failed(f"{run.operations} answers were acknowledged; {held}.")
    return run


def _stored(server: Site) -> tuple[int, int]:
    confirmed = "SELECT count(*) FROM response WHERE state = 'confirmed'"
    return server.count(confirmed), server.count("SELECT count(*) FROM answer")
