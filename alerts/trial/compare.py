"""Pure. Where a draft and what live did part ways, alert by alert, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from alerts.definitions import AlertProgram
from alerts.raising.rules import Rule
from alerts.trial.views import Cause, Difference, RaisedAlert

LiveProgram = Callable[[datetime], AlertProgram | None]
"""The alerts that were in force at an instant."""


def differences(
    program: AlertProgram,
    draft: Sequence[RaisedAlert],
    live: Sequence[RaisedAlert],
    live_program: LiveProgram,
    erased: Collection[UUID] = (),
) -> list[Difference]:
    """Every difference, newest first. Of an alert that both raised, first the case that it is in, then who has that."""
    drafted, lived = {alert.key: alert for alert in draft}, {alert.key: alert for alert in live}
    found = [_only_draft(alert, live_program(alert.raised_at)) for key, alert in drafted.items() if key not in lived]
    found += [
        _only_live(program, alert, alert.response_id in erased) for key, alert in lived.items() if key not in drafted
    ]
    parted = _parted_since(drafted, lived)
    for key in drafted.keys() & lived.keys():
        one = _of_both(program, drafted[key], lived[key], parted)
        found += [one] if one is not None else []
    return sorted(found, key=lambda each: (each.alert.answered_at, each.alert.key), reverse=True)


def _only_draft(alert: RaisedAlert, live: AlertProgram | None) -> Difference:
    was, will = _rule(live, alert.rule) if live else None, _rule(alert.program, alert.rule)
    cause: Cause = "no_alerts_then" if live is None else _why_only_draft(was, will)
    return Difference("only_draft", cause, alert, None, was, will)


def _why_only_draft(before: Rule | None, now: Rule | None) -> Cause:
    return "rule_added" if before is None else "rule_changed" if before != now else "unknown"


def _only_live(program: AlertProgram, alert: RaisedAlert, erased: bool) -> Difference:
    was, will = _rule(alert.program, alert.rule), _rule(program, alert.rule)
    return Difference("only_live", _why_only_live(was, will, erased), None, alert, was, will)


def _why_only_live(before: Rule | None, now: Rule | None, erased: bool) -> Cause:
    if now is None:
        return "rule_removed"
    if now != before:
        return "rule_changed"
    return "words_gone" if erased and now.when.needs().comment else "unknown"


def _rule(program: AlertProgram, key: str) -> Rule | None:
    return next((rule for rule in program.rules if rule.key == key), None)


def _parted_since(
    drafted: Mapping[tuple[UUID, str], RaisedAlert], lived: Mapping[tuple[UUID, str], RaisedAlert]
) -> dict[UUID, datetime]:
    """Since when the two sides have not the same open cases of a partner: an alert of one side alone, a guessed end."""
    found: dict[UUID, datetime] = {}
    alone = [alert for key, alert in drafted.items() if key not in lived or alert.case.assumed]
    for alert in [*alone, *(alert for key, alert in lived.items() if key not in drafted)]:
        found[alert.partner_id] = min(alert.raised_at, found.get(alert.partner_id, alert.raised_at))
    return found


def _of_both(
    program: AlertProgram, draft: RaisedAlert, live: RaisedAlert, parted: Mapping[UUID, datetime]
) -> Difference | None:
    rules = _rule(live.program, live.rule), _rule(program, draft.rule)
    if not _same_case(draft, live):
        return Difference("case", _why_other_case(program, draft, live, parted), draft, live, *rules)
    if draft.opened and draft.case.holder_id != live.case.holder_id:
        return Difference("holder", _why_other_holder(program, draft, live), draft, live, *rules)
    return None


def _same_case(draft: RaisedAlert, live: RaisedAlert) -> bool:
    """Whether both sides put it into the case of the same answer, or both opened one."""
    return (draft.opened, draft.case.opened_by, draft.case.kind) == (live.opened, live.case.opened_by, live.case.kind)


def _why_other_case(
    program: AlertProgram, draft: RaisedAlert, live: RaisedAlert, parted: Mapping[UUID, datetime]
) -> Cause:
    if _rule(program, draft.rule) != _rule(live.program, live.rule):
        return "rule_changed"
    if program.groups != live.program.groups:
        return "groups_changed"
    if draft.case.assumed:
        return "assumed_end"
    since = parted.get(draft.partner_id)
    return "earlier" if since is not None and since <= draft.raised_at else "unknown"


def _why_other_holder(program: AlertProgram, draft: RaisedAlert, live: RaisedAlert) -> Cause:
    then = live.program
    if (program.routes, program.rotas) != (then.routes, then.rotas):
        return "routes_changed"
    if program.personas != then.personas or _by_persona(draft) != _by_persona(live):
        return "contact_changed"
    if (draft.kind, draft.severity) != (live.kind, live.severity):
        return "rule_changed"
    return "turns" if (draft.case.to or "").startswith(("rota:", "role:")) else "unknown"


def _by_persona(alert: RaisedAlert) -> list[str]:
    return [fields["persona"] for fields in alert.case.matched if "persona" in fields]
