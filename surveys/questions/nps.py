"""Pure. How likely somebody is to recommend, 0 to 10: the Net Promoter question."""

from __future__ import annotations

from typing import ClassVar, Literal

from feedback_engine.foundation.i18n import gettext_noop
from surveys.questions.scale import ScaleQuestion


class NpsQuestion(ScaleQuestion):
    """Eleven numbers; inside the mail in two rows."""

    kind: ClassVar[str] = "nps"
    metric: ClassVar[str | None] = "nps"
    mail_columns: ClassVar[int] = 6
    default_low: ClassVar[str] = gettext_noop("not at all likely")
    default_high: ClassVar[str] = gettext_noop("extremely likely")

    type: Literal["nps"]
