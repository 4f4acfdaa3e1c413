"""Alerts and the cases they open: who must act for a partner, by when, and how it ended."""
