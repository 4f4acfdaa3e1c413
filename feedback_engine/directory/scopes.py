"""Pure. What an API key may open: the scopes that some endpoint asks for, each with what it lets a program do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext, gettext_noop

_WORDS = {
    "events:write": gettext_noop("Sends events, which is how partners come to be asked."),
    "alerts:read": gettext_noop("Reads alerts."),
    "cases:read": gettext_noop("Reads cases."),
    "cases:write": gettext_noop("Works on cases: notes, steps, closing."),
    "contacts:read": gettext_noop("Reads contacts with their addresses."),
    "contacts:write": gettext_noop("Adds and changes contacts."),
    "decisions:read": gettext_noop("Reads who was asked and who was not, rule by rule."),
    "invitations:read": gettext_noop("Reads invitations and what became of them."),
    "partners:read": gettext_noop("Reads partners."),
    "partners:write": gettext_noop("Adds and changes partners."),
    "responses:read": gettext_noop("Reads answers with their comments."),
    "touchpoints:read": gettext_noop("Reads the journey map."),
    "webhooks:read": gettext_noop("Reads where webhooks go."),
    "webhooks:write": gettext_noop("Adds and removes webhooks."),
}
SCOPES = tuple(_WORDS)


def scope_words() -> Mapping[str, str]:
    """What each scope lets a program do, in the reader's language."""
    return {scope: gettext(words) for scope, words in _WORDS.items()}


def read_scopes(texts: Iterable[str]) -> tuple[str, ...]:
    """The scopes named, each once, in a lasting order. Raises Invalid when one is unknown or none is left."""
    wanted = {text.strip() for text in texts} - {""}
    if not wanted:
        words = gettext("Name at least one scope, such as events:write.")
        raise Invalid(words, [Fault("/scopes", words)])
    unknown = sorted(wanted - set(SCOPES))
    if unknown:
        words = gettext("There is no scope {scope}; there are {scopes}.", scope=unknown[0], scopes=", ".join(SCOPES))
        raise Invalid(words, [Fault("/scopes", words)])
    return tuple(scope for scope in SCOPES if scope in wanted)
