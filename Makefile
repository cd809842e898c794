# Every target works on a fresh machine with git, make and Python 3.11 or newer (on Debian: with python3-venv).
# What is installed is what the locks name, hash by hash; a stamp file says that it has been done.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
ARGS ?=

BIN := .venv/bin
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest -n auto --dist loadgroup
EXTRAS := --extra studio --extra http --extra mail --extra audit --extra cluster \
	--extra tryton --extra celery --extra apscheduler --extra django
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	--custom-compile-command "make lock"

.DEFAULT_GOAL := help
.SECONDARY:
.PHONY: help install engines viewer gallery run test test-fast check fix bench fuzz lock clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 12

install: .venv/.installed ## make .venv with everything a developer needs

run: .venv-run/.installed ## run every shipped scenario with the core alone (ARGS="..." goes to `journeyproof run`)
	.venv-run/bin/journeyproof run $(ARGS)

engines: install ## what tests need of others: Debian's chromium, faketime, Node.js and Redis, Node-RED, and the viewer's packages
	@sh tests/debian-packages.sh
	@$(MAKE) --no-print-directory .venv/engines/node-red/.installed reports/viewer/node_modules/.installed

viewer: engines ## build reports/viewer.html, the page that every report and the studio are, from reports/viewer/
	node reports/viewer/build.mjs

gallery: engines ## make reports/gallery/ anew: a report and pictures of each of the five incidents
	$(BIN)/python reports/gallery/make.py

test: engines ## the whole test suite, except the benchmarks
	$(PYTEST) -m "not benchmark" --durations=10 $(ARGS)

test-fast: install ## what to run while working: no slow, browser or benchmark tests
	$(PYTEST) -m "not slow and not engine and not browser and not benchmark" $(ARGS)

check: install ## lint, format and types, changing nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

fix: install ## repair what the linter and the formatter can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: engines ## the benchmarks, one after another
	$(BIN)/python -m pytest tests/benchmarks -m benchmark -s $(ARGS)

fuzz: install ## the laws with fresh random examples, many more of them
	$(PYTEST) tests/laws --hypothesis-profile=fuzz $(ARGS)

lock: install ## bring both locks up to pyproject.toml (ARGS=--upgrade for newer releases)
	$(LOCK) $(EXTRAS) --group dev pyproject.toml -o requirements.lock $(ARGS)
	$(LOCK) --group build -c requirements.lock pyproject.toml -o requirements-core.lock

clean: ## remove the environments and what tools leave behind
	rm -rf .venv .venv-run reports/viewer/node_modules .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist

# An environment is made anew when its lock changes: pip would leave behind what the lock no longer names. A change of
# pyproject.toml alone installs the package again.
.venv/.locked: requirements.lock
	rm -rf .venv
	$(PYTHON) -m venv .venv
	.venv/bin/python $(PIP_INSTALL) --require-hashes -r requirements.lock
	touch $@

.venv-run/.locked: requirements-core.lock
	rm -rf .venv-run
	$(PYTHON) -m venv .venv-run
	.venv-run/bin/python $(PIP_INSTALL) --require-hashes -r requirements-core.lock
	touch $@

.venv/engines/node-red/.installed: simulator/backends/node_red/package.json simulator/backends/node_red/package-lock.json
	rm -rf .venv/engines/node-red
	mkdir -p .venv/engines/node-red
	cp $^ .venv/engines/node-red/
	npm ci --prefix .venv/engines/node-red --no-audit --no-fund --loglevel=error
	touch $@

reports/viewer/node_modules/.installed: reports/viewer/package.json reports/viewer/package-lock.json
	npm ci --prefix reports/viewer --no-audit --no-fund --loglevel=error
	touch $@

%/.installed: %/.locked pyproject.toml
	$*/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation -e .
	touch $@
