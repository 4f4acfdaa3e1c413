# Two commands do everything: `make demo` and `make test`. The others are their parts.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
UV := UV_LINK_MODE=copy $(BIN)/uv pip install -q --python $(BIN)/python
# One more than two cores have: some tests wait for leases, clocks and processes to end.
WORKERS ?= 3
PORT ?= 8700
PROMISES := tests/faults tests/upgrades tests/loop/test_scanners.py tests/alerts/test_settled_page.py

# Some machines forbid Python to keep what it compiled; then each process that we start would compile it all again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-faults bench setup lint browser requirements clean

demo: $(VENV)/.runtime
	$(BIN)/feedback-engine demo --port $(PORT)

test: setup lint browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests

# The promises at their full figures, each with its line at the end: hours of kills, pauses and outages on real processes.
# FEEDBACK_ENGINE_SOAK_SECONDS=3600 makes the soak an hour long.
test-faults: setup browser
	FEEDBACK_ENGINE_FULL_FAULTS=1 $(BIN)/python -m pytest $(PROMISES)

setup: $(VENV)/.development

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers $(WORKERS)
	$(BIN)/lint-imports

# Figures beside raw limits and peers, some ten minutes; peers go into var/bench, apart from our own environment.
bench: setup
	$(BIN)/feedback-engine bench --json var/bench-result.json

# A browser for the tests: Debian's Chromium without windows when root, which is a fifth quicker; else the system's;
# else the browser tool's own download.
browser: setup
	@command -v chromium-headless-shell >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	     && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium-headless-shell fonts-noto-core >/dev/null; } \
	|| command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| $(BIN)/playwright install chromium \
	|| echo "No browser could be had: the browser tests will say so."

# Versions and hashes only; no file names a host.
requirements: setup
	for extra in "" "--extra dev"; do \
	  $(BIN)/uv pip compile -q --generate-hashes --no-header --no-emit-index-url $$extra pyproject.toml \
	    -o requirements/$$([ -z "$$extra" ] && echo runtime || echo development).txt; done
	printf 'hatchling\neditables\n' | $(BIN)/uv pip compile -q --generate-hashes --no-header --no-emit-index-url - -o requirements/build.txt
	printf 'uv\n' | $(BIN)/uv pip compile -q --generate-hashes --no-header --no-emit-index-url - -o requirements/installer.txt

clean:
	rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed.") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --no-compile --only-binary :all: --require-hashes -r requirements/installer.txt || true

# Installed by uv, which takes a sixth of pip's time. Where it does not exist, or does not find the index, because it
# does not read pip's settings, pip does it after all.
define install
$(UV) --require-hashes $(foreach list,$(1),-r $(list)) \
|| $(PIP) install --no-compile --require-hashes $(foreach list,$(1),-r $(list))
$(PIP) install --no-deps --no-build-isolation -e .
endef

$(VENV)/.runtime: $(VENV)/bin/python requirements/runtime.txt requirements/build.txt pyproject.toml
	$(call install,requirements/runtime.txt requirements/build.txt)
	touch $@

$(VENV)/.development: $(VENV)/bin/python requirements/development.txt requirements/build.txt pyproject.toml
	$(call install,requirements/development.txt requirements/build.txt)
	touch $@ $(VENV)/.runtime
