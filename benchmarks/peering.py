"""The environment of the peers: made once under the cache, with pip, apart from the engine's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.processes import Failed
from benchmarks.settings import Settings

HERE = Path(__file__).resolve().parent / "peers"
_WANTED = HERE / "requirements.txt"
_MINUTES = 10  # a minute or less where nothing else runs


def python(settings: Settings) -> Path:
    """The interpreter of the peers' environment. Raises Failed when it cannot be made, with what pip said last."""
    environment = settings.cache / "peers"
    stamp = environment / "installed.txt"
    interpreter = environment / "bin" / "python"
    wanted = _WANTED.read_text(encoding="utf-8")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return interpreter
    settings.say("installing the peers ...")
    _run([sys.executable, "-m", "venv", "--clear", str(environment)])
    _run([str(interpreter), "-m", "pip", "--disable-pip-version-check", "-q", "install", "-r", str(_WANTED)])
    stamp.write_text(wanted, encoding="utf-8")
    return interpreter


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, timeout=_MINUTES * 60, check=False)
    if done.returncode:
        said = done.stderr.decode().strip().splitlines()
        raise Failed(f"The peers could not be installed: {said[-1] if said else 'pip failed'}")
