"""Files of forms on their way in, and files of cases on their way out: always to be saved, never to be shown."""

from __future__ import annotations

from email.utils import quote
from typing import Any
from urllib.parse import quote as url_quote

from flask import Response, request

from alerts.threads.file_names import Upload, safe_type
from feedback_engine.foundation.settings import Settings

SANDBOX = "default-src 'none'; sandbox"
"""Should a browser show a file after all, nothing in it runs, is fetched, or belongs to our pages."""

_FORM_ROOM = 200_000


def uploads_of(field: str) -> tuple[Upload, ...]:
    """The files that were chosen in a field of the form; an empty field is none."""
    chosen = [file for file in request.files.getlist(field) if file.filename]
    return tuple(Upload(file.filename or "", file.mimetype, file.read()) for file in chosen)


def limit_of_form(settings: Settings) -> int:
    """How large a form with files may be; what is larger is refused before it is read."""
    return settings.files_at_once * settings.file_bytes + _FORM_ROOM


def as_download(name: str, media_type: str, content: bytes) -> Response:
    """A file to be saved under its name."""
    response = Response(content, mimetype=safe_type(media_type))
    plain = quote(name.encode("ascii", "replace").decode().replace("?", "_"))
    disposition = f"attachment; filename=\"{plain}\"; filename*=utf-8''{url_quote(name, safe='')}"
    response.headers["Content-Disposition"] = disposition
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def file_document(file: Any, path: str) -> dict[str, Any]:
    """A file as programs read it, without its content."""
    return {
        "id": str(file.id),
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "from_partner": file.from_partner,
        "by": file.by,
        "at": file.at.isoformat(),
        "path": path,
    }
