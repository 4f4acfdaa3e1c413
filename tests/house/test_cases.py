"""Whatever hangs on a case has a declared fate when the case is merged: nobody's rows are forgotten."""

from __future__ import annotations

from sqlmodel import SQLModel

from alerts.regrouping.belongings import MOVING, OF_A_CASE
from feedback_engine.app import schema

schema.load()
TABLES = SQLModel.metadata.tables


def _of_a_case() -> set[str]:
    """The tables with a column named for a case, or that refers to one; the cases themselves apart."""
    named = {name for name, table in TABLES.items() if any(column.name.endswith("case_id") for column in table.columns)}
    refers = {
        name
        for name, table in TABLES.items()
        if any(key.referred_table.name == "casework" for key in table.foreign_key_constraints)
    }
    return (named | refers) - {"casework"}


def test_every_table_that_names_a_case_says_what_a_merge_does_to_it() -> None:
    assert _of_a_case() == set(OF_A_CASE), "Declare it in OF_A_CASE of regrouping/belongings.py: it moves, or it stays."


def test_what_moves_with_its_case_can_be_moved() -> None:
    assert MOVING
    for name in MOVING:
        table = TABLES[name]
        assert {"shard", "id", "case_id"} <= set(table.columns.keys())
        assert not table.info.get("append_only")
