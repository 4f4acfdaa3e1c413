"""Owns what the browser and the sender may do: headers, the session cookie, size limits, CSRF, rate limits."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect, generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import RequestEntityTooLarge

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE
DEFAULT_BODY_LIMIT = 1 * MEGABYTE

# First path segments of pages that need no sign-in: their link is the permission, so there is no session to abuse.
TOKEN_SEGMENTS = frozenset(("s", "u", "r", "c", "k"))
_WITHOUT_CSRF = TOKEN_SEGMENTS | {"api", "hooks"}

_YEAR = 365 * 24 * 3600

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
        view.__rate_limit__ = limit  # type: ignore[attr-defined]
        return view

    return mark


# ---- installation


def install(app: Flask, base_url: str, session_key: bytes) -> None:
    """Set cookies, limits, CSRF and headers. Access rules must be installed before, so that they speak first."""
    _configure(app, base_url, session_key)
    csrf = CSRFProtect(app)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", default_limits=[], headers_enabled=True)
    app.extensions["rate_limits"] = limiter

    def protect() -> None:
        leads_nowhere = request.endpoint is None  # 404 and 405 say more than a missing token
        if app.config["WTF_CSRF_ENABLED"] and not leads_nowhere and first_segment(request.path) not in _WITHOUT_CSRF:
            csrf.protect()

    app.before_request(_limit_body)
    app.before_request(protect)
    app.after_request(_add_headers)
    app.jinja_env.globals.update(csrf_field=csrf_field, inline_style=inline_style)


def apply_rate_limits(app: Flask) -> None:
    """Wrap the views that asked for a limit; called once all blueprints are there."""
    limiter: Limiter = app.extensions["rate_limits"]
    for endpoint, view in tuple(app.view_functions.items()):
        limit = getattr(view, "__rate_limit__", None)
        if limit is not None:
            limited: Any = limiter.limit(limit, methods=["POST"])(view)
            app.view_functions[endpoint] = limited


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


def _limit_body() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    limit = getattr(view, "__body_limit__", DEFAULT_BODY_LIMIT)
    request.max_content_length = limit
    # Refused by its declared length, before a byte of it is read.
    if (request.content_length or 0) > limit:
        raise RequestEntityTooLarge


def csrf_field() -> Markup:
    """The hidden field that every form on a staff page carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def inline_style(css: str) -> Markup:
    """A style element in the page, allowed by its hash in the page's content policy."""
    digest = b64encode(sha256(css.encode()).digest()).decode()
    g.style_hashes = (*g.get("style_hashes", ()), f"'sha256-{digest}'")
    return Markup("<style>{}</style>").format(Markup(css))


def content_policy(style_hashes: tuple[str, ...] = ()) -> str:
    """The content policy of a page: own files only, no inline script, no inline style but those hashed."""
    styles = " ".join(style_hashes) or "'self'"
    return (
        f"default-src 'none'; style-src {styles}; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_policy(g.get("style_hashes", ())))
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint is None or not request.endpoint.endswith("static"):
        headers.setdefault("Cache-Control", "no-store")
    if current_app.config["HSTS"]:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
    return response
