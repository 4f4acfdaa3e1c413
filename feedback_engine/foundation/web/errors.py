"""Owns the way from an error to an answer: a friendly page for people, problem details for programs, no traces."""

from __future__ import annotations

import json
from datetime import timedelta

from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from feedback_engine.foundation.errors import FeedbackError, TransientError, Unavailable
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web import reader
from feedback_engine.foundation.web.access import is_api
from feedback_engine.foundation.web.problems import PROBLEM_JSON, Problem, problem_of, problem_of_status
from feedback_engine.foundation.web.security import TOKEN_SEGMENTS, first_segment

_RETRY_AFTER = timedelta(minutes=1)


def install(app: Flask) -> None:
    """Answer every error in the form its reader understands."""
    app.register_error_handler(FeedbackError, _of_ours)
    app.register_error_handler(CSRFError, _of_form)
    app.register_error_handler(HTTPException, _of_http)


def answer(problem: Problem) -> Response:
    """The problem as problem details under /api/ and /hooks/, as a page elsewhere."""
    if is_api(request.path):
        return Response(json.dumps(problem.document()), problem.status, mimetype=PROBLEM_JSON)
    return Response(_page(problem), problem.status, mimetype="text/html")


def _page(problem: Problem) -> str:
    if _is_partner_page():
        return render_template("partner_error.html", problem=problem)
    try:
        # Navigation asks the database; when that is down, or broke, the page must do without.
        return render_template("error.html", problem=problem, bare=problem.status >= 500)
    except Unavailable:
        return render_template("error.html", problem=problem, bare=True)


def _of_ours(error: FeedbackError) -> Response:
    reader.begin()  # The error may have come before the reader's language was settled.
    problem = problem_of(error)
    response = answer(problem)
    if problem.status == 503:
        wait = (error.retry_after if isinstance(error, TransientError) else None) or _RETRY_AFTER
        response.headers["Retry-After"] = str(int(wait.total_seconds()))
    return response


def _of_form(error: CSRFError) -> Response:
    words = gettext("The form was open for too long, or your browser sends no cookies. Load the page anew, then send.")
    return answer(problem_of_status(400, words))


def _of_http(error: HTTPException) -> Response | HTTPException:
    if error.response is not None or (error.code or 500) < 400:
        return error  # A redirect, such as the one that adds a missing slash, is an answer already.
    reader.begin()
    status = error.code or 500
    response = answer(problem_of_status(status, _own_words(error)))
    for name, value in error.get_headers(request.environ):
        if name not in ("Content-Type", "Content-Length"):
            response.headers.add(name, value)
    return response


def _own_words(error: HTTPException) -> str:
    """The words a view gave to `abort`; werkzeug's standing sentences address developers, in English only."""
    given = error.__dict__.get("description")
    if given and error.code != 429:
        return str(given)
    if isinstance(error, MethodNotAllowed) and is_api(request.path):
        return gettext("This address takes {methods}.", methods=", ".join(sorted(error.valid_methods or ())))
    if error.code == 404 and _is_partner_page():
        return gettext("The link may be incomplete. Open it once more from the mail, or simply reply to that mail.")
    return ""


def _is_partner_page() -> bool:
    return first_segment(request.path) in TOKEN_SEGMENTS
