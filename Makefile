# `make` alone says what there is. Everything runs in $(VENV), which is made on first use and again when setup.cfg,
# pyproject.toml or constraints.txt change.
VENV  ?= .venv
SPARK ?= 4.2.0
WORKERS ?= 2
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed-spark-$(SPARK)
EXTRAS := spark,text,images,formats,tracking,report,explore,photos,bench,dev
# Images of containers set it, and uv compiles nothing: each process would compile again what it imports. Torch, open_clip
# and mlflow then take 26 s of processor time instead of 9, and every Spark worker is a process.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help machine venv demo bench-text bench-counts bench-intervals bench-ranks bench-images bench-shards bench-explore settings-doc test test-long reliability test-spark41 venv-connect test-connect venv-databricks lint zip wheel env-archive clean clean-venv

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

# Tests start some sixty JVMs. With an archive of their classes each starts in half the time.
CLASSES := $(VENV)/test-classes.jsa
$(CLASSES): $(STAMP) tests/support/class_archive.py
	$(BIN)/python tests/support/class_archive.py $@

# Two at a time: most tests wait for one thread of Spark's driver. A file's tests share what they prepare.
# Files come in the order of the tree: xdist's own ends with those of few tests, and they are the long ones.
test: lint $(CLASSES) | machine ## ruff, mypy and every test but the long ones
	$(BIN)/pytest -m "not long" -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# TESTS=tests/faults runs a part of them; the page keeps the last run of the others.
test-long: $(STAMP) venv-connect | machine ## the long tests; results in docs/long-lane.md and docs/reliability.md
	@mkdir -p build
	@status=0; $(BIN)/pytest -m long $(TESTS) --timeout 1800 --junitxml build/long-lane.xml || status=$$?; \
	$(BIN)/python tools/long_lane.py build/long-lane.xml docs/long-lane.md && \
	$(BIN)/python tools/reliability_page.py build/long-lane.xml docs/reliability.md && exit $$status

# 50 kills at four doors; KILLS=N is N per door, KILLS_SEED=N another seed.
reliability: $(STAMP) venv-connect | machine ## kills at random moments at every door; results in docs/reliability.md
	@mkdir -p build
	@status=0; $(BIN)/pytest tests/faults/test_kills_at_every_door.py -n $(WORKERS) --dist load --junitxml build/reliability.xml || status=$$?; \
	$(BIN)/python tools/reliability_page.py build/reliability.xml docs/reliability.md && exit $$status

bench-text: $(STAMP) | machine ## nouns and their index on an idle machine; results in docs/benchmarks/text.md
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.nouns
	$(BIN)/python -m benchmarks.index

bench-counts: $(STAMP) | machine ## counting against DuckDB and Polars, 15 minutes; fills docs/benchmarks/text.md
	$(BIN)/python -m benchmarks.counts $(if $(SIZES),--sizes $(SIZES))

bench-intervals: $(STAMP) ## how often intervals hold the truth, 15 minutes; fills docs/benchmarks/intervals.md
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.coverage

bench-ranks: $(STAMP) ## the closed loop by six seeds, 5 minutes; fills docs/benchmarks/permuted-ranks.md
	OMP_WAIT_POLICY=passive $(BIN)/python -m benchmarks.permuted_ranks

bench-images: $(STAMP) | machine ## decoding and models on an idle machine; results in docs/benchmarks/images.md
	$(BIN)/python -m benchmarks.images

bench-shards: $(STAMP) | machine ## very many small shards on an idle machine; results in docs/benchmarks/shards.md
	$(BIN)/python -m benchmarks.shards $(if $(SIZES),--sizes $(SIZES)) $(if $(URI),--uri $(URI))
	$(if $(URI),,$(BIN)/python -m benchmarks.fixed_costs)

bench-explore: $(STAMP) | machine ## 50 readers of the explorer on an idle machine; results in docs/benchmarks/explore.md
	test -d build/demo/lake || $(MAKE) demo
	$(BIN)/python -m benchmarks.explore conf/demo.yaml

settings-doc: $(STAMP) ## docs/settings.md, from the models that check settings
	$(BIN)/python tools/settings_page.py docs/settings.md

test-spark41: ## `make test` on Spark 4.1.4, in an environment of its own
	$(MAKE) test VENV=.venv-spark41 SPARK=4.1.4

# A machine that has Spark's client only: no JVM is started and no py4j imported there. delta-spark asks for all of pyspark.
CONNECT := .venv-connect
$(CONNECT)/.installed-spark-$(SPARK): setup.cfg pyproject.toml constraints.txt | machine
	@python=$$(tools/check-machine.sh python) && rm -rf $(CONNECT) && "$$python" -m venv $(CONNECT)
	$(CONNECT)/bin/python -m pip install --quiet --disable-pip-version-check uv
	export VIRTUAL_ENV=$(abspath $(CONNECT)) && cd $(CONNECT) && \
	bin/uv pip install --quiet --constraint ../constraints.txt 'pyspark-client==$(SPARK)' \
		--editable '..[connect,text,images,tracking,photos]' && \
	bin/uv pip install --quiet --constraint ../constraints.txt --no-deps delta-spark
	@touch $@

venv-connect: $(CONNECT)/.installed-spark-$(SPARK) ## an environment with Spark's client only, in .venv-connect

# The client of the oldest Databricks Runtime that will do: its Spark has every name that we use. It asks for Python 3.12.
DATABRICKS_PYTHON  ?= python3.12
DATABRICKS_RUNTIME := 17.3
venv-databricks: .venv-databricks/.installed-$(DATABRICKS_RUNTIME) ## databricks-connect of the oldest runtime, in .venv-databricks

.venv-databricks/.installed-$(DATABRICKS_RUNTIME): setup.cfg
	rm -rf .venv-databricks && $(DATABRICKS_PYTHON) -m venv .venv-databricks
	.venv-databricks/bin/python -m pip install --quiet --disable-pip-version-check \
		'databricks-connect==$(DATABRICKS_RUNTIME).*' pyarrow pydantic pyyaml jinja2 'deltalake>=1,<2' rich scipy
	@touch $@

test-connect: $(STAMP) venv-connect venv-databricks | machine ## a Spark Connect server from .venv, its clients from .venv-connect
	$(BIN)/pytest tests/connect

# build/lib is setuptools' own and would carry removed modules into the wheel.
wheel: $(STAMP) ## dist/conceptfreq-*.whl
	rm -rf build/lib build/bdist.* dist/conceptfreq-*.whl
	$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	@ls dist/conceptfreq-*.whl

# The wheel under another name: Spark's executors import from a .zip in --py-files, and not from a .whl.
zip: wheel ## dist/conceptfreq.zip, for spark-submit --py-files
	cp dist/conceptfreq-*.whl dist/conceptfreq.zip

# PYTHON must lie at the same path on the nodes. EXECUTORS=text makes an archive without torch.
EXECUTORS ?= text,images,tracking
env-archive: wheel ## dist/conceptfreq-env.tar.gz, an environment for spark-submit --archives
	@python=$$(tools/check-machine.sh python) && PATH="$(abspath $(BIN)):$$PATH" \
	tools/env-archive.sh "$$python" dist/conceptfreq-*.whl $(EXECUTORS) dist/conceptfreq-env.tar.gz
	@ls dist/conceptfreq-env.tar.gz

clean: ## what builds, tests and runs leave behind
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis spark-warehouse metastore_db derby.log work

clean-venv: ## the environments
	rm -rf .venv .venv-spark41 .venv-connect .venv-databricks
