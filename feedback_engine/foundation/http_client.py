"""Owns the way out to addresses that people typed in: one POST, which reaches nothing inside our own network.

A name is resolved once, every address it has is checked, and the socket is opened to one of the checked addresses;
a name that answers differently the next time changes nothing. Redirects are not followed, no proxy from the
environment is used, and one deadline covers connecting, the handshake, sending and the answer.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

from feedback_engine.foundation import deadlines
from feedback_engine.foundation.errors import Invalid, PermanentError, TransientError
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.public_addresses import is_literal, is_port_of_hooks, is_public
from feedback_engine.foundation.settings import Settings

DEADLINE = timedelta(seconds=10)
LARGEST_BODY = 256 * 1024
LARGEST_ANSWER = 64 * 1024
KEPT_OF_ANSWER = 1024
LONGEST_URL = 2000

_TRY_AGAIN = frozenset({408, 425, 429})
_UNSAFE = re.compile(r"[^\x21-\x7e]|\\")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")

Resolve = Callable[[str, int], list[str]]

__all__ = ["Answer", "Resolve", "call", "check_url", "is_public", "judge", "may_lie_inside", "post", "resolve_name"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from a POST: the status, the beginning of the reply, and when the other side wants to be asked
    again if it said so."""

    status: int
    reply: bytes = field(default=b"", compare=False)
    retry_after: timedelta | None = field(default=None, compare=False)


def check_url(url: str, *, allow_private: bool = False) -> SplitResult:
    """The parts of an address we are willing to POST to. Raises Invalid with what to write instead.

    Plain http and literal private addresses pass only with `allow_private`; names are checked when they are resolved.
    """
    if len(url) > LONGEST_URL or _UNSAFE.search(url):
        raise Invalid(
            gettext(
                "The address is too long, or holds blanks, a backslash or signs outside ASCII. Copy it from the "
                "address bar, where such signs are written with %."
            )
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid(gettext("This is not an address. Write one like https://crm.example.com/hooks.")) from None
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise Invalid(_https_words(parts.hostname or ""))
    if not parts.hostname or port == 0 or not (is_literal(parts.hostname) or _HOST.fullmatch(parts.hostname)):
        raise Invalid(gettext("The address names no host. Write one like https://crm.example.com/hooks."))
    if parts.username is not None or parts.password is not None:
        raise Invalid(gettext("Leave name and password out of the address; the signature shows who sent it."))
    if parts.fragment:
        raise Invalid(gettext("Leave out the part after #; it is never sent."))
    if not allow_private and not is_port_of_hooks(port):
        raise Invalid(gettext("Nobody receives webhooks at this port. Use 443, or one from 1024 on."))
    if not allow_private and is_literal(parts.hostname) and not is_public(parts.hostname):
        raise Invalid(gettext("The address lies inside a private network, where nothing may be sent."))
    return parts


def may_lie_inside(settings: Settings, url: str) -> bool:
    """Whether this installation lets an address lie in its own network: all may, or its host is one that is named."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    return settings.webhook_allow_private or host in settings.inside_hosts


def _https_words(host: str) -> str:
    """What to write instead of plain http; to try it at home, the setting that lets it through."""
    if host == "localhost" or (is_literal(host) and not is_public(host)):
        return gettext(
            "The address must begin with https://. To try one on this machine or in your own network, "
            "set FEEDBACK_ENGINE_WEBHOOK_ALLOW_PRIVATE=true and start again."
        )
    return gettext("The address must begin with https://.")


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow_private: bool = False,
    deadline: timedelta = DEADLINE,
    resolve: Resolve | None = None,
) -> Answer:
    """POST `body` to `url` and say how it was received: `call`, judged by `judge`."""
    answer = call(url, body, headers, allow_private=allow_private, deadline=deadline, resolve=resolve)
    judge(answer, str(urlsplit(url).hostname))
    return answer


def call(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow_private: bool = False,
    deadline: timedelta = DEADLINE,
    resolve: Resolve | None = None,
) -> Answer:
    """POST `body` to `url`; whatever comes back, once something does.

    Raises TransientError when nothing came back in time, PermanentError when the address may not be called at all.
    """
    if len(body) > LARGEST_BODY:
        raise PermanentError(f"The message is larger than {LARGEST_BODY} bytes and was not sent.")
    try:
        parts = check_url(url, allow_private=allow_private)
    except Invalid as error:
        raise PermanentError(error.message) from None
    host = str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _address_of(host, port, resolve or resolve_name, allow_private=allow_private)
    with _connected(address, port, host if parts.scheme == "https" else None, deadline) as (sock, expired):
        late = TransientError(f"{host} did not answer within {deadline.total_seconds():g} s.")
        try:
            response = _exchange(sock, parts, body, headers)
        except (OSError, HTTPException) as error:
            broke_off = TransientError(f"{host} broke off: {error or type(error).__name__}.")
            raise (late if expired() or isinstance(error, TimeoutError) else broke_off) from None
        # Cut off in the middle of its answer, the receiver looks as if it had ended there.
        if expired():
            raise late
        return response


def judge(answer: Answer, host: str) -> None:
    """Accept an answer (2xx), or say why not.

    Raises TransientError when trying again may help (408, 425, 429, 5xx), with the receiver's Retry-After;
    PermanentError when it will not (a redirect, any other status).
    """
    status = answer.status
    if 200 <= status < 300:
        return
    words = f"{host} answered {status}."
    if status in _TRY_AGAIN or status >= 500:
        raise TransientError(words, answer.retry_after)
    if 300 <= status < 400:
        raise PermanentError(f"{words} Redirects are not followed; give the final address.")
    raise PermanentError(words)


def resolve_name(host: str, port: int) -> list[str]:
    """Every address of a host name, as the system resolves it. Raises OSError or UnicodeError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _address_of(host: str, port: int, resolve: Resolve, *, allow_private: bool) -> str:
    try:
        addresses = resolve(host, port)
    except UnicodeError:
        raise PermanentError(f"{host} is not a host name.") from None
    except OSError:
        raise TransientError(f"The name {host} could not be resolved.", reached=False) from None
    if not addresses:
        raise TransientError(f"The name {host} has no address.", reached=False)
    # One private address among public ones is how rebinding begins, so it spoils them all.
    if not allow_private and not all(is_public(address) for address in addresses):
        raise PermanentError(f"{host} lies inside a private network, where nothing may be sent.")
    return addresses[0]


@contextmanager
def _connected(
    address: str, port: int, tls_name: str | None, deadline: timedelta
) -> Iterator[tuple[socket.socket, Callable[[], bool]]]:
    """A connected socket that is cut off at the deadline, whatever it waits for, and whether that has happened."""
    seconds = deadline.total_seconds()
    open_sockets: list[socket.socket] = []

    def cut_off() -> None:
        for each in open_sockets:
            _shut_down(each)

    with (
        deadlines.ALL.within(seconds, cut_off) as expired,
        _opened(address, port, tls_name, seconds, open_sockets) as sock,
    ):
        yield sock, expired


@contextmanager
def _opened(
    address: str, port: int, tls_name: str | None, seconds: float, open_sockets: list[socket.socket]
) -> Iterator[socket.socket]:
    try:
        sock = socket.create_connection((address, port), timeout=seconds)
    except OSError as error:
        words = f"No connection to {tls_name or address}: {error.strerror or error}."
        raise TransientError(words, reached=False) from None
    with closing(sock):
        open_sockets.append(sock)
        if tls_name is None:
            yield sock
            return
        # The handshake is done by hand, so that whoever cuts off already knows the socket it happens on.
        tls = ssl.create_default_context().wrap_socket(sock, server_hostname=tls_name, do_handshake_on_connect=False)
        with closing(tls):
            open_sockets.append(tls)
            try:
                tls.do_handshake()
            except (OSError, ValueError) as error:
                raise TransientError(f"No safe connection to {tls_name}: {error}.") from None
            yield tls


def _shut_down(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # It is closed already, or was handed over to its TLS socket.


def _exchange(sock: socket.socket, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> Answer:
    connection = HTTPConnection(str(parts.hostname), parts.port)
    connection.sock = sock
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fixed = {"User-Agent": "feedback-engine", "Connection": "close"}
    connection.request("POST", target, body, {**fixed, **headers})
    response = connection.getresponse()
    reply = response.read(LARGEST_ANSWER)[:KEPT_OF_ANSWER]
    return Answer(response.status, reply, _retry_after(response.headers.get("Retry-After", "")))


def _retry_after(text: str) -> timedelta | None:
    """Seconds to wait; the rarer form with a date is not read, our own backoff is then used."""
    return timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else None
