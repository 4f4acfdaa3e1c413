"""The alert bench of a program that was live, and what its page says when a button is pressed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import requests

from tests.app.program_texts import STARTER
from tests.furnished import furnish
from tests.installation import Installation, running

AT = "alerts/alerts.yaml"
FILE = STARTER[AT]
BENCH = "/program/alerts/bench"


@contextmanager
def benched(migrated: Path, folder: Path) -> Iterator[Installation]:
    """Nine partners, eight answers, seven cases of low scores and one of thanks; screens manage the program."""
    shutil.copyfile(migrated, folder / "test.db")  # the command looks at the revision
    with running(f"sqlite:///{folder}/test.db", folder, mail="folder") as installation:
        furnish(installation)
        installation.later(minutes=5)
        screen = STARTER["program.yaml"].replace("managed_by: files", "managed_by: screen")
        texts = {**STARTER, "program.yaml": screen if "managed_by" in screen else f"managed_by: screen\n{screen}"}
        installation.publish(texts)
        yield installation


def posted(
    installation: Installation, session: requests.Session, path: str, draft: str, status: int, **fields: str
) -> str:
    """The page after a button, pressed where the page was just opened."""
    page = session.get(installation.address + BENCH, timeout=30).text
    hidden = dict(re.findall(r'name="(csrf_token|version)" value="([^"]+)"', page))
    form = {**hidden, "draft": draft, "days": "90", **fields}
    answer = session.post(installation.address + path, form, timeout=30)
    assert answer.status_code == status, answer.text
    return answer.text


def press(installation: Installation, session: requests.Session, path: str, draft: str, status: int = 200) -> str:
    """What the page says after a button."""
    return words_of(posted(installation, session, path, draft, status))


def words_of(page: str) -> str:
    """What a page says."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
