"""Tells a trial: names for ids, differences as sentences with their links, and the whole as JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts import words
from alerts.raising.rules import Rule
from alerts.routing import words as route_words
from alerts.trial import words as trial_words
from alerts.trial.plain_settings import Scales
from alerts.trial.rule_changes import rule_changes
from alerts.trial.views import Difference, Draft, RaisedAlert, RaisedCase, Trial, plain_counts
from alerts.viewing import touchpoint_names
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import PartnerView, StaffView
from feedback_engine.foundation.i18n import current_locale, gettext
from feedback_engine.foundation.unit_of_work import Reading
from surveys import reading as surveys

_CAUSED_BY_RULE = frozenset({"rule_added", "rule_removed", "rule_changed"})


@dataclass(frozen=True, slots=True)
class ToldDifference:
    """A difference as its reader finds it: what, why, of whom, in a sentence, and the page where one sees more.

    `line` says what its group does not say yet: the score, and who would get it or got it.
    """

    what: str
    cause: str
    partner: str
    touchpoint: str
    at: datetime
    sentence: str
    path: str
    ref: str
    difference: Difference
    line: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class DifferenceGroup:
    """Differences of one kind and cause, and where a rule is the cause, of one rule and the same change of it.

    `rule` is its name, else empty; `changes` say what each of its settings is on either side.
    """

    what: str
    cause: str
    rule: str
    changes: tuple[str, ...]
    differences: tuple[ToldDifference, ...]


@dataclass(frozen=True, slots=True)
class Unroutable:
    """A case that would reach nobody but the last resort, who that is, and why."""

    partner: str
    touchpoint: str
    kind: str
    at: datetime
    holder: str
    why: str
    path: str


@dataclass(frozen=True, slots=True)
class Told:
    """A trial with the names of everything in it."""

    trial: Trial
    staff: Mapping[UUID, StaffView]
    teams: Mapping[UUID, str]
    differences: tuple[ToldDifference, ...]
    unroutable: tuple[Unroutable, ...]
    rule_names: Mapping[str, str]
    scales: Scales

    @property
    def listed(self) -> list[ToldDifference]:
        """The differences that a page lists: those of partners, and not those of our own side."""
        return [each for each in self.differences if not each.ours]

    @property
    def own_side(self) -> int:
        """How many differences are of our own side."""
        return len(self.differences) - len(self.listed)

    @property
    def groups(self) -> list[DifferenceGroup]:
        """The differences that are listed, each in one group; the largest group first."""
        found: dict[tuple[str, str, str, tuple[str, ...]], list[ToldDifference]] = {}
        for each in self.listed:
            rule, changes = self._rule_of(each.difference)
            found.setdefault((each.what, each.cause, rule, changes), []).append(each)
        groups = [DifferenceGroup(*key, tuple(differences)) for key, differences in found.items()]
        return sorted(groups, key=lambda group: -len(group.differences))

    def _rule_of(self, one: Difference) -> tuple[str, tuple[str, ...]]:
        if one.cause not in _CAUSED_BY_RULE:
            return "", ()
        changes = rule_changes(one.was, one.will) if one.was and one.will else ()
        return self.rule_names[one.alert.rule], tuple(trial_words.setting(change, self.scales) for change in changes)

    def holder(self, holder_id: UUID | None) -> str:
        """A person, a team, or nobody."""
        if holder_id is None:
            return gettext("nobody")
        found = self.staff.get(holder_id)
        return found.name if found else self.teams.get(holder_id, str(holder_id))


def tell(reading: Reading, trial: Trial) -> Told:
    """A trial in the reader's language."""
    partners = directory.partners_by_id(
        reading,
        {each.alert.partner_id for each in trial.differences} | {case.partner_id for case in trial.unroutable},
    )
    holders = {load.holder_id for load in trial.loads} | {alert.case.holder_id for alert in (*trial.draft, *trial.live)}
    found = Told(
        trial=trial,
        staff=directory.staff_by_id(reading, holders - {None}),  # type: ignore[arg-type]
        teams={team.id: team.name for team in directory.list_teams(reading)},
        differences=(),
        unroutable=(),
        rule_names=_rule_names([*trial.live, *trial.draft], trial),
        scales=surveys.scales(reading),
    )
    places = touchpoint_names(reading)
    return Told(
        trial,
        found.staff,
        found.teams,
        tuple(_difference(found, each, partners, places) for each in trial.differences),
        tuple(_unroutable(found, case, partners, places) for case in trial.unroutable),
        found.rule_names,
        found.scales,
    )


def _rule_names(alerts: Iterable[RaisedAlert], trial: Trial) -> dict[str, str]:
    locale = current_locale()
    names: dict[str, str] = {}
    for alert in alerts:
        rule = _rule(alert)
        names[alert.rule] = rule.name.get(locale) if rule else alert.rule
    names |= {line.key: line.rule.name.get(locale) for line in trial.rules if line.rule}
    return names


def _difference(
    told: Told, one: Difference, partners: Mapping[UUID, PartnerView], places: Mapping[str, str]
) -> ToldDifference:
    alert, partner = one.alert, partners[one.alert.partner_id]
    live = one.live.case.ref if one.live else ""
    return ToldDifference(
        what=trial_words.what(one.what),
        cause=trial_words.cause(one.cause),
        partner=partner.name,
        touchpoint=places.get(alert.touchpoint, alert.touchpoint),
        at=alert.answered_at,
        sentence=_sentence(told, one),
        path=f"/cases/{live}" if live else directory.partner_path(partner),
        ref=live,
        difference=one,
        line=_line(told, one),
        ours=partner.side == "ours",
    )


def _sentence(told: Told, one: Difference) -> str:
    draft, live = one.draft, one.live
    if one.what == "case" and draft and live:
        return gettext("The draft: {draft}. Live: {live}.", draft=_in_case(draft), live=_in_case(live))
    if one.what == "holder" and draft and live:
        named = {"draft": told.holder(draft.case.holder_id), "live": told.holder(live.case.holder_id)}
        return gettext("The draft gives it to {draft}; live, it went to {live}.", **named)
    return why(one.alert)


def _line(told: Told, one: Difference) -> str:
    if one.what == "holder":
        return _sentence(told, one)
    said = _sentence(told, one) if one.what == "case" else f"{_reason(one.alert)}."
    return f"{said} {_would(told, one.draft) if one.draft else _went(told, one.alert)}".rstrip()


def _would(told: Told, draft: RaisedAlert) -> str:
    """Who would get it by the draft. Whose case it joins may be known to nobody any more; then nothing is said."""
    if draft.case.holder_id is None and not draft.opened:
        return ""
    holder = told.holder(draft.case.holder_id) if draft.case.holder_id else route_words.steering(draft.case.to)
    if draft.opened:
        return gettext("It would go to {holder}.", holder=holder)
    return gettext("It would come to a case of {holder}.", holder=holder)


def _went(told: Told, live: RaisedAlert) -> str:
    """Who got it live."""
    if live.case.holder_id is None:
        return ""
    holder = told.holder(live.case.holder_id)
    if live.opened:
        return gettext("It went to {holder}.", holder=holder)
    return gettext("It came to a case of {holder}.", holder=holder)


def why(alert: RaisedAlert) -> str:
    """Why a rule fired, in a sentence, by the words of the rule that did."""
    rule = _rule(alert)
    name = rule.name.get(current_locale()) if rule else alert.rule
    return words.why(name, alert.severity, _reason(alert))


def _reason(alert: RaisedAlert) -> str:
    rule = _rule(alert)
    names = rule.when.names(alert.numbers, current_locale()) if rule else {}
    return words.reason(alert.reason, alert.numbers, names)


def _rule(alert: RaisedAlert) -> Rule | None:
    return next((rule for rule in alert.program.rules if rule.key == alert.rule), None)


def _in_case(alert: RaisedAlert) -> str:
    kind = words.kind(alert.case.kind)
    if alert.opened:
        return gettext("it opens a case ({kind})", kind=kind)
    return gettext("it joins a case ({kind})", kind=kind)


def _unroutable(
    told: Told, case: RaisedCase, partners: Mapping[UUID, PartnerView], places: Mapping[str, str]
) -> Unroutable:
    partner = partners[case.partner_id]
    passed = [route_words.passed_over(to, is_empty=to in case.empty, is_away=bool(case.away)) for to in case.passed]
    holder = told.holder(case.holder_id) if case.holder_id else route_words.steering(case.to)
    return Unroutable(
        partner=partner.name,
        touchpoint=places.get(case.touchpoint, case.touchpoint),
        kind=words.kind(case.kind),
        at=case.opened_at,
        holder=holder,
        why="; ".join(passed),
        path=directory.partner_path(partner),
    )


# ---- JSON


def document(told: Told, draft: Draft) -> dict[str, Any]:
    """The whole trial as JSON values."""
    trial = told.trial
    return {
        "from": trial.from_at.isoformat(),
        "to": trial.to_at.isoformat(),
        "answers": trial.answers,
        "publishable": not draft.faults,
        "faults": [str(fault) for fault in draft.faults],
        "rules": [
            {
                "rule": line.key,
                "name": told.rule_names.get(line.key, line.key),
                "severity": line.severity,
                "draft": plain_counts(line.draft),
                "live": plain_counts(line.live),
            }
            for line in trial.rules
        ],
        "severities": {
            key: {"draft": plain_counts(both[0]), "live": plain_counts(both[1])}
            for key, both in trial.severities.items()
        },
        "load": [_load_document(told, load) for load in trial.loads],
        "unroutable": [_plain(each) for each in told.unroutable],
        "examples": [_plain(each) for each in draft.examples],
        "differences": [_difference_document(each) for each in told.differences],
    }


def _load_document(told: Told, load: Any) -> dict[str, Any]:
    member = told.staff.get(load.holder_id)
    return {
        "holder": told.holder(load.holder_id),
        "email": member.email if member else None,
        "cases": load.cases,
        "live_cases": load.live,
        "weeks_over": load.weeks_over,
        "weeks": [
            {"week": week.monday.isoformat(), "cases": week.cases, "capacity": week.capacity, "over": week.over}
            for week in load.weeks
        ],
    }


def _difference_document(told: ToldDifference) -> dict[str, Any]:
    one = told.difference
    return {
        "what": one.what,
        "cause": one.cause,
        "rule": one.alert.rule,
        "response_id": str(one.alert.response_id),
        "answered_at": told.at.isoformat(),
        "partner": told.partner,
        "touchpoint": one.alert.touchpoint,
        "case": told.ref or None,
        "sentence": told.sentence,
        "path": told.path,
    }


def _plain(value: Any) -> dict[str, Any]:
    fields: Sequence[str] = list(type(value).__dataclass_fields__)
    found = {name: getattr(value, name) for name in fields}
    return {name: each.isoformat() if isinstance(each, datetime) else each for name, each in found.items()}
