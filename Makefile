# supply-screen: two commands on a fresh machine are `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help

.PHONY: help
help: ## list every target
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "supply-screen needs Python 3.11 or newer; this is %s. Set PYTHON=/path/to/python3.11" % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

.PHONY: setup setup-dev run test test-fast lint types format bench sample docs lock wheel validate clean
setup: $(VENV)/.run ## create .venv and install the pinned, hash-checked dependencies

setup-dev: $(VENV)/.dev ## the same with the development dependencies

run: $(VENV)/.run ## set up and rank the theme multicloud-gpu on the bundled, simulated sample
	$(BIN)/python -m screen run --theme multicloud-gpu --source sample

lint: $(VENV)/.dev ## ruff (style and format) and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev ## mypy in strict mode
	$(BIN)/mypy

test: lint types ## set up, then lint, types and every test, the slow ones too
	$(BIN)/python -m pytest -n auto --dist worksteal

test-fast: $(VENV)/.dev ## the fast tests only
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

format: $(VENV)/.dev ## rewrite the sources in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## measure start-up, the sample run and the kernels, side by side
	$(BIN)/python -m bench

validate: $(VENV)/.dev ## run the validation studies and rewrite docs/validation.md (minutes)
	$(BIN)/python -m validation

sample: $(VENV)/.run ## rebuild the bundled simulated sample, byte for byte
	$(BIN)/python -m screen.market.sample

docs: $(VENV)/.run ## rewrite the generated pages of docs/ (tables, CLI reference)
	$(BIN)/python -m screen.docs

lock: $(VENV)/.dev ## resolve requirements/*.in again (needs uv on the PATH)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q requirements/run.in -o requirements/run.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q requirements/dev.in -o requirements/dev.txt

wheel: $(VENV)/.dev ## build the wheel into dist/
	$(BIN)/python -m hatchling build -t sdist -t wheel

clean: ## remove .venv, caches and build output (never out/)
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
