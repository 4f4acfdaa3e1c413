"""Pure. When to try again after a transient fault, and when to stop.

Full jitter, as in M. Brooker, "Exponential backoff and jitter" (AWS Architecture Blog, 2015): the wait is uniform in
[0, min(cap, base * 2**(attempt - 1))], which spreads the retries of many clients best.
"""

from __future__ import annotations

from datetime import timedelta

BASE = timedelta(seconds=30)
CAP = timedelta(hours=1)
MAX_ATTEMPTS = 10
MAX_AGE = timedelta(hours=24)


def count_try(attempts: int, *, reached: bool) -> int:
    """The number of failed tries after one more.

    Another side that could not be reached has refused nothing: it makes the waits longer but takes nobody's last try,
    or an hour's outage would end one message in seven by the luck of its jitter.
    """
    return attempts + 1 if reached else min(attempts + 1, MAX_ATTEMPTS - 1)


def next_wait(
    attempts: int,
    *,
    jitter: float,
    retry_after: timedelta | None = None,
    age: timedelta = timedelta(0),
) -> timedelta | None:
    """How long to wait after `attempts` failed tries (1 or more); None when it is time to give up.

    `jitter` is uniform in [0, 1). `retry_after` is the other side's word: no try comes before it (capped at 1 h).
    `age` is the time since the first try; at 24 h or at the tenth try the work becomes a dead letter.
    """
    if attempts >= MAX_ATTEMPTS or age >= MAX_AGE:
        return None
    ceiling: timedelta = min(CAP, BASE * 2 ** (attempts - 1))
    wait = ceiling * jitter
    return max(wait, min(retry_after, CAP)) if retry_after is not None else wait
