"""Pure. Counts of a trial: alerts by rule and severity, new cases of each owner by week against their capacity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from alerts.definitions import AlertProgram
from alerts.terms import SEVERITIES, Severity
from alerts.trial.views import Counts, HolderLoad, RaisedAlert, RaisedCase, RuleLine, WeekLoad


def rule_lines(program: AlertProgram, draft: Sequence[RaisedAlert], live: Sequence[RaisedAlert]) -> list[RuleLine]:
    """Every rule of the draft in the order of its file, then those that only live had."""
    rules = {rule.key: rule for rule in program.rules}
    drafted, lived = (_counts_by(alerts, lambda alert: alert.rule) for alerts in (draft, live))
    none = Counts()
    return [
        *(
            RuleLine(rule, key, rule.severity, drafted.get(key, none), lived.get(key, none))
            for key, rule in rules.items()
        ),
        *(
            RuleLine(None, key, one.severity, none, lived[key])
            for key, one in sorted({alert.rule: alert for alert in live if alert.rule not in rules}.items())
        ),
    ]


def by_severity(draft: Sequence[RaisedAlert], live: Sequence[RaisedAlert]) -> dict[Severity, tuple[Counts, Counts]]:
    """Both sides by severity, the gravest first."""
    drafted, lived = (_counts_by(alerts, lambda alert: alert.severity) for alerts in (draft, live))
    return {each: (drafted.get(each, Counts()), lived.get(each, Counts())) for each in SEVERITIES}


def _counts_by(alerts: Sequence[RaisedAlert], part: Callable[[RaisedAlert], str]) -> dict[str, Counts]:
    """The counts of each part: a file may hold hundreds of rules, each of which raised alerts."""
    opened = Counter(part(alert) for alert in alerts if alert.opened)
    return {key: Counts(number, opened[key]) for key, number in Counter(map(part, alerts)).items()}


def opened_cases(alerts: Iterable[RaisedAlert]) -> list[RaisedCase]:
    """The cases that alerts opened, in their order."""
    return [alert.case for alert in alerts if alert.opened]


def loads(
    cases: Sequence[RaisedCase],
    live: Sequence[RaisedCase],
    period: tuple[datetime, datetime],
    zone: str,
    capacities: Mapping[UUID, int],
) -> list[HolderLoad]:
    """New cases by holder and week of `zone`, whoever has most weeks over capacity first. Teams have no capacity."""
    mondays = _mondays(*period, zone)
    counted = Counter((case.holder_id, monday_of(case.opened_at, zone)) for case in cases)
    before = Counter(case.holder_id for case in live)
    people = {case.owner_id for case in cases if case.owner_id}
    holders = {holder for holder, _ in counted} | set(before)
    found = [
        HolderLoad(
            holder,
            tuple(
                WeekLoad(monday, counted[holder, monday], capacities.get(holder) if holder in people else None)
                for monday in mondays
            ),
            before[holder],
        )
        for holder in holders
    ]
    return sorted(found, key=lambda load: (-load.weeks_over, -load.cases, str(load.holder_id)))


def monday_of(at: datetime, zone: str) -> date:
    """The Monday of the week in which an instant lies, by the clock of a zone."""
    day = at.astimezone(ZoneInfo(zone)).date()
    return day - timedelta(days=day.weekday())


def _mondays(from_at: datetime, to_at: datetime, zone: str) -> list[date]:
    monday, last = monday_of(from_at, zone), monday_of(to_at, zone)
    return [monday + timedelta(weeks=week) for week in range((last - monday).days // 7 + 1)]
