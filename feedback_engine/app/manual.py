"""The pages `/docs`: the documents that come with the engine, to be read beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, render_template

from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.web.access import SIGNED_IN, allow

FOLDER = Path(__file__).resolve().parents[1] / "docs"
_FIRST = ("operating", "cases", "events", "alerts", "notices", "benchmarks", "changelog")
"""The order of the list; whatever else there is follows by name."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its address, its title, what it is about in one sentence, and its text without the title."""

    key: str
    title: str
    about: str
    text: str


def blueprint() -> Blueprint:
    """The list of documents and each of them, for anybody on staff."""
    pages = Blueprint("manual", __name__, template_folder="templates")

    @pages.get("/docs")
    @allow(SIGNED_IN)
    def documents() -> str:
        return render_template("app/documents.html", documents=list(read_all().values()))

    @pages.get("/docs/<key>")
    @allow(SIGNED_IN)
    def document(key: str) -> str:
        from feedback_engine.app.markdown import as_html  # here, because few open a document, and its reader is large

        found = read_all().get(key)
        if found is None:
            raise NotFound(gettext("There is no such document. Look for it in the list."))
        return render_template("app/document.html", document=found, body=as_html(found.text))

    return pages


@cache
def read_all() -> Mapping[str, Document]:
    """Every document that is shipped, by key, in the order of the list."""
    found = [_read(path) for path in FOLDER.glob("*.md")]
    return {each.key: each for each in sorted(found, key=_place)}


def _place(document: Document) -> tuple[int, str]:
    return (_FIRST.index(document.key) if document.key in _FIRST else len(_FIRST), document.key)


def _read(path: Path) -> Document:
    heading, _, text = path.read_text(encoding="utf-8").strip().partition("\n")
    about = " ".join(text.strip().split("\n\n")[0].replace("`", "").split())
    return Document(path.stem.lower(), heading.lstrip("# "), about, text)
