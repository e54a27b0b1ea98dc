# `make run` starts the demo, `make test` runs every check and test. Both set up what they need.
.POSIX:
.PHONY: run test test-long cover bench setup format lock clean

run:
	@tools/setup.sh runtime
	@exec .venv/bin/bornewatch demo $(ARGS)

setup:
	@tools/setup.sh dev

test: setup
	@tools/check.sh

test-long: setup
	@.venv/bin/python -m pytest -q -m slow --timeout=1800

# Twice the time of the same tests without it: every process that they start is traced as well.
cover: setup
	@.venv/bin/python -m pytest -q -m "not slow" -n 4 --dist loadfile --timeout=300 --cov --cov-report=
	@.venv/bin/coverage report --fail-under=95
	@.venv/bin/coverage report --include='monitor/core/*,alerts/core/*,hotline/core/*,monitor/decode/*' --fail-under=100

bench: setup
	@tools/debian.sh gcc libc6-dev || echo "bench: no C compiler could be had" >&2
	@.venv/bin/python -m bench $(ARGS)

format: setup
	@.venv/bin/ruff check --quiet --fix .
	@.venv/bin/ruff format --quiet .

# Needs uv; writes the locks anew with hashes and without the name of any host.
lock:
	@tools/lock.sh

clean:
	@rm -rf .venv .setup .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage build dist bench/out
