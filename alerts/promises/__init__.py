"""What somebody of ours told a partner they would do, and by when."""
