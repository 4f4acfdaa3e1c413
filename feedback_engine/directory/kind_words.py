"""Pure. The words for the kinds of partners."""

from __future__ import annotations

from feedback_engine.foundation.i18n import gettext, gettext_noop

_KINDS = {
    "channel": gettext_noop("Channel"),
    "technology": gettext_noop("Technology"),
    "servicing": gettext_noop("Servicing"),
    "unknown": gettext_noop("Kind not known"),
}


def kind_words() -> dict[str, str]:
    """Each kind of partner and its words, in the reader's language."""
    return {kind: gettext(words) for kind, words in _KINDS.items()}
