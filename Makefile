# Needs Python 3.11 or newer, git and a package index; uv and nox come into .tools. See CONTRIBUTING.md.
PROBE = import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c '$(PROBE)' >/dev/null 2>&1 && echo $$p && break; done)
NOX = .tools/bin/nox

.PHONY: demo test lint types docs bench matrix lowest scaffold long survival pins clean

demo: .tools/ready
	@$(NOX) --session demo

test: .tools/ready
	@$(NOX) --session lint types imports deps docs affected downstream workspace

lint types docs bench lowest scaffold long survival pins: .tools/ready
	@$(NOX) --session $@

matrix: .tools/ready
	@$(NOX) --session tests

clean:
	rm -rf .nox .tools .venv build dist site

.tools/ready: Makefile
	@test -n "$(PYTHON)" || { echo "VibePiper needs Python 3.11 or newer with venv and pip (Debian:" \
		"python3-venv). None was found; name one with: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .tools && .tools/bin/pip install -qq "uv>=0.9.13,<1" "nox>=2025.11.12"
	@touch $@
