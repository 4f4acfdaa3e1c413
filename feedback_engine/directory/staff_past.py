"""Pure. Who was on staff at an instant, in which role, who was away, and who answered for a partner.

Names, teams and zones are those of today: only what the log keeps is as of then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from feedback_engine.directory.views import StaffView

Period = tuple[datetime, datetime | None, UUID]
"""From, until (None: still), and whose it is."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Partners that routes cannot tell apart: so many of this tier and region, `name` for one, and an owner of one of
    them (None: they are nobody's)."""

    tier: str
    region: str
    owner_id: UUID | None
    name: str
    partners: int


@dataclass(frozen=True, slots=True)
class StaffLine:
    """One line of the log about a member of staff: added, changed, disabled, enabled, absence or present."""

    at: datetime
    action: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class StaffPast:
    """All staff as they are now, since and until when their accounts were open, what was logged of them, and who owned
    which partner when."""

    staff: Sequence[StaffView]
    spans: Mapping[UUID, tuple[datetime, datetime | None]]
    log: Mapping[UUID, Sequence[StaffLine]]
    owned: Mapping[UUID, Sequence[Period]]
    _known: dict[int, list[StaffView]] = field(default_factory=dict, compare=False)

    @cached_property
    def _changes(self) -> list[datetime]:
        logged = [line.at for lines in self.log.values() for line in lines]
        spans = [at for span in self.spans.values() for at in span if at is not None]
        return sorted({*logged, *spans})

    def staff_at(self, at: datetime) -> list[StaffView]:
        """Everybody whose account was open at `at`, in the role they had."""
        place = bisect_right(self._changes, at)
        found = self._known.get(place)
        if found is None:
            found = [then for member in self.staff if (then := self._member_at(member, at)) is not None]
            self._known[place] = found
        return found

    def deputies_at(self, at: datetime) -> dict[UUID, UUID]:
        """Who had said by `at` that they are away then, each with the one who takes their cases."""
        found: dict[UUID, UUID] = {}
        for staff_id, lines in self.log.items():
            said = [line for line in lines if line.at <= at and line.action in ("absence", "present")]
            if said and said[-1].action == "absence":
                detail = said[-1].detail
                if datetime.fromisoformat(detail["from_at"]) <= at < datetime.fromisoformat(detail["until_at"]):
                    found[staff_id] = UUID(detail["deputy_id"])
        return found

    def owner_at(self, partner_id: UUID, at: datetime) -> StaffView | None:
        """Who answered for a partner, while their account was open."""
        held = (
            staff_id
            for from_at, to_at, staff_id in self.owned.get(partner_id, ())
            if from_at <= at and (to_at is None or at < to_at)
        )
        owner_id = next(held, None)
        return next((member for member in self.staff_at(at) if member.id == owner_id), None)

    def _member_at(self, member: StaffView, at: datetime) -> StaffView | None:
        lines = self.log.get(member.id, ())
        opened, closed = self.spans[member.id]
        switches = [line for line in lines if line.action in ("added", "disabled", "enabled")]
        logged_end = any(line.action == "disabled" for line in switches)
        past = [line for line in switches if line.at <= at]
        active = past[-1].action != "disabled" if past else opened <= at
        if closed is not None and closed <= at and not logged_end:
            active = False
        if not active:
            return None
        roles = [line for line in lines if "role" in line.detail]
        before = [line for line in roles if line.at <= at] or roles[:1]
        role = str(before[-1].detail["role"]) if before else member.role
        return replace(member, role=role, active=True)
