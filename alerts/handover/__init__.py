"""Partners and their cases change hands."""
