"""Owns `Idempotency-Key`: a request of a program that is sent again has one effect, and gets the same answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask, Response, current_app, g, request

from feedback_engine.foundation import request_keys
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.request_keys import LONGEST_KEY, Known
from feedback_engine.foundation.unit_of_work import Work
from feedback_engine.foundation.web.access import ApiPrincipal, actor, current_principal

HEADER = "Idempotency-Key"
_REPLAYED = "Idempotency-Replayed"
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")
_STILL_WORKING = timedelta(minutes=1)

View = TypeVar("View", bound=Callable[..., Any])


def once_per_key(view: View) -> View:
    """Declare that a view honours `Idempotency-Key`. Stands directly above the function, with its access rule.

    Only for views whose answers hold no secret and no words of a partner: they are kept for a day.
    """
    view.__once_per_key__ = True  # type: ignore[attr-defined]
    return view


def install(app: Flask, work: Work) -> None:
    """Let views so declared honour the header. Comes after access, so that who may not ask leaves no trace."""
    app.before_request(lambda: _recall(work))
    app.after_request(lambda response: _keep(work, response))


def _recall(work: Work) -> Response | None:
    """The kept answer; None when the request is the first of its key, or has none."""
    view = current_app.view_functions.get(request.endpoint or "")
    principal = current_principal() if getattr(view, "__once_per_key__", False) else None
    key = request.headers.get(HEADER)
    if key is None or not isinstance(principal, ApiPrincipal):
        return None
    if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid(gettext("Give an Idempotency-Key of 1 to {n} printable characters.", n=LONGEST_KEY))
    wanted = _hash()
    with work.begin(actor=actor()) as uow:
        found, now = request_keys.claim(uow, principal.id, key, wanted), uow.now
    if isinstance(found, UUID):
        g.request_claim = found
        return None
    if found.request_hash != wanted:
        raise Invalid(gettext("This Idempotency-Key came with another request before; use a new key."))
    if found.status is None:
        broken_off = now - found.claimed_at > _STILL_WORKING
        raise _unanswered(broken_off=broken_off)
    return _answer_of(found, found.status)


def _hash() -> bytes:
    asked = f"{request.method} {request.full_path}\n{request.headers.get('If-Match', '')}\n"
    return sha256(asked.encode() + request.get_data()).digest()


def _unanswered(*, broken_off: bool) -> Conflict:
    if broken_off:
        return Conflict(
            gettext("The request with this key was broken off. Look whether it took effect, then use a new key.")
        )
    return Conflict(gettext("The request with this key is being carried out; ask again in a moment."))


def _answer_of(known: Known, status: int) -> Response:
    return Response(known.body, status, {**known.headers, _REPLAYED: "true"})


def _keep(work: Work, response: Response) -> Response:
    """Keep an answer of success; what was refused had no effect, and may be put right under the same key."""
    claim_id: UUID | None = g.pop("request_claim", None)
    if claim_id is None:
        return response
    with work.begin(actor=actor()) as uow:
        if response.status_code < 300:
            headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
            request_keys.answer(uow, claim_id, response.status_code, headers, response.get_data())
        elif response.status_code < 500:
            request_keys.release(uow, claim_id)
        # What broke in the middle stays unanswered: whether it took effect, nobody knows.
    return response
