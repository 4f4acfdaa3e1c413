"""Pure. Whether we made it easy, 1 to 7: the Customer Effort Score, second form."""

from __future__ import annotations

from typing import ClassVar, Literal

from feedback_engine.foundation.i18n import gettext_noop
from surveys.questions.scale import ScaleQuestion


class CesQuestion(ScaleQuestion):
    """Seven numbers of agreement with "you made it easy"; inside the mail in two rows, so that each stays wide."""

    kind: ClassVar[str] = "ces"
    metric: ClassVar[str | None] = "ces"
    mail_columns: ClassVar[int] = 4
    default_low: ClassVar[str] = gettext_noop("strongly disagree")
    default_high: ClassVar[str] = gettext_noop("strongly agree")

    type: Literal["ces"]
