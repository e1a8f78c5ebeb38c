# Each target sets up what it needs: a virtual environment in .venv, and the Pulumi CLI.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test test-slow test-clients cover lint wheel bench soak docs clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: $(BIN)/.ready ## Run the whole workflow: a real `pulumi up` against the embedded emulator
	@$(BIN)/python script/demo.py

test: $(BIN)/.ready lint ## Run all tests, with the real Pulumi engine
	@PATH="$$($(BIN)/python script/engine.py):$$PATH" $(BIN)/python -m pytest -n 3 --dist worksteal

test-slow: $(BIN)/.ready ## Run the slower tests: large stacks, every command on the real engine (an hour or more)
	@PATH="$$($(BIN)/python script/engine.py):$$PATH" $(BIN)/python -m pytest -n 2 -m slow --timeout 1800

test-clients: $(BIN)/.ready ## Run twilio-python, -node and -go against the emulator (minutes the first time)
	@$(BIN)/python -m pytest tests/emulator/test_foreign_clients.py tests/emulator/foreign/go_client.py

cover: $(BIN)/.ready ## Demand full branch coverage of the core operations from tests without a process
	@$(BIN)/python -m coverage run --branch --source provider/pulumi_twilio_emergency/core/operations,provider/pulumi_twilio_emergency/core/account,provider/pulumi_twilio_emergency/core/rules -m pytest -q tests/core
	@$(BIN)/python -m coverage report --fail-under 100 --show-missing --include "*/core/operations/*"
	@$(BIN)/python -m coverage report --show-missing

lint: $(BIN)/.ready ## Check style, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > .lint-imports.log || { cat .lint-imports.log; exit 1; }

bench: $(BIN)/.ready ## Measure against a plain provider and the engine's own cost (about 20 minutes)
	@$(BIN)/python tests/benchmarks/bench.py $(SIZES)

soak: $(BIN)/.ready ## Run the random convergence tests for long (SOAK_SECONDS=600 by default)
	@SOAK_SECONDS=$${SOAK_SECONDS:-600} $(BIN)/python -m pytest tests/convergence -s --timeout 7200

docs: $(BIN)/.ready ## Regenerate the sessions and the reference in the documents
	@REWRITE_DOCS=1 $(BIN)/python -m pytest -q tests/docs

wheel: $(BIN)/.ready ## Build the source archive and the wheel into dist/
	@$(BIN)/python -m build --no-isolation --outdir dist . > .build.log 2>&1 || { cat .build.log; exit 1; }

clean: ## Remove what was built here; the Pulumi CLI stays in the user's cache
	@rm -rf .venv dist .lint-imports.log .build.log

# Installed anew whenever the metadata changes.
$(BIN)/.ready: pyproject.toml provider/twilio_emulator/pyproject.toml script/bootstrap
	@PYTHON=$(PYTHON) script/bootstrap
