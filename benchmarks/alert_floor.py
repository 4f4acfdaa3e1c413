"""The floor under benchmark 9: what an alert takes with the same server and as many commits, and nothing decided.

    python -m benchmarks.alert_floor web PORT
    python -m benchmarks.alert_floor hook PORT

A bare Flask app writes what was posted in one durable commit and wakes the second process by a datagram; that one makes
the four other commits and posts the webhook over a connection that stays open. No rules, no rendering, no log.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from flask import Flask, request

from benchmarks import processes, raw
from benchmarks.site import Site
from feedback_engine.app.cli import serving

COMMITS = 5
STEP = {
    "method": "POST",
    "path": "/",
    "headers": {"Content-Type": "application/x-www-form-urlencoded"},
    "body": "match={match}&q-nps=3&q-comment=Two+days+would+have+been+enough.",
    "status": 200,
}
_FOLDER = "ALERT_FLOOR_FOLDER"
_TABLE = "CREATE TABLE IF NOT EXISTS heard (name TEXT PRIMARY KEY, step INTEGER NOT NULL)"
_INDEX = "CREATE INDEX IF NOT EXISTS heard_waiting ON heard (step) WHERE step < 5"

app = Flask(__name__)
_own = threading.local()


@app.post("/")
def hear() -> str:
    """One row, one commit, one datagram."""
    if not hasattr(_own, "connection"):
        _own.connection = _database()
    _own.connection.execute("INSERT INTO heard VALUES (?, 1)", (request.form["match"],))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(b"heard", str(_folder() / "wake"))
    return "thanks"


@contextmanager
def running(folder: Path, listen: int) -> Iterator[Site]:
    """Both processes, with the webhooks going to `listen`."""
    port = processes.free_port()
    environment = {"PYTHONPATH": str(Path(__file__).resolve().parents[1]), _FOLDER: str(folder)}
    command = [sys.executable, "-m", "benchmarks.alert_floor"]
    with processes.running([*command, "hook", str(listen)], folder, environment, log="floor-hook"):
        processes.until((folder / "wake").exists, "The start of the floor's second process")
        with processes.running([*command, "web", str(port)], folder, environment, log="floor-web") as process:
            processes.until(lambda: _listens(port), "The start of the floor")
            yield Site(port, process, lambda _: 0)


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
    except OSError:
        return False


def _folder() -> Path:
    return Path(os.environ[_FOLDER])


def _database() -> sqlite3.Connection:
    connection = raw.connect(_folder() / "floor.db")
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute(_TABLE)
    connection.execute(_INDEX)
    return connection


def _send_webhooks(listen: int) -> None:
    """Four commits and a POST for whatever was heard, woken by datagrams."""
    database, receiver = _database(), HTTPConnection("127.0.0.1", listen)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as woken:
        woken.bind(str(_folder() / "wake"))
        while True:
            woken.recv(64)
            for (name,) in database.execute("SELECT name FROM heard WHERE step < 5").fetchall():
                for step in range(2, COMMITS + 1):
                    database.execute("UPDATE heard SET step = ? WHERE name = ?", (step, name))
                _post(receiver, f'{{"partner":"{name}"}}')


def _post(receiver: HTTPConnection, body: str) -> None:
    """Post it; once more over a new connection where the receiver has closed the one before."""
    for _ in range(2):
        try:
            receiver.request("POST", "/", body, {"Content-Type": "application/json"})
            receiver.getresponse().read()
        except (OSError, HTTPException):
            receiver.close()
        else:
            return


if __name__ == "__main__":
    if sys.argv[1] == "web":
        serving.run_web("127.0.0.1", int(sys.argv[2]), "benchmarks.alert_floor:app")
    else:
        _send_webhooks(int(sys.argv[2]))
