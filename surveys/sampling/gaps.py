"""Pure. The codes of the minimum gaps: what happened last, and in which surveys it counts."""

from __future__ import annotations

ASKED, ANSWERED, DECLINED = "a", "n", "d"
SURVEY, FAMILY, ANY = "s", "f", "a"

SCOPES = {"this_survey": SURVEY, "survey_family": FAMILY, "any_survey": ANY}


def code_of(since: str, scope: str) -> str:
    """Two letters, such as `aa` (asked, any survey). A decline counts whatever survey was declined."""
    return since + (ANY if since == DECLINED else scope)
