"""Where mail comes from: mailbox files, mail folders, IMAP. Each is only read, nothing in it is moved or marked."""

from __future__ import annotations

import imaplib
import mailbox
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from feedback_engine.foundation.errors import Invalid, PermanentError, TransientError

TIMEOUT_SECONDS = 10
HEAD_BYTES = 64 * 1024
"""How much is read of a mail that is too large to be taken in: enough for its headers."""


@dataclass(frozen=True, slots=True)
class RawMail:
    """A mail as bytes. Of one that is larger than the limit, `content` is only the beginning."""

    content: bytes = field(repr=False)
    size: int
    uid: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return len(self.content) >= self.size


def read_mbox(path: Path, limit: int) -> Iterator[RawMail]:
    """The mails of a mailbox file, in its order. Raises Invalid when it cannot be read."""
    yield from _read_box(mailbox.mbox(path, create=False), path, limit)


def read_maildir(path: Path, limit: int) -> Iterator[RawMail]:
    """The mails of a mail folder (Maildir), in no order. Raises Invalid when it is none."""
    if not all((path / part).is_dir() for part in ("cur", "new")):
        raise Invalid(f"{path} is not a mail folder: it needs the folders `cur` and `new`.")
    yield from _read_box(mailbox.Maildir(path, create=False), path, limit)


def _read_box(box: mailbox.Mailbox[mailbox.Message], path: Path, limit: int) -> Iterator[RawMail]:
    try:
        for key in box.iterkeys():
            with box.get_file(key) as file:
                content = file.read(limit + 1)
            yield RawMail(content, len(content)) if len(content) <= limit else RawMail(content[:HEAD_BYTES], limit + 1)
    except (OSError, mailbox.Error) as error:
        raise Invalid(f"{path} cannot be read: {error}.") from error
    finally:
        box.close()


# ---- IMAP


@dataclass(frozen=True, slots=True)
class ImapAddress:
    """Where a mailbox is and how to sign in."""

    host: str
    port: int
    implicit_tls: bool
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"

    @property
    def name(self) -> str:
        """What tells this mailbox from others, without its password."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"[:200]

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine, where nobody listens in between."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def imap_address(url: str) -> ImapAddress:
    """The mailbox of an address `imaps://user:password@host:993/INBOX`. Raises Invalid for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
        raise Invalid("IMAP_URL must look like imaps://user:password@mail.example:993/INBOX.")
    implicit = parts.scheme == "imaps"
    return ImapAddress(
        host=parts.hostname,
        port=port or (993 if implicit else 143),
        implicit_tls=implicit,
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )


class ImapMailbox:
    """A mailbox that is open for reading."""

    def __init__(self, connection: imaplib.IMAP4, validity: int) -> None:
        self._connection = connection
        self.validity = validity

    def uids_after(self, uid: int) -> list[int]:
        """The numbers of the mails behind `uid`, rising."""
        said = self._uid("SEARCH", f"UID {uid + 1}:*")
        found = [int(each) for line in said if isinstance(line, bytes) for each in line.split() if each.isdigit()]
        # `n:*` names the last mail even where its number is below n (RFC 9051, 6.4.8).
        return sorted(each for each in found if each > uid)

    def fetch(self, uid: int, limit: int) -> RawMail | None:
        """One mail, or its beginning when it is larger than `limit`; None when it is gone."""
        said = self._uid("FETCH", str(uid), "(RFC822.SIZE)")
        size = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(_flat(said)))
        if size is None:
            return None
        wanted = f"(BODY.PEEK[]<0.{HEAD_BYTES}>)" if int(size[1]) > limit else "(BODY.PEEK[])"
        content = next((each[1] for each in self._uid("FETCH", str(uid), wanted) if isinstance(each, tuple)), None)
        if content is None:
            return None
        whole = int(size[1]) <= limit
        return RawMail(content, len(content) if whole else int(size[1]), uid)

    def _uid(self, command: str, *arguments: str) -> Sequence[bytes | tuple[bytes, bytes] | None]:
        status, said = self._connection.uid(command, *arguments)
        if status != "OK":
            raise TransientError(f"the mailbox refused {command}")
        return said


def _flat(said: Sequence[bytes | tuple[bytes, bytes] | None]) -> list[bytes]:
    return [part for each in said if each for part in (each if isinstance(each, tuple) else (each,))]


@contextmanager
def open_imap(address: ImapAddress) -> Iterator[ImapMailbox]:
    """The mailbox, opened for reading only. Raises TransientError, and PermanentError when it lets nobody in.

    Without TLS no password leaves this machine.
    """
    connection: imaplib.IMAP4 | None = None
    try:
        connection = _connect(address)
        _sign_in(connection, address)
        status, _ = connection.select(_quoted(address.folder), readonly=True)
        if status != "OK":
            raise PermanentError(f"there is no folder {address.folder} in the mailbox")
        validity = connection.response("UIDVALIDITY")[1]
        number = next((int(each) for each in validity if isinstance(each, bytes) and each.isdigit()), 0)
        yield ImapMailbox(connection, number)
    except (OSError, imaplib.IMAP4.error) as error:
        raise TransientError(f"the mailbox cannot be read: {type(error).__name__}: {error}"[:300]) from error
    finally:
        if connection is not None:
            _leave(connection)


def _connect(address: ImapAddress) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if address.implicit_tls:
        return imaplib.IMAP4_SSL(address.host, address.port, ssl_context=context, timeout=TIMEOUT_SECONDS)
    connection = imaplib.IMAP4(address.host, address.port, timeout=TIMEOUT_SECONDS)
    if "STARTTLS" in connection.capabilities:
        connection.starttls(context)
    elif not address.is_here:
        _leave(connection)
        raise PermanentError("the mail server offers no TLS; take imaps://, or another server")
    return connection


def _sign_in(connection: imaplib.IMAP4, address: ImapAddress) -> None:
    try:
        connection.login(address.user, address.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        raise PermanentError("the mailbox refused the user or the password") from None


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _leave(connection: imaplib.IMAP4) -> None:
    try:
        connection.logout()
    except (OSError, imaplib.IMAP4.error):
        connection.shutdown()
