"""What monitoring asks: is it alive, can it serve, how much waits."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import text

from feedback_engine.foundation import outbox, program_state, release_gate
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Unavailable
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.web.access import PUBLIC, allow


def blueprint(engine: Engine) -> Blueprint:
    """`/healthz`: the process answers. `/readyz`: the database does too. `/metrics`: Prometheus text."""
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    @allow(PUBLIC)
    def alive() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @pages.get("/readyz")
    @allow(PUBLIC)
    def ready() -> Response:
        try:
            with engine.work.read() as reading:
                reading.connection.execute(text("SELECT 1"))
        except Unavailable as error:
            return Response(error.message + "\n", status=503, mimetype="text/plain")
        return Response("ready\n", mimetype="text/plain")

    @pages.get("/metrics")
    @allow(PUBLIC)
    def metrics() -> Response:
        return Response(generate_latest(_measured(engine)), content_type=CONTENT_TYPE_LATEST)

    return pages


def _measured(engine: Engine) -> CollectorRegistry:
    registry = CollectorRegistry()
    waiting = Gauge("feedback_engine_outbox_events", "Events waiting, by handler", ["handler"], registry=registry)
    parked = Gauge("feedback_engine_outbox_parked", "Events no handler could digest", registry=registry)
    mail = Gauge("feedback_engine_mail", "Mails, by state", ["state"], registry=registry)
    stopped = Gauge("feedback_engine_mail_stopped", "1 while mail to partners is stopped", registry=registry)
    held = Gauge("feedback_engine_held_after_restore", "1 until a restored database is released", registry=registry)
    live = Gauge("feedback_engine_program_live", "1 while the program is live", registry=registry)
    with engine.work.read() as reading:
        for handler, count in outbox.backlog(reading).items():
            waiting.labels(handler).set(count)
        for state, count in queue.counts(reading).items():
            mail.labels(state).set(count)
        parked.set(len(outbox.parked(reading, limit=1000)))
        stopped.set(queue.is_stopped(reading))
        held.set(release_gate.is_held(reading))
        live.set(program_state.current(reading) == "live")
    return registry
