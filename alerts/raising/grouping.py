"""Pure. Which case an alert belongs to: one open case per partner, group of touchpoints and kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar
from uuid import UUID

from alerts.terms import Kind

C = TypeVar("C")


class CaseGroup(NamedTuple):
    """What at most one open case may stand for."""

    partner_id: UUID
    touchpoint_group: str
    kind: Kind


def by_group(cases: Iterable[tuple[CaseGroup, bool, C]], merged: Mapping[CaseGroup, C]) -> dict[CaseGroup, C]:
    """The open case of each group: (group, whether it was split off, case), and `merged`, the groups of merged cases
    with the case that stands for them now.

    What was split off stands for its group only when nothing else does: whoever split wanted that matter apart.
    """
    own = {group: case for group, is_split, case in cases if not is_split}
    return dict(merged) | {group: case for group, is_split, case in cases if is_split} | own


def case_to_join(group: CaseGroup, open_cases: Mapping[CaseGroup, C]) -> C | None:
    """The open case that an alert of this group joins; None when it opens one of its own.

    A partner who gave a low score and asks to be called gets one call, so a wish to be called joins an open
    recovery. A recovery never joins a mere callback: its clock and its root cause would be lost. What is about the
    partner as a whole (no touchpoint) joins any open case of its kind: somebody is about to talk to them anyway.
    """
    kinds: tuple[Kind, ...] = ("callback", "recovery") if group.kind == "callback" else (group.kind,)
    for kind in kinds:
        same = group._replace(kind=kind)
        if same in open_cases:
            return open_cases[same]
        if not group.touchpoint_group:
            others = [each for each in open_cases if (each.partner_id, each.kind) == (group.partner_id, kind)]
            if others:
                return open_cases[min(others)]
    return None
