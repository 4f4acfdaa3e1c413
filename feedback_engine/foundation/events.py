"""Pure. What slices announce to each other: thin events of ids, keys and numbers, about one partner each."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """Something that happened to a partner. It holds no text and no address: who needs those asks the slice."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    partner_id: UUID
