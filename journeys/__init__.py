"""Where partners meet us: the journey map, and the ledger of what happened on it."""
