"""The form for a new rule, from which the alert bench goes on with a draft that holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template

from alerts import words
from alerts.conditions import CONDITION_OF, Condition, PartnerCondition, Setting
from alerts.terms import KINDS, SEVERITIES
from alerts.trial import new_rule
from alerts.trial import words as trial_words
from alerts.trial.new_rule import Offered, condition_of, field_of, words_field
from alerts.trial.rule_text import TakesNone, keys_of, with_rule
from feedback_engine.foundation.errors import Fault
from feedback_engine.foundation.i18n import current_locale, gettext, language_for_reader
from feedback_engine.foundation.unit_of_work import Reading
from journeys import reading as journeys
from surveys import reading as surveys

_ANY = {"key": "a", "name": "a", "when": {"condition": "asks_for_contact"}}
"""A rule by which a text shows whether it takes one more."""
_LONGEST_QUESTION = 60


@dataclass(frozen=True, slots=True)
class Added:
    """A draft with the new rule and what is said of it; else the form again, `is_refused` where something is wrong."""

    text: str | None
    said: str = ""
    page: str = ""
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """A field of the form."""

    name: str
    label: str
    value: str
    type: str
    hint: str
    options: list[tuple[str, str]]
    attributes: Mapping[str, int]


def is_sent(form: Mapping[str, str]) -> bool:
    """Whether a rule comes along, to be put into the draft."""
    return "rule/condition" in form and "rule/without" not in form


def add(reading: Reading, text: str, sent: Mapping[str, str]) -> Added:
    """The draft with the rule that was sent. Of a condition that was just chosen, the form shows the settings first."""
    if sent["rule/condition"] != sent.get("rule/shown"):
        return Added(None, page=draw(reading, text, sent))
    rule, faults = new_rule.read_rule(sent, keys_of(text), _offered(reading))
    if faults:
        return Added(None, page=draw(reading, text, sent, faults), is_refused=True)
    try:
        written = with_rule(text, rule)
    except TakesNone as none:
        return Added(None, page=draw(reading, text, sent, [Fault("", none.words)]), is_refused=True)
    said = gettext("“{rule}” is in the draft.", rule=rule["name"])
    if issubclass(condition_of(sent), PartnerCondition):
        said += " " + gettext("It needs no answer, so there is nothing to try it on.")
    return Added(written, said)


def draw(reading: Reading, text: str, sent: Mapping[str, str], faults: list[Fault] | None = None) -> str:
    """The form, as far as it is filled."""
    condition, offered = condition_of(sent), _offered(reading)
    name = new_rule.condition_name(condition)
    is_shown = sent.get("rule/shown") == name
    first = surveys.program_in_force(reading).first_language
    return render_template(
        "alerts/bench_rule.html",
        text=text,
        sent=sent,
        faults=faults or (),
        takes_none=_why_none(text),
        condition=name,
        conditions=_conditions(),
        fields=[each for one in condition.settings for each in _asked(reading, condition, one, sent, offered)],
        needs_no_answer=issubclass(condition, PartnerCondition),
        touchpoints=_touchpoints(reading) if new_rule.takes_touchpoint(condition) else None,
        severities=[(each, words.severity(each)) for each in SEVERITIES],
        severity=sent.get("rule/severity", "normal"),
        kinds=[(each, words.kind(each)) for each in KINDS],
        kind=sent.get("rule/kind", "") if is_shown else condition.usual_kind,
        language=language_for_reader(first),
    )


def _why_none(text: str) -> str:
    """Why a text takes no rule; empty where it takes one."""
    try:
        with_rule(text, _ANY)
    except TakesNone as none:
        return none.words
    return ""


# ---- what there is to choose


def _offered(reading: Reading) -> Offered:
    placed = journeys.touchpoints(reading)
    scored = {
        survey.survey: [question.key for question in survey.questions if question.metric is not None]
        for _, survey in surveys.list_surveys(reading)
    }
    return Offered(
        touchpoints=[each.definition.key for each in placed],
        questions=_questions(reading),
        asked={each.definition.key: scored.get(each.definition.survey or "", ()) for each in placed},
        events=list(dict.fromkeys(each.definition.event for each in placed)),
        languages=surveys.program_in_force(reading).languages,
        scales=surveys.scales(reading),
    )


def _conditions() -> list[tuple[None, str, list[tuple[str, str]]]]:
    """The conditions in words, those that look at answers first."""
    of_partner = {name: issubclass(each, PartnerCondition) for name, each in CONDITION_OF.items()}
    return [
        (None, label, [(name, gettext(each.said)) for name, each in CONDITION_OF.items() if of_partner[name] == wanted])
        for label, wanted in ((gettext("of an answer"), False), (gettext("without an answer"), True))
    ]


def _touchpoints(reading: Reading) -> list[tuple[str, str]]:
    first = surveys.program_in_force(reading).first_language
    named = [
        (each.definition.key, each.definition.name.get(current_locale(), first))
        for each in journeys.touchpoints(reading)
    ]
    return [("", gettext("all touchpoints")), *named]


def _questions(reading: Reading) -> dict[str, str]:
    """The first words of each question in force that has a score, by its key."""
    first = surveys.program_in_force(reading).first_language
    found: dict[str, str] = {}
    for _, survey in surveys.list_surveys(reading):
        for question in survey.questions:
            if question.metric is not None:
                found.setdefault(question.key, question.text.get(current_locale(), first))
    return {
        key: said if len(said) <= _LONGEST_QUESTION else f"{said[:_LONGEST_QUESTION]}…" for key, said in found.items()
    }


# ---- fields


def _asked(
    reading: Reading, condition: type[Condition], setting: Setting, sent: Mapping[str, str], offered: Offered
) -> list[_Asked]:
    """The fields of a setting: one, or for words one for each language."""
    label, hint = gettext(setting.words), gettext(setting.hint) if setting.hint else ""
    if setting.kind == "words":
        return [
            _Asked(
                words_field(each),
                gettext("{setting}, in {language}", setting=label, language=language_for_reader(each)),
                sent.get(words_field(each), ""),
                "textarea",
                hint if number == 0 else "",
                [],
                {},
            )
            for number, each in enumerate(offered.languages)
        ]
    options, attributes = _options(reading, setting, offered), {}
    if setting.kind in ("score", "points", "whole"):
        # The question may be changed beside it: on which scale the number has to lie is known once it is sent.
        least, most = new_rule.limits_of(condition, setting, None, {})
        attributes = {"min": least, "max": most}
        hint = " · ".join(filter(None, (trial_words.unit(setting, least, most, offered.scales), hint)))
    value = sent.get(field_of(setting.name), _usual(condition, setting, options))
    kind = "select" if options else "number" if attributes else "text"
    return [_Asked(field_of(setting.name), label, value, kind, hint, options, attributes)]


def _options(reading: Reading, setting: Setting, offered: Offered) -> list[tuple[str, str]]:
    if setting.kind == "question":
        scales = offered.scales
        # The scale first: a narrow screen cuts off the end.
        named = [(key, trial_words.behind_scale(said, scales.get(key))) for key, said in _questions(reading).items()]
        return [*named, ("", gettext("the first score of each answer"))]
    if setting.kind == "event":
        return [("", gettext("the partner’s own attributes")), *((each, each) for each in offered.events)]
    return [(key, gettext(said)) for key, said in setting.choices]


def _usual(condition: type[Condition], setting: Setting, options: list[tuple[str, str]]) -> str:
    """What a field holds at first: what holds where the file says nothing; of questions, one with a scale."""
    if setting.kind == "question":
        return options[0][0]
    default: Any = condition.model_fields[setting.name].get_default()
    return str(default) if isinstance(default, str | int) else ""
