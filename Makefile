# Every command of the project; `make help` lists them. All set-up is done by `ready`.

SHELL := /bin/bash
PYTHON ?= python3
TOOLS := .nagorik/tools
UV_VERSION := 0.13.9
UV := $(shell command -v uv 2>/dev/null || echo $(TOOLS)/bin/uv)
RUN := $(UV) run --no-sync python -m
# Four processes, each with a database of its own: on two cores tests wait half the time.
# Brokers start faster with the cache that `tools.embedded` makes once, while tests are collected.
TEST := trap wait EXIT; $(RUN) tools.embedded & $(RUN) pytest -m "not static" -n 4 --dist loadfile --no-loadscope-reorder \
  --durations 15
# The tests that `make test` leaves out (decision 44): all of `tests/tools`,
# and what is named here.
TOOLING := $(addprefix tests/,alone conformance deploy docs examples pipeline/test_front_ends.py) \
  $(patsubst %/,%,$(wildcard tests/tools/[a-z]*/ tests/tools/test_*.py))
OF_PRODUCT := $(addprefix --ignore=,$(TOOLING))
# Tests of `make test` and `make test-tooling` that compare whole lists and need no server: an event,
# a route, a table, a setting that is new turns them red far from where it was written.
LISTS := $(addprefix tests/,contract sourced services/gateway/documentation services/test_days_and_times.py \
  services/desk/test_staff_pages.py libs/contracts/test_problems.py libs/contracts/test_export.py libs/contracts/test_topics.py \
  libs/pages/test_template_names.py \
  $(patsubst %,docs/test_%.py,bad_input decisions example_capability generated libraries limits links readme) \
  $(patsubst %,deploy/test_%.py,access compose dashboards ingress kubernetes schemas))
# Another folder has the environment of another interpreter: `make test VENV=.nagorik/newest PYTHON=python3.13`.
VENV := .venv
export UV_PROJECT_ENVIRONMENT := $(VENV)
# Of the machine, or of the package that tests use.
NPM := $(shell command -v npm 2>/dev/null || echo $(abspath $(VENV))/bin/npm)
STAMP := $(VENV)/.ready
IMPORT_SERVICES := from importlib import import_module; from services.registry import REGISTRY; \
  [import_module(f"{entry.package}.main") for entry in REGISTRY]
# Downloads trust what the system trusts: a network may have a certificate authority of its own.
CERTIFICATES := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt))
ifneq ($(CERTIFICATES),)
export SSL_CERT_FILE ?= $(CERTIFICATES)
export REQUESTS_CA_BUNDLE ?= $(CERTIFICATES)
export NODE_EXTRA_CA_CERTS ?= $(CERTIFICATES)
endif
# Compiled modules are kept, whatever the caller's environment says: without them each of the many
# processes compiles all that it imports, which takes longer than everything else at its start.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help ready demo chaos upgrade bench profile up pages pictures lighthouse run check test test-tooling unit pipeline conformance generate contracts client audit sbom format clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

ready: $(STAMP) ## Prepare everything: uv if there is none, a virtual environment, locked dependencies

$(STAMP): pyproject.toml uv.lock
	@command -v $(UV) >/dev/null || { \
	  echo "installing uv into $(TOOLS)" >&2; \
	  $(PYTHON) -m pip install --quiet --target $(TOOLS) uv==$(UV_VERSION) 2>/dev/null \
	  || { $(PYTHON) -m venv $(TOOLS) && $(TOOLS)/bin/pip install --quiet uv==$(UV_VERSION); }; \
	} || { echo "uv cannot be installed: is the package registry reachable? Try again, or put uv on the PATH." >&2; exit 1; }
	@$(UV) sync --frozen --quiet --python "$$($(PYTHON) deploy/fastest_python.py)" || { echo "the dependencies cannot be installed: is the package registry reachable? Try again." >&2; exit 1; }
	@# What services import is compiled here once; otherwise each of those that start at the same time
	@# would do it. Two thirds of the packages are never imported.
	@$(UV) run --no-sync python -c '$(IMPORT_SERVICES)'
	@touch $@

demo: ready ## Start everything, have 200 citizens apply, follow each to the last SMS (ARGS="--applications 500 --json")
	@$(RUN) services demo $(ARGS)

chaos: ready ## Break everything while citizens apply, and look for what is lost or doubled (ARGS="--minutes 2 --seed 7 --json")
	@$(RUN) services chaos $(ARGS)

upgrade: ready ## From the last release to today's code and back while citizens apply (ARGS="--load 4 --json")
	@$(RUN) services upgrade $(ARGS)

bench: ready ## Speed, latency and cost of this machine, beside the textbook pipeline (ARGS="--quick --json")
	@$(RUN) services bench $(ARGS)

profile: ready ## Record a service's flame graph under load into .nagorik/profile: make profile S=applications
	@$(RUN) services bench --quick --no-textbook $(foreach name,$(S),--profile $(name)) $(ARGS)

up: ready ## Run every service, Kafka and PostgreSQL until Ctrl-C
	@$(RUN) services up $(ARGS)

pages: ready ## Screenshots of every page of portal and desk, in both languages, at 320 and 1280 px, into .nagorik/pages
	@$(RUN) tools.browser $(ARGS)

pictures: ready ## Write the README's pictures: an application's page as a phone shows it, and its way
	@$(RUN) services generate
	@$(RUN) tools.browser --picture docs/pictures/page.png $(ARGS)

lighthouse: ready ## Scores of the main pages on a slow line and a slow phone (Lighthouse)
	@$(RUN) tools.browser.lighthouse $(ARGS)

run: ready ## Run one service: make run S=applications
	@$(RUN) services $(S)

check: ready ## Static checks: style, types, layers, unused code, migrations, house rules, generated files and contracts
	@$(UV) run --no-sync ruff check .
	@$(UV) run --no-sync ruff format --check --quiet .
	@$(UV) run --no-sync mypy libs services operations conformance sandbox tools deploy tests
	@$(UV) run --no-sync lint-imports
	@$(UV) run --no-sync vulture
	@$(UV) run --no-sync squawk $(shell find libs services sandbox -path '*/migrations/*.sql')
	@$(RUN) services contracts check
	@$(RUN) services workflows check services/catalogue/reference/workflows/[GS]*.json
	@$(RUN) pytest tests/house tests/tools/generate/test_files.py -m static
	@$(RUN) pytest -m "not static" $(LISTS)
	@$(RUN) tools.long_code

test: ready ## Every test of the product: rules, queries, contracts, and the pipeline on real Kafka and PostgreSQL
	@$(TEST) $(OF_PRODUCT) $(ARGS)

test-tooling: ready ## The tests of images, manifests, tools, the TypeScript client, examples and documented commands
	@$(TEST) $(TOOLING) $(ARGS)

unit: ready ## The tests of the product without the pipeline
	@$(TEST) $(OF_PRODUCT) --ignore=tests/pipeline $(ARGS)

pipeline: ready ## The promises, with all services on the real broker
	@$(TEST) tests/pipeline $(ARGS)

conformance: ready ## Check an adapter of your own: ARGS="--bootstrap kafka:9092 --ministry ird" (conformance/README.md)
	@$(RUN) pytest conformance $(ARGS)

generate: ready ## Write what derives from services/registry.py, capabilities, the map of topics and docs/asvs.toml
	@$(RUN) services generate
	@$(UV) lock --quiet

contracts: ready ## Write again the AsyncAPI, OpenAPI and JSON Schema documents
	@$(RUN) services contracts export

client: ready ## Write the types of the TypeScript client again from the OpenAPI document, and check it
	@cd clients/typescript && $(NPM) ci --silent --no-audit --no-fund --ignore-scripts && $(NPM) run --silent generate && $(NPM) run --silent check

audit: ready ## Compare the locked packages with today's advisories (needs the internet)
	@$(UV) export --frozen --no-dev --quiet --no-emit-project --output-file .nagorik/requirements.txt
	@$(UV) tool run pip-audit --strict --disable-pip --requirement .nagorik/requirements.txt

sbom: ready ## Write the software bill of materials (CycloneDX) into .nagorik/sbom.json
	@mkdir -p .nagorik
	@$(UV) export --frozen --no-dev --quiet --format cyclonedx1.5 --output-file .nagorik/sbom.json

format: ready ## Put the code into shape
	@$(UV) run --no-sync ruff check --fix --quiet . || true
	@$(UV) run --no-sync ruff format --quiet .

clean: ## Remove data, logs and the environment
	rm -rf .nagorik .venv clients/typescript/node_modules clients/typescript/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
