"""Pure. Families of partners: who stands at the top of a chain of parents, and which chains are refused."""

from __future__ import annotations

from collections.abc import Mapping

MAX_DEPTH = 8
"""Parents above a partner that are accepted when one is written."""

FOLLOWED = 64
"""Parents that are followed on reading: more than any written chain has, so that it only ends what is broken."""


def chain_of(key: str, parents: Mapping[str, str]) -> list[str]:
    """`key` and its parents upwards, as far as `parents` (key to parent key, "" for none) knows them.

    It ends before a key would stand in it twice, and after FOLLOWED parents: a loop that two writers made at the
    same moment must not hang a reader.
    """
    chain = [key]
    while (above := parents.get(chain[-1], "")) and above not in chain and len(chain) <= FOLLOWED:
        chain.append(above)
    return chain


def root_of(key: str, parents: Mapping[str, str]) -> str:
    """The key at the top of the family of `key`. In a loop, whoever asks gets the same answer: the lowest key."""
    chain = chain_of(key, parents)
    closes = parents.get(chain[-1], "") in chain
    return min(chain[chain.index(parents[chain[-1]]) :]) if closes else chain[-1]


def refusal_of(key: str, parents: Mapping[str, str]) -> str | None:
    """Why `key` may not keep the parent that `parents` gives it: "loop" or "too_deep"; None when it may."""
    chain = chain_of(key, parents)
    if parents.get(chain[-1], "") in chain:
        return "loop"
    return "too_deep" if len(chain) - 1 > MAX_DEPTH else None
