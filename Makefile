# Milepost: `make run` starts it, `make test` checks all of it. Neither needs anything but Python 3.11+.
.DEFAULT_GOAL := help
.PHONY: help run demo test check lint types unit bench screenshots lock prepare prepare-dev browser clean

PYTHON = $(shell sh scripts/find-python)
VENV   = .venv/bin
PYTEST = $(VENV)/python -m pytest
WORKERS ?= 2
SIZE   ?= small
# Set in many containers, it would have each of our processes compile all of the code again: two thirds more time to start.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: prepare ## Start everything: web, jobs, schedule, Redis. PORT, MILEPOST_HOME, DATABASE_URL, REDIS_URL, SECRET_KEY, DEMO=0
	@exec $(VENV)/python -m webapp.jobs.supervisor

demo: prepare ## Load demo data, SIZE=small, school or district
	@exec $(VENV)/flask --app wsgi demo load --size $(SIZE)

test: prepare-dev browser lint types ## Everything that CI runs
	$(PYTEST) -n $(WORKERS) --cov --cov-report= --durations=15
	@$(VENV)/python scripts/coverage_gate.py

check: prepare-dev lint types ## Lint, types and the fast tests on SQLite alone, in about a minute
	$(PYTEST) -n $(WORKERS) -m "not browser and not runtime and not slow" -k "not postgresql"

lint:
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/bandit -q -ll -c pyproject.toml -r webapp bench scripts wsgi.py # below medium, ruff asks each for its reason

types:
	$(VENV)/mypy

bench: prepare-dev ## Measure against the "hello" baseline, on both databases; results in bench/results
	@exec $(VENV)/python -m bench $(ARGS)

screenshots: prepare-dev browser ## Pictures of every page: both widths, light and dark; in screenshots/
	@exec $(VENV)/python scripts/screenshots.py $(ARGS)

lock: prepare-dev ## Renew the exact versions in requirements*.txt
	$(VENV)/pip-compile -q --strip-extras $(PLAIN_LOCK) --upgrade -o requirements.txt requirements.in
	$(VENV)/pip-compile -q --strip-extras $(PLAIN_LOCK) --upgrade -o requirements-dev.txt requirements-dev.in

PLAIN_LOCK = --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --no-header

prepare:
	@$(PYTHON) scripts/bootstrap.py

prepare-dev:
	@$(PYTHON) scripts/bootstrap.py --dev

browser:
	@sh scripts/browser

clean: ## Remove what was built; the data in var/ stays
	rm -rf .venv node_modules static/vendor static/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
