"""`bench`: runs the benchmarks of the checkout; they are not shipped with the package."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import click
import orjson

from feedback_engine.foundation.errors import NotFound, Unavailable

CHECKOUT = Path(__file__).resolve().parents[3]
USUAL_PAIRS = 5


@click.command()
@click.argument("names", metavar="[NAME ...]", nargs=-1)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the result as JSON.")
@click.option("--markdown", "markdown_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the tables.")
@click.option("--pairs", default=USUAL_PAIRS, show_default=True, type=click.IntRange(1, 50), help="Pairs of runs.")
@click.option("--minutes", default=10.0, show_default=True, type=click.FloatRange(0), help="Begin no more after it.")
def bench(
    names: tuple[str, ...], json_file: Path | None, markdown_file: Path | None, pairs: int, minutes: float
) -> None:
    """Measure the engine beside raw limits and peers, in turn; NAME is a number such as 4a, or nothing for all."""
    report = load_benchmarks(CHECKOUT)
    failed = importlib.import_module("benchmarks.processes").Failed
    try:
        found = report.run(names, pairs, minutes, lambda words: click.echo(words, err=True))
    except failed as error:
        raise NotFound(str(error)) from error
    click.echo(found.markdown())
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(found.document(), option=orjson.OPT_INDENT_2))
    if markdown_file is not None:
        markdown_file.write_text(found.markdown() + "\n", encoding="utf-8")
    if found.failures:
        raise Unavailable(f"Could not be measured: {', '.join(found.failures)}.")


def load_benchmarks(checkout: Path) -> Any:
    """The module that runs them. Raises NotFound where there is no checkout around this package."""
    if not ((checkout / "pyproject.toml").is_file() and (checkout / "benchmarks" / "report.py").is_file()):
        raise NotFound(
            "The benchmarks are not part of the installed package. Run this command from a checkout of the source, "
            "which holds the folder benchmarks beside pyproject.toml."
        )
    if str(checkout) not in sys.path:
        sys.path.append(str(checkout))
    return importlib.import_module("benchmarks.report")


COMMANDS = [bench]
