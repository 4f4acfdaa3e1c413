"""Pure. The planted truth: what the simulated partners would say on average, and what truly changes it.

A score is drawn from a beta-binomial distribution whose mean is exactly the true one, so that an effect of so many
points here is an effect of so many points in the answers, neither rounded away nor cut off at the end of a scale.

    mood = touchpoint + partner + person + sum of the circumstances that hold      (0..10)
    mean = low + (high - low) * mood / 10                                           (on the touchpoint's own scale)
    a = p (1/r - 1), b = (1 - p) (1/r - 1), p = mood / 10, r = SPREAD               (Skellam 1948)

Every draw is a hash of the seed and of what is drawn, so the same question always has the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from math import exp, lgamma, log

from surveys.metrics import SCALES, Metric

SPREAD = 0.12
"""Intra-class correlation of the beta-binomial, 0..1: how much more answers differ than tosses of a coin would."""

PARTNER_HALF_WIDTH = 1.2
"""A partner's own effect lies within this many points of mood; triangular around 0."""

PERSON_HALF_WIDTH = 1.0
"""The same for a person."""

LOWEST_MOOD, HIGHEST_MOOD = 0.2, 9.8
"""Moods beyond are cut; only an incident on top of everything else reaches the lower end."""

Value = str | float | bool


@dataclass(frozen=True, slots=True)
class Circumstance:
    """Something that may be the matter with an event and then moves the mood of whoever lived through it.

    `shares` says how often, by region (`""` for all others). It shows in the event's attribute `attribute`: a number
    above `limit` (drawn from the span `bad`, otherwise from `good`), or the value `bad` instead of `good`.
    """

    key: str
    cause: str
    points: float
    shares: Mapping[str, float]
    attribute: str
    good: tuple[float, float] | Value
    bad: tuple[float, float] | Value
    limit: float | None = None

    def holds(self, value: object) -> bool:
        """Whether this value of the attribute says that the circumstance holds."""
        if self.limit is not None:
            return isinstance(value, int | float) and not isinstance(value, bool) and value > self.limit
        return value == self.bad


@dataclass(frozen=True, slots=True)
class TouchpointTruth:
    """What partners say at a touchpoint: the mood of the average partner, and what may be the matter."""

    key: str
    metric: Metric
    mood: float
    circumstances: tuple[Circumstance, ...] = ()
    other_causes: tuple[str, ...] = ("not_informed",)

    @property
    def points_of_mood(self) -> float:
        """How many points of its scale one point of mood is."""
        low, high = SCALES[self.metric]
        return (high - low) / 10


@dataclass(frozen=True, slots=True)
class InitiativeTruth:
    """A change that our people make, and what it truly cures.

    From `delivered_at` on the circumstance `cures` holds less often by `cured_share` in `region`; None cures nothing.
    """

    key: str
    title: str
    cause: str
    accepted_at: datetime
    started_at: datetime
    delivered_at: datetime | None
    touchpoint: str | None = None
    cures: str | None = None
    region: str = ""
    cured_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that goes wrong at one partner at one touchpoint for a while; whoever is asked then always answers."""

    partner: str
    touchpoint: str
    begins_at: datetime
    ends_at: datetime
    points: float


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers, and when. Shares 0..1; delays are means of an exponential distribution, in hours."""

    share: float
    by_region: Mapping[str, float]
    by_tier: Mapping[str, float]
    person_half_width: float
    delay_hours: Mapping[str, float]
    unsubscribe_share: float
    decline_share: float


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that is true of one simulated world."""

    seed: int
    begins_at: datetime
    ends_at: datetime
    touchpoints: Mapping[str, TouchpointTruth]
    initiatives: tuple[InitiativeTruth, ...]
    answering: Answering
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose score it is: the partner's key and region, and the contact's name in the world (its address)."""

    partner: str
    region: str
    contact: str
    tier: str = ""


@dataclass(frozen=True, slots=True)
class TrueEffect:
    """A difference of true means at a touchpoint, in points of its own scale; `since` is when it begins."""

    key: str
    touchpoint: str
    region: str
    points: float
    since: datetime | None = None


# ---- draws


def unit(truth: Truth, *what: object) -> float:
    """A number strictly between 0 and 1 that belongs to `what` in this world, uniform over all that could be drawn."""
    words = "/".join(map(str, (truth.seed, *what)))
    return (int.from_bytes(hashlib.sha256(words.encode()).digest()[:7], "big") >> 3) / 2**53 + 2**-54


def waiting_hours(mean: float, u: float) -> float:
    """An exponential waiting time by its quantile `u`."""
    return -mean * log(1 - u)


def _triangular(truth: Truth, half_width: float, *what: object) -> float:
    """Between -half_width and half_width, 0 on average; the standard deviation is half_width / sqrt(6)."""
    return half_width * (unit(truth, *what, "a") + unit(truth, *what, "b") - 1)


# ---- means


def partner_effect(truth: Truth, partner: str) -> float:
    """How much warmer than the average partner this one is, in points of mood."""
    return _triangular(truth, PARTNER_HALF_WIDTH, "partner", partner)


def person_effect(truth: Truth, contact: str) -> float:
    """How much warmer than the average person this one is, in points of mood."""
    return _triangular(truth, PERSON_HALF_WIDTH, "person", contact)


def share_of(truth: Truth, touchpoint: str, circumstance: Circumstance, region: str, at: datetime) -> float:
    """How often a circumstance holds at this instant: less from the delivery of what cures it on."""
    share = circumstance.shares.get(region, circumstance.shares.get("", 0.0))
    for one in truth.initiatives:
        concerned = one.touchpoint == touchpoint and one.cures == circumstance.key and one.region in ("", region)
        if concerned and one.delivered_at is not None and at >= one.delivered_at:
            share *= 1 - one.cured_share
    return share


def circumstances_of(truth: Truth, touchpoint: str, region: str, at: datetime, event: str) -> frozenset[str]:
    """What is the matter with one event, named by its id."""
    return frozenset(
        each.key
        for each in truth.touchpoints[touchpoint].circumstances
        if unit(truth, "circumstance", event, each.key) < share_of(truth, touchpoint, each, region, at)
    )


def circumstances_in(truth: Truth, touchpoint: str, attributes: Mapping[str, object]) -> frozenset[str]:
    """What is the matter with an event as its attributes tell it."""
    found = truth.touchpoints[touchpoint].circumstances
    return frozenset(each.key for each in found if each.holds(attributes.get(each.attribute)))


def mood(
    truth: Truth, voice: Voice, touchpoint: str, at: datetime, circumstances: Collection[str] | None = None
) -> float:
    """The true mood, 0..10; on average over what may be the matter unless `circumstances` says what was."""
    here = truth.touchpoints[touchpoint]
    weights = {
        each.key: share_of(truth, touchpoint, each, voice.region, at)
        if circumstances is None
        else float(each.key in circumstances)
        for each in here.circumstances
    }
    whole = here.mood + partner_effect(truth, voice.partner) + person_effect(truth, voice.contact)
    whole += sum(each.points * weights[each.key] for each in here.circumstances)
    incident = incident_of(truth, voice.partner, touchpoint, at)
    whole += incident.points if incident else 0.0
    return min(max(whole, LOWEST_MOOD), HIGHEST_MOOD)


def incident_of(truth: Truth, partner: str, touchpoint: str, at: datetime) -> Incident | None:
    """What goes wrong there just then, if anything does."""
    return next(
        (
            one
            for one in truth.incidents
            if (one.partner, one.touchpoint) == (partner, touchpoint) and one.begins_at <= at < one.ends_at
        ),
        None,
    )


def expected_score(
    truth: Truth, voice: Voice, touchpoint: str, at: datetime, circumstances: Collection[str] | None = None
) -> float:
    """The true mean of the first score on the scale of its metric.

    `at` is when the event happened. Without `circumstances` it is the mean over everything that may be the matter then,
    with them (see `circumstances_in`) the mean of events like that one.
    """
    low, high = SCALES[truth.touchpoints[touchpoint].metric]
    return low + (high - low) * mood(truth, voice, touchpoint, at, circumstances) / 10


def true_effects(truth: Truth) -> dict[str, TrueEffect]:
    """Every planted effect by its key: of each circumstance where it holds, and of each initiative since delivery.

    An initiative's effect is the change of the true mean in its region; one that cures nothing has exactly 0 points.
    """
    effects: dict[str, TrueEffect] = {}
    for here in truth.touchpoints.values():
        for each in here.circumstances:
            effects[each.key] = TrueEffect(each.key, here.key, "", each.points * here.points_of_mood)
    for one in truth.initiatives:
        if one.delivered_at is not None:
            effects[one.key] = _effect_of(truth, one)
    return effects


def _effect_of(truth: Truth, one: InitiativeTruth) -> TrueEffect:
    here = truth.touchpoints.get(one.touchpoint or "")
    cured = [each for each in here.circumstances if each.key == one.cures] if here else []
    points = sum(
        -each.points * each.shares.get(one.region, each.shares.get("", 0.0)) * one.cured_share for each in cured
    )
    scale = here.points_of_mood if here else 1.0
    return TrueEffect(one.key, one.touchpoint or "", one.region, points * scale, one.delivered_at)


# ---- scores


@lru_cache(maxsize=4096)
def score_shares(mood_tenths: float, metric: Metric) -> tuple[float, ...]:
    """The share of each score of the scale, lowest first, among answers of this true mood (0..10)."""
    low, high = SCALES[metric]
    n, p = high - low, mood_tenths / 10
    a, b = p * (1 / SPREAD - 1), (1 - p) * (1 / SPREAD - 1)
    return tuple(exp(_log_choose(n, k) + _log_beta(k + a, n - k + b) - _log_beta(a, b)) for k in range(n + 1))


def score_variance(true_mood: float, metric: Metric) -> float:
    """The variance of one score around its true mean: n p q (1 + (n - 1) r) for n steps of the scale."""
    low, high = SCALES[metric]
    n, p = high - low, true_mood / 10
    return n * p * (1 - p) * (1 + (n - 1) * SPREAD)


def draw_score(true_mood: float, metric: Metric, u: float) -> int:
    """The score at the quantile `u` (0..1) of the distribution around this true mood."""
    low, high = SCALES[metric]
    below = accumulate(score_shares(true_mood, metric))
    return low + next((k for k, reached in enumerate(below) if u < reached), high - low)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


# ---- answering


def answer_share(truth: Truth, voice: Voice, at: datetime | None = None, touchpoint: str = "") -> float:
    """How likely somebody who is asked answers, 0..1."""
    if at is not None and incident_of(truth, voice.partner, touchpoint, at):
        return 1.0
    who = truth.answering
    share = who.share + who.by_region.get(voice.region, 0.0) + who.by_tier.get(voice.tier, 0.0)
    return min(max(share + _triangular(truth, who.person_half_width, "answers", voice.contact), 0.02), 0.98)


def answer_delay(truth: Truth, voice: Voice, u: float) -> timedelta:
    """How long after the mail the answer comes, by its quantile `u`."""
    mean = truth.answering.delay_hours.get(voice.region, truth.answering.delay_hours[""])
    return timedelta(hours=min(waiting_hours(mean, u), 290.0))
