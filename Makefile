# The whole daily life: make demo, test, check, bench. Set-up is part of each.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_IMAGES ?= 400000
LOWEST := .venv-lowest
# All but those of CutOut, which compile and train longest; its libraries have tests under tests/vision.
FAST := -k 'not (cutout or faces or scribbl)'

.PHONY: demo test test-lowest check style bench tables docs clean

# Trains the saccade recipe for about three minutes on two cores and leaves runs/demo-DATE/report.html.
demo: $(STAMP)
	$(BIN)/saccade train grlf --seen $(DEMO_IMAGES) --seeds 2 --out runs/demo-$$(date +%Y%m%d-%H%M%S)

# Compiled Python files are kept, also in containers that say otherwise: the tests start many processes.
test: $(STAMP)
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n auto --maxprocesses 4

# The fast tests with the oldest versions that pyproject.toml allows, in an environment of their own. Warnings of old
# libraries about each other are no errors there. torch comes first and pinned, as below.
test-lowest:
	$(PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt torch uv
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct -e '.[dev,cutout,atari,minigrid]'
	$(LOWEST)/bin/pytest -n auto --maxprocesses 4 -W default $(FAST)

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
	$(BIN)/python -m benchmarks.use

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
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,cutout,atari,minigrid]'
	touch $@

clean:
	rm -rf $(VENV) $(LOWEST) .mypy_cache .ruff_cache .pytest_cache
