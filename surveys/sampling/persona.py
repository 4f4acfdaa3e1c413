"""Pure. Rule 4b: a touchpoint asks only the people it is meant for."""

from __future__ import annotations

from dataclasses import replace

from feedback_engine.foundation.i18n import gettext
from surveys.sampling.base import Change, Rule
from surveys.sampling.facts import Facts
from surveys.sampling.plan import TouchpointRules
from surveys.sampling.verdict import PASSED, REFUSE, SWITCHED_OFF, Verdict

NOBODY = "nobody"
ROLE = "role"


def judge(rules: TouchpointRules, facts: Facts, at: int) -> Verdict:
    """Refuse when the contact's role belongs to no persona of the touchpoint, or when there was nobody to ask."""
    if not facts.has_contact:
        return Verdict(REFUSE, 0, (NOBODY,))
    if not rules.personas:
        return SWITCHED_OFF
    if rules.means(facts.role):
        return PASSED
    return Verdict(REFUSE, 0, (ROLE, facts.role[:80]))


def explain(verdict: Verdict) -> str:
    if not verdict.fired:
        return gettext("this touchpoint is meant for them")
    if verdict.numbers[0] == NOBODY:
        return gettext(
            "the event names no contact, and the partner has none that this touchpoint is meant for; name one in the "
            "event, or give a contact of the partner such a role"
        )
    if not verdict.numbers[1]:
        return gettext(
            "their role is not known, and this touchpoint asks only certain roles; give this contact a role on the "
            "contact page, or send a role with the event"
        )
    return gettext(
        "this touchpoint is not meant for the role “{role}”; if that is a word for people it asks, add it to the roles "
        "of a persona in program.yaml",
        role=verdict.numbers[1],
    )


def sentence(rules: TouchpointRules) -> str:
    if not rules.personas:
        return ""
    return gettext("Ask only {personas}.", personas=", ".join(rules.personas))


def ease(rules: TouchpointRules, facts: Facts, at: int, verdict: Verdict) -> Change | None:
    role = facts.role.strip().casefold()
    if not facts.has_contact or not role:
        return None
    words = gettext("adding the role “{role}” to the people this touchpoint asks", role=facts.role)
    return Change(replace(rules, roles=rules.roles | {role}), facts, words)


RULE = Rule("persona", "pe", judge, explain, sentence, ease)
