"""Pure. Whether the alert files fit the rest of a program, and whether the examples of their routes hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from alerts.conditions import PartnerCondition, Scored
from alerts.definitions import AlertFile
from alerts.raising.rules import Rule
from alerts.routing import examples
from alerts.routing.examples import Example, Outcome
from alerts.routing.tree import Routes, branches_of
from alerts.trial.views import ExampleResult
from feedback_engine.app.program_checks import asked_at, placed
from feedback_engine.app.program_files import Source, Sources
from feedback_engine.foundation.definitions import DefinitionFault, KeyPath, did_you_mean
from surveys.questions import ScaleQuestion

Faults = Iterator[DefinitionFault]


def alert_faults(sources: Sources) -> list[DefinitionFault]:
    """Every fault between alert files and the rest; examples are tried once all else fits."""
    return name_faults(sources) or [fault for _, fault in examples_tried(sources) if fault is not None]


def name_faults(sources: Sources) -> list[DefinitionFault]:
    """Names in the alert files that the rest of the program does not know."""
    faults: list[DefinitionFault] = []
    for source in sources.alerts:
        faults += [*_rota_faults(sources, source), *_recipient_faults(sources, source), *_match_faults(sources, source)]
        faults += [*_attribute_faults(sources, source), *_recovery_faults(sources, source)]
    return faults


# ---- names


def _rota_faults(sources: Sources, source: Source[AlertFile]) -> Faults:
    if sources.program is None:
        return
    for key, rota in source.model.rotas.items():
        if rota.calendar is not None:
            calendars = sources.program.model.calendars
            yield from _unknown(source, ("rotas", key, "calendar"), "calendar", rota.calendar, calendars)


def _recipient_faults(sources: Sources, source: Source[AlertFile]) -> Faults:
    """A rota that is named has to stand in one of the files."""
    if "alerts" not in sources.whole:
        return
    rotas = [key for file in sources.alerts for key in file.model.rotas]
    for path, recipient in recipients_named(source.model):
        kind, _, key = recipient.partition(":")
        if kind == "rota":
            yield from _unknown(source, path, "rota", key, rotas, "Add it to `rotas`.")


def recipients_named(file: AlertFile) -> Iterator[tuple[KeyPath, str]]:
    """Every recipient in a file, with its place."""
    named: list[tuple[KeyPath, str | None]] = []
    if file.routes is not None:
        named += [(("routes", "to"), file.routes.to), (("routes", "otherwise"), file.routes.otherwise)]
        for path, branch in branches_of(file.routes):
            named += [(("routes", *path, "to"), branch.to), (("routes", *path, "otherwise"), branch.otherwise)]
    named += [(("escalation", n, "to"), level.to) for n, level in enumerate(file.escalation)]
    if file.settling is not None:
        named += [(("settling", "mediator", n), to) for n, to in enumerate(file.settling.mediator)]
        named += [(("settling", "escalation", n), to) for n, to in enumerate(file.settling.escalation)]
    named += [(("examples", n, "expect", "to"), example.expect.to) for n, example in enumerate(file.examples)]
    return ((path, recipient) for path, recipient in named if recipient is not None)


def _match_faults(sources: Sources, source: Source[AlertFile]) -> Faults:
    """Stages and personas that a branch or an example names have to be those of the program."""
    named: list[tuple[KeyPath, str, str]] = []
    if source.model.routes is not None:
        for path, branch in branches_of(source.model.routes):
            at = ("routes", *path, "match")
            named += [((*at, "stage"), "stage", key) for key in branch.match.stage or ()]
            named += [((*at, "persona"), "persona", key) for key in branch.match.persona or ()]
    for n, example in enumerate(source.model.examples):
        for name in ("stage", "persona", "touchpoint"):
            key = getattr(example.given, name)
            if key is not None:
                named.append((("examples", n, "given", name), name, key))
    known = _known(sources)
    for place, name, key in named:
        if name in known:
            yield from _unknown(source, place, name, key, known[name])


def _recovery_faults(sources: Sources, source: Source[AlertFile]) -> Faults:
    """What asks how a settled case is now is a touchpoint whose survey has one question."""
    recovery = source.model.settling.recovery if source.model.settling is not None else None
    if recovery is None or not {"journeys", "surveys"} <= sources.whole:
        return
    at: KeyPath = ("settling", "recovery", "touchpoint")
    known = _known(sources)["touchpoint"]
    yield from _unknown(source, at, "touchpoint", recovery.touchpoint, known)
    asked = asked_at(sources, (recovery.touchpoint,))
    if recovery.touchpoint in known and not any(len(survey.questions) == 1 for survey in asked):
        wrong = f"The touchpoint `{recovery.touchpoint}` asks with no survey of one question."
        yield source.loaded.fault(at, wrong, "Give it a survey that asks how it is now, and nothing else.")


def _known(sources: Sources) -> dict[str, Collection[str]]:
    """What there is, of each kind of name whose every file could be read."""
    known: dict[str, Collection[str]] = {}
    if "journeys" in sources.whole:
        known["stage"] = [stage.key for journey in sources.journeys for stage in journey.model.stages]
        known["touchpoint"] = [touchpoint.key for _, _, touchpoint in placed(sources)]
    if sources.program is not None:
        known["persona"] = list(sources.program.model.personas)
    return known


def _unknown(
    source: Source[AlertFile], path: KeyPath, what: str, key: str, known: Collection[str], remedy: str = ""
) -> Faults:
    if key not in known:
        remedy = did_you_mean(key, known) or remedy or "Name one that the program has."
        yield source.loaded.fault(path, f"There is no {what} `{key}`.", remedy)


def _attribute_faults(sources: Sources, source: Source[AlertFile]) -> Faults:
    """An event that a condition reads has to be one of the journeys', and its attributes declared there."""
    if "journeys" not in sources.whole:
        return
    declared: dict[str, set[str]] = {}
    for _, _, touchpoint in placed(sources):
        kept = {name for name, attribute in touchpoint.attributes.items() if not attribute.personal}
        declared[touchpoint.event] = declared.get(touchpoint.event, set()) | kept
    for n, rule in enumerate(source.model.rules):
        wanted = rule.when.event_attributes() if isinstance(rule.when, PartnerCondition) else None
        if wanted is not None:
            event, names = wanted
            yield from _unknown(source, ("rules", n, "when", "event"), "event", event, declared)
            for name in names if event in declared else ():
                at = ("rules", n, "when", "attribute")
                yield from _unknown(source, at, "attribute", name, declared[event], f"Declare it at {event}.")


# ---- examples


def examples_tried(sources: Sources) -> Iterator[tuple[ExampleResult, DefinitionFault | None]]:
    """Each example with what came out, and the fault of one that does not hold."""
    routes = next((file.model.routes for file in sources.alerts if file.model.routes is not None), None)
    if routes is None or not {"alerts", "journeys", "surveys"} <= sources.whole:
        return
    rules = [rule for file in sources.alerts for rule in file.model.rules]
    stages = {
        touchpoint.key: stage.key
        for journey in sources.journeys
        for stage in journey.model.stages
        for touchpoint in stage.touchpoints
    }
    for source in sources.alerts:
        for n, example in enumerate(source.model.examples):
            stage = stages.get(example.given.touchpoint or "", "")
            yield _tried(sources, source, n, example, rules, routes, stage)


def _tried(
    sources: Sources,
    source: Source[AlertFile],
    n: int,
    example: Example,
    rules: list[Rule],
    routes: Routes,
    stage: str,
) -> tuple[ExampleResult, DefinitionFault | None]:
    question = _question(sources, example)
    place = f"{source.loaded.name}:{source.loaded.line(('examples', n))}"
    unfit = _unfit(source, n, example, question)
    if unfit is not None:
        return ExampleResult(example.name, place, example.expect.to, None, holds=False), unfit
    given = example.given
    scored = Scored(question.key, question.kind, given.score) if question and given.score is not None else None
    outcome = examples.outcome_of(example, rules, routes, scored, stage)
    holds = examples.holds(example, outcome)
    result = ExampleResult(example.name, place, example.expect.to, outcome.to, holds)
    if holds:
        return result, None
    wrong = f"The example `{example.name}` does not hold: {_told(example, outcome)}"
    return result, source.loaded.fault(("examples", n, "expect"), wrong, "Change the routes, the rules or the example.")


def _unfit(
    source: Source[AlertFile], n: int, example: Example, question: ScaleQuestion | None
) -> DefinitionFault | None:
    """Why nobody could give the score of an example."""
    given, path = example.given, ("examples", n, "given", "score")
    if given.score is not None and question is None:
        wrong = f"The survey of `{given.touchpoint}` asks for no such score."
        return source.loaded.fault(path, wrong, "Name its question.")
    if given.score is not None and question is not None and given.score not in question.scores:
        wrong = f"{given.score} lies outside the scale of `{question.key}`."
        return source.loaded.fault(path, wrong, f"Give a score from {question.scores[0]} to {question.scores[-1]}.")
    return None


def _question(sources: Sources, example: Example) -> ScaleQuestion | None:
    """The question that the example's score answers: the one it names, else the first of the survey with a score."""
    asked = [
        question
        for survey in asked_at(sources, (example.given.touchpoint or "",))
        for question in survey.questions
        if isinstance(question, ScaleQuestion) and example.given.question in (None, question.key)
    ]
    return next(iter(asked), None)


def _told(example: Example, outcome: Outcome) -> str:
    """What came out instead, and why."""
    if outcome.to is None:
        about = "partner" if example.given.partner is not None else "answer"
        return f"no rule fires on this {about}, so nobody gets it, where {example.expect.to} is expected."
    because = f"the rule `{outcome.rule}` fires, and " if outcome.rule else ""
    wanted = f"{example.expect.to} is" if example.expect.to else "no alert is"
    return f"{because}it goes to {outcome.to}, by {_branch(outcome)}, where {wanted} expected."


def _branch(outcome: Outcome) -> str:
    """The branches taken, outermost first: `tier Gold > region APAC`."""
    taken = [", ".join(f"{name} {value}" for name, value in matched.items()) for _, matched in outcome.branches]
    return f"the branch for {' > '.join(taken)}" if taken else "the root of the tree"
