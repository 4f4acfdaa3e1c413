"""The backup file: a ZIP with the content of the database and a manifest that says what it is and how to check it.

manifest.json        kind, revision, instant, rows of each table, SHA-256 of each member
database.sqlite3     SQLite: the database itself, or
tables/NAME.copy     PostgreSQL: one member a table, as COPY writes it
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Literal
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import orjson

from feedback_engine.foundation.errors import Invalid

Kind = Literal["sqlite", "postgresql"]
FORMAT = 1
CHUNK = 1 << 20
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class TableContent:
    """What a backup holds of one table."""

    rows: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    `links_check` tells, without giving anything away, whether an installation signs links by the same keys.
    """

    kind: Kind
    revision: str
    taken_at: datetime
    tables: dict[str, TableContent]
    engine_version: str
    links_check: str

    @property
    def rows(self) -> int:
        """Rows in all tables."""
        return sum(table.rows for table in self.tables.values())


class Writer:
    """Writes the members of a new backup one after the other, and at last its manifest."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._digests: dict[str, str] = {}

    def add(self, name: str, content: Iterator[bytes]) -> None:
        """Write one member."""
        digest = sha256()
        with self._archive.open(name, "w", force_zip64=True) as stream:
            for chunk in content:
                digest.update(chunk)
                stream.write(chunk)
        self._digests[name] = digest.hexdigest()

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest; a file without it is no backup."""
        document = {"format": FORMAT, **asdict(manifest), "members": self._digests}
        self._archive.writestr(_MANIFEST, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))


class Backup:
    """An opened backup file."""

    def __init__(self, archive: ZipFile, manifest: Manifest, digests: dict[str, str]) -> None:
        self.manifest = manifest
        self._archive = archive
        self._digests = digests

    def read(self, name: str) -> Iterator[bytes]:
        """The content of a member; raises Invalid when it is not what was written, at its end at the latest."""
        digest = sha256()
        with ExitStack() as stack:
            with _as_invalid():
                stream = stack.enter_context(self._archive.open(name))
            while chunk := _next_chunk(stream):
                digest.update(chunk)
                yield chunk
        if digest.hexdigest() != self._digests.get(name):
            raise Invalid(f"The backup is damaged: {name} is not what was written.")


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A new backup file at `path`."""
    path.touch(mode=0o600)
    # Level 1: most of the saving for a tenth of the time.
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        yield Writer(archive)


@contextmanager
def reading(path: Path) -> Iterator[Backup]:
    """The backup in a file. Raises Invalid when it is none, was cut off, or was damaged."""
    with ExitStack() as stack:
        with _as_invalid():
            archive = stack.enter_context(ZipFile(path))
            manifest, digests = _manifest(archive.read(_MANIFEST))
        yield Backup(archive, manifest, digests)


def _next_chunk(stream: IO[bytes]) -> bytes:
    with _as_invalid():
        return stream.read(CHUNK)


@contextmanager
def _as_invalid() -> Iterator[None]:
    """A damaged file shows itself in as many ways as there are fields in it."""
    try:
        yield
    except (BadZipFile, zlib.error, EOFError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise Invalid(f"This is not a whole backup of this engine: {error}.") from error


def _manifest(text: bytes) -> tuple[Manifest, dict[str, str]]:
    document: dict[str, Any] = orjson.loads(text)
    if document["format"] != FORMAT:
        raise Invalid(f"The backup has the format {document['format']}; install the newer release to read it.")
    tables = {name: TableContent(table["rows"], tuple(table["columns"])) for name, table in document["tables"].items()}
    manifest = Manifest(
        document["kind"],
        document["revision"],
        datetime.fromisoformat(document["taken_at"]),
        tables,
        document["engine_version"],
        document["links_check"],
    )
    return manifest, document["members"]
