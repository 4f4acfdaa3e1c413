"""A test that fails leaves nothing behind: the next one of its process finds the database as if it were the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import fresh_sqlite
from tests.installation import running


def _fail(url: str, folder: Path) -> None:
    with running(url, folder) as installation:
        installation.staff("Dana Keller", "alliance_manager")
        raise ZeroDivisionError


def test_the_test_after_one_that_failed_may_add_the_same_people(blank_sqlite: Path, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        _fail(fresh_sqlite(blank_sqlite), tmp_path)
    with running(fresh_sqlite(blank_sqlite), tmp_path) as installation:
        assert installation.staff("Dana Keller", "alliance_manager").name == "Dana Keller"
