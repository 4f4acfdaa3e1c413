"""The links by which partners say whether a case is settled: a purpose of their own, so that no other opens it."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from feedback_engine.foundation.keys import Keys

PURPOSE = "settlement"


def path_of(keys: Keys, settlement_id: UUID, **query: str) -> str:
    """The path of the page, below the site's root: `/c/<token>?a=yes`, where `a` is only preselected."""
    return f"/c/{keys.token(PURPOSE, settlement_id)}" + (f"?{urlencode(query)}" if query else "")


def open_link(keys: Keys, token: str) -> UUID | None:
    """The settlement that a token was made for; None when it was not made by us for this purpose."""
    found = keys.open_token(PURPOSE, token)
    return None if found is None or found[1] != 0 else found[0]
