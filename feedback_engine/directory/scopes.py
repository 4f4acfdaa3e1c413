"""Pure. What an API key may open: `<resource>:read` and `<resource>:write`."""

from __future__ import annotations

from collections.abc import Iterable

from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext

RESOURCES = (
    "alerts",
    "cases",
    "contacts",
    "decisions",
    "events",
    "ideas",
    "initiatives",
    "invitations",
    "kpis",
    "metrics",
    "partners",
    "responses",
    "touchpoints",
    "webhooks",
)
VERBS = ("read", "write")
SCOPES = tuple(f"{resource}:{verb}" for resource in RESOURCES for verb in VERBS)


def read_scopes(texts: Iterable[str]) -> tuple[str, ...]:
    """The scopes named, each once, in a lasting order. Raises Invalid when one is unknown or none is left."""
    wanted = {text.strip() for text in texts} - {""}
    if not wanted:
        words = gettext("Name at least one scope, such as events:write.")
        raise Invalid(words, [Fault("/scopes", words)])
    unknown = sorted(wanted - set(SCOPES))
    if unknown:
        words = gettext(
            "There is no scope {scope}; write resource:read or resource:write, with one of {resources}.",
            scope=unknown[0],
            resources=", ".join(RESOURCES),
        )
        raise Invalid(words, [Fault("/scopes", words)])
    return tuple(scope for scope in SCOPES if scope in wanted)
