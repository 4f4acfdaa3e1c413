"""Addresses of other programs that hear of cases: checked, given a secret, switched off."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from alerts import notification_store
from alerts.channels.signing import show_secret
from feedback_engine.foundation import http_client, ids
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
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
