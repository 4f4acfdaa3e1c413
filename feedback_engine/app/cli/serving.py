"""`serve`, `web`, `worker`: the running installation, in one command or apart."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import click

from feedback_engine.app import keeping, memory
from feedback_engine.app.cli.base import open_app

CAN_COPY = sys.platform == "linux"
"""Elsewhere libraries of the system do not bear being copied into another process."""
_host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
_port = click.option("--port", default=8700, show_default=True, type=click.IntRange(1, 65535), help="Port.")


@click.command()
@_host
@_port
@click.pass_context
def serve(ctx: click.Context, host: str, port: int) -> None:
    """Run web pages, worker and alarm clock with one command."""
    follow_address(host, port)
    # In a process that ends: this one stays beside pages and worker, and need not hold the engine a third time.
    if subprocess.run(_command("first-start"), check=False).returncode != 0:
        ctx.exit(1)
    run_all(host, port)


@click.command("first-start", hidden=True)
@click.pass_context
def first_start(ctx: click.Context) -> None:
    """Bring the schema up to date and make a new installation useful; what `serve` does before it serves."""
    from feedback_engine.app import first_run

    engine = open_app(ctx).engine
    for words in first_run.prepare(engine):
        click.echo(words)
    click.echo(f"Open {engine.settings.base_url}")


@click.command()
@_host
@_port
@click.pass_context
def web(ctx: click.Context, host: str, port: int) -> None:
    """Run the web pages alone."""
    follow_address(host, port)
    open_app(ctx)
    run_web(host, port)


@click.command()
@click.pass_context
def worker(ctx: click.Context) -> None:
    """Run the worker alone: decisions, mail, alerts, roll-ups."""
    from feedback_engine.foundation import logs

    logs.configure()
    running = open_app(ctx).worker
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: running.stop())
    keeping.end_with_keeper(signal.SIGTERM)
    memory.settle()
    # A webhook is a few short steps between waits, while reactions and letters compute: in the standard 5 ms it would
    # wait that long at every step.
    sys.setswitchinterval(0.0005)
    running.run()


def follow_address(host: str, port: int) -> None:
    """Where no base URL is set, links lead to where we listen; handed on to pages and worker by the environment."""
    os.environ["FE_SERVED_AT"] = address_of(host, port)  # foundation/settings.py, which would cost this process 20 MB


def address_of(host: str, port: int) -> str:
    """The address of pages that listen there, as a browser on this machine reaches them."""
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run_all(host: str, port: int) -> None:
    """Serve pages and keep a worker process alive beside them until a signal ends both.

    This process reads the code of both and runs none of it: pages and worker begin as copies of it, and so hold one
    copy of it in memory together.
    """
    keeping.keep_children()
    if CAN_COPY:
        memory.read_everything()
    keeper = WorkerKeeper()
    keeper.start()
    try:
        run_web(host, port)
    finally:
        keeper.stop()


def run_web(host: str, port: int, target: str = "feedback_engine.app.wsgi:app") -> None:
    """Serve the pages until a signal comes; `target` names another application for those who measure the server."""
    from granian import Granian
    from granian.constants import Interfaces

    from feedback_engine.foundation.web.turns import THREADS

    keeping.keep_children()
    logging.getLogger("_granian").addFilter(_is_no_advice_on_threads)
    server: Any = Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        # A process for pages that was killed, by the system when memory ran out, is followed by another.
        respawn_failed_workers=True,
        log_enabled=True,
        websockets=False,
    )
    server.serve()


def _is_no_advice_on_threads(record: logging.LogRecord) -> bool:
    """Granian advises fewer threads on few cores; ours wait for the database, and whoever starts us chose nothing."""
    return "Python threads" not in record.getMessage()


class WorkerKeeper:
    """Starts a worker process and starts it again when it dies.

    The first one is a copy of this process, which has no threads yet. Those after it begin from nothing: of a process
    with threads only one thread would be copied, and what the others hold would stay locked.
    """

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._process: subprocess.Popen[bytes] | BaseProcess | None = None
        self._thread = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        if CAN_COPY:
            self._process = multiprocessing.get_context("fork").Process(target=_work, name="worker")
            self._process.start()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join(timeout=35)

    def _keep(self) -> None:
        if isinstance(self._process, BaseProcess):
            self._process.join()
            # A worker that dies at once must not spin; a second is also how long a restart may take.
            self._stopped.wait(1)
        while not self._stopped.is_set():
            self._process = subprocess.Popen(_command("worker"))
            self._process.wait()
            self._stopped.wait(1)


def _work() -> None:
    """What `feedback-engine worker` does; returns by SystemExit with its exit code."""
    # A copy bears the command line of `serve`; by this name people who look at processes tell it apart.
    Path("/proc/self/comm").write_text("worker", encoding="ascii")
    worker.main(args=[], prog_name="feedback-engine worker")


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "feedback_engine.app.cli", name]


COMMANDS = [serve, web, worker, first_start]
