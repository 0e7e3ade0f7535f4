# Sets everything up from a fresh clone: make lab, make test. Needs Python 3.11 to 3.13 and a package index.
# On Windows, or without make, follow the kit's START.md by hand.

PYTHON ?= python3
PORT ?= 8888
BROWSER ?= yes

BIN := .venv/bin
STAMP := .venv/.installed
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --custom-compile-command "make lock"

# An environment contains the path of the folder it was created in. If the folder was moved or copied, create it again.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): recreate
endif

.PHONY: help lab test demo lock recreate

help:
	@echo "make lab    install the locked versions and open JupyterLab on your own kit in work/  (PORT=8888 BROWSER=no)"
	@echo "make test   run everything that proves the project"
	@echo "make demo   grade two invented submissions and open their feedback  (BROWSER=no)"
	@echo "make lock   update the locked versions: requirements.lock, requirements-kit.lock"

lab: $(STAMP)
	$(BIN)/watchkeeper lab --port $(PORT) $(if $(filter no,$(BROWSER)),--no-browser)

demo: $(STAMP)
	$(BIN)/watchkeeper demo $(if $(filter no,$(BROWSER)),--no-browser)

test: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest --doctest-modules src
	$(BIN)/pytest -n 3 --dist loadscope
	$(BIN)/watchkeeper build --check
	$(BIN)/watchkeeper verify
	$(BIN)/watchkeeper run

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))" || \
	  { echo "$(PYTHON) is not Python 3.11, 3.12 or 3.13. Choose another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test ! -f $(STAMP) || test "$$(cat $(STAMP))" = "$$PWD" || rm -rf .venv
	@echo "Creating the environment in .venv. The first time takes a minute or two."
	@$(PYTHON) -m venv .venv || \
	  { echo "Could not create the environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@printf '%s' "$$PWD" > $(STAMP)

recreate:

lock: $(STAMP)
	$(UV_COMPILE) --upgrade --extra dev pyproject.toml -o requirements.lock
	$(UV_COMPILE) --no-annotate -c requirements.lock pyproject.toml -o requirements-kit.lock
