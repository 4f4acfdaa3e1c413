"""Prometheus Alertmanager as a peer: Debian's package, unpacked beside the other peers and never installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import processes
from benchmarks.processes import Failed
from benchmarks.settings import Settings
from benchmarks.site import Site

NAME = "prometheus-alertmanager"
_MINUTES = 5
_CONFIGURATION = """
route: {{receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 5m, repeat_interval: 4h}}
receivers:
  - name: hook
    webhook_configs: [{{url: "http://127.0.0.1:{port}/", send_resolved: false}}]
"""
"""Every alert is a group of its own and leaves at once, which is the most that it can do."""


@contextmanager
def running(settings: Settings, listen: int) -> Iterator[Site]:
    """Alertmanager on a port of its own, with its webhooks going to `listen`."""
    binary, folder, port = _binary(settings), settings.fresh_folder("am"), processes.free_port()
    configuration = folder / "alertmanager.yml"
    configuration.write_text(_CONFIGURATION.format(port=listen), encoding="utf-8")
    command = [
        *_within(binary),
        str(binary),
        f"--config.file={configuration}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with processes.running(command, folder, log="alertmanager") as process:
        processes.until(lambda: processes.answers(port, "/-/ready"), "The start of Alertmanager")
        yield Site(port, process, lambda _: 0)


def _within(binary: Path) -> list[str]:
    """What lets the unpacked program find its templates where Debian has them, for its own eyes only."""
    share = binary.parents[1] / "share"
    if share == Path("/usr/share"):
        return []
    return [
        "unshare",
        "--mount",
        "--map-root-user",
        "sh",
        "-c",
        'mount --bind "$0" /usr/share && exec "$@"',
        str(share),
    ]


def _binary(settings: Settings) -> Path:
    """The program: the system's, else that of the package, fetched once. Raises Failed where there is no Debian."""
    found = shutil.which(NAME)
    if found:
        return Path(found)
    folder = settings.cache / "alertmanager"
    unpacked = folder / "root" / "usr" / "bin" / NAME
    if not unpacked.is_file():
        settings.say(f"fetching {NAME} ...")
        folder.mkdir(parents=True, exist_ok=True)
        _run(["apt-get", "download", NAME], folder)
        packages = sorted(folder.glob(f"{NAME}_*.deb"))
        if not packages:
            raise Failed(f"{NAME} was not fetched.")
        _run(["dpkg-deb", "-x", packages[-1].name, "root"], folder)
    return unpacked


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_MINUTES * 60, check=False)
    except FileNotFoundError:
        raise Failed(f"{NAME} is Debian's package, and there is no {command[0]} here.") from None
    if done.returncode:
        said = done.stderr.decode().strip().splitlines()
        raise Failed(f"{NAME} could not be fetched: {said[-1] if said else command[0]}")
