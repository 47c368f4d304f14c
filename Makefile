# Every target sets up what it needs first; the work is in tools/tasks.py.
PYTHON ?= python3
BOOTSTRAP := $(PYTHON) tools/bootstrap.py
.DEFAULT_GOAL := help
.PHONY: help run test serve upgrade backup restore check lint bench setup reset-demo clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## Serve the demo on http://127.0.0.1:8000 (PORT=8001 for another port)
	@$(BOOTSTRAP) run

test: ## Run every test (ARGS="tests/rules -k money" for some)
	@$(BOOTSTRAP) test $(ARGS)

serve: ## Serve for real use (FEEAPP_SECRET_KEY, FEEAPP_DATABASE_URL; also FEEAPP_BASE_URL, FEEAPP_PROXIES, HOST, PORT)
	@$(BOOTSTRAP) serve

upgrade: ## Make the database of FEEAPP_DATABASE_URL, or bring it up to date after a backup
	@$(BOOTSTRAP) upgrade

backup: ## Write a checked copy of the database, also while it is in use (TO=folder)
	@$(BOOTSTRAP) backup $(if $(TO),--to "$(TO)")

restore: ## Put a copy back (FROM=file; FORCE=1 where a database stands, which is set aside)
	@$(BOOTSTRAP) restore $(if $(FROM),--from "$(FROM)") $(if $(FORCE),--force)

check: ## Hold the books against every invariant: silent when all is well
	@$(BOOTSTRAP) check $(ARGS)

lint: ## Check the code with ruff and mypy
	@$(BOOTSTRAP) lint

bench: ## Measure, as ratios inside one run (ARGS=name for one)
	@$(BOOTSTRAP) bench $(ARGS)

setup: ## Set up without starting anything
	@$(BOOTSTRAP) setup

reset-demo: ## Throw the demo's data away; the next `make run` makes it anew
	@rm -f var/demo.sqlite var/demo.sqlite-wal var/demo.sqlite-shm

clean: ## Remove what can be made again (.venv, caches); var/ with its data stays
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
