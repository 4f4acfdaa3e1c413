"""The end of a case by the partner's word, and the ladder of a conflict."""
