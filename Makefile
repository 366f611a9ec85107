# Every command of the house. `make help` lists them; CI runs the same ones.
PYTHON ?=  # the newest of 3.11 to 3.13 unless it is given
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
STORE  := $(VENV)/.soak-installed
# What is written last of the Python client's core, which is made from these.
# Two real models, which the tests run and nothing else does.
MODELS := .models/.installed
# An NPU that is simulated, which the slow proofs run and nothing else does.
NPU    := $(VENV)/.npu
# One more than two processors, for tests wait for what they started.
WORKERS := 3
CORE   := sdks/python/src/tifo_client/shapes.py
ORIGIN := sdks/generate.py openapi/openapi.yaml openapi/python-client.yaml $(wildcard openapi/python-client/*)

# Where a shell forbids it, every process that a test starts would compile the platform anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:  # two commands at once would write the same core
.PHONY: help setup models demo serve test soak mutants format check web bench schema graphs sdk lock

help: ## List the commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): requirements/dev.lock pyproject.toml sdks/python/pyproject.toml sdks/python/hatch_build.py
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { python="$$(PYTHON='$(strip $(PYTHON))' requirements/find-python)" && "$$python" -m venv --clear $(VENV); }
	@echo "Installing the locked dependencies …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e sdks/python
	@touch $@

$(CORE): $(ORIGIN) | $(STAMP)
	@$(BIN)/python -m sdks.generate

$(MODELS): requirements/models.lock | $(STAMP)
	@rm -rf $(@D)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --only-binary :all: --require-hashes --target $(@D) -r $<
	@touch $@

$(NPU): requirements/npu.lock | $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes -r $<
	@touch $@

setup: $(CORE) ## Make the virtual environment and install everything, hashes checked

demo: $(CORE) ## Play a live event end to end (AUDIO=file; DEMO_EXIT=1 ends it)
	@$(BIN)/python -m demo

serve: $(CORE) ## Start the platform on http://127.0.0.1:8000 (TIFO_PORT, TIFO_DATA)
	@$(BIN)/tifo up

models: $(MODELS) ## Download two real models for the tests, hashes checked (16 MB)
	@echo "The models are silero_vad/data/silero_vad.onnx (speech) and basic_pitch/saved_models/icassp_2022/nmp.onnx (notes) in $(abspath $(<D))"

test: $(CORE) ## Run the whole suite (WORKERS); it starts its own Postgres and Redis
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

$(STORE): requirements/soak.lock $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/soak.lock
	@touch $@

soak: $(CORE) $(MODELS) $(NPU) $(STORE) ## Run the slow proofs
	@$(BIN)/pytest -v -n 2 --dist loadscope -m soak

mutants: $(CORE) ## Break the code in small ways: does the suite notice? (COUNT, SEED, ONLY)
	@$(BIN)/python -m tests.mutants

format: $(STAMP) ## Sort imports, mend what is safe to mend, and format
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

check: $(CORE) ## Format, lint, types, import floors, drift of migrations, schema and graphs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.check_drift

web: ## Check the browser code: format, lint, types, tests (the only command that needs npm)
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 18 or newer with npm. Only 'make web' needs it."; exit 1; }
	@cd web && npm ci --silent --no-audit --no-fund && npm run --silent check

bench: $(CORE) ## Measure against peers (ONLY=prefix); writes bench/results.json
	@$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY))

schema: $(STAMP) ## Write openapi/openapi.yaml from the code
	@$(BIN)/python -m tests.check_drift --write

graphs: $(STAMP) ## Write the ONNX graphs of the stems and the crowd's features from the code
	@$(BIN)/python -m modelhub.graphs.builders

sdk: schema ## Write the schema, and make the Python client's core from it
	@$(BIN)/python -m sdks.generate

lock: ## Compile the locks again (hashes, no index address)
	@$(BIN)/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --extra local -o requirements/runtime.lock pyproject.toml
	@$(BIN)/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --extra local --extra aac --extra pdf --extra s3 --extra quantise --group dev -o requirements/dev.lock pyproject.toml
	@$(BIN)/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --no-deps -o requirements/models.lock requirements/models.in
	@$(BIN)/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --no-deps -o requirements/npu.lock requirements/npu.in
	@$(BIN)/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --group pyproject.toml:soak -o requirements/soak.lock
