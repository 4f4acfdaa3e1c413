"""Pure. What the mail floor announces."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from feedback_engine.foundation.events import Event


class MailBounced(Event):
    """A mail about `ref_id` was refused for good by the recipient's side."""

    mail_id: UUID
    kind: str
    ref_id: UUID


class MailSettled(Event):
    """The fate of a mail to a partner is known, or known to be unknown; `ref_id` is the row it was about."""

    mail_id: UUID
    kind: str
    ref_id: UUID
    fate: Literal["sent", "cancelled", "unknown", "failed"]
