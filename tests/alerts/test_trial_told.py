"""What a trial tells its reader: the differences of partners in groups, each with what its rule was and will be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.trial import telling
from alerts.trial.rule_changes import rule_changes
from alerts.trial.telling import Told
from alerts.trial.trying import try_out
from feedback_engine.foundation.engine import Engine
from tests.alerts.builders import ALERTS, World, world
from tests.alerts.test_trial import draft, said
from tests.directory import builders as directory

START = datetime(2026, 1, 1, tzinfo=UTC)
EAGER = ALERTS.replace("below: 7", "below: 9")


def told(of: World, text: str) -> Told:
    """A draft tried on everything that was said, and told in English."""
    with of.engine.work.read() as reading:
        return telling.tell(reading, try_out(reading, draft(text), START, of.now + timedelta(seconds=1)))


def test_what_is_counted_is_what_is_listed_and_our_own_side_apart(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    directory.partner(of.engine, "brisk", name="Brisk", side="ours")
    said(of, 8)
    said(of, 8, partner=of.brisk)
    found = told(of, EAGER)
    assert [each.partner for each in found.listed] == ["Acme"]
    assert sum(len(group.differences) for group in found.groups) == len(found.listed)
    assert found.own_side == 1


def test_a_changed_rule_is_told_once_with_what_it_was_and_will_be(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    said(of, 8)
    said(of, 7)
    [group] = told(of, EAGER).groups
    assert (group.rule, group.what) == ("Low score", "only in the draft")
    assert group.changes == ("“score below”: 7 live, 9 in the draft",)
    assert [each.line for each in group.differences] == [
        "7 is below 9. It would come to a case of Dana Keller.",
        "8 is below 9. It would go to Dana Keller.",
    ]


def test_what_only_live_did_says_who_had_it(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    said(of, 5)
    [group] = told(of, ALERTS.replace("below: 7", "below: 3")).groups
    assert group.what == "only live"
    assert [each.line for each in group.differences] == ["5 is below 7. It went to Dana Keller."]


def test_a_rule_that_is_gone_and_one_that_is_new_are_groups_of_their_own(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    said(of, 10)
    groups = told(of, ALERTS.replace("key: praise", "key: applause")).groups
    assert {(group.what, group.cause, group.changes) for group in groups} == {
        ("only in the draft", "the rule is new", ()),
        ("only live", "the draft has no such rule", ()),
    }


def test_every_setting_that_differs_is_named() -> None:
    rules = {rule.key: rule for rule in draft(ALERTS).rules}
    other = ALERTS.replace("below: 7}\n    severity: high", "below: 9}\n    touchpoints: [deal.closed, ticket.closed]")
    will = {rule.key: rule for rule in draft(other).rules}
    assert [(each.setting, each.was, each.will) for each in rule_changes(rules["low"], will["low"])] == [
        ("below", "7", "9"),
        ("touchpoints", "", "deal.closed, ticket.closed"),
        ("severity", "high", "normal"),
    ]
    assert rule_changes(rules["praise"], will["praise"]) == ()
