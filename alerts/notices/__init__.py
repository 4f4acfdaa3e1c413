"""Who is told of what, by which way, when; and how each attempt ended."""
