"""Pure. What no single file of a program can show: whether the files fit together, and what is unwise in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from alerts.definitions import AlertFile
from feedback_engine.app.program_files import Source, Sources
from feedback_engine.foundation.definitions import DefinitionFault, KeyPath, LocalText, check, did_you_mean
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.expressions import InvalidCondition, Problem, why_pointless
from journeys.definitions import JourneyDefinition, TouchpointDefinition, find_contradictions
from surveys.definitions import SurveyDefinition, remarks, undeclared_fields
from surveys.questions import ScaleQuestion
from surveys.sampling import conditions
from surveys.sampling.definitions import SamplingRules

Faults = Iterator[DefinitionFault]

_RESERVED = frozenset(
    ("type", "at", "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if")
) | frozenset(("import", "let", "loop", "package", "namespace", "return", "var", "void", "while"))
"""`event.type` and `event.at` are the event's own; the others are words of the condition language."""


def cross_faults(sources: Sources) -> list[DefinitionFault]:
    """Every fault between files that could each be read."""
    found = [*_program_faults(sources), *_contradictions(sources)]
    for journey, at, touchpoint in placed(sources):
        found += _touchpoint_faults(sources, journey, at, touchpoint)
    return [*found, *_survey_faults(sources), *_alert_faults(sources)]


def warnings(sources: Sources) -> list[DefinitionFault]:
    """What may stand but should be looked at: texts missing in a language, long surveys, scores that never differ."""
    if sources.program is None:
        return []
    languages = sources.program.model.languages
    found: list[DefinitionFault] = []
    others: list[Source[Any]] = [sources.program, *sources.journeys, *sources.alerts]
    for source in others:
        found += _missing_languages(source, languages)
    for survey in sources.surveys:
        for remark in remarks(survey.model, languages):
            path = _path_of(remark.pointer)
            found.append(survey.loaded.fault(path, f"{_place(path)}{remark.detail}"))
    return [*found, *_limits_beyond_scales(sources)]


def placed(sources: Sources) -> Iterator[tuple[Source[JourneyDefinition], KeyPath, TouchpointDefinition]]:
    """Every touchpoint with its file and its place in it."""
    for journey in sources.journeys:
        for s, stage in enumerate(journey.model.stages):
            for t, touchpoint in enumerate(stage.touchpoints):
                yield journey, ("stages", s, "touchpoints", t), touchpoint


def asked_at(sources: Sources, touchpoints: Collection[str] | None) -> list[SurveyDefinition]:
    """The surveys that the given touchpoints ask (all of them for None)."""
    keys = {
        touchpoint.survey
        for _, _, touchpoint in placed(sources)
        if touchpoints is None or touchpoint.key in touchpoints
    }
    return [source.model for source in sources.surveys if source.model.survey in keys]


def _program_faults(sources: Sources) -> Faults:
    if sources.program is not None:
        yield from _sampling_faults(sources, sources.program, ("sampling",), sources.program.model.sampling)


def _contradictions(sources: Sources) -> Faults:
    """The journeys' own check names the journey first; of two files with one key it means the later."""
    files = {source.model.journey: source for source in sources.journeys}
    for fault in find_contradictions([source.model for source in sources.journeys]):
        journey, *path = _path_of(fault.pointer)
        source = files[str(journey)]
        yield source.loaded.fault(tuple(path), fault.detail)


def _touchpoint_faults(
    sources: Sources, source: Source[JourneyDefinition], at: KeyPath, touchpoint: TouchpointDefinition
) -> Faults:
    surveys = [survey.model.survey for survey in sources.surveys]
    if touchpoint.survey is not None and touchpoint.survey not in surveys and "surveys" in sources.whole:
        remedy = did_you_mean(touchpoint.survey, surveys) or "Write it in `surveys/`, or leave `survey` out."
        yield source.loaded.fault((*at, "survey"), f"There is no survey `{touchpoint.survey}`.", remedy)
    if sources.program is not None:
        personas = sources.program.model.personas
        for n, persona in enumerate(touchpoint.personas):
            if persona not in personas:
                remedy = did_you_mean(persona, personas) or "Add it to `personas` in program.yaml."
                yield source.loaded.fault((*at, "personas", n), f"There is no persona `{persona}`.", remedy)
    for block in ("attributes", "partner_attributes"):
        for name in getattr(touchpoint, block):
            if name in _RESERVED:
                wrong = f"The attribute `{name}` has a name that conditions cannot use."
                yield source.loaded.fault((*at, block, name), wrong, f"Call it `{name}_name` or so.")
    yield from _condition_faults(source, at, touchpoint)
    yield from _sampling_faults(sources, source, (*at, "sampling"), touchpoint.sampling)
    yield from _stratum_faults(source, at, touchpoint)


def _condition_faults(source: Source[JourneyDefinition], at: KeyPath, touchpoint: TouchpointDefinition) -> Faults:
    if touchpoint.condition is None:
        return
    attributes = {name: attribute.type for name, attribute in touchpoint.attributes.items() if not attribute.personal}
    partner = {name: attribute.type for name, attribute in touchpoint.partner_attributes.items()}
    try:
        pointless = why_pointless(conditions.compiled(touchpoint.condition, attributes, partner))
    except InvalidCondition as error:
        for problem in error.problems:
            yield source.loaded.fault((*at, "condition"), _of_condition(problem))
    except Invalid as error:
        yield source.loaded.fault((*at, "condition"), error.message)
    else:
        if pointless is not None:
            leave_out = "To ask always, leave `condition` out; to ask nobody, leave `survey` out."
            remedy = "" if pointless.remedy else leave_out
            yield source.loaded.fault((*at, "condition"), _of_condition(pointless), remedy)


def _of_condition(problem: Problem) -> str:
    return f"`condition`, {problem}" if problem.line else f"`condition`: {problem}"


def _sampling_faults(sources: Sources, source: Source[Any], at: KeyPath, block: dict[str, Any] | None) -> Faults:
    if block is None:
        return
    rules, faults = check(SamplingRules, source.loaded, at, type(source.model))
    yield from faults
    if rules is None or rules.send_window is None or rules.send_window.calendar is None or sources.program is None:
        return
    calendars = sources.program.model.calendars
    wanted = rules.send_window.calendar
    if wanted not in calendars:
        path = (*at, "send_window", "calendar")
        yield source.loaded.fault(path, f"There is no calendar `{wanted}`.", did_you_mean(wanted, calendars))


def _stratum_faults(source: Source[JourneyDefinition], at: KeyPath, touchpoint: TouchpointDefinition) -> Faults:
    """A random share by an attribute that nobody declares would put everybody into one stratum."""
    share = (touchpoint.sampling or {}).get("random_share")
    by = share.get("by") if isinstance(share, dict) else None
    for prefix, declared in (
        ("partner.attributes.", touchpoint.partner_attributes),
        ("event.", touchpoint.attributes),
    ):
        if isinstance(by, str) and by.startswith(prefix) and by.removeprefix(prefix) not in declared:
            wrong = f"`{by}` is not a declared attribute of this touchpoint."
            remedy = did_you_mean(by.removeprefix(prefix), declared) or "Declare it."
            yield source.loaded.fault((*at, "sampling", "random_share", "by"), wrong, remedy)


def _survey_faults(sources: Sources) -> Faults:
    yield from _twice(((source, ("survey",), source.model.survey) for source in sources.surveys), "survey")
    for source in sources.surveys:
        for journey, _, touchpoint in placed(sources):
            if touchpoint.survey != source.model.survey:
                continue
            declared = [name for name, attribute in touchpoint.attributes.items() if not attribute.personal]
            for fault in undeclared_fields(source.model, declared):
                remedy = f"Declare it at `{touchpoint.key}` in {journey.loaded.name}, or take it out of the text."
                yield source.loaded.fault(_path_of(fault.pointer), fault.detail, remedy)


def _alert_faults(sources: Sources) -> Faults:
    files = sources.alerts
    rules = ((f, ("rules", n, "key"), rule.key) for f in files for n, rule in enumerate(f.model.rules))
    yield from _twice(rules, "rule")
    yield from _twice(((f, path, key) for f in files for path, key in _causes(f.model)), "root cause")
    for name in ("groups", "service_levels", "rotas"):
        yield from _twice(((f, (name, key), key) for f in files for key in getattr(f.model, name)), name)
    for name in ("routes", "escalation", "capacity"):
        having = [source for source in files if getattr(source.model, name)]
        for source in having[1:]:
            wrong = f"The {name} stand in {having[0].loaded.name} already."
            yield source.loaded.fault((name,), wrong, "Join them there.")
    with_routes = [source for source in files if source.model.routes is not None]
    if files and not with_routes and "alerts" in sources.whole:
        yield files[0].loaded.fault((), "No file says where cases go.", "Add `routes: {otherwise: team:<name>}`.")
    for source in files:
        yield from _rule_faults(sources, source)
        yield from _calendar_faults(sources, source)


def _causes(file: AlertFile) -> Iterator[tuple[KeyPath, str]]:
    """The key of every root cause with its place, those of sub-causes after their cause."""
    for n, cause in enumerate(file.root_causes):
        yield ("root_causes", n, "key"), cause.key
        yield from ((("root_causes", n, "causes", m, "key"), sub.key) for m, sub in enumerate(cause.causes or ()))


def _calendar_faults(sources: Sources, source: Source[AlertFile]) -> Faults:
    if sources.program is None:
        return
    calendars = sorted(sources.program.model.calendars)
    for kind, level in source.model.service_levels.items():
        if level.calendar is not None and level.calendar not in calendars:
            remedy = did_you_mean(level.calendar, calendars) or "Add it to `calendars` in program.yaml."
            wrong = f"There is no calendar `{level.calendar}`."
            yield source.loaded.fault(("service_levels", kind, "calendar"), wrong, remedy)


def _rule_faults(sources: Sources, source: Source[AlertFile]) -> Faults:
    if not {"journeys", "surveys"} <= sources.whole:
        return
    touchpoints = [touchpoint.key for _, _, touchpoint in placed(sources)]
    named: list[tuple[KeyPath, str]] = [
        (("rules", n, "touchpoints"), key)
        for n, rule in enumerate(source.model.rules)
        for key in rule.touchpoints or ()
    ]
    named += [(("groups", name), key) for name, keys in source.model.groups.items() for key in keys]
    for path, key in named:
        if key not in touchpoints:
            remedy = did_you_mean(key, touchpoints) or "Name one that the journeys have."
            yield source.loaded.fault(path, f"There is no touchpoint `{key}`.", remedy)
    for n, rule in enumerate(source.model.rules):
        wanted = getattr(rule.when, "question", None)
        known = {
            question.key: question for survey in asked_at(sources, rule.touchpoints) for question in survey.questions
        }
        if wanted is not None and not isinstance(known.get(wanted), ScaleQuestion):
            scored = [key for key, question in known.items() if isinstance(question, ScaleQuestion)]
            wrong = f"No survey of its touchpoints asks for a score under `{wanted}`."
            yield source.loaded.fault(("rules", n, "when", "question"), wrong, did_you_mean(wanted, scored))


def _limits_beyond_scales(sources: Sources) -> Faults:
    """A limit outside a question's scale makes a rule that fires always, or never."""
    for source in sources.alerts:
        for n, rule in enumerate(source.model.rules):
            for question in _scales(sources, rule.touchpoints, getattr(rule.when, "question", None)):
                low, high = question.scores[0], question.scores[-1]
                for name, limit in rule.when.limits().items():
                    if not low < limit <= high:
                        wrong = f"`{name}: {limit}` lies outside the scale of `{question.key}`, {low} to {high}."
                        remedy = "Name the question it is meant for."
                        yield source.loaded.fault(("rules", n, "when", name), wrong, remedy)


def _scales(sources: Sources, touchpoints: Collection[str] | None, key: str | None) -> list[ScaleQuestion]:
    """The questions a rule looks at, once each: the named one, or the first score of each survey."""
    found: dict[str, ScaleQuestion] = {}
    for survey in asked_at(sources, touchpoints):
        scored = [question for question in survey.questions if isinstance(question, ScaleQuestion)]
        for question in scored if key is not None else scored[:1]:
            if key in (None, question.key):
                found.setdefault(question.key, question)
    return list(found.values())


def _twice(entries: Iterable[tuple[Source[Any], KeyPath, str]], what: str) -> Faults:
    seen: dict[str, str] = {}
    for source, path, key in entries:
        place = f"{source.loaded.name}, line {source.loaded.line(path)}"
        if key in seen:
            wrong = f"The {what.replace('_', ' ')} `{key}` stands in {seen[key]} already."
            yield source.loaded.fault(path, wrong, "Give one of them another key, or join them.")
        seen.setdefault(key, place)


def _missing_languages(source: Source[Any], languages: tuple[str, ...]) -> list[DefinitionFault]:
    return [
        source.loaded.fault(path, f"{_place(path)}There is no text in {', '.join(missing)}.", "Add it.")
        for path, text in local_texts(source.model)
        if (missing := text.missing(languages))
    ]


def local_texts(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, LocalText]]:
    """Every localised text inside a definition, with its path."""
    if isinstance(value, LocalText):
        yield path, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from local_texts(getattr(value, name), (*path, name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from local_texts(inner, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for n, inner in enumerate(value):
            yield from local_texts(inner, (*path, n))


def _path_of(pointer: str) -> KeyPath:
    """The path behind an RFC 6901 pointer; whole numbers are positions in lists."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _place(path: KeyPath) -> str:
    named = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    return f"`{named}`: " if named else ""
