"""Writes who on staff is away from when until when, and who takes their cases meanwhile."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict

from feedback_engine.directory import store, store_staff
from feedback_engine.directory.absence_words import period_away
from feedback_engine.directory.inputs import read_fields
from feedback_engine.directory.ownership import MAY_OWN
from feedback_engine.directory.staffing import get_staff
from feedback_engine.directory.views import AbsenceView, StaffView
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext, gettext_noop
from feedback_engine.foundation.instants import OUT_OF_REACH
from feedback_engine.foundation.unit_of_work import UnitOfWork

LONGEST = timedelta(days=366)
MOST_YEARS = 2
"""How far from now the days may lie."""


def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None


class AbsenceInput(BaseModel):
    """The first and the last day somebody is away, in their own zone, and who takes their cases."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_on: Annotated[date | None, BeforeValidator(_day)] = None
    until_on: Annotated[date | None, BeforeValidator(_day)] = None
    deputy: UUID | None = None


def read_absence(raw: object) -> AbsenceInput:
    """An absence out of a form. Raises Invalid with one fault for each field that is missing or wrong."""
    unusable = gettext_noop("This absence cannot be stored as it is.")
    found = read_fields(AbsenceInput.model_validate, raw, unusable)
    faults = [Fault(f"/{name}", gettext("Give a day.")) for name in ("from_on", "until_on") if not getattr(found, name)]
    if found.deputy is None:
        faults.append(Fault("/deputy", gettext("Choose who takes your cases meanwhile.")))
    if found.from_on and found.until_on and found.until_on < found.from_on:
        faults.append(Fault("/until_on", gettext("The last day comes before the first.")))
    elif found.from_on and found.until_on and found.until_on - found.from_on > LONGEST:
        faults.append(Fault("/until_on", gettext("Give a day within a year; after that, somebody else owns the work.")))
    if faults:
        raise Invalid(gettext(unusable), faults)
    return found


def set_absence(uow: UnitOfWork, staff_id: UUID, wanted: AbsenceInput) -> AbsenceView:
    """Set when somebody is away; what they had set before is replaced.

    Raises NotFound for unknown staff, Invalid when the days are over already or the deputy cannot take cases.
    """
    staff = get_staff(uow, staff_id)
    first, last = wanted.from_on or date.min, wanted.until_on or date.min
    if not all(abs(day.year - uow.now.year) <= MOST_YEARS for day in (first, last)):
        far = gettext(OUT_OF_REACH)
        raise Invalid(far, [Fault("/from_on", far)])
    from_at, until_at = period_away(first, last, staff.time_zone)
    if until_at <= uow.now:
        over = gettext("These days are over already.")
        raise Invalid(over, [Fault("/until_on", over)])
    deputy = _deputy(uow, staff, wanted.deputy)
    values: dict[str, Any] = {"from_at": from_at, "until_at": until_at, "deputy_id": deputy.id}
    row = {"id": ids.new_reference_id(), "staff_id": staff_id, "created_at": uow.now, **values}
    store.insert_missing(uow.connection, store_staff.ABSENCE, [row])
    store_staff.update_absence(uow.connection, staff_id, **values)
    uow.audit("staff.absence", "staff", str(staff_id), {name: str(value) for name, value in values.items()})
    return AbsenceView(staff_id=staff_id, **values)


def end_absence(uow: UnitOfWork, staff_id: UUID) -> bool:
    """Somebody is back, or will not go after all; False when no absence was set."""
    ended = store_staff.delete_absence(uow.connection, staff_id)
    if ended:
        uow.audit("staff.present", "staff", str(staff_id))
    return ended


def _deputy(uow: UnitOfWork, staff: StaffView, deputy_id: UUID | None) -> StaffView:
    found = store.staff_by_id(uow.connection, [deputy_id] if deputy_id else [])
    if not found or found[0].id == staff.id or not found[0].active or found[0].role not in MAY_OWN:
        words = gettext("Choose somebody else on staff who works on cases.")
        raise Invalid(words, [Fault("/deputy", words)])
    return found[0]
