"""Writes staff and teams: adding, changing, disabling with a successor, passwords and sign-in links."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict

from feedback_engine.directory import store, store_staff
from feedback_engine.directory.absence_words import first_and_last, period_away
from feedback_engine.directory.addresses import normalise_address
from feedback_engine.directory.inputs import Address, Zone, language_tag, line, not_empty, read_fields
from feedback_engine.directory.ownership import MAY_OWN, assign_owners
from feedback_engine.directory.views import StaffView, TeamView
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext, gettext_noop, ngettext
from feedback_engine.foundation.keys import Keys
from feedback_engine.foundation.unit_of_work import UnitOfWork

LINK_LASTS = timedelta(hours=1)
LINK_PURPOSE = "sign-in"
_MAX_GENERATION = 0xFFFF

Role = Literal["admin", "program_owner", "alliance_manager", "viewer"]


class StaffInput(BaseModel):
    """One of our people as an administrator describes them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    email: Address
    role: Role
    name: Annotated[str, line(200)] = ""
    team_id: UUID | None = None
    locale: Annotated[str, line(35), AfterValidator(language_tag)] = "en"
    time_zone: Annotated[Zone, AfterValidator(not_empty)] = "UTC"


class StaffChange(BaseModel):
    """What an administrator may change about one of our people; what is not named stays. No team is None."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    role: Role | None = None
    name: Annotated[str, line(200), AfterValidator(not_empty)] | None = None
    team_id: UUID | None = None
    locale: Annotated[str, line(35), AfterValidator(language_tag)] | None = None
    time_zone: Annotated[Zone, AfterValidator(not_empty)] | None = None
    single_keys: bool | None = None


def read_staff(raw: object) -> StaffInput:
    """A member of staff out of a form or command. Raises Invalid with one fault for each wrong field."""
    return read_fields(
        StaffInput.model_validate, raw, gettext_noop("This member of staff cannot be stored as they are.")
    )


def read_staff_change(raw: object) -> StaffChange:
    """A change out of a form. Raises Invalid with one fault for each wrong field."""
    return read_fields(StaffChange.model_validate, raw, gettext_noop("This change cannot be stored as it is."))


def add_staff(uow: UnitOfWork, wanted: StaffInput, password_hash: str | None = None) -> StaffView:
    """Add one of our people. Raises Conflict when the address is taken, NotFound for an unknown team."""
    email = normalise_address(wanted.email)
    _check_team(uow, wanted.team_id)
    row = {
        "id": ids.new_reference_id(),
        **wanted.model_dump(),
        "email": email,
        # Nobody is called "you" because their address begins so; without a name the address stands for them.
        "name": wanted.name or email,
        "password_hash": password_hash,
        "credential_version": 1,
        "link_generation": 1,
        "link_until": None,
        "created_at": uow.now,
        "disabled_at": None,
    }
    store.insert_missing(uow.connection, store.STAFF, [row])
    stored = store_staff.staff_by_email(uow.connection, [email])[0]
    if stored.id != row["id"]:
        words = gettext("There is already a member of staff with this address.")
        raise Conflict(words)
    uow.audit("staff.added", "staff", str(stored.id), {"role": stored.role})
    return stored


def change_staff(uow: UnitOfWork, staff_id: UUID, wanted: StaffChange) -> StaffView:
    """Change role, team, name, language, time zone or whether single keys act; days away move with the zone.

    Raises NotFound; Conflict when it would leave no administrator, or make a viewer of somebody who owns partners.
    """
    active = {staff.id: staff for staff in store_staff.lock_staff(uow.connection)}
    staff = active.get(staff_id) or get_staff(uow, staff_id)
    _check_team(uow, wanted.team_id)
    role = wanted.role or staff.role
    if staff.active and role != "admin":
        _keep_an_admin(active, staff_id)
    if role not in MAY_OWN:
        _check_owns_nothing(uow, staff)
    given = wanted.model_dump(exclude_unset=True)
    values = {name: value for name, value in given.items() if value is not None or name == "team_id"}
    if values:
        store_staff.update_staff(uow.connection, staff_id, **values)
    changed = get_staff(uow, staff_id)
    if changed.time_zone != staff.time_zone:
        _keep_days_away(uow, staff, changed.time_zone)
    uow.audit("staff.changed", "staff", str(staff_id), {"role": changed.role, "fields": sorted(values)})
    return changed


def _keep_days_away(uow: UnitOfWork, staff: StaffView, zone: str) -> None:
    """Whoever said on which days they are away means these days in their new zone too."""
    absence = store_staff.find_absence(uow.connection, staff.id)
    if absence is None or absence.until_at <= uow.now:
        return
    from_at, until_at = period_away(*first_and_last(absence, staff.time_zone), zone)
    values = {"from_at": from_at, "until_at": until_at, "deputy_id": absence.deputy_id}
    store_staff.update_absence(uow.connection, staff.id, **values)
    uow.audit("staff.absence", "staff", str(staff.id), {name: str(value) for name, value in values.items()})


def disable_staff(uow: UnitOfWork, staff_id: UUID, successor_id: UUID | None = None) -> int:
    """Close one of our people's account and hand their partners to `successor_id`; how many partners moved.

    Raises Conflict when they own partners and nobody is named, or when they are the last administrator.
    """
    staff = check_closable(uow, staff_id)
    owned = store.partners_owned_by(uow.connection, staff_id)
    if successor_id is None:
        _check_owns_nothing(uow, staff)
    elif successor_id == staff_id:
        words = gettext("Somebody else has to take over; choose another person.")
        raise Invalid(words, [Fault("/successor", words)])
    else:
        assign_owners(uow, [(partner_id, successor_id) for partner_id in owned])
    store_staff.update_staff(uow.connection, staff_id, disabled_at=uow.now)
    store_staff.end_sign_ins(uow.connection, staff_id)
    uow.audit("staff.disabled", "staff", str(staff_id), {"partners_moved": len(owned)})
    return len(owned)


def check_closable(uow: UnitOfWork, staff_id: UUID) -> StaffView:
    """The member of staff whose account may be closed, held still. Raises NotFound; Conflict when it is closed already
    or that of the last administrator."""
    active = {staff.id: staff for staff in store_staff.lock_staff(uow.connection)}
    staff = active.get(staff_id)
    if staff is None:
        get_staff(uow, staff_id)
        raise Conflict(gettext("This member of staff is disabled already."))
    _keep_an_admin(active, staff_id)
    return staff


def enable_staff(uow: UnitOfWork, staff_id: UUID) -> None:
    """Open a closed account again; its old sessions and links stay dead. Raises NotFound."""
    get_staff(uow, staff_id)
    store_staff.update_staff(uow.connection, staff_id, disabled_at=None)
    uow.audit("staff.enabled", "staff", str(staff_id))


def set_password(uow: UnitOfWork, staff_id: UUID, password_hash: str) -> int:
    """Set a password by its hash (`passwords.hash_password`, made before the transaction); every session ends.

    Returns the version of the credentials on which a new session stands. Raises NotFound.
    """
    get_staff(uow, staff_id)
    store_staff.update_staff(uow.connection, staff_id, password_hash=password_hash)
    store_staff.end_sign_ins(uow.connection, staff_id)
    uow.audit("staff.password", "staff", str(staff_id))
    changed = store_staff.credentials_by_id(uow.connection, staff_id)
    return changed.credential_version if changed else 0


def issue_sign_in_link(uow: UnitOfWork, keys: Keys, staff_id: UUID) -> str:
    """The token of a link that signs one of our people in once within the hour; earlier links die. Raises NotFound."""
    credentials = store_staff.credentials_by_id(uow.connection, staff_id)
    if credentials is None or not credentials.staff.active:
        raise NotFound(gettext("There is no such member of staff."))
    generation = (credentials.link_generation + 1) % (_MAX_GENERATION + 1)
    values = {"link_generation": generation, "link_until": uow.now + LINK_LASTS}
    store_staff.update_staff(uow.connection, staff_id, **values)
    uow.audit("staff.link", "staff", str(staff_id))
    return keys.token(LINK_PURPOSE, staff_id, generation)


def get_staff(uow: UnitOfWork, staff_id: UUID) -> StaffView:
    """One of our people, disabled or not. Raises NotFound."""
    found = store.staff_by_id(uow.connection, [staff_id])
    if not found:
        raise NotFound(gettext("There is no such member of staff."))
    return found[0]


# ---- teams


def ensure_team(uow: UnitOfWork, name: str) -> TeamView:
    """The team of this name, made if there is none. Raises Invalid when the name is empty or too long."""
    cleaned = TeamName.read(name)
    known = {team.name: team for team in store_staff.list_teams(uow.connection)}
    if cleaned in known:
        return known[cleaned]
    row = {"id": ids.new_reference_id(), "name": cleaned, "created_at": uow.now}
    store.insert_missing(uow.connection, store_staff.TEAM, [row])
    made = next(team for team in store_staff.list_teams(uow.connection) if team.name == cleaned)
    uow.audit("team.added", "team", str(made.id))
    return made


class TeamName(BaseModel):
    """The name of a team."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, line(100), AfterValidator(not_empty)]

    @classmethod
    def read(cls, name: str) -> str:
        """The name, trimmed. Raises Invalid with a fault at `/name`."""
        return read_fields(
            cls.model_validate, {"name": name}, gettext_noop("This team cannot be stored as it is.")
        ).name


def _check_team(uow: UnitOfWork, team_id: UUID | None) -> None:
    if team_id is not None and team_id not in {team.id for team in store_staff.list_teams(uow.connection)}:
        raise NotFound(gettext("There is no such team."))


def _keep_an_admin(active: dict[UUID, StaffView], staff_id: UUID) -> None:
    admins = {staff.id for staff in active.values() if staff.role == "admin"}
    if admins == {staff_id}:
        raise Conflict(gettext("This is the last administrator; make somebody else one first."))


def _check_owns_nothing(uow: UnitOfWork, staff: StaffView) -> None:
    count = len(store.partners_owned_by(uow.connection, staff.id))
    if count:
        owned = ngettext("{n} partner", "{n} partners", count)
        raise Conflict(gettext("{name} answers for {partners}; name a successor.", name=staff.name, partners=owned))
