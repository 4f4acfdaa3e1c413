"""Working time, the clock of a case, and what passes by it."""
