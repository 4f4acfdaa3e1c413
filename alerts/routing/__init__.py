"""To whom a case goes, and why."""
