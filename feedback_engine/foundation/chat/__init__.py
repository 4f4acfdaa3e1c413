"""Short messages to chat services, sent by a process of their own that can reach nothing inside our network."""
