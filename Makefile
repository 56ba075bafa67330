# Parley's verbs. `make help` lists them; CONTRIBUTING.md says when to use which.
# Nothing needs to be installed first but make, git and Python 3.11 or newer.

SHELL := /bin/bash
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
BOOT = $(PYTHON) -m tools.bootstrap
PY = .venv/bin/python
WEB = $(PY) -m tools.web npm
ARGS ?=

.PHONY: help
help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

.PHONY: run
run: ## set everything up and start the demo in the foreground (ARGS="--tls --port 9000")
	@exec $(BOOT) run $(ARGS)

.PHONY: test
test: test-setup ## set everything up and run every test, real Asterisk and Chromium included
	@$(PY) -m tools.tests $(ARGS)

.PHONY: check
check: lint types imports test ## exactly what CI runs: lint, types, import contracts, all tests

.PHONY: setup
setup: dev web ## what a developer needs: Python and npm packages, git hooks
	@git config core.hooksPath tools/hooks
	@echo "Ready. Git hooks are on; '. .venv/bin/activate' gives the parley command."

.PHONY: dev web test-setup
dev:
	@$(BOOT) dev
web: dev
	@$(BOOT) web
test-setup:
	@$(BOOT) test

.PHONY: fmt
fmt: web ## format Python and TypeScript
	@$(PY) -m ruff format
	@$(PY) -m ruff check --fix-only --quiet
	@$(WEB) run fmt

.PHONY: lint
lint: web ## style, licences, locked packages and generated files, without changing anything
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m tools.lock --check
	@$(PY) -m tools.licences --check
	@$(PY) -m cti.ari.generate --check
	@$(PY) -m agent_desktop.server.generate --check
	@$(PY) -m tools.diagrams --check
	@$(WEB) run generate:check
	@$(WEB) run lint

.PHONY: types
types: web ## mypy and tsc, both strict
	@$(PY) -m mypy
	@$(WEB) run types

.PHONY: imports
imports: dev ## who may import whom (contracts in pyproject.toml)
	@$(PY) -c "from importlinter.cli import lint_imports_command as run; run()"

.PHONY: unit
unit: dev ## the quick tests only: unit and property
	@$(PY) -m pytest -m "unit or property" $(ARGS)

.PHONY: e2e
e2e: test-setup ## the whole product with real SIP and Chromium
	@$(PY) -m pytest -m e2e $(ARGS)

.PHONY: security
security: test-setup ## what attackers try, against a running product; schemathesis for each role
	@PARLEY_TEST_LONG=1 $(PY) -m pytest -m security $(ARGS)

.PHONY: bench
bench: test-setup ## all benchmarks; one table, and a result file in bench/results
	@$(PY) -m bench $(ARGS)

.PHONY: bench-quick
bench-quick: test-setup ## the same with small loads, 3 minutes in all
	@$(PY) -m bench --quick $(ARGS)

.PHONY: docs
docs: web ## write what is generated again: API client, event structs, licence list, diagrams
	@$(PY) -m cti.ari.generate
	@$(PY) -m agent_desktop.server.generate
	@$(WEB) run generate
	@$(PY) -m tools.licences
	@$(PY) -m tools.diagrams

.PHONY: lock
lock: dev ## resolve pyproject.toml again into requirements*.txt
	@$(PY) -m tools.lock

.PHONY: doctor
doctor: ## check every part of this installation and say how to mend what fails
	@$(BOOT) parley doctor $(ARGS)

.PHONY: clean
clean: ## remove what was built in this checkout (caches and data elsewhere stay)
	@rm -rf .venv agent_desktop/web/dist agent_desktop/web/node_modules
