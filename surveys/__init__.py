"""Surveys: whom we ask, what we ask, what they said."""
