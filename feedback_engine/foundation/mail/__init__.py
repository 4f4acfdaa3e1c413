"""Mail: queued with the change that causes it, rendered when claimed, sent outside transactions, marked after."""
