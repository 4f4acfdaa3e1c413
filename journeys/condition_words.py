"""Pure. The condition of a touchpoint in words, its variables named as people call them."""

from __future__ import annotations

from feedback_engine.foundation.expression_words import in_words
from feedback_engine.foundation.i18n import gettext, gettext_noop

_KNOWN = {
    "event.type": gettext_noop("the type of the event"),
    "event.at": gettext_noop("the time of the event"),
    "partner.key": gettext_noop("the partner’s key"),
    "partner.kind": gettext_noop("the partner’s kind"),
    "partner.tier": gettext_noop("the partner’s tier"),
    "partner.region": gettext_noop("the partner’s region"),
    "partner.country": gettext_noop("the partner’s country"),
    "contact.role": gettext_noop("the contact’s role"),
    "contact.language": gettext_noop("the contact’s language"),
}


def condition_words(source: str) -> str | None:
    """The condition as half a sentence in the reader's language; None for one that is more than comparisons."""
    return in_words(source, _name_of)


def attribute_words(name: str) -> str:
    """An attribute by its own name, as a label; that by which an event is looked up everywhere is translated."""
    words = name.replace("_", " ")
    return gettext("Reference") if name == "reference" else words[:1].upper() + words[1:]


def _name_of(variable: str) -> str:
    if variable in _KNOWN:
        return gettext(_KNOWN[variable])
    attribute = variable.rpartition(".")[2].replace("_", " ")
    if variable.startswith("partner."):
        return gettext("the partner’s “{attribute}”", attribute=attribute)
    return f"“{attribute}”"
