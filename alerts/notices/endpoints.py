"""Addresses of other programs that hear of cases: checked, given a secret, switched off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts.channels.signing import show_secret
from alerts.channels.webhook import TOPIC
from alerts.notices import notification_store
from feedback_engine.foundation import http_client, ids
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.plain_text import find_refused
from feedback_engine.foundation.unit_of_work import UnitOfWork

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """A new endpoint and its secret, which is shown this once."""

    id: UUID
    name: str
    url: str
    secret: str


def add_endpoint(uow: UnitOfWork, name: str, url: str, *, allow_private: bool = False) -> NewEndpoint:
    """Tell `url` of every case from now on. Raises Invalid for a wrong name or address, Conflict for a name in use."""
    name = " ".join(name.split())
    faults = _name_faults(name)
    try:
        http_client.check_url(url, allow_private=allow_private)
    except Invalid as error:
        faults.append(Fault("/url", error.message))
    if faults:
        raise Invalid(gettext("This webhook cannot be stored as it is."), faults)
    endpoint_id, secret = ids.new_reference_id(), ids.new_secret()
    row = {"id": endpoint_id, "name": name, "url": url, "secret": secret}
    if not notification_store.insert_endpoint(uow, {**row, "created_at": uow.now, "created_by": uow.actor.name}):
        raise Conflict(gettext("There is a webhook of this name already; choose another name."))
    uow.audit("webhook.added", "webhook", name)
    return NewEndpoint(endpoint_id, name, url, show_secret(secret))


def rotate_secret(uow: UnitOfWork, endpoint_id: UUID, keep: timedelta) -> str:
    """A new secret, shown this once; the one before signs beside it for `keep`. Raises Conflict when it is off."""
    row, secret = _get(uow, endpoint_id), ids.new_secret()
    values = {"secret": secret, "old_secret": bytes(row.secret), "old_secret_until": uow.now + keep}
    if not notification_store.change_endpoint(uow, endpoint_id, values):
        raise Conflict(gettext("This webhook is switched off; switch it on first."))
    uow.audit("webhook.rotated", "webhook", str(endpoint_id), {"hours": round(keep / timedelta(hours=1))})
    return show_secret(secret)


def enable_endpoint(uow: UnitOfWork, endpoint_id: UUID) -> None:
    """Tell it of what happens from now on. Raises Conflict when it is on already."""
    on = {"disabled_at": None, "disabled_reason": None, "failing_since": None}
    if not notification_store.change_endpoint(uow, endpoint_id, on, disabled=True):
        raise Conflict(gettext("This webhook is switched on already."))
    uow.audit("webhook.enabled", "webhook", str(endpoint_id))


def send_again(
    uow: UnitOfWork,
    endpoint_id: UUID,
    *,
    notification_id: UUID | None = None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> int:
    """Send one message once more under its own id, or all that were made in [from_at, until_at); returns how many.

    Raises Conflict while the webhook is switched off.
    """
    if _get(uow, endpoint_id).disabled_at is not None:
        raise Conflict(gettext("This webhook is switched off; switch it on first."))
    count = notification_store.send_again(
        uow, notification_id=notification_id, recipient_id=endpoint_id, from_at=from_at, until_at=until_at
    )
    uow.audit("webhook.redelivered", "webhook", str(endpoint_id), {"count": count})
    uow.wake(TOPIC)
    return count


def set_own_endpoint(uow: UnitOfWork, staff_id: UUID, url: str, *, allow_private: bool = False) -> str:
    """Let a program of one's own hear of what one is told; returns its secret, shown this once. Raises Invalid."""
    http_client.check_url(url, allow_private=allow_private)
    secret = ids.new_secret()
    fresh = {"disabled_at": None, "disabled_reason": None, "failing_since": None}
    values = {"url": url, "secret": secret, "old_secret": None, "old_secret_until": None, **fresh}
    standing = notification_store.endpoints_of_staff(uow, [staff_id])
    if standing:
        notification_store.change_endpoint(uow, standing[0].id, values, disabled=None)
    else:
        row = {"id": ids.new_reference_id(), "staff_id": staff_id, "name": f"staff:{staff_id}", **values}
        notification_store.insert_endpoint(uow, {**row, "created_at": uow.now, "created_by": uow.actor.name})
    uow.audit("webhook.own_set", "staff", str(staff_id))
    return show_secret(secret)


def _get(uow: UnitOfWork, endpoint_id: UUID) -> Any:
    row = notification_store.endpoint_by_id(uow, endpoint_id)
    if row is None:
        raise NotFound(gettext("There is no such webhook."))
    return row


def disable_endpoint(uow: UnitOfWork, endpoint_id: UUID) -> None:
    """Tell it nothing more, not even what is waiting. Raises Conflict when it was off already."""
    if not notification_store.disable_endpoint(uow, endpoint_id):
        raise Conflict(gettext("This webhook is switched off already."))
    uow.audit("webhook.disabled", "webhook", str(endpoint_id))


def _name_faults(name: str) -> list[Fault]:
    if not name:
        return [Fault("/name", gettext("Give it a name, such as the program that listens."))]
    if len(name) > LONGEST_NAME or find_refused(name) is not None:
        return [Fault("/name", gettext("Shorten the name to {n} characters.", n=LONGEST_NAME))]
    return []
