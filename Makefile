# `make` alone says what there is. Everything runs in $(VENV), which is made on first use and again when setup.cfg,
# pyproject.toml or constraints.txt change.
VENV  ?= .venv
SPARK ?= 4.2.0
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed-spark-$(SPARK)
EXTRAS := spark,text,images,tracking,photos,bench,dev

.DEFAULT_GOAL := help
.PHONY: help machine venv demo bench-text bench-counts bench-images bench-shards test test-long test-spark41 lint zip wheel clean clean-venv

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' Makefile | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

machine:
	@tools/check-machine.sh java

venv: $(STAMP) ## the environment alone, in $(VENV); PYTHON=... chooses the interpreter

# The old stamps go first: an install that fails half way is begun again.
$(STAMP): setup.cfg pyproject.toml constraints.txt | machine
	@python=$$(tools/check-machine.sh python) && rm -f $(VENV)/.installed-* && \
	{ test -x $(BIN)/python || "$$python" -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip install --quiet --constraint constraints.txt \
		'pyspark==$(SPARK)' --editable '.[$(EXTRAS)]'
	@touch $@

demo: $(STAMP) | machine ## the closed loop: draw a corpus, train, count, fit the law; results in build/demo/
	$(BIN)/conceptfreq demo conf/demo.yaml

lint: $(STAMP)
	$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .
	$(BIN)/mypy jobs udfs

test: lint | machine ## ruff, mypy and every test but the long ones
	$(BIN)/pytest -m "not long"

test-long: $(STAMP) | machine ## the long tests; their summary goes to docs/long-lane.md
	@mkdir -p build
	@status=0; $(BIN)/pytest -m long --timeout 1800 --junitxml build/long-lane.xml || status=$$?; \
	$(BIN)/python tools/long_lane.py build/long-lane.xml docs/long-lane.md && exit $$status

bench-text: $(STAMP) | machine ## nouns and their index on an idle machine; results in docs/benchmarks/text.md
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.nouns
	$(BIN)/python -m benchmarks.index

bench-counts: $(STAMP) | machine ## counting against DuckDB and Polars, 15 minutes; fills docs/benchmarks/text.md
	$(BIN)/python -m benchmarks.counts $(if $(SIZES),--sizes $(SIZES))

bench-images: $(STAMP) | machine ## decoding and models on an idle machine; results in docs/benchmarks/images.md
	$(BIN)/python -m benchmarks.images

bench-shards: $(STAMP) | machine ## very many small shards on an idle machine; results in docs/benchmarks/shards.md
	$(BIN)/python -m benchmarks.shards $(if $(SIZES),--sizes $(SIZES)) $(if $(URI),--uri $(URI))

test-spark41: ## `make test` on Spark 4.1.4, in an environment of its own
	$(MAKE) test VENV=.venv-spark41 SPARK=4.1.4

# build/lib is setuptools' own and would carry removed modules into the wheel.
wheel: $(STAMP) ## dist/conceptfreq-*.whl
	rm -rf build/lib build/bdist.* dist/conceptfreq-*.whl
	$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	@ls dist/conceptfreq-*.whl

# The wheel under another name: Spark's executors import from a .zip in --py-files, and not from a .whl.
zip: wheel ## dist/conceptfreq.zip, for spark-submit --py-files
	cp dist/conceptfreq-*.whl dist/conceptfreq.zip

clean: ## what builds, tests and runs leave behind
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis spark-warehouse metastore_db derby.log work

clean-venv: ## the environments
	rm -rf .venv .venv-spark41
