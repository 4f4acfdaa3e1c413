"""The templates of the mails to staff: the same words as plain text and as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def write(name: str, shown: Mapping[str, Any]) -> tuple[str, str]:
    """The plain text and the HTML of the mail `name`; only the HTML escapes what is shown."""
    text = _environment(autoescape=False).get_template(f"{name}.txt").render(shown)
    return text, _environment(autoescape=True).get_template(f"{name}.html").render(shown)


@cache
def _environment(*, autoescape: bool) -> Environment:
    return Environment(
        loader=PackageLoader("alerts", "templates/alerts/mail"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
