"""Pure. Counting asks in a window of time, and when it will have room for one more.

A window is rolling in exact time: an ask counts while `at - ask < length`, and asks that are still to come count too.
A calendar window counts whole days in a zone instead: today and the days before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from surveys.sampling.instants import DAY, SECOND
from surveys.sampling.plan import Cap
from surveys.sampling.send_window import local_date, midnight
from surveys.sampling.verdict import PASS, PASSED, SWITCHED_OFF, Verdict, on_hit

Window = tuple[int, ...]


def leaves_at(ask: int, cap: Cap, zone: str) -> int:
    """The first instant at which an ask no longer counts."""
    if not cap.calendar:
        return ask + cap.micros
    return midnight(local_date(ask, zone) + timedelta(days=cap.micros // DAY), zone)


def window_of(asks: Iterable[tuple[int, int]], cap: Cap, own: int, at: int, zone: str) -> Window:
    """The facts of a window: total weight, and the oldest asks that must leave to make room for `own` more.

    `asks` are (instant, weight in thousandths), oldest first. () when nothing counts.
    """
    inside = [(ask, weight) for ask, weight in asks if leaves_at(ask, cap, zone) > at]
    total = sum(weight for _, weight in inside)
    if not total:
        return ()
    excess = total + own - cap.limit
    window: list[int] = [total]
    for ask, weight in inside:
        if excess <= 0:
            break
        window += (ask, weight)
        excess -= weight
    return tuple(window)


def room_at(window: Window, cap: Cap, own: int, zone: str) -> int:
    """When one more ask of weight `own` fits again, in microseconds since 1970; 0 when it fits now.

    An ask that is heavier than the whole cap never fits; then it is the instant at which the window is empty.
    """
    if not window:
        return 0
    excess = window[0] + own - cap.limit
    until = 0
    for index in range(1, len(window), 2):
        if excess <= 0:
            break
        until = leaves_at(window[index], cap, zone)
        excess -= window[index + 1]
    return until


def judge_window(cap: Cap | None, window: Window, own: int, zone: str) -> Verdict:
    """Whether a cap lets one more ask of weight `own` into its window, and when it will.

    The verdict's numbers: weight in the window, limit (both thousandths of an ask), length in seconds; none where
    nothing counts.
    """
    if cap is None:
        return SWITCHED_OFF
    if not window:
        return PASSED
    numbers = (window[0], cap.limit, cap.micros // SECOND)
    if window[0] + own <= cap.limit:
        return Verdict(PASS, 0, numbers)
    return on_hit(cap.defers, room_at(window, cap, own, zone), *numbers)
