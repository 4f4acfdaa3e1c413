"""No test in Chromium looks at a page that may still be coming: such a test fails on a busy machine only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from tests.house.sources import ROOT

AT_ONCE = {"count", "all", "all_inner_texts", "all_text_contents", "is_visible", "is_hidden"}
"""What Playwright reads without waiting for it; `expect`, and the reading of one element, wait."""

PRESSES = {"click", "press", "choose_file"}
"""What may lead to another page, and does not wait until it is there."""

LOOKS = {"barriers", "fits", "looks_right"}
"""What looks at the page that is open, be it the one that is about to go."""

IN_CHROMIUM = [path for path in sorted((ROOT / "tests").rglob("*.py")) if "from playwright" in path.read_text("utf-8")]


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _named(call: ast.Call) -> str:
    called = call.func
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _looks_too_soon(tree: ast.AST) -> Iterator[int]:
    """The lines that look at a page right after a press."""
    blocks = [node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.With | ast.For | ast.If)]
    for before, after in (pair for block in blocks for pair in pairwise(block)):
        pressed = isinstance(before, ast.Expr) and any(_named(call) in PRESSES for call in _calls(before))
        looks = isinstance(after, ast.Expr | ast.Assert) and any(_named(call) in LOOKS for call in _calls(after))
        if pressed and looks:
            yield after.lineno


def _reads_at_once(function: ast.FunctionDef) -> bool:
    """Whether something is read without waiting, in a function that has not waited for the page (`there`) either."""
    reads = [
        call
        for call in _calls(function)
        if isinstance(call.func, ast.Attribute) and call.func.attr in AT_ONCE and not call.args
    ]
    return bool(reads) and not any(
        isinstance(call.func, ast.Name) and call.func.id == "there" for call in _calls(function)
    )


def test_no_test_in_chromium_reads_a_page_that_may_still_be_coming() -> None:
    assert len(IN_CHROMIUM) > 8
    assert [
        f"{path.name}: {function.name}"
        for path in IN_CHROMIUM
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and _reads_at_once(function)
    ] == []


def test_no_test_in_chromium_looks_at_the_page_that_a_press_leaves() -> None:
    assert [
        f"{path.name}:{line}"
        for path in IN_CHROMIUM
        for line in _looks_too_soon(ast.parse(path.read_text(encoding="utf-8")))
    ] == []
