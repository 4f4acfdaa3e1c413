"""Pure. Asks that no cap holds back: the recovery survey, which asks how a settled case is now.

Suppression, erasure, the age of the event and all else stand as for any other ask; the ask itself counts.
"""

from __future__ import annotations

from feedback_engine.foundation.i18n import gettext
from surveys.sampling.verdict import PASS, Verdict

RECOVERY = "recovery"

EXEMPT = Verdict(PASS, 0, ("exempt", RECOVERY))
"""The verdict of a cap about an exempt ask: it stands in the ledger as what it is."""


def is_exempt(verdict: Verdict) -> bool:
    """Whether a cap let an ask pass because it is exempt."""
    return verdict.numbers[:1] == ("exempt",)


def words() -> str:
    """Why a cap did not hold an ask back."""
    return gettext("exempt: a recovery survey asks how a settled case is now, whatever was asked before")
