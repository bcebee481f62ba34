# The whole daily life: make demo, test, check, bench. Set-up is part of each.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_IMAGES ?= 400000


.PHONY: demo test check style bench tables docs clean

# Trains the saccade recipe for about two minutes on two cores and leaves runs/demo-DATE/report.html.
demo: $(STAMP)
	$(BIN)/saccade train grlf --seen $(DEMO_IMAGES) --seeds 2 --out runs/demo-$$(date +%Y%m%d-%H%M%S)

test: $(STAMP)
	$(BIN)/pytest -n auto --maxprocesses 4

# Every check: style, types, imports, tests.
check: style test

style: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Speed against named peers, side by side; writes results/bench/*.json. Wants a quiet machine.
bench: $(STAMP)
	$(BIN)/pip install --quiet -e '.[bench]'
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.ram
	$(BIN)/python -m benchmarks.cutout
	$(BIN)/python -m benchmarks.dqn
	$(BIN)/python -m benchmarks.replay

# Every figure of the tables, about twenty-four hours on two cores, ten of them for RAM, six for CutOut and four for DQN; goes on where it was cut off.
tables: $(STAMP)
	$(BIN)/saccade table grlf
	$(BIN)/saccade table grlf-baselines
	$(BIN)/saccade table grlf-field
	$(BIN)/saccade table ram
	$(BIN)/saccade table cutout
	$(BIN)/saccade table cutout-sweep
	$(BIN)/pip install --quiet -e '.[bench]'
	$(BIN)/python -m benchmarks.dqn_scores
	$(BIN)/saccade table dqn

# The tables and curves in docs/ from the files in results/.
docs: $(STAMP)
	$(BIN)/python -m docs.tables
	$(BIN)/python -m docs.systems.dqn_curves

# torch first, pinned: a bare `torch` may bring gigabytes of CUDA that nothing here needs.
$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,cutout,atari]'
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
