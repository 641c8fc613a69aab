# Cuadra: `make help` lists what there is.
#
# Everything is installed into .venv, from the lock files, with hashes. A stamp in .venv remembers what was
# installed, so a second call starts at once.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
TESTERS ?= 2
# Extra arguments, for example: make test PYTEST="-k posting", make bench BENCH="--quick".
PYTEST ?=
BENCH ?=

.PHONY: help serve test check format docs bench soak lock clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  Settings: PYTHON (the interpreter that makes .venv), CUADRA_PORT (8020), CUADRA_DATA, CUADRA_DATABASE_URL."

serve: $(VENV)/runtime.stamp ## Serve on http://127.0.0.1:8020 with the demo companies; everything is installed first.
	@exec $(BIN)/cuadra serve

test: check ## Run every check and every test.
	$(BIN)/python -m pytest -n $(TESTERS) --dist worksteal --ignore=tests/tidy $(PYTEST)

check: $(VENV)/dev.stamp ## Linters, formatting, types, import contracts and the tidy tests.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --quiet tests/tidy

format: $(VENV)/dev.stamp ## Format the code, and mend what the linter can.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/dev.stamp ## Write docs/cli.md again from the command line itself.
	$(BIN)/python docs/make_cli.py

bench: $(VENV)/dev.stamp ## Measure a server of its own; results in benchmarks/results.
	@exec $(BIN)/python -m benchmarks.run $(BENCH)

soak: $(VENV)/dev.stamp ## Run clients against servers that fail: SEEDS of them (50) from FIRST (1); KEEP=1 keeps what went wrong.
	@exec $(BIN)/python -m tests.faults.soak --seeds $(SEEDS) --first $(FIRST) $(if $(KEEP),--keep)

SEEDS ?= 50
FIRST ?= 1
KEEP ?=

lock: $(VENV)/dev.stamp ## Resolve the lock files again; LOCK=--upgrade takes the newest versions.
	$(LOCK_COMMAND) pyproject.toml --output-file requirements.lock $(LOCK)
	$(LOCK_COMMAND) pyproject.toml --group dev --constraints requirements.lock --output-file requirements-dev.lock $(LOCK)
	echo 'hatchling' | $(LOCK_COMMAND) - --constraints requirements-dev.lock --output-file requirements-build.lock $(LOCK)

LOCK ?=
LOCK_COMMAND = $(BIN)/uv --no-config --quiet pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command 'make lock'

clean: ## Remove .venv, build results and caches; no data.
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# --- what .venv holds ------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Cuadra needs Python 3.11 or later; '$(PYTHON)' is `$(PYTHON) --version 2>/dev/null || echo not there`." >&2; \
	  echo "Name another one, for example: make $(or $(MAKECMDGOALS),serve) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments: its modules venv and ensurepip are missing." >&2; \
	  echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) with `$(PYTHON) --version`"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# What serving needs, the tool that installs Cuadra itself, and Cuadra, from this folder.
$(VENV)/runtime.stamp: pyproject.toml requirements.lock requirements-build.lock | $(BIN)/python
	@echo "Installing what Cuadra needs (about 60 MB, once)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --require-hashes -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# The tools too. A superset of the other one, at the same versions.
$(VENV)/dev.stamp: pyproject.toml requirements-dev.lock | $(BIN)/python
	@echo "Installing the development tools"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
