"""A change of the schema adds: the previous release must run on it. What takes away says why in its docstring."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from feedback_engine.app import migrating
from tests.house.sources import ROOT

VERSIONS = ROOT / "feedback_engine" / "migrations" / "versions"
REASON = "Takes away because"
"""How a docstring begins the sentence that says why the previous release no longer needs what goes."""

_TAKING = {"drop_table", "drop_column", "drop_constraint", "rename_table"}
_TAKING_SQL = ("DROP ", "RENAME ", "DELETE ", "TRUNCATE ", "SET NOT NULL")


def taken_away(source: str) -> list[str]:
    """What a change takes from the previous release, as `line: what`; a docstring that says why lets it pass."""
    tree = ast.parse(source)
    if REASON in (ast.get_docstring(tree) or ""):
        return []
    upgrades = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name != "downgrade"]
    calls = [node for function in upgrades for node in ast.walk(function) if isinstance(node, ast.Call)]
    return [f"{call.lineno}: {what}" for call in calls if (what := _taking(call))]


def _taking(call: ast.Call) -> str | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in _TAKING:
        return name
    if name == "alter_column" and (given.keys() & {"new_column_name", "type_"} or _is(given.get("nullable"), False)):
        return "alter_column"
    if name == "add_column" and any(_must_be_given(node) for node in ast.walk(call)):
        return "add_column that the previous release does not fill"
    if name == "execute" and any(word in _text(call).upper() for word in _TAKING_SQL):
        return "execute"
    return None


def _must_be_given(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("Column"):
        return False
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    return _is(given.get("nullable"), False) and "server_default" not in given


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _text(call: ast.Call) -> str:
    return " ".join(str(node.value) for node in ast.walk(call) if isinstance(node, ast.Constant))


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_the_previous_release_runs_on_the_new_schema(path: Path) -> None:
    assert taken_away(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("statement", "passes"),
    [
        ("op.create_table('x')", True),  # nobody looks at it yet
        ("op.add_column('mail', sa.Column('note', sa.Text(), nullable=True))", True),
        ("op.add_column('mail', sa.Column('n', sa.Integer(), nullable=False, server_default='0'))", True),
        ("op.add_column('mail', sa.Column('n', sa.Integer(), nullable=False))", False),  # old INSERTs would fail
        ("op.drop_index('ix_mail_due')", True),  # slower, not wrong
        ("op.drop_table('mail')", False),
        ("op.drop_column('mail', 'reason')", False),
        ("op.drop_constraint('mail_state', 'mail')", False),  # it may come back stricter
        ("op.rename_table('mail', 'post')", False),
        ("op.alter_column('mail', 'reason', new_column_name='why')", False),
        ("op.alter_column('mail', 'reason', nullable=False)", False),
        ("op.execute('ALTER TABLE mail RENAME COLUMN reason TO why')", False),
        ("op.execute('UPDATE mail SET attempts = 0')", True),
        ("batch.drop_column('reason')", False),
    ],
)
def test_what_takes_away_is_seen(statement: str, passes: bool) -> None:
    body = f"def upgrade():\n    {statement}\n"
    assert (taken_away(f'"""Changes mail."""\n{body}') == []) is passes
    assert taken_away(f'"""Changes mail.\n\n{REASON} no release reads it since 1.4.\n"""\n{body}') == []


def test_the_changes_are_numbered_in_the_order_in_which_they_follow_each_other() -> None:
    scripts = ScriptDirectory(str(VERSIONS.parent)).walk_revisions()
    assert [script.revision for script in scripts][::-1] == migrating.revisions()
