"""Lets `python -m feedback_engine.app.cli` run the command line."""

from feedback_engine.app.cli import main

main()
