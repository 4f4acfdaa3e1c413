"""Ids: what makes them different from each other."""

from __future__ import annotations

import multiprocessing

from feedback_engine.foundation import ids


def test_copies_of_a_process_that_has_made_ids_make_different_ones() -> None:
    ids.new_id(3)
    fork = multiprocessing.get_context("fork")
    with fork.Pool(4) as copies:
        made = [text for texts in copies.map(_three_ids, range(4), chunksize=1) for text in texts]
    # Their times may differ anyway; what is random in them must as well.
    assert len({text[14:] for text in made}) == len(made)


def _three_ids(_: int) -> list[str]:
    return [str(ids.new_id(3)) for _ in range(3)]
