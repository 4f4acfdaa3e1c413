"""What both flag SDKs share: people read from a file, and runs that are asked for line by line on standard input."""

import json
import sys
import time


def people():
    """The people of the file that the first argument names."""
    with open(sys.argv[1], encoding="utf-8") as file:
        return json.load(file)


def serve(decide, given):
    """For every line `seconds` decide about person after person for so long; say how many, how long, and the CPU."""
    decided = [decide(person) for person in given]
    print(json.dumps({"share": sum(decided) / len(decided)}), flush=True)
    for line in sys.stdin:
        seconds, count = float(line), 0
        cpu, began = time.process_time(), time.perf_counter()
        while time.perf_counter() - began < seconds:
            for person in given:
                decide(person)
            count += len(given)
        spent, used = time.perf_counter() - began, time.process_time() - cpu
        print(json.dumps({"operations": count, "seconds": spent, "cpu_seconds": used}), flush=True)
