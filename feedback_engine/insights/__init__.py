"""Reads every slice, commands none, and keeps tables of its own: the roll-ups behind every figure on screen."""
