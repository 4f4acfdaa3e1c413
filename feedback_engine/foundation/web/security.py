"""Owns what the browser and the sender may do: headers, the session cookie, size limits, CSRF, rate limits."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFProtect, generate_csrf
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from markupsafe import Markup
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE
DEFAULT_BODY_LIMIT = 1 * MEGABYTE

# First path segments of pages that need no sign-in: their link is the permission, so there is no session to abuse.
TOKEN_SEGMENTS = frozenset(("s", "u", "r", "c", "k"))
_WITHOUT_CSRF = TOKEN_SEGMENTS | {"api", "hooks"}

_HARMLESS = frozenset(("GET", "HEAD", "OPTIONS"))
_YEAR = 365 * 24 * 3600
_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)

View = TypeVar("View", bound=Callable[..., Any])


# ---- marks on views


def body_limit(size: int) -> Callable[[View], View]:
    """Let a view take bodies up to `size` bytes instead of DEFAULT_BODY_LIMIT."""

    def mark(view: View) -> View:
        view.__body_limit__ = size  # type: ignore[attr-defined]
        return view

    return mark


def rate_limit(limit: str) -> Callable[[View], View]:
    """Limit what one client may POST to a view, as "10 per minute"; counted in each process."""

    def mark(view: View) -> View:
        view.__rate_limit__ = parse(limit)  # type: ignore[attr-defined]
        return view

    return mark


class RateLimits:
    """Counts what one client does, in this process."""

    def __init__(self) -> None:
        self._windows = FixedWindowRateLimiter(MemoryStorage())

    def count(self, limit: RateLimitItem, deed: str) -> None:
        """Count one deed of this request's client. Raises TooManyRequests, with its end, when it was one too many."""
        client = request.remote_addr or "unknown"
        if not self._windows.hit(limit, deed, client):
            end = self._windows.get_window_stats(limit, deed, client).reset_time
            raise TooManyRequests(retry_after=datetime.fromtimestamp(end, UTC))


def rate_limits() -> RateLimits:
    """The counts of this application."""
    counts: RateLimits = current_app.extensions["rate_limits"]
    return counts


# ---- installation


def install(app: Flask, base_url: str, session_key: bytes) -> None:
    """Set cookies, limits, CSRF and headers. Access rules must be installed before, so that they speak first."""
    _configure(app, base_url, session_key)
    csrf = CSRFProtect(app)
    app.extensions["rate_limits"] = RateLimits()

    def protect() -> None:
        if request.endpoint is None:
            return  # 404 and 405 say more than a missing token
        view = app.view_functions[request.endpoint]
        _limit_body(view)
        if request.method in _HARMLESS:
            return
        _limit_rate(view, request.endpoint)
        if app.config["WTF_CSRF_ENABLED"] and first_segment(request.path) not in _WITHOUT_CSRF:
            csrf.protect()

    app.before_request(protect)
    app.after_request(_add_headers)
    app.jinja_env.globals.update(csrf_field=csrf_field, inline_style=inline_style)


def first_segment(path: str) -> str:
    """`s` of `/s/abc`."""
    return path.lstrip("/").partition("/")[0]


def _configure(app: Flask, base_url: str, session_key: bytes) -> None:
    secure = base_url.startswith("https://")
    app.secret_key = session_key
    app.config.update(
        MAX_CONTENT_LENGTH=DEFAULT_BODY_LIMIT,
        SEND_FILE_MAX_AGE_DEFAULT=_YEAR,
        SESSION_COOKIE_NAME="feedback_engine",
        SESSION_COOKIE_PATH=_path_of(base_url),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        # The token lives as long as the session: a form left open over lunch must still be accepted.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        HSTS=secure,
    )


def _path_of(base_url: str) -> str:
    return "/" + base_url.partition("://")[2].partition("/")[2].strip("/")


# ---- each request


def _limit_body(view: Callable[..., Any]) -> None:
    limit = getattr(view, "__body_limit__", DEFAULT_BODY_LIMIT)
    request.max_content_length = limit
    # Refused by its declared length, before a byte of it is read.
    if (request.content_length or 0) > limit:
        raise RequestEntityTooLarge


def _limit_rate(view: Callable[..., Any], endpoint: str) -> None:
    limit = getattr(view, "__rate_limit__", None)
    if limit is not None and request.method == "POST":
        rate_limits().count(limit, endpoint)


def csrf_field() -> Markup:
    """The hidden field that every form on a staff page carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def inline_style(css: str) -> Markup:
    """A style element in the page, allowed by its hash in the page's content policy."""
    g.style_hashes = (*g.get("style_hashes", ()), style_hash(css))
    return Markup("<style>{}</style>").format(Markup(css))


def allow_scripts() -> None:
    """Let this one answer run files of ours; all others run no script at all."""
    g.own_scripts = True


def allow_frames() -> None:
    """Let this one answer show pages of ours in frames; they have to let themselves be framed."""
    g.own_frames = True


@lru_cache(maxsize=64)
def style_hash(css: str) -> str:
    """How the content policy names a style element with this text."""
    return f"'sha256-{b64encode(sha256(css.encode()).digest()).decode()}'"


@lru_cache(maxsize=64)
def content_policy(style_hashes: tuple[str, ...] = (), own_scripts: bool = False, own_frames: bool = False) -> str:
    """The content policy of a page: own files only, no inline script, no inline style but those hashed."""
    styles = " ".join(style_hashes) or "'self'"
    scripts = "script-src 'self'; " if own_scripts else ""
    frames = "frame-src 'self'; " if own_frames else ""
    return (
        f"default-src 'none'; {scripts}{frames}style-src {styles}; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _add_headers(response: Response) -> Response:
    headers = response.headers
    if "Content-Security-Policy" not in headers:
        allowed = g.get("style_hashes", ()), g.get("own_scripts", False), g.get("own_frames", False)
        headers["Content-Security-Policy"] = content_policy(*allowed)
    for name, value in _HEADERS:
        headers.add(name, value)
    if "Cache-Control" not in headers:
        headers.add("Cache-Control", "no-store")
    if current_app.config["HSTS"]:
        headers.add("Strict-Transport-Security", f"max-age={_YEAR}; includeSubDomains")
    return response
