"""Flask saying hello, on the server that the engine itself runs on: `python -m benchmarks.hello PORT`."""

from __future__ import annotations

import sys

from flask import Flask

from feedback_engine.app.cli import serving

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """The least that Flask does."""
    return "hello"


@app.post("/")
def hear() -> str:
    """The same for a POST."""
    return "hello"


if __name__ == "__main__":
    serving.run_web("127.0.0.1", int(sys.argv[1]), "benchmarks.hello:app")
