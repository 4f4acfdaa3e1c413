"""`explain`: every decision about a person, rule by rule in words, and when they may be asked again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

import alerts.reading
from feedback_engine.app.cli.base import an_instant, echo_json, open_engine
from feedback_engine.foundation.errors import NotFound
from surveys import decision_records, explaining
from surveys.explaining import Explanation

ZONE = "UTC"


@click.command()
@click.argument("email")
@click.option("--touchpoint", metavar="KEY", help="Only decisions at this touchpoint.")
@click.option("--at", callback=an_instant, metavar="TIME", help="As things stood then; default now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def explain(ctx: click.Context, email: str, touchpoint: str | None, at: datetime | None, as_json: bool) -> None:
    """Say why a person was asked or not, rule by rule, and when they may be asked again."""
    engine = open_engine(ctx)
    with engine.work.read() as reading:
        found = explaining.explain_person(
            reading,
            engine.keys,
            email,
            open_cases=alerts.reading.open_case_persons,
            touchpoint=touchpoint,
            at=at,
        )
    if not found.is_known:
        raise NotFound(f"No partner has a contact with the address {email}.")
    if as_json:
        echo_json(decision_records.explanation_document(found))
        return
    for line in lines_of(found):
        click.echo(line)


def lines_of(found: Explanation) -> Sequence[str]:
    """The explanation as lines of a terminal, the oldest decision first, so that the end stands where the eye is."""
    lines: list[str] = []
    for decision in reversed(found.decisions):
        lines += [*_decision_lines(decision_records.in_words(decision, ZONE)), ""]
    if not found.decisions:
        lines += ["Nothing was decided about this person yet.", ""]
    lines.append("May be asked again")
    lines += [f"  {', '.join(again.where)}: {again.when}" for again in decision_records.again_in_words(found, ZONE)]
    if not found.again:
        lines.append(f"  {decision_records.nothing_again(found)}")
    return lines


def _decision_lines(words: Any) -> list[str]:
    lines = [f"{words.at}  {words.touchpoint}, {words.partner}: {words.headline}"]
    width = max(len(verdict.title) for verdict in words.verdicts)
    lines += [f"    {verdict.result:<7} {verdict.title:<{width}}  {verdict.words}" for verdict in words.verdicts]
    if words.change:
        lines.append(f"    {words.change}")
    return lines


COMMANDS = [explain]
