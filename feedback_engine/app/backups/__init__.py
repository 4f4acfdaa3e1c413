"""Backups: one file that holds a whole database as of one instant, and the way back from it."""
