# One page of targets. Set-up happens by itself, once, inside .venv; `make clean` takes it away again.
#   PYTHON=python3.13 make test    another Python than the first fitting one (3.11 to 3.13) on the PATH
#   ONCE=1 make demo               run the demo to its end instead of staying up

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh

PY := .venv/bin/python
DONE := .venv/.done
export PYTHON

# uv reads neither pip's mirror nor (by itself) the machine's certificates; what pip was told, uv is told too.
ifneq ($(PIP_INDEX_URL),)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
export UV_SYSTEM_CERTS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export RUFF_CACHE_DIR := .cache/ruff
export MYPY_CACHE_DIR := .cache/mypy
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH

# The machine's own Redis will do for the tests; only where there is none, one is brought along.
ifeq ($(DRIPCOURSE_TEST_REDIS_URL)$(shell command -v redis-server || command -v valkey-server),)
REDIS := $(DONE)/redis
endif

# A Python that was removed or upgraded since leaves a .venv that does not start: then set up anew.
ifneq ($(shell $(PY) -c 'print("runs")' 2>/dev/null),runs)
.PHONY: $(DONE)/venv
endif

.PHONY: help demo test test-all test-web check judge-mail contact-sheet lock bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

demo: $(DONE)/run ## a whole course on this machine, in the browser; ONCE=1 runs it through and stops
	@$(PY) -m dripcourse demo $(if $(filter-out 0,$(ONCE)),--once)

test: $(DONE)/test $(REDIS) ## the tests, with a real PostgreSQL and a real Redis (about four minutes)
	@$(PY) -m pytest -n 2 --dist loadgroup -m "not slow" $(ARGS)

test-all: $(DONE)/test $(REDIS) ## the tests and the slow ones: packaging, images, long runs
	@$(PY) -m pytest -n 2 --dist loadgroup $(ARGS)

test-web: $(DONE)/web ## the browser tests: chromium, a running installation, axe-core (installs chromium as root on Debian)
	@$(PY) -m pytest tests/browser $(ARGS)

check: $(DONE)/test ## ruff, mypy --strict and the floors of the house
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy --strict dripcourse workers
	@$(PY) -m pytest tests/house/test_floors.py

judge-mail: $(DONE)/test ## outside judges on every mail there is, one table; JUDGES="raw vnu" for some, ALL=1 for all findings
	@$(PY) -m tests.judge $(JUDGES)

contact-sheet: $(DONE)/test ## every kind of mail as people see it, in build/contact-sheet (an HTML page and a PNG)
	@$(PY) -m tests.judge.contact_sheet

lock: $(DONE)/uv ## settle requirements/*.in into *.lock; UPGRADE=1 takes newer versions
	@sh requirements/lock $(if $(UPGRADE),--upgrade)

bench: $(DONE)/test $(REDIS) ## the measurements (25 minutes; QUICK=1: 5), one page; ONLY="growth kills" for some
	@$(PY) -m bench $(ONLY)

clean: ## remove what make made: .venv, caches, build output (no data)
	@rm -rf .venv .cache .hypothesis .pytest_cache .mypy_cache .ruff_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(DONE)/venv: requirements/venv
	@sh requirements/venv
	@mkdir -p $(DONE) && touch $@

$(DONE)/uv: requirements/bootstrap.lock $(DONE)/venv
	@$(PY) -m pip install --quiet --require-hashes -r $<
	@touch $@

$(DONE)/run $(DONE)/test $(DONE)/web $(DONE)/redis: $(DONE)/%: requirements/%.lock $(DONE)/uv
	@sh requirements/install $<
	@touch $@
