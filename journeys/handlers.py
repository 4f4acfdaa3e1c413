"""Reacts to what the directory announces: what is personal in events goes when the contact is erased."""

from __future__ import annotations

from feedback_engine.directory.events import ContactErased
from feedback_engine.foundation.outbox import Batch
from journeys import store


def forget(batch: Batch[ContactErased]) -> None:
    """Delete the personal attributes of these contacts' events; the ledger itself names nobody."""
    with batch.commit() as uow:
        for erased in batch.events:
            store.delete_personal(uow, erased.partner_id, erased.contact_id)
