# Two commands do all the set-up: `make run` starts the dashboard, `make test` passes every test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_NO_INPUT = 1

.PHONY: run test lint lessons bench bench-doctor clean

run: $(VENV)/installed
	$(BIN)/streamlit run dashboard.py

test: $(VENV)/installed-test
	$(BIN)/python tests/browser/chromium.py
	$(BIN)/python -m pytest -n 2 --ignore=tests/browser
	$(BIN)/python -m pytest tests/browser

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lessons: $(VENV)/installed
	$(BIN)/python -m core lessons

bench: $(VENV)/installed-test
	$(BIN)/pip install --quiet '.[bench]' && rm -rf build layerscope.egg-info
	$(BIN)/python -m tests.bench

bench-doctor: $(VENV)/installed-test
	$(BIN)/python -m tests.bench.doctor --checks --repair

$(VENV)/installed: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -r requirements.txt
	touch $@

$(VENV)/installed-test: $(VENV)/installed pyproject.toml
	$(BIN)/pip install --quiet '.[test]'
	rm -rf build layerscope.egg-info
	touch $@

clean:
	rm -rf $(VENV) build layerscope.egg-info
