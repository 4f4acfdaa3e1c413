"""Numbered schema changes, applied in order on SQLite and PostgreSQL."""
