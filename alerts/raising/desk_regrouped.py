"""Which groups of touchpoints an open case stands for besides its own: those of the cases that were merged into it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from alerts.raising.grouping import CaseGroup
from alerts.regrouping import home_store
from alerts.store import CaseRow
from feedback_engine.foundation.unit_of_work import Reading


def merged_groups(reading: Reading, open_rows: Sequence[CaseRow]) -> dict[CaseGroup, UUID]:
    """The groups of merged cases, with the open case of the same partner that stands for each.

    Whoever merged two matters made them one, so what comes next on either of them joins that case. Of a partner known
    by two keys each key has cases of its own, as before.
    """
    if not open_rows:
        return {}
    standing = {row.id: row.partner_id for row in open_rows}
    merged = home_store.merged_of_partners(reading, standing.values())
    into = {row.id: row.merged_into_id for row in merged}
    found = {}
    for row in sorted(merged, key=lambda each: (each.closed_at, each.id)):
        case_id = row.merged_into_id
        while case_id in into:
            case_id = into[case_id]
        if standing.get(case_id) == row.partner_id:
            found[CaseGroup(row.partner_id, row.touchpoint_group, row.kind)] = case_id
    return found
