"""`serve` as an operator runs it: one command brings pages and worker, one signal ends both."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
import requests

from feedback_engine.app.cli import serving
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 120


def _until(holds: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Look again and again until it holds; the test ends when the process has died or the time is up."""
    end, pause = monotonic() + DEADLINE_SECONDS, Event()
    while not holds():
        assert process.poll() is None, "it ended by itself"
        assert monotonic() < end, "it did not happen in time"
        pause.wait(0.05)


@contextmanager
def _running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command in a process of its own, with a database of its own; killed should it outlive the test."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),  # the working folder is another one
        "FEEDBACK_ENGINE_DATABASE_URL": f"sqlite:///{folder}/engine.db",
        "FEEDBACK_ENGINE_VAR_DIR": str(folder),
    }
    command = [sys.executable, "-m", "feedback_engine.app.cli", *arguments]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _answers(address: str, words: str) -> bool:
    try:
        return requests.get(address, timeout=5).text == words
    except (requests.ConnectionError, requests.Timeout):  # not yet there, or on a busy machine
        return False


def test_serve_brings_pages_and_worker_and_ends_both_on_a_signal(tmp_path: Path) -> None:
    port = free_port()
    with _running(tmp_path, "serve", "--port", str(port)) as process:
        _until(lambda: _answers(f"http://127.0.0.1:{port}/healthz", "ok\n"), process)
        assert _answers(f"http://127.0.0.1:{port}/readyz", "ready\n")
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=30).url.endswith("/sign-in?next=%2F")
        assert f"Open http://127.0.0.1:{port}\n" in (tmp_path / "log").read_text(), "links lead to where it listens"
        worker_listens = tmp_path / "worker.socket"
        _until(worker_listens.exists, process)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert "worker\n" in [Path(f"/proc/{child}/comm").read_text() for child in children]
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_SECONDS) == 0, (tmp_path / "log").read_text()
        assert not worker_listens.exists()
    assert not _answers(f"http://127.0.0.1:{port}/healthz", "ok\n")
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert "[WARNING]" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8712"),
        ("0.0.0.0", "http://127.0.0.1:8712"),
        ("::1", "http://[::1]:8712"),
        ("feedback.example", "http://feedback.example:8712"),
    ],
)
def test_the_address_of_the_pages_is_one_that_can_be_opened(host: str, address: str) -> None:
    assert serving.address_of(host, 8712) == address


def _of_session(session: int) -> list[int]:
    """The processes of this session that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, _group, its_session = status.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                found.append(int(status.parent.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_when_serve_is_killed_at_once_its_worker_and_its_pages_end_too(tmp_path: Path) -> None:
    port = free_port()
    with _running(tmp_path, "serve", "--port", str(port)) as process:
        _until(lambda: _answers(f"http://127.0.0.1:{port}/healthz", "ok\n"), process)
        _until((tmp_path / "worker.socket").exists, process)
        assert len(_of_session(process.pid)) >= 3, "it keeps a worker and the pages"
        process.kill()
        process.wait()
        end, pause = monotonic() + DEADLINE_SECONDS, Event()
        try:
            while left := _of_session(process.pid):
                assert monotonic() < end, f"{len(left)} processes outlived it"
                pause.wait(0.05)
        finally:
            for pid in _of_session(process.pid):
                os.kill(pid, signal.SIGKILL)


def test_a_worker_alone_ends_on_a_signal(tmp_path: Path) -> None:
    with _running(tmp_path, "worker") as process:
        _until((tmp_path / "worker.socket").exists, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_SECONDS) == 0, (tmp_path / "log").read_text()
