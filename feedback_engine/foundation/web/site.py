"""Owns the Flask application's own ways, less what this site does not use and every start or request would pay for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]
_compiling = Lock()


class Sessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie; a request without one begins empty, and no signer is made to find that out."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if app.config["SESSION_COOKIE_NAME"] not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class Route(Rule):
    """A rule of the URL map that is ready to be matched at once, and compiles how addresses are built when one is.

    The library compiles two functions for each of some 200 rules, which is half the time that an application takes to
    be made; most rules are never built from.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        compile_now = super()._compile_builder
        compiled: list[Builder] = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not compiled:
                # Python 3.11 loses count when two threads compile syntax trees at once.
                with _compiling:
                    compiled.append(compile_now(append_unknown))
            return compiled[0](rule, **values)

        return build


class Site(Flask):
    """A Flask application whose views and hooks are all plain functions."""

    session_interface = Sessions()
    url_rule_class = Route

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """`func` itself: nothing here is a coroutine, so nobody looks for one eight times a request."""
        return func
