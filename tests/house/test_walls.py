"""The walls of the house stand where the plan says: purity, doors, Flask under web, files of one noun."""

from __future__ import annotations

import ast

import pytest

from tests.house.sources import modules, of_tests

ALL = list(modules())
TESTS = list(of_tests())
IMPURE = (
    "sqlmodel",
    "sqlalchemy",
    "flask",
    "werkzeug",
    "apscheduler",
    "socket",
    "random",
    "secrets",
    "requests",
    "feedback_engine.foundation.db",
    "feedback_engine.foundation.unit_of_work",
    "feedback_engine.foundation.clock",
    "feedback_engine.foundation.ids",
)
SLICES = {
    "feedback_engine.directory": ("events", "reading", "service", "guard", "views", "inputs", "program_definitions"),
    "journeys": ("events", "reading", "service", "definitions"),
    "surveys": ("events", "reading", "service", "metrics", "definitions"),
    "alerts": ("events", "reading", "service", "definitions"),
    "feedback_engine.outer_loop": ("events", "reading", "service"),
}
"""What of a slice other slices may import: its three doors, and the pure shapes that those doors speak in."""
COMPOSERS = ("feedback_engine.app", "feedback_engine.simulation")
LONGEST_FILE = 500


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def test_every_module_says_what_it_owns() -> None:
    assert [module.name for module in ALL if not module.docstring] == []


def test_what_calls_itself_pure_touches_nothing() -> None:
    touching = {
        module.name: sorted(name for name in module.imports if any(within(name, impure) for impure in IMPURE))
        for module in ALL
        if module.is_pure
    }
    assert len(touching) > 20
    assert {name: touched for name, touched in touching.items() if touched} == {}


def test_flask_stays_under_web_and_in_the_roof() -> None:
    outside = [
        module.name
        for module in ALL
        if ".web" not in module.name
        and not within(module.name, "feedback_engine.app")
        and any(within(name, "flask") or within(name, "werkzeug") for name in module.imports)
    ]
    assert outside == []


@pytest.mark.parametrize("slice_name", SLICES)
def test_a_slice_is_entered_by_its_doors(slice_name: str) -> None:
    doors = tuple(f"{slice_name}.{door}" for door in SLICES[slice_name])
    past_the_doors = {
        module.name: behind
        for module in ALL
        if not any(within(module.name, inside) for inside in (*COMPOSERS, slice_name))
        and (
            behind := sorted(
                name
                for name in module.imports
                if name.startswith(slice_name + ".") and not any(within(name, door) for door in doors)
            )
        )
    }
    assert past_the_doors == {}


def test_the_package_itself_imports_nothing() -> None:
    [package] = [module for module in ALL if module.name == "feedback_engine"]
    assert package.docstring
    assert not package.imports


def test_no_file_outgrows_its_noun() -> None:
    assert len(TESTS) > 200
    lengths = {module.name: module.text.count("\n") for module in (*ALL, *TESTS)}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_error_is_swallowed() -> None:
    swallowing = [
        f"{module.name}:{node.lineno}"
        for module in ALL
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
        and all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body)
    ]
    assert swallowing == []
