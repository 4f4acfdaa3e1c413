"""A planted-truth world that drives the real services, for the demo and for tests."""
