"""5: one decision with every sampling rule on and every verdict kept, against two SDKs that answer yes or no."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from benchmarks import peering
from benchmarks.kit import Result, Run, Series, interleave
from benchmarks.processes import Failed
from benchmarks.settings import Settings
from feedback_engine.app import memory, program
from surveys.sampling.compiling import compile_calendar, compile_touchpoint
from surveys.sampling.decide import decide
from surveys.sampling.facts import Facts
from surveys.sampling.plan import Plan
from surveys.sampling.rules import SAMPLING_RULES
from surveys.sampling.verdict import OFF

NUMBER = "5"
TITLE = "online decision"
TOUCHPOINT = "quote.delivered"
PEOPLE = 5_000
SECONDS = 1.0
PEERS = {
    "growthbook": ("GrowthBook's SDK", "growthbook_sdk.py"),
    "unleash": ("Unleash's SDK", "unleash_sdk.py"),
}
_AT = 1_773_045_000_000_000  # a Monday morning in March 2026, in microseconds
_DAY = 86_400_000_000
_SAMPLING = {
    "max_age_days": 14,
    "hold": True,
    "random_share": {"rate": 0.5, "by": "partner.tier", "rates": {"Platinum": 0.6}},
    "quarantine": [{"since_asked_days": 30}, {"since_answered_days": 60}],
    "contact_frequency": {"asks": 4, "window_days": 365},
    "account_cap": {"asks": 5, "window_days": 30},
    "send_window": {"days": ["mon", "tue", "wed", "thu", "fri"], "hours": "09:00-17:00"},
}


def run(settings: Settings) -> Result:
    """The facts lie ready on both sides; ours also makes the document of all verdicts that the ledger keeps."""
    plan, people = make_plan(), make_people()
    facts = [facts_of(person) for person in people]
    _check(plan, facts)
    memory.settle()  # as every server of the engine does once it stands
    series, measured, absent, notes = [], {}, {}, []
    for name, (title, script) in PEERS.items():
        try:
            with _peer(settings, script, people) as (decided, asked):
                ours, theirs = _interleaved(settings, plan, facts, asked)
        except Failed as error:
            absent[f"5.{name}"] = str(error)
            continue
        series.append(Series(f"{len(SAMPLING_RULES)} rules, verdicts kept", "decision", title, ours, theirs))
        measured[f"5.{name}"] = series[-1].ratio
        notes.append(f"{title} says yes to {decided:.0%} of the same people and keeps no reason.")
    invited = sum(decide(plan, each, _AT).outcome == "invite" for each in facts) / len(facts)
    notes.append(
        f"The engine invites {invited:.0%}. With the verdicts written as JSON: {_with_json(plan, facts):,.0f}/s."
    )
    return Result(NUMBER, TITLE, tuple(series), measured, absent, tuple(notes))


def make_plan() -> Plan:
    """The starter's quoted deal, which has a condition and personas, with every rule switched on."""
    starter = program.load_starter()
    head = starter.program.model_dump(mode="json", exclude_none=True)
    touchpoints = [one for journey in starter.journeys for one in journey.touchpoints()]
    touchpoint = next(one for one in touchpoints if one.key == TOUCHPOINT).model_dump(mode="json", exclude_none=True)
    survey = {"survey": "sales_cycle", "kind": "touchpoint"}
    compiled = compile_touchpoint(
        _SAMPLING, touchpoint, head["calendars"], head["personas"], survey, calendar=starter.program.default_calendar
    )
    calendars = {key: compile_calendar(calendar) for key, calendar in head["calendars"].items()}
    return Plan.from_body({"touchpoints": {TOUCHPOINT: compiled}, "calendars": calendars}, "sha256:" + "0" * 64)


def make_people() -> list[dict[str, Any]]:
    """People as an SDK is told of them. Two in three pass all rules but the random share."""
    chance = random.Random(7)
    return [
        {
            "id": f"person-{number}",
            "suppressed": chance.random() < 0.03,
            "age_days": chance.choice((0, 0, 0, 1, 2, 20)) if chance.random() < 0.2 else 0,
            "renewal": chance.random() < 0.1,
            "role": "sales manager" if chance.random() < 0.9 else "engineer",
            "open_case": chance.random() < 0.03,
            "asked_days": chance.choice((3, 12, 25)) if chance.random() < 0.1 else 200,
            "answered_days": chance.choice((40, 90)) if chance.random() < 0.2 else 400,
            "person_asks": chance.choice((0, 0, 1, 1, 2, 3, 3, 4)),
            "company_asks": chance.choice((0, 1, 2, 3, 4, 4, 5)),
        }
        for number in range(PEOPLE)
    ]


def facts_of(person: dict[str, Any]) -> Facts:
    """The same person as the rules of the engine know them."""
    number = int(person["id"].partition("-")[2])
    last = {"aa": person["asked_days"], "na": person["answered_days"]}
    spans = {"aa": 30, "na": 60}
    return Facts(
        touchpoint=TOUCHPOINT,
        event_key=number * 0x9E3779B97F4A7C15 & (1 << 64) - 1,
        event_at=_AT - person["age_days"] * _DAY,
        event_type=TOUCHPOINT,
        attributes={
            "event": {"reference": f"Q-{number}", "renewal": person["renewal"], "amount": 1200.5},
            "partner": {"tier": "Gold", "kind": "channel"},
            "contact": {"role": person["role"]},
        },
        role=person["role"],
        zone="Europe/Rome",
        stratum="Gold",
        open_case=person["open_case"],
        suppressions=(("opted_out", "all"),) if person["suppressed"] else (),
        last={code: _AT - days * _DAY for code, days in last.items() if days < spans[code]},
        person_window=_window(person["person_asks"], 100),
        account_window=_window(person["company_asks"], 20),
    )


def _window(asks: int, oldest_days: int) -> tuple[int, ...]:
    """So many asks of weight one, the oldest so many days ago."""
    if not asks:
        return ()
    pairs = ((_AT - (oldest_days - each) * _DAY, 1000) for each in range(asks))
    return (asks * 1000, *(value for pair in pairs for value in pair))


def _check(plan: Plan, facts: Sequence[Facts]) -> None:
    """Every rule is on, and every rule that can stand in the way did so for somebody."""
    decisions = [decide(plan, each, _AT) for each in facts]
    off = [rule.name for number, rule in enumerate(SAMPLING_RULES) if decisions[0].verdicts[number].result == OFF]
    idle = [
        rule.name
        for number, rule in enumerate(SAMPLING_RULES)
        if rule.name != "erased" and not any(decision.verdicts[number].fired for decision in decisions)
    ]
    if off or idle:
        raise Failed(f"Not every rule is at work: off {off}, never in the way {idle}.")


def _run(plan: Plan, facts: Sequence[Facts]) -> Run:
    return _timed(facts, lambda each: decide(plan, each, _AT).verdicts_document())


def _interleaved(
    settings: Settings, plan: Plan, facts: Sequence[Facts], asked: Callable[[], Run]
) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    return interleave(settings.pairs, lambda _: _run(plan, facts), lambda _: asked())


def _with_json(plan: Plan, facts: Sequence[Facts]) -> float:
    return _timed(facts, lambda each: orjson.dumps(decide(plan, each, _AT).verdicts_document())).rate


def _timed(facts: Sequence[Facts], decide_one: Callable[[Facts], Any]) -> Run:
    """Everybody over and over until the time is up; what was recorded of one round is held until the next."""
    count, kept = 0, [None] * len(facts)
    cpu, began = time.process_time(), time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        kept = [decide_one(each) for each in facts]
        count += len(kept)
    return Run(count, time.perf_counter() - began, time.process_time() - cpu)


@contextmanager
def _peer(settings: Settings, script: str, people: Any) -> Iterator[tuple[float, Callable[[], Run]]]:
    """An SDK in a process of its own: the share it says yes to, and what lets it run once."""
    python, folder = peering.python(settings), settings.fresh_folder("sdk")
    given = folder / "people.json"
    given.write_text(json.dumps(people), encoding="utf-8")
    with (
        (folder / "sdk.log").open("wb") as log,
        subprocess.Popen(
            [python, str(peering.HERE / script), given.name],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            share = _line(process, folder / "sdk.log")["share"]
            yield float(share), lambda: _ask(process, folder / "sdk.log")
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def _ask(process: subprocess.Popen[str], log: Path) -> Run:
    assert process.stdin is not None
    process.stdin.write(f"{SECONDS}\n")
    process.stdin.flush()
    return Run(**_line(process, log))


def _line(process: subprocess.Popen[str], log: Path) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise Failed(f"The SDK ended: {said[-1] if said else 'without a word'}")
    told: dict[str, Any] = json.loads(line)
    return told
