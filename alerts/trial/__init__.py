"""Tries alert rules on what was answered before: the desk of the live alerts over recorded answers, nothing written."""
