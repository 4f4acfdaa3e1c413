"""Reads forms of the directory's pages: fields, ids, and the choices that were really there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext


def given(form: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Those of the named fields that were sent."""
    return {name: form[name] for name in names if name in form}


def uuid_of(text: str | None) -> UUID | None:
    """The id in a form field or a filter; None when it is empty or no id."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def chosen(form: Mapping[str, str], name: str) -> UUID:
    """The id that a required choice holds. Raises Invalid at the field when nothing was chosen."""
    found = uuid_of(form.get(name))
    if found is None:
        words = gettext("Choose one.")
        raise Invalid(words, [Fault(f"/{name}", words)])
    return found
