"""What is kept quiet, by whom, until when and why."""
