# make demo and make test need only Python 3.11 to 3.13, with its venv module, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Files of slow tests that are tried side by side. They wait for servers at times, so one more than a small machine's cores.
SIDE_BY_SIDE ?= 3
# How many random histories `make histories` tries; the suite tries one.
HISTORIES ?= 50
SLOW = $(BIN)/pytest -n $(SIDE_BY_SIDE) --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help install demo up test long histories permutations bench faults check unit slow integration fault-cases end-to-end types sql lock clean

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(INSTALLED) ## Install everything into .venv, from locks with hashes

demo: $(INSTALLED) ## Set everything up and run the main job on made-up deliveries
	$(BIN)/csae demo

up: $(INSTALLED) ## Start the local stack with Airflow's pages
	$(BIN)/csae up

test: check unit slow ## Set everything up, check the code and pass the tests

long: $(INSTALLED) ## Start Airflow's servers, as csae up and docker-compose.yml do, and kill a worker; needs redis-server
	$(BIN)/pytest -n 2 --dist loadfile tests/long

histories: $(INSTALLED) ## Try many random histories through builds of what changed and through full ones
	CSAE_HISTORIES=$(HISTORIES) $(BIN)/pytest -n 0 tests/integration/test_incremental.py \
	  tests/end_to_end/test_nights.py::test_the_tables_as_at_a_day_are_those_that_analysts_saw_then

permutations: $(INSTALLED) ## Try every order of five deliveries
	CSAE_PERMUTATIONS=all $(BIN)/pytest -n 0 tests/integration/test_permutations.py

bench: $(INSTALLED) ## Measure everything beside what is to be reached; ONLY="loading night" for some, SIZE=small to see that all run
	$(BIN)/python benchmarks/run.py $(if $(SIZE),--size $(SIZE)) $(ONLY)

faults: $(INSTALLED) ## Break a thousand nights and ten thousand files, and every case at its full length
	CSAE_ALL_FAULTS=1 $(SLOW) tests/faults
	$(BIN)/python benchmarks/faults.py

check: $(INSTALLED) ## ruff, mypy and sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory -j 2 types sql

types: $(INSTALLED)
	$(BIN)/mypy plugins dags

sql: $(INSTALLED)
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project

unit: $(INSTALLED)
	$(BIN)/pytest -n 2 tests/unit

slow: $(INSTALLED)
	$(SLOW) tests/integration tests/faults tests/end_to_end

integration: $(INSTALLED)
	$(SLOW) tests/integration

fault-cases: $(INSTALLED)
	$(SLOW) tests/faults

end-to-end: $(INSTALLED)
	$(SLOW) tests/end_to_end

lock: $(INSTALLED) ## Resolve the dependencies anew
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements-bootstrap.in -o requirements-bootstrap.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra dev -o requirements.txt

clean: ## Remove .venv; what csae keeps in .csae stays
	rm -rf $(VENV)

$(INSTALLED): requirements.txt requirements-bootstrap.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "This needs Python 3.11, 3.12 or 3.13; name one with make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.txt
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
