"""Pure. Owns how a figure is drawn and worded: the scale, the interval bar in per cent, n, and "few answers"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from feedback_engine.foundation.i18n import format_number, format_points, format_share, gettext

FEW_ANSWERS = 30


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis a figure stands on: its ends, the mark inside it, and how its values, bounds and ends are written."""

    smallest: float
    largest: float
    mark: float | None
    write: Callable[[float], str]
    write_interval: Callable[[float, float], str]
    write_end: Callable[[float], str]


def _one_digit(value: float) -> str:
    return format_number(value, digits=1)


def _plain_interval(low: float, high: float) -> str:
    return gettext("{low} to {high}", low=_one_digit(low), high=_one_digit(high))


def _points_interval(low: float, high: float) -> str:
    return gettext("{low} to {high}", low=format_points(low), high=format_points(high))


def _share_interval(low: float, high: float) -> str:
    # The sign of per cent stands once, behind the second number.
    return gettext("{low} to {high}", low=format_number(round(low * 100)), high=format_share(high))


SCALES = {
    # NPS and differences of NPS
    "points": Scale(-100, 100, 0, format_points, _points_interval, format_points),
    # CSAT and response rates, 0..1
    "share": Scale(0, 1, None, format_share, _share_interval, format_share),
    # CES
    "ease": Scale(1, 7, 4, _one_digit, _plain_interval, format_number),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """Where axis mark, band and dot stand, in per cent of the width."""

    mark: float | None
    start: float
    end: float
    dot: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with all that must stand beside it: its words, its interval, its n, and whether answers are few."""

    words: str
    n_words: str
    interval_words: str
    few: bool
    bar: Bar | None
    description: str
    ends: tuple[str, ...]


def figure_of(
    value: float | str | None,
    n: int | None = None,
    low: float | None = None,
    high: float | None = None,
    scale: str = "points",
    label: str = "",
) -> Figure:
    """The figure as the macro draws it.

    `value`, `low` and `high` are in the unit of `scale`: "points" -100..100, "share" 0..1, "ease" 1..7. A text is
    shown as it stands; None reads as "no answers yet". Raises KeyError for a scale that does not exist.
    """
    axis = SCALES[scale]
    words = gettext("none yet") if value is None else value if isinstance(value, str) else axis.write(value)
    ends = tuple("" if end is None else axis.write_end(end) for end in (axis.smallest, axis.mark, axis.largest))
    bar, interval = None, ""
    if isinstance(value, int | float) and low is not None and high is not None:
        bar, interval = _bar(axis, value, low, high), axis.write_interval(low, high)
    return Figure(
        words=words,
        n_words="" if n is None else gettext("n = {n}", n=format_number(n)),
        interval_words=interval,
        few=n is not None and 0 < n < FEW_ANSWERS,
        bar=bar,
        description=_description(label, words, interval, ends),
        ends=ends,
    )


def _bar(axis: Scale, value: float, low: float, high: float) -> Bar:
    def place(at: float) -> float:
        share = (at - axis.smallest) / (axis.largest - axis.smallest)
        return round(min(1.0, max(0.0, share)) * 100, 2)

    return Bar(None if axis.mark is None else place(axis.mark), place(low), place(high), place(value))


def _description(label: str, words: str, interval: str, ends: tuple[str, ...]) -> str:
    return gettext(
        "{label} {value}, 95 % interval {interval}, on a scale from {smallest} to {largest}",
        label=label,
        value=words,
        interval=interval,
        smallest=ends[0],
        largest=ends[2],
    ).strip()


_BANDS = {
    10: {"d": (0, 6), "a": (7, 8), "p": (9, 10)},
    7: {"d": (1, 3), "a": (4, 5), "p": (6, 7)},
    5: {"d": (1, 2), "a": (3, 3), "p": (4, 5)},
}
"""The first and last score of each shape, by the top of the scale."""


def chip_band(score: int, out_of: int = 10) -> str:
    """The shape of a score chip: `d` full square, `a` thin square, `p` ring.

    Of 10 the bands of NPS (0-6, 7-8, 9-10); of 5 and 7 the top two boxes are rings, the middle ones thin.
    """
    return next(band for band, (_, last) in _BANDS[out_of].items() if score <= last)


def chip_legend(score: int, out_of: int = 10) -> str:
    """What the shape of a chip means: "detractor: 0 to 6 of 10", on other scales "low score: 1 to 3 of 7"."""
    band = chip_band(score, out_of)
    first, last = _BANDS[out_of][band]
    named = _nps_names() if out_of == 10 else _other_names()
    span = gettext("{low} to {high}", low=first, high=last) if first < last else str(first)
    return gettext("{band}: {span} of {largest}", band=named[band], span=span, largest=out_of)


def chip_words(score: int, out_of: int = 10) -> str:
    """What a screen reader hears after the digit: "of 10, detractor"."""
    if out_of != 10:
        return gettext("of {largest}", largest=out_of)
    return gettext("of 10, {band}", band=_nps_names()[chip_band(score)])


def _nps_names() -> dict[str, str]:
    return {"d": gettext("detractor"), "a": gettext("passive"), "p": gettext("promoter")}


def _other_names() -> dict[str, str]:
    return {"d": gettext("low score"), "a": gettext("middle score"), "p": gettext("high score")}
