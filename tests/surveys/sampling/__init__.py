"""The sampling rules and the decision, pure: no database, no clock."""
