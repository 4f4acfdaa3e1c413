"""Owns where the site lives: links and redirects follow BASE_URL, never the Host header of a request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def absolute_url(base_url: str, path: str) -> str:
    """The public address of a path of ours ("/s/abc"), as it goes into mail and webhooks."""
    if not path.startswith("/"):
        raise ValueError(f"Give a path that starts with a slash, not {path!r}.")
    return base_url.rstrip("/") + path


class BaseUrl:
    """Tells the application that it lives at `base_url`, whatever host, scheme or path the request came in by.

    Works both behind a proxy that strips the path of BASE_URL and behind one that passes it on.
    """

    def __init__(self, application: WSGIApplication, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._application = application
        self._scheme, self._host, self._prefix = parts.scheme, parts.netloc, parts.path.rstrip("/")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if self._prefix and (path == self._prefix or path.startswith(self._prefix + "/")):
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
        environ["SCRIPT_NAME"] = self._prefix
        environ["HTTP_HOST"] = self._host
        environ["wsgi.url_scheme"] = self._scheme
        return self._application(environ, start_response)


def install(app: Flask, base_url: str, trusted_proxies: int) -> None:
    """Wrap the application; `trusted_proxies` is how many proxies' word on the client's address counts."""
    # mypy: a method is replaced on purpose, this is how Flask documents middleware.
    wrapped: Any = BaseUrl(app.wsgi_app, base_url)
    if trusted_proxies:
        wrapped = ProxyFix(wrapped, x_for=trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0)
    app.wsgi_app = wrapped  # type: ignore[method-assign]
