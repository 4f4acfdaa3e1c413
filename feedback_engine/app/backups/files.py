"""Files that appear under their name only when they are whole and on the disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedback_engine.foundation.errors import Conflict, Invalid


@contextmanager
def working_folder(target: Path) -> Iterator[Path]:
    """A folder beside `target` that only we may open, gone at the end: what is made there moves by a mere rename.

    Raises Invalid when the folder of `target` is absent or cannot be written.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.absolute().parent))
    except OSError as error:
        raise Invalid(f"{target.absolute().parent} cannot be written: {error.strerror}.") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_place(made: Path, target: Path, *, force: bool = False) -> None:
    """Give a finished file its name, for its owner alone and on the disk. Raises Conflict when the name is taken."""
    made.chmod(0o600)
    _to_disk(made)
    if force:
        made.replace(target)
    else:
        _move(made, target)
    _to_disk(target.absolute().parent)


def _move(made: Path, target: Path) -> None:
    taken = f"{target} is there already."
    try:
        # A link never replaces a file, not even one that appeared a moment ago.
        os.link(made, target)
    except FileExistsError:
        raise Conflict(taken) from None
    except OSError:
        # Some network drives know no links.
        if target.exists():
            raise Conflict(taken) from None
        made.replace(target)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
