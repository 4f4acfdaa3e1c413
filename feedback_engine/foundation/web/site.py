"""Owns the Flask application's own ways, less what this site does not use and every request would pay for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class Sessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie; a request without one begins empty, and no signer is made to find that out."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if app.config["SESSION_COOKIE_NAME"] not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class Site(Flask):
    """A Flask application whose views and hooks are all plain functions."""

    session_interface = Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """`func` itself: nothing here is a coroutine, so nobody looks for one eight times a request."""
        return func
