"""No test in Chromium looks at a page that may still be coming: such a test fails on a busy machine only."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.sources import ROOT

AT_ONCE = {"count", "all", "all_inner_texts", "all_text_contents", "is_visible", "is_hidden"}
"""What Playwright reads without waiting for it; , and the reading of one element, wait."""

IN_CHROMIUM = [path for path in sorted((ROOT / "tests").rglob("*.py")) if "from playwright" in path.read_text("utf-8")]


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


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
