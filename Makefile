# CareOps. `make run` and `make test` are the whole set-up: they need Python 3.11 or newer, and make.

PY ?= python3
V = .venv
PYTHON = $(V)/bin/python
# A dot for each package, as pip says either nothing or everything. What fails is told by a file: a pipe forgets it.
INSTALL = install() { printf 'Installing '; \
	{ $(PYTHON) -m pip install --disable-pip-version-check -c constraints.txt "$$@" || touch $(V)/.failed; } \
	| while read -r word rest; do case $$word in \
		Collecting|Processing) printf . ;; Installing) printf ' unpacking ...' ;; Successfully) printf ' done' ;; esac; done; \
	echo; ! rm $(V)/.failed 2>/dev/null; }; install
ON_OWN_DATABASE = $(PYTHON) -m careops.devpg --tmp
AS_IN_PRODUCTION = ENVIRONMENT=production DEBUG=off \
	ALLOWED_HOSTS=careops.example ALLOWED_ORIGINS=https://careops.example \
	SECRET_KEY="$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(64))')"

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1 \t/p' Makefile

run: $(V)/.run ## start CareOps with demo data on http://127.0.0.1:8000 (PORT=8001 make run)
	@$(PYTHON) manage.py dev

test: $(V)/.dev ## run the tests (make test ARGS="-k booking")
	$(ON_OWN_DATABASE) $(PYTHON) -m pytest -n auto --dist worksteal $(ARGS)

check: $(V)/.dev ## lint, formats, migrations, production settings, dependencies
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m djlint --lint --quiet templates
	$(ON_OWN_DATABASE) $(PYTHON) -m mypy
	$(PYTHON) -m pip check
	$(ON_OWN_DATABASE) $(PYTHON) manage.py makemigrations --check --dry-run
	$(AS_IN_PRODUCTION) $(ON_OWN_DATABASE) $(PYTHON) manage.py check --deploy --fail-level WARNING
	$(AS_IN_PRODUCTION) $(ON_OWN_DATABASE) $(PYTHON) manage.py collectstatic --noinput --verbosity 0

bench: $(V)/.dev ## measure every page and write beside a bare Django (make bench ARGS="--pages diary inbox --rounds 5")
	$(ON_OWN_DATABASE) $(PYTHON) bench/run.py $(ARGS)

bench-delivery: $(V)/.dev ## kill workers and restart PostgreSQL, and count what was lost
	$(PYTHON) bench/delivery.py $(ARGS)

bench-bookings: $(V)/.dev ## let crowds fight over the same slots, and count who got one
	$(ON_OWN_DATABASE) $(PYTHON) bench/crowds.py $(ARGS)

bench-tiny: ## run all three at a tiny size, to see that they work
	@$(MAKE) --no-print-directory bench bench-bookings bench-delivery ARGS=--tiny

# A stamp is touched last: an installation that was interrupted is done again.
$(V)/.made:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'CareOps needs Python 3.11 or newer; "$(PY)" is not. Name another one: make PY=python3.12 $(MAKECMDGOALS)'; exit 1; }
	@$(PY) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'Python lacks its venv module. On Debian and Ubuntu: apt install python3-venv'; exit 1; }
	@echo 'Installing what CareOps needs into $(V), once. That takes about a minute.'
	@$(PY) -m venv $(V)
	@touch $@

$(V)/.run: $(V)/.made requirements.txt requirements-local.txt constraints.txt
	@$(INSTALL) -r requirements-local.txt
	@touch $@

$(V)/.dev: $(V)/.made requirements.txt requirements-local.txt requirements-dev.txt constraints.txt
	@$(INSTALL) -r requirements-dev.txt
	@touch $(V)/.run $@

.PHONY: help run test check bench bench-delivery bench-bookings bench-tiny
