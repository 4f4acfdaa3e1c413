"""What the engine does in a second, beside a raw limit or a peer that runs in turn with it. Not shipped in the wheel.

One file a benchmark, each with `run(settings) -> Result`; what must be reached stands in `targets.py`.
"""
