"""`feedback-engine bench`: it finds the benchmarks of the checkout, and says so where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from feedback_engine.app.cli import bench, main
from feedback_engine.foundation.errors import NotFound


def test_a_benchmark_that_there_is_not_ends_with_one_sentence() -> None:
    told = CliRunner().invoke(main, ["bench", "speed"])
    assert told.exit_code == 1
    assert told.stderr.startswith("There is no benchmark speed; there are 1 (survey_round_trip), ")


def test_without_a_checkout_it_says_where_the_benchmarks_are(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    with pytest.raises(NotFound, match="not part of the installed package"):
        bench.load_benchmarks(tmp_path)
