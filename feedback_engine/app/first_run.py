"""Makes a new installation useful at its first start: the starter program as a draft, and a word on who may sign in."""

from __future__ import annotations

from feedback_engine.app import program
from feedback_engine.directory import reading as directory
from feedback_engine.foundation import versions
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.unit_of_work import Actor

FIRST_START = Actor("system", "first-start", "first start")


def prepare(engine: Engine) -> list[str]:
    """Publish the starter program unless there is one; returns what the operator should know."""
    with engine.work.read() as reading:
        has_program = versions.in_force(reading, "plan", "plan") is not None
        has_staff = bool(directory.list_staff(reading))
    words = []
    if not has_program:
        program.publish(engine.work, FIRST_START, program.load_starter(), "The starter program")
        words.append("A starter program stands as a draft; nothing is sent before you say live under Launch.")
    if not has_staff:
        add = 'feedback-engine user add you@example.com --role admin --name "Your Name"'
        words.append(f"Nobody can sign in yet. Run: {add}")
    return words
