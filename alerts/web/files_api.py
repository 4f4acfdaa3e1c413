"""The API of files on cases: `GET /files`, `GET /files/{id}` with the content, `POST /cases/{id or ref}/files`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request, url_for

from alerts import reading as cases
from alerts.threads.file_names import Upload
from alerts.threads.files import attach
from alerts.threads.reading import get_file, list_files
from alerts.threads.views import FileView
from alerts.web.uploads import as_download, file_document, limit_of_form
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.instants import parse_instant
from feedback_engine.foundation.web.access import actor, allow, scope
from feedback_engine.foundation.web.idempotency import once_per_key
from feedback_engine.foundation.web.paging import PAGING, cursor_of, limit_of, unknown_cursor
from feedback_engine.foundation.web.security import body_limit


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoints to the blueprint."""

    @endpoints.get("/files")
    @allow(scope("cases:read"), reads=(*PAGING, "case"))
    def list_case_files() -> dict[str, Any]:
        before, limit = position_of(cursor_of(request.args, 2)), limit_of(request.args)
        with engine.work.read() as reading:
            ref = request.args.get("case", "")
            case = cases.get_visible_case(reading, cases.EVERYTHING, ref) if ref else None
            page = list_files(reading, case.id if case else None, before, limit)
        return page.document(_document)

    @endpoints.get("/files/<uuid:file_id>")
    @allow(scope("cases:read"))
    def get_case_file(file_id: UUID) -> Response:
        with engine.work.read() as reading:
            file = get_file(reading, file_id)
        return as_download(file.name, file.media_type, bytes(file.content))

    @endpoints.post("/cases/<ref>/files")
    @allow(scope("cases:write"), reads=("name",))
    @body_limit(limit_of_form(engine.settings))
    @once_per_key
    def add_case_file(ref: str) -> Response:
        """The body is the file as it is; `?name=` is its name, `Content-Type` its type."""
        with engine.work.read() as reading:
            case = cases.get_visible_case(reading, cases.EVERYTHING, ref)
        upload = Upload(request.args.get("name", ""), request.mimetype, request.get_data())
        attach(engine, actor(), case.id, [upload])
        with engine.work.read() as reading:
            newest = list_files(reading, case.id, None, 1).rows[0]
        response = jsonify(_document(newest))
        response.status_code = 201
        return response


def _document(file: FileView) -> dict[str, Any]:
    path = url_for("alerts_api.get_case_file", file_id=file.id)
    return {"case_id": str(file.case_id), **file_document(file, path)}


def position_of(cursor: Sequence[Any] | None) -> tuple[datetime, UUID] | None:
    """The instant and the id in a cursor. Raises Invalid when it was not made here."""
    if cursor is None:
        return None
    try:
        return parse_instant(str(cursor[0])), UUID(str(cursor[1]))
    except (ValueError, Invalid):
        raise unknown_cursor() from None
