"""The program as one thing: loads a folder, compiles the plan for deciding, publishes it whole, writes it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from alerts.definitions import AlertFile, AlertProgram
from alerts.routing.tree import branches_of, recipients_of
from alerts.settling.terms import recipients_of as settling_recipients
from feedback_engine.app import program_alert_checks, program_checks, program_files, program_holes
from feedback_engine.app.program_files import Source, Sources
from feedback_engine.directory import service as directory
from feedback_engine.directory.program_definitions import ProgramDefinition
from feedback_engine.foundation import program_state, versions
from feedback_engine.foundation.definitions import DefinitionError, DefinitionFault
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Actor, Reading, UnitOfWork, Work
from journeys.definitions import JourneyDefinition
from surveys.definitions import SurveyDefinition, body_of
from surveys.sampling.compiling import compile_calendar, compile_touchpoint

Body = dict[str, Any]
Kind = Literal["program", "journey", "survey", "alerts", "plan"]

MAX_COMMENT = 2000

_ALWAYS_SAID = ("managed_by", "hold_minutes", "test_addresses")
"""Keys of program.yaml that are written even where they say what would hold anyway: people look for them."""

GONE: Body = {}
"""The body of a definition that was taken out of the program; its history stays."""


@dataclass(frozen=True, slots=True)
class ProgramFolder:
    """A whole program whose files fit together; `alerts` joins all alert files, None when there are none."""

    program: ProgramDefinition
    journeys: tuple[JourneyDefinition, ...] = ()
    surveys: tuple[SurveyDefinition, ...] = ()
    alerts: AlertFile | None = None
    warnings: tuple[DefinitionFault, ...] = ()
    alert_files: tuple[Source[AlertFile], ...] = ()

    def stages(self) -> dict[str, str]:
        """The stage of each touchpoint."""
        placed = ((stage, each) for journey in self.journeys for stage in journey.stages for each in stage.touchpoints)
        return {touchpoint.key: stage.key for stage, touchpoint in placed}


@dataclass(frozen=True, slots=True)
class Change:
    """One definition that a publication changes; `parts` are the keys in it, or its touchpoints, that differ."""

    kind: Kind
    key: str
    what: Literal["added", "changed", "removed"]
    version: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """What was put in force from `from_at` on: the version of the plan, and each change (none when nothing changed)."""

    plan_version: str
    from_at: datetime
    changes: tuple[Change, ...]


def load_folder(path: Path) -> ProgramFolder:
    """The program in a folder. Raises DefinitionError with every fault of every file, and between files."""
    if not path.is_dir():
        raise NotFound(f"There is no folder {path}; make one with `feedback-engine init {path}`.")
    return _whole(program_files.read_folder(path))


def load_texts(texts: Mapping[str, str]) -> ProgramFolder:
    """The same for files in memory, by their path inside a folder."""
    return _whole(program_files.read_texts(texts))


def load_starter() -> ProgramFolder:
    """The program of a new installation: that which `init` writes, but changed on screen until files are applied."""
    starter = load_texts(program_files.starter_texts())
    return replace(starter, program=starter.program.model_copy(update={"managed_by": "screen"}))


def _whole(sources: Sources) -> ProgramFolder:
    faults = [*sources.faults, *program_checks.cross_faults(sources), *program_alert_checks.alert_faults(sources)]
    if faults or sources.program is None:
        raise DefinitionError(dict.fromkeys(faults))
    return whole_of(sources)


def whole_of(sources: Sources) -> ProgramFolder:
    """Files that fit together as one program."""
    assert sources.program is not None
    return ProgramFolder(
        program=sources.program.model,
        journeys=tuple(source.model for source in sources.journeys),
        surveys=tuple(source.model for source in sources.surveys),
        alerts=_joined([source.model for source in sources.alerts]),
        warnings=tuple(program_checks.warnings(sources)),
        alert_files=tuple(sources.alerts),
    )


def _joined(files: list[AlertFile]) -> AlertFile | None:
    if not files:
        return None
    return AlertFile(
        rules=tuple(rule for file in files for rule in file.rules),
        routes=next((file.routes for file in files if file.routes is not None), None),
        groups={name: keys for file in files for name, keys in file.groups.items()},
        service_levels={kind: level for file in files for kind, level in file.service_levels.items()},
        escalation=next((file.escalation for file in files if file.escalation), ()),
        root_causes=tuple(cause for file in files for cause in file.root_causes),
        rotas={key: rota for file in files for key, rota in file.rotas.items()},
        examples=tuple(example for file in files for example in file.examples),
        capacity=next((file.capacity for file in files if file.capacity is not None), None),
        settling=next((file.settling for file in files if file.settling is not None), None),
    )


def compile_plan(folder: ProgramFolder) -> Body:
    """The whole closure that deciding uses: rules of each touchpoint, calendars with their dates, who made them up.

    Its hash names every decision, so all that could change a decision is in it, or is named in it by version.
    """
    program = _body(folder.program)
    calendars, personas = program["calendars"], program.get("personas", {})
    surveys = {survey.survey: body_of(survey) for survey in folder.surveys}
    survey_versions = {key: versions.version_of("survey", body) for key, body in surveys.items()}
    touchpoints = [touchpoint for journey in folder.journeys for touchpoint in journey.touchpoints()]
    return {
        "touchpoints": {
            touchpoint.key: compile_touchpoint(
                program.get("sampling"),
                _body(touchpoint),
                calendars,
                personas,
                surveys.get(touchpoint.survey or ""),
                survey_version=survey_versions.get(touchpoint.survey or "", ""),
                calendar=folder.program.default_calendar,
                hold_minutes=folder.program.hold_minutes,
            )
            for touchpoint in touchpoints
        },
        "calendars": {key: compile_calendar(calendar) for key, calendar in calendars.items()},
        "journeys": {journey.journey: versions.version_of("journey", _body(journey)) for journey in folder.journeys},
        "surveys": survey_versions,
    }


def bodies(folder: ProgramFolder) -> dict[tuple[Kind, str], Body]:
    """Everything a program publishes, by kind and key, in the order in which it is published."""
    found: dict[tuple[Kind, str], Body] = {("program", "program"): _body(folder.program)}
    found |= {("survey", survey.survey): body_of(survey) for survey in folder.surveys}
    found |= {("journey", journey.journey): _body(journey) for journey in folder.journeys}
    found["alerts", "alerts"] = _alerts_body(folder)
    found["plan", "plan"] = compile_plan(folder)
    return found


def _alerts_body(folder: ProgramFolder) -> Body:
    alerts = alerts_of(folder)
    return GONE if alerts is None else _body(alerts)


def alerts_of(folder: ProgramFolder) -> AlertProgram | None:
    """The alerts of a program as they are published, with calendars and personas; None when it has none."""
    if folder.alerts is None:
        return None
    program = _body(folder.program)
    calendars, personas = program["calendars"], program.get("personas", {})
    named = _personas_named(folder.alerts)
    return AlertProgram.model_validate(
        {
            **_body(folder.alerts),
            "calendars": {
                key: {**calendar, "holidays": compile_calendar(calendar)["holidays"]}
                for key, calendar in calendars.items()
            },
            "calendar": folder.program.default_calendar,
            # Those that no route names change no case, so they change no version of the alerts either.
            "personas": {key: persona for key, persona in personas.items() if key in named},
        }
    )


def _personas_named(alerts: AlertFile) -> set[str]:
    branches = branches_of(alerts.routes) if alerts.routes is not None else ()
    of_partner = alerts.settling.partner_escalation if alerts.settling is not None else None
    return {persona for _, branch in branches for persona in branch.match.persona or ()} | set(of_partner or ())


def _body(definition: BaseModel) -> Body:
    return definition.model_dump(mode="json", exclude_none=True)


def find_changes(reading: Reading, folder: ProgramFolder, at: datetime | None = None) -> list[Change]:
    """What publishing the folder would change in what is in force at `at` (default: now)."""
    return [change for change, _ in _changes(reading, bodies(folder), at)]


def _changes(
    reading: Reading, wanted: Mapping[tuple[Kind, str], Body], at: datetime | None
) -> list[tuple[Change, Body]]:
    kept: list[Kind] = ["journey", "survey"]
    gone = {(kind, key): GONE for kind in kept for key in versions.keys(reading, kind) if (kind, key) not in wanted}
    found: list[tuple[Change, Body]] = []
    for (kind, key), body in {**wanted, **gone}.items():
        before = versions.in_force(reading, kind, key, at)
        version = versions.version_of(kind, body)
        if before.version == version if before else not body:
            continue
        old = before.body if before else GONE
        found.append((Change(kind, key, _what(old, body), version, _differing(kind, old, body)), body))
    return found


def _differing(kind: Kind, before: Body, after: Body) -> tuple[str, ...]:
    """What differs between two versions of a definition: touchpoints of a plan or journey, else keys of its file."""
    if not before or not after:
        return ()
    old, new = _parts(kind, before), _parts(kind, after)
    return tuple(name for name in {**old, **new} if old.get(name) != new.get(name))


def _parts(kind: Kind, body: Body) -> Body:
    if kind == "plan":
        return dict(body.get("touchpoints", {}))
    if kind == "journey":
        stages = body.get("stages", ())
        return {each["key"]: each for stage in stages for each in stage.get("touchpoints", ())}
    return body


def _what(before: Body, after: Body) -> Literal["added", "changed", "removed"]:
    if not after:
        return "removed"
    return "changed" if before else "added"


def publish(
    work: Work,
    actor: Actor,
    folder: ProgramFolder,
    comment: str = "",
    from_at: datetime | None = None,
    *,
    instead_of: tuple[str, str] | None = None,
) -> Publication:
    """Put a program in force, whole or not at all; what is the same as before gets no new activation.

    Teams that routes and escalation name are made, so that the last resort of every case exists. `instead_of` is
    what the change was made on: `program` or `alerts`, and its version, empty where there was none. Raises Conflict
    when another is in force by now, Invalid when `from_at` lies in the past of a program that has decided already: what
    was in force then cannot change, and DefinitionError for alerts with a hole in their routes (`_refuse_holes`).
    """
    if len(comment) > MAX_COMMENT:
        raise Invalid(f"The comment has more than {MAX_COMMENT} characters; shorten it.")
    wanted = bodies(folder)
    plan_version = versions.version_of("plan", wanted["plan", "plan"])
    _refuse_holes(work, folder, wanted["alerts", "alerts"])
    with work.begin(actor=actor) as uow:
        versions.lock_for_publishing(uow)
        _refuse_rewriting(uow, from_at)
        _refuse_overwriting(uow, instead_of)
        changes = _changes(uow, wanted, from_at)
        for change, body in changes:
            versions.publish(uow, change.kind, change.key, body)
            versions.activate(uow, change.kind, change.key, change.version, from_at, comment)
        _ensure_teams(uow, folder)
        if changes:
            summary = [f"{change.kind}/{change.key} {change.what}" for change, _ in changes]
            uow.audit("program.published", "program", plan_version, {"comment": comment, "changes": summary})
        return Publication(plan_version, from_at or uow.now, tuple(change for change, _ in changes))


def _refuse_holes(work: Work, folder: ProgramFolder, body: Body) -> None:
    """Changed alerts may leave nobody's case to nobody. A program that is still a draft has no people yet, and is
    looked at only when its routes say `fallback: refuse`."""
    alerts = alerts_of(folder)
    if alerts is None:
        return
    with work.read() as reading:
        before = versions.in_force(reading, "alerts", "alerts")
        same = before is not None and before.version == versions.version_of("alerts", body)
        if same or (program_state.current(reading) == "draft" and alerts.routes.fallback != "refuse"):
            return
        faults = program_holes.holes(reading, folder.alert_files, alerts, folder.stages())
    if faults:
        raise DefinitionError(dict.fromkeys(faults))


def _refuse_rewriting(uow: UnitOfWork, from_at: datetime | None) -> None:
    if from_at is not None and from_at < uow.now and versions.in_force(uow, "plan", "plan") is not None:
        raise Invalid("A program cannot be changed in the past; leave the time out, or name one to come.")


def _refuse_overwriting(uow: UnitOfWork, instead_of: tuple[str, str] | None) -> None:
    if instead_of is None:
        return
    kind, version = instead_of
    present = versions.in_force(uow, kind, kind)
    if (present.version if present else "") != version:
        if kind == "alerts":
            raise Conflict(gettext("Other alerts were published meanwhile."))
        raise Conflict(gettext("Somebody else changed the program meanwhile. Load the page anew, then change it."))


def change_program(work: Work, actor: Actor, changed: ProgramDefinition, instead_of: str) -> None:
    """Publish the program in force with another program.yaml, as `apply` would publish its files.

    `instead_of` is the version that the change was made on. Raises Conflict when another is in force by now or when
    files manage it, DefinitionError when the changed program does not fit the rest.
    """
    with work.read() as reading:
        texts = texts_in_force(reading)
    if load_texts(texts).program.managed_by == "files":
        raise Conflict(gettext("This program is managed by files. Change program.yaml there and apply it."))
    folder = load_texts({**texts, program_files.PROGRAM_FILE: _text(ProgramDefinition, _body(changed))})
    publish(work, actor, folder, "Changed on screen", instead_of=("program", instead_of))


def _ensure_teams(uow: UnitOfWork, folder: ProgramFolder) -> None:
    if folder.alerts is None or folder.alerts.routes is None:
        return
    named = [*recipients_of(folder.alerts.routes), *(level.to for level in folder.alerts.escalation)]
    named += settling_recipients(folder.alerts)
    for recipient in dict.fromkeys(named):
        kind, _, name = recipient.partition(":")
        if kind == "team":
            directory.ensure_team(uow, name)


def export(reading: Reading, path: Path, at: datetime | None = None) -> list[str]:
    """Write the program in force at `at` (default: now) as files that load to the same versions.

    Returns the paths written. Raises NotFound when no program was published yet, Conflict when the folder is not empty.
    """
    return program_files.write_folder(path, texts_in_force(reading, at))


def texts_in_force(reading: Reading, at: datetime | None = None) -> dict[str, str]:
    """The same as texts, by their path inside a program folder. Raises NotFound when no program was published yet."""
    program = versions.in_force(reading, "program", "program", at)
    if program is None:
        raise NotFound("No program was published yet; publish one with `feedback-engine apply DIR`.")
    texts = {program_files.PROGRAM_FILE: _text(ProgramDefinition, program.body)}
    kept: list[tuple[Kind, str, type[BaseModel]]] = [
        ("journey", "journeys", JourneyDefinition),
        ("survey", "surveys", SurveyDefinition),
        ("alerts", "alerts", AlertFile),
    ]
    for kind, folder, model in kept:
        for key in versions.keys(reading, kind):
            found = versions.in_force(reading, kind, key, at)
            if found is not None and found.body:
                texts[f"{folder}/{key}.yaml"] = _text(model, found.body)
    return texts


def _text(model: type[BaseModel], body: Body) -> str:
    """A stored body as YAML, without what the model would say anyway and without what publishing added."""
    known = {name: value for name, value in body.items() if name in model.model_fields}
    definition = model.model_validate(known)
    said = definition.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    if isinstance(definition, ProgramDefinition):
        said |= definition.model_dump(mode="json", include=set(_ALWAYS_SAID))
    return program_files.to_yaml(said)
