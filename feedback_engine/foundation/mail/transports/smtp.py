"""Sends mail over SMTP: one connection a batch, TLS whenever it is offered, and an honest word on every mail's fate."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from uuid import UUID

from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.mail.message import as_bytes
from feedback_engine.foundation.mail.transports.base import Again, Outcome, Outgoing, Refused, Sent, Unclear
from feedback_engine.foundation.mail.transports.smtp_replies import Step, judge
from feedback_engine.foundation.settings import Settings

TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where to send and how to sign in."""

    host: str
    port: int
    implicit_tls: bool
    user: str | None
    password: str | None


class SmtpTransport:
    """Sends a batch over one connection.

    What failed before the data were sent certainly did not go; what broke while the server held the data is unclear.
    """

    replaces = False

    def __init__(self, server: SmtpServer) -> None:
        self.server = server

    def send(self, messages: Sequence[Outgoing]) -> Iterator[tuple[UUID, Outcome]]:
        try:
            connection = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            outcome = Again(f"no connection to the mail server: {_words(error)}", reached=False)
            yield from ((outgoing.mail_id, outcome) for outgoing in messages)
            return
        broken: Outcome | None = None
        for outgoing in messages:
            fate, alive = (broken, False) if broken is not None else _send_one(connection, outgoing)
            yield outgoing.mail_id, fate
            if not alive and broken is None:
                broken = Again("the mail server closed the connection before this mail", reached=False)
        _close(connection)

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        # Reading whom to trust takes longer than all the rest, so it is done only where it is asked for.
        trusted = ssl.create_default_context
        if server.implicit_tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_SECONDS, context=trusted()
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        connection.ehlo()
        if not server.implicit_tls and connection.has_extn("starttls"):
            connection.starttls(context=trusted())
            connection.ehlo()
        if server.user is not None:
            connection.login(server.user, server.password or "")
        return connection


def _send_one(connection: smtplib.SMTP, outgoing: Outgoing) -> tuple[Outcome, bool]:
    """The fate of one mail, and whether the connection can carry another."""
    message = outgoing.message
    options = [] if message.recipient.wire.isascii() else ["SMTPUTF8"]
    if options and not connection.has_extn("smtputf8"):
        return Refused("the mail server cannot take addresses outside ASCII"), True
    content = as_bytes(message, message_id=outgoing.message_id, at=outgoing.at)
    try:
        steps: tuple[tuple[Step, Callable[[], tuple[int, bytes]]], ...] = (
            ("MAIL", lambda: connection.mail(message.sender.wire, options)),
            ("RCPT", lambda: connection.rcpt(message.recipient.wire)),
            # Asked for apart from the content: a server that vanishes here has certainly taken nothing.
            ("DATA", lambda: connection.docmd("DATA")),
        )
        for step, ask in steps:
            code, words = ask()
            if code >= 400:
                connection.rset()
                return judge(step, code, words), True
    except (OSError, smtplib.SMTPException) as error:
        return Again(f"the mail server stopped answering: {_words(error)}"), False
    try:
        connection.send(_as_data(content))
        code, words = connection.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Unclear(f"the connection broke while sending: {_words(error)}"), False
    return (Sent() if code < 400 else judge("content", code, words)), True


def _as_data(content: bytes) -> bytes:
    """The content as it goes over the wire: leading full stops doubled, a lone one at the end (RFC 5321, 4.5.2)."""
    end = b"" if content.endswith(b"\r\n") else b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", content) + end + b".\r\n"


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _close(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()


def from_settings(settings: Settings) -> SmtpTransport:
    """The transport for SMTP_URL. Raises Invalid when the address is not smtp:// or smtps://."""
    parts = urlsplit(settings.smtp_url.get_secret_value())
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Invalid("SMTP_URL must look like smtp://user:password@mail.example:587 or smtps://mail.example.")
    implicit = parts.scheme == "smtps"
    return SmtpTransport(
        SmtpServer(
            host=parts.hostname,
            port=parts.port or (465 if implicit else 25),
            implicit_tls=implicit,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )
    )
