"""What people of the simulated world write: sentences from the files beside this one, put together by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

LANGUAGES = ("en", "it", "de", "es")
Draw = Callable[[str], float]
"""A number between 0 and 1 for each name; the same name always gives the same number."""


@cache
def spoken(language: str) -> Mapping[str, Any]:
    """All sentences in one of LANGUAGES."""
    text = (resources.files(__package__) / f"{language}.yaml").read_text("utf-8")
    sentences: Mapping[str, Any] = YAML(typ="safe").load(text)
    return sentences


def complaint(draw: Draw, language: str, cause: str, touchpoint: str, number: str, reference: str) -> str:
    """One to three sentences about what went wrong; `number` may be empty, then no sentence uses it."""
    said = spoken(language)["low"]
    own, general = said.get(f"{cause}@{touchpoint}", {}), said.get(cause) or said["not_informed"]
    parts = []
    for name, chance in (("open", 1.0), ("more", 0.55), ("wish", 0.45)):
        offered = [line for line in own.get(name, general[name]) if number or "{number}" not in line]
        # Where every sentence would need the number, the general words do.
        offered = offered or [line for line in general[name] if "{number}" not in line]
        if draw(f"{name}?") < chance:
            parts.append(one_of(draw, name, offered))
    return " ".join(parts).format(number=number, reference=reference)


def remark(draw: Draw, language: str, journey: str) -> str:
    """A sentence of somebody who is neither happy nor unhappy."""
    return one_of(draw, "middle", spoken(language)["middle"][journey])


def praise(draw: Draw, language: str, touchpoint: str) -> str:
    """One or two sentences of somebody who is happy."""
    said = spoken(language)
    offered = [*said["high"].get(touchpoint, ()), *said["high"].get("*", ())]
    first = one_of(draw, "high", offered)
    return f"{first} {one_of(draw, 'closing', said['closing'])}" if draw("closing?") < 0.4 else first


def one_of(draw: Draw, name: str, offered: Sequence[str]) -> str:
    """One of several sentences."""
    return offered[int(draw(name) * len(offered))]
