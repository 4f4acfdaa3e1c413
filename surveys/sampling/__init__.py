"""Pure. Whom we ask: the sampling rules, one a file, and `decide`, which runs them all over the facts of one event."""
