"""Real processes that are killed, paused and starved, and what the promises say must hold all the same."""
