"""The desk of somebody who works on cases: an installation in which Dana answers for open ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

from alerts.views import CaseView
from feedback_engine.directory import service as directory
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, case, open_case, world
from tests.installation import PASSWORD, Installation, running

DANA = "dana@ours.example"


@dataclass
class Desk:
    """An installation in which Dana answers for the cases that were opened."""

    installation: Installation
    world: World
    opened: list[CaseView] = field(default_factory=list)

    def go(self, page: Page, path: str) -> None:
        page.goto(self.installation.address + path)

    def let_in(self, member: StaffView) -> None:
        """Give somebody the password that everybody here has."""
        with self.installation.engine.work.begin(actor=SYSTEM) as uow:
            directory.set_password(uow, member.id, directory.hash_password(PASSWORD))

    def now(self) -> list[CaseView]:
        """The cases as they are by now."""
        return [case(self.world, each.id) for each in self.opened]

    def states(self) -> list[str]:
        return [each.state for each in self.now()]


@contextmanager
def dana_with_cases(sqlite_url: str, tmp_path: Path, count: int) -> Iterator[Desk]:
    """Inside, the installation runs; each case is of another touchpoint."""
    with running(sqlite_url, tmp_path, mail="folder") as installation:
        made = Desk(installation, of := world(installation.engine))
        made.let_in(of.dana)
        for number in range(count):
            of.later(minutes=1)
            made.opened.append(open_case(of, 3, touchpoint=f"touchpoint.{number}"))
        yield made
