"""Signs staff in: by password, by a link that works once, and by the session these leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from feedback_engine.directory import store_staff
from feedback_engine.directory.addresses import normalise_address
from feedback_engine.directory.passwords import is_password
from feedback_engine.directory.staffing import LINK_PURPOSE
from feedback_engine.directory.store_staff import Credentials
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.unit_of_work import Actor, Reading, Work


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whom a session is for, and which of their credentials it stands on."""

    staff: StaffView
    credential_version: int


def sign_in(work: Work, email: str, password: str) -> SignedIn | None:
    """Whom an address and a password belong to; None when they do not, without saying which of both was wrong."""
    credentials = _find_credentials(work, email)
    # Compared outside any transaction, and also when nobody has this address: both must take as long.
    if not is_password(password, credentials.password_hash if credentials else None) or credentials is None:
        return None
    if not credentials.staff.active:
        return None
    with work.begin(actor=actor_of(credentials.staff)) as uow:
        uow.audit("staff.signed_in", "staff", str(credentials.staff.id), {"by": "password"})
    return SignedIn(credentials.staff, credentials.credential_version)


def is_password_of(work: Work, staff_id: UUID, password: str) -> bool:
    """Whether this is the present password of somebody who is signed in and wants to change it."""
    with work.read() as reading:
        credentials = store_staff.credentials_by_id(reading.connection, staff_id)
    return is_password(password, credentials.password_hash if credentials else None)


def find_link_staff(reading: Reading, keys: Keys, token: str) -> StaffView | None:
    """Whom a sign-in link would sign in now; None when it was used, is too old, or was never ours."""
    found = _open_link(reading, keys, token)
    return found.staff if found is not None else None


def use_link(work: Work, keys: Keys, token: str) -> SignedIn | None:
    """Sign in by a link, once; None when it was used, is too old, or was never ours."""
    with work.read() as reading:
        found = _open_link(reading, keys, token)
    if found is None:
        return None
    with work.begin(actor=actor_of(found.staff)) as uow:
        if not store_staff.spend_link(uow.connection, found.staff.id, found.link_generation, uow.now):
            return None
        uow.audit("staff.signed_in", "staff", str(found.staff.id), {"by": "link"})
    return SignedIn(found.staff, found.credential_version)


def find_session_staff(reading: Reading, staff_id: UUID, credential_version: int) -> StaffView | None:
    """Whom a session is for; None when the account was closed or the password changed since it began."""
    found = store_staff.credentials_by_id(reading.connection, staff_id)
    if found is None or not found.staff.active or found.credential_version != credential_version:
        return None
    return found.staff


def actor_of(staff: StaffView) -> Actor:
    """Whom the audit log names for what a member of staff does."""
    return Actor("staff", str(staff.id), staff.name)


def _find_credentials(work: Work, email: str) -> Credentials | None:
    try:
        wanted = normalise_address(email)
    except Invalid:
        return None
    with work.read() as reading:
        return store_staff.credentials_by_email(reading.connection, wanted)


def _open_link(reading: Reading, keys: Keys, token: str) -> Credentials | None:
    opened = keys.open_token(LINK_PURPOSE, token)
    found = store_staff.credentials_by_id(reading.connection, opened[0]) if opened else None
    if opened is None or found is None or found.link_generation != opened[1] or not found.staff.active:
        return None
    return found if found.link_until is not None and found.link_until > reading.now else None
