"""Writes mail into a folder, where `/outbox` shows it: for the first hour, for demos, for tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from feedback_engine.foundation.mail.message import as_bytes
from feedback_engine.foundation.mail.transports.base import Again, Outcome, Outgoing, Sent
from feedback_engine.foundation.settings import Settings


class FolderTransport:
    """One `.eml` file a mail, named by the mail's id, so that a repeated mail replaces itself."""

    replaces = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, messages: Sequence[Outgoing]) -> Iterator[tuple[UUID, Outcome]]:
        self.folder.mkdir(parents=True, exist_ok=True)
        for outgoing in messages:
            yield outgoing.mail_id, self._write(outgoing)

    def _write(self, outgoing: Outgoing) -> Outcome:
        path = self.folder / f"{outgoing.mail_id.hex}.eml"
        partial = path.with_suffix(".partial")
        try:
            partial.write_bytes(as_bytes(outgoing.message, message_id=outgoing.message_id, at=outgoing.at))
            partial.replace(path)
        except OSError as error:
            return Again(f"the outbox folder cannot be written: {error.strerror}")
        return Sent()


def folder_of(settings: Settings) -> Path:
    """Where the folder transport of an installation writes."""
    return settings.var_dir / "outbox"


def from_settings(settings: Settings) -> FolderTransport:
    return FolderTransport(folder_of(settings))
