"""Reads silences as people and programs see them: what is quiet, until when, why, and which alerts that kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts import published, words
from alerts.silences import store as silence_store
from alerts.silences.silencing import ALWAYS_HEARD
from alerts.store import CaseRow
from alerts.viewing import rule_names, touchpoint_names, why_of_alerts
from feedback_engine.directory import reading as directory
from feedback_engine.directory.guard import OWNS_ONLY
from feedback_engine.directory.reading import PartnerView, Viewer
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.paging import Page, page_of

SHOWN_ALERTS = 50


def rules_to_silence(reading: Reading) -> dict[str, str]:
    """The names of the alert rules in force that can be silenced, by key, in the reader's language."""
    alerts = published.in_force(reading)
    loud = {rule.key for rule in alerts.program.rules if rule.severity == ALWAYS_HEARD} if alerts else set()
    return {key: name for key, name in rule_names(reading).items() if key not in loud}


@dataclass(frozen=True, slots=True)
class SilenceView:
    """A silence; `alerts` is how many it kept quiet; in words `about` is what it covers, `author` who made it."""

    id: UUID
    partner: PartnerView | None
    touchpoint: str | None
    rule: str | None
    about: str
    reason: str
    created_at: datetime
    until_at: datetime
    author_name: str
    author: str
    ended_at: datetime | None
    ended_by: str | None
    in_force: bool
    alerts: int
    may_end: bool


@dataclass(frozen=True, slots=True)
class SilencedView:
    """An alert that a silence kept quiet; `why` says in words for which reason its rule fired."""

    id: UUID
    silence_id: UUID
    partner: PartnerView
    touchpoint: str
    touchpoint_name: str
    rule: str
    kind: str
    severity: str
    answered_at: datetime
    why: str


def list_silences(
    reading: Reading,
    viewer: Viewer,
    *,
    in_force: bool | None = None,
    partner_id: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> Page[SilenceView]:
    """A page of the silences that `viewer` may see, newest first; of a company, when a partner is named."""
    company = directory.companies_of(reading, [partner_id])[partner_id] if partner_id else ()
    rows = silence_store.silences_page(
        reading, viewer, in_force=in_force, partner_ids=company, before=after, limit=limit + 1
    )
    page = page_of(rows, limit, lambda row: (row.created_at.isoformat(), str(row.id)))
    return Page(_views(reading, viewer, page.rows), page.next_cursor)


def find_silence(reading: Reading, viewer: Viewer, silence_id: UUID) -> SilenceView | None:
    """One silence, if the viewer may see it."""
    row = silence_store.silence_by_id(reading, silence_id)
    if row is None or (row.partner_id and not directory.visible_partners(reading, viewer, [row.partner_id])):
        return None
    return _views(reading, viewer, [row])[0]


def silence_over(
    reading: Reading, viewer: Viewer, partner_id: UUID, touchpoint: str, rules: Collection[str]
) -> SilenceView | None:
    """The silence that keeps alerts of a partner at a touchpoint quiet now, of several that which lasts longest.

    None where there is none, or none that `viewer` may see; one of a single rule counts where it is among `rules`.
    """
    rows = [
        row
        for row in silence_store.in_force_between(reading, reading.now, reading.now)
        if row.touchpoint in (None, touchpoint) and (row.rule is None or row.rule in rules)
    ]
    company = directory.companies_of(reading, [partner_id])[partner_id] if rows else ()
    rows = [row for row in rows if row.partner_id is None or row.partner_id in company]
    found = [find_silence(reading, viewer, row.id) for row in sorted(rows, key=lambda row: row.until_at, reverse=True)]
    return next((silence for silence in found if silence is not None), None)


def silenced_alerts(reading: Reading, viewer: Viewer, silence_ids: Sequence[UUID]) -> dict[UUID, list[SilencedView]]:
    """The newest alerts that each of these silences kept quiet, of partners that the viewer may see."""
    rows = silence_store.silenced_of(reading, viewer, silence_ids, SHOWN_ALERTS) if silence_ids else []
    partners = directory.partners_by_id(reading, {row.partner_id for row in rows})
    names, reasons = touchpoint_names(reading), why_of_alerts(reading, rows)
    plain = ("id", "silence_id", "touchpoint", "rule", "kind", "severity", "answered_at")
    found: dict[UUID, list[SilencedView]] = {}
    for row, why in zip(rows, reasons, strict=True):
        view = SilencedView(
            **{name: getattr(row, name) for name in plain},
            partner=partners[row.partner_id],
            touchpoint_name=names.get(row.touchpoint, row.touchpoint),
            why=why,
        )
        found.setdefault(row.silence_id, []).append(view)
    return found


def _views(reading: Reading, viewer: Viewer, rows: Sequence[CaseRow]) -> list[SilenceView]:
    partners = directory.partners_by_id(reading, {row.partner_id for row in rows if row.partner_id})
    counts = silence_store.silenced_counts(reading, [row.id for row in rows]) if rows else {}
    touchpoints, rules = touchpoint_names(reading), rule_names(reading)
    same = ("id", "touchpoint", "rule", "reason", "created_at", "until_at", "author_name", "ended_at", "ended_by")
    views = []
    for row in rows:
        fields: dict[str, Any] = {name: getattr(row, name) for name in same}
        partner = partners.get(row.partner_id)
        in_force = row.ended_at is None and row.until_at > reading.now
        about = words.silence(
            partner.name or partner.key if partner else "",
            touchpoints.get(row.touchpoint, row.touchpoint) or "",
            rules.get(row.rule, row.rule) or "",
        )
        may_end = in_force and viewer.role != "viewer" and (partner is not None or viewer.role != OWNS_ONLY)
        author = words.actor("staff" if row.author_id else "api", row.author_name)
        fields |= {"partner": partner, "author": author, "about": about, "in_force": in_force, "may_end": may_end}
        views.append(SilenceView(**fields, alerts=counts.get(row.id, 0)))
    return views
