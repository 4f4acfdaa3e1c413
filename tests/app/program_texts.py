"""The starter program as texts, changed in one place, and what is found wrong in them."""

from __future__ import annotations

import pytest

from feedback_engine.app import program, program_files
from feedback_engine.foundation.definitions import DefinitionError

STARTER = program_files.starter_texts()


def changed(file: str, old: str, new: str) -> dict[str, str]:
    """The starter with one passage of one file replaced."""
    assert old in STARTER[file], f"{file} does not hold {old!r}"
    return {**STARTER, file: STARTER[file].replace(old, new)}


def faults_of(texts: dict[str, str]) -> list[str]:
    with pytest.raises(DefinitionError) as refused:
        program.load_texts(texts)
    return [str(fault) for fault in refused.value.definition_faults]


def line_of(file: str, text: str) -> int:
    return STARTER[file][: STARTER[file].index(text)].count("\n") + 1
