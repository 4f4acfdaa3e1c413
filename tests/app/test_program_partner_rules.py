"""Rules without an answer and root causes as a tree, as files of a program: examples, checks, the starter's own."""

from __future__ import annotations

import re

import pytest

from alerts.casework.root_causes import all_causes
from feedback_engine.app import program, program_files
from tests.app.program_texts import changed, faults_of

RULES = """
rules:
  - key: quiet
    name: {en: Quiet, it: Silenzio}
    when: {condition: silence, days: 60, at_least: 3}
    kind: callback
  - key: people
    name: {en: People, it: Persone}
    when: {condition: kpi_missed, attribute: certified, target: 5}
    severity: high
  - key: ends
    name: {en: Ends, it: Fine}
    when: {condition: agreement_date_near, attribute: ends_on, within_days: 60}
    kind: callback
  - key: slow
    name: {en: Slow, it: Lento}
    when: {condition: kpi_missed, attribute: hours, event: ticket.closed, target: 8, direction: at_most}
examples:
"""


def wanted(given: str, expect: str, name: str = "E") -> str:
    return f"{{name: {name}, given: {{{given}}}, expect: {{{expect}}}}}"


@pytest.mark.parametrize(
    ("partner", "expect"),
    [
        ("on: 2026-03-10, answers_days_ago: [60, 70, 80]", "to: partner_owner"),
        ("on: 2026-03-10, answers_days_ago: [59, 70, 80]", "no_alert: true"),
        ("on: 2026-03-10, attributes: {certified: 4}", "to: partner_owner"),
        ("on: 2026-03-10, attributes: {certified: 5}", "no_alert: true"),
        ("on: 2026-03-10, attributes: {ends_on: '2026-05-09'}", "to: partner_owner"),
        ("on: 2026-03-10, attributes: {ends_on: '2026-05-10'}", "no_alert: true"),
        ("on: 2026-03-10, promise_overdue_days: 0", "to: partner_owner"),
        ("on: 2026-03-10", "no_alert: true"),
    ],
)
def test_an_example_about_a_partner_holds_or_stops_the_program(partner: str, expect: str) -> None:
    other = "to: partner_owner" if expect == "no_alert: true" else "no_alert: true"
    texts = {**program_files.starter_texts(), "alerts/partners.yaml": _without_events(RULES)}
    fine = {**texts, "alerts/more.yaml": f"examples:\n  - {wanted(f'partner: {{{partner}}}', expect)}\n"}
    program.load_texts(fine)
    wrong = {**texts, "alerts/more.yaml": f"examples:\n  - {wanted(f'partner: {{{partner}}}', other)}\n"}
    [fault] = faults_of(wrong)
    assert fault.startswith("alerts/more.yaml:2: ")


def _without_events(text: str) -> str:
    """The rules but for the one that reads an event."""
    return text[: text.index("  - key: slow")]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("score: 3", "given at a touchpoint"),
        ("touchpoint: ticket.closed, score: 3, partner: {on: 2026-03-10}", "not both"),
        ("partner: {answers_days_ago: [3]}", "on"),
        ("partner: {on: soon}", "on"),
        ("partner: {on: 2026-03-10, answers_days_ago: [-1]}", "at least 0"),
        ("partner: {on: 2026-03-10, mood: bad}", "mood"),
        ("partner: {on: 2026-03-10, attributes: {certified: 4}}, severity: low", "no rule fires on this partner"),
    ],
)
def test_an_example_that_cannot_be_meant_is_refused(given: str, says: str) -> None:
    texts = {**program_files.starter_texts(), "alerts/partners.yaml": _without_events(RULES)}
    faults = faults_of({**texts, "alerts/more.yaml": f"examples:\n  - {wanted(given, 'to: partner_owner')}\n"})
    assert len(faults) == 1
    assert says in faults[0]


@pytest.mark.parametrize(
    ("event", "attribute", "says"),
    [
        ("ticket.close", "hours", "Did you mean `ticket.closed`?"),
        ("ticket.closed", "hours_of_nobody", "There is no attribute `hours_of_nobody`"),
    ],
)
def test_a_condition_on_an_event_names_what_the_journeys_declare(event: str, attribute: str, says: str) -> None:
    when = f"{{condition: kpi_missed, attribute: {attribute}, event: {event}, target: 8}}"
    rule = f"rules: [{{key: slow, name: {{en: Slow, it: Lento}}, when: {when}}}]\n"
    [fault] = faults_of({**program_files.starter_texts(), "alerts/more.yaml": rule})
    assert says in fault


# ---- the starter


def test_the_starter_looks_at_promises_and_offers_three_more_rules() -> None:
    text = program_files.starter_texts()["alerts/alerts.yaml"]
    conditions = re.findall(r"condition: (\w+)", "\n".join(line for line in text.splitlines() if "#" not in line))
    assert conditions.count("promise_overdue") == 1
    assert {"silence", "kpi_missed", "agreement_date_near"}.isdisjoint(conditions)
    offered = re.sub(r"^  # (- key|  )", r"  \1", text, flags=re.MULTILINE)
    loaded = program.load_texts({**program_files.starter_texts(), "alerts/alerts.yaml": offered})
    assert loaded.alerts is not None
    assert [rule.when.condition for rule in loaded.alerts.rules][-4:] == [
        "promise_overdue",
        "silence",
        "kpi_missed",
        "agreement_date_near",
    ]


# ---- root causes

TREE = """root_causes:
  - key: slow_decision
    name: {en: Decision took too long, it: Decisione troppo lenta}
    department: Deal desk
    causes:
      - {key: waiting_for_legal, name: {en: Waiting for legal, it: In attesa dei legali}, department: Legal}
      - {key: nobody_there, name: {en: Nobody there, it: Nessuno presente}}
"""


def with_tree(tree: str) -> dict[str, str]:
    start = "root_causes:\n  - key: slow_decision\n"
    text = program_files.starter_texts()["alerts/alerts.yaml"]
    end = text.index("  - key: unclear_terms")
    return changed("alerts/alerts.yaml", text[text.index(start) : end], tree)


def test_root_causes_may_be_a_tree_and_a_flat_list_stays_what_it_was() -> None:
    flat, tree = program.load_starter().alerts, program.load_texts(with_tree(TREE)).alerts
    assert flat is not None
    assert tree is not None
    assert [cause.key for cause, parent in all_causes(flat.root_causes) if parent] == []
    keys = [(cause.key, parent.key if parent else None) for cause, parent in all_causes(tree.root_causes)]
    assert keys[:4] == [
        ("slow_decision", None),
        ("waiting_for_legal", "slow_decision"),
        ("nobody_there", "slow_decision"),
        ("unclear_terms", None),
    ]
    dumped = flat.model_dump(mode="json", exclude_none=True)["root_causes"]
    assert all("causes" not in cause for cause in dumped)  # so that the version of a flat list keeps its name


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("key: nobody_there", "key: waiting_for_legal", "The root cause `waiting_for_legal` stands in"),
        ("key: nobody_there", "key: unclear_terms", "The root cause `unclear_terms` stands in"),
        ("key: nobody_there,", "key: nobody_there, causes: [],", "causes"),  # two levels are enough
        ("key: nobody_there", "key: Nobody", "small letter"),
        (", it: Nessuno presente", "", "There is no text in it"),
    ],
)
def test_a_tree_that_cannot_be_meant_is_refused_or_remarked_on(old: str, new: str, says: str) -> None:
    texts = with_tree(TREE.replace(old, new))
    told = faults_of(texts) if "no text" not in says else [str(each) for each in program.load_texts(texts).warnings]
    assert any(says in each for each in told), told
