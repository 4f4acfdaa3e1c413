"""Pure. What hangs on a case, table by table, and what becomes of it when the case is merged into another.

A house test fails for a table that names a case and is not declared here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Fate = Literal["moves", "stays"]

OF_A_CASE: Mapping[str, Fate] = {
    "alert": "stays",  # never edited; `alert_home` says to which case it belongs now
    "alert_home": "stays",  # written by the merge itself
    "case_entry": "stays",  # history: the case that stays shows it among its own
    "case_file": "moves",  # with the letters and notes that it hangs on
    "case_meeting": "moves",  # the call takes place, about the case that stays
    "case_message": "moves",  # replies land where the thread goes on
    "ladder_step": "stays",  # a case whose mediation goes on is not merged; steps that ended are history
    "mention": "moves",  # whoever was named shall find the case that stays
    "promise": "moves",  # it is still to be kept, whichever case it was made in
    "settlement": "stays",  # the partner was asked about that closing; its link says where it goes on
    "notification": "stays",  # what was told, under the revision that it told of
    "theme_evidence": "stays",  # of cases that ended; a merged one did not end
}
"""`moves`: the rows name the case that stays from the merge on, and the merged one again when it is undone. `stays`:
the rows go on naming the merged case, and whoever shows the case that stays asks for those of `members_of` too.

Rows of a partner that is the same company by another key stay in their shard, so they stay with their case as well.
"""

MOVING = tuple(sorted(table for table, fate in OF_A_CASE.items() if fate == "moves"))
