"""Cases merged, split, and put back as they stood."""
