"""Pure. How satisfied somebody is, 1 to 5."""

from __future__ import annotations

from typing import ClassVar, Literal

from feedback_engine.foundation.i18n import gettext_noop
from surveys.questions.scale import ScaleQuestion


class CsatQuestion(ScaleQuestion):
    """Five numbers; 4 and 5 are counted as satisfied."""

    kind: ClassVar[str] = "csat"
    metric: ClassVar[str | None] = "csat"
    mail_columns: ClassVar[int] = 5
    default_low: ClassVar[str] = gettext_noop("very dissatisfied")
    default_high: ClassVar[str] = gettext_noop("very satisfied")

    type: Literal["csat"]
