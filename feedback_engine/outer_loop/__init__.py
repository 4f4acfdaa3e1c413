"""The outer loop: what many partners say becomes a theme, and a theme becomes a change for everyone."""
