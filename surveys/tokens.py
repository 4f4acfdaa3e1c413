"""The links of an invitation: one token for each purpose, so that none opens what another is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from feedback_engine.foundation.keys import Keys

Purpose = Literal["survey", "unsubscribe", "receipt"]
PURPOSES: tuple[Purpose, ...] = ("survey", "unsubscribe", "receipt")

_SEGMENT = {"survey": "s", "unsubscribe": "u", "receipt": "r"}


@dataclass(frozen=True, slots=True)
class Opened:
    """What a genuine link says. Whether it still counts shows the row: its generation must be the same."""

    invitation_id: UUID
    generation: int


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and opens the links of invitations; `base_url` is where the site is reached from outside."""

    keys: Keys
    base_url: str = ""

    def path(self, purpose: Purpose, invitation_id: UUID, generation: int, **query: str) -> str:
        """The path of a page, below the site's root: `/s/<token>?a=7`."""
        token = self.keys.token(purpose, invitation_id, generation)
        return f"/{_SEGMENT[purpose]}/{token}" + (f"?{urlencode(query)}" if query else "")

    def address(self, purpose: Purpose, invitation_id: UUID, generation: int, **query: str) -> str:
        """The whole address, as it goes into mail."""
        return self.base_url + self.path(purpose, invitation_id, generation, **query)

    def open(self, purpose: Purpose, token: str) -> Opened | None:
        """The invitation a token was made for; None when it was not made by us for this purpose."""
        found = self.keys.open_token(purpose, token)
        return None if found is None else Opened(*found)


@dataclass(frozen=True, slots=True)
class InvitationLinks:
    """The links of one invitation, as its mail shows them."""

    links: Links
    invitation_id: UUID
    generation: int

    def survey(self, answer: str | None = None) -> str:
        """The survey page; `answer` is preselected there and counts only when it is sent."""
        query = {} if answer is None else {"a": answer}
        return self.links.address("survey", self.invitation_id, self.generation, **query)

    def decline(self) -> str:
        """The page that says "not now"."""
        path = self.links.address("survey", self.invitation_id, self.generation)
        return f"{path}/not-now"

    def stop(self) -> str:
        """The page, and the one-click address, that ends these mails."""
        return self.links.address("unsubscribe", self.invitation_id, self.generation)
