# Harken's commands. `make` alone lists them.

# TORCH_INDEX=URL   takes torch from another package index
# PYTHON=PATH       makes .venv with this Python (3.11 or newer)
SERVE ?= 1
export CORPUS PYTHON TORCH_INDEX
export PYTHONUNBUFFERED = 1
# Programs of .venv are found first, so that the Procfile reads the same here and in a container.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

SERVICES = database web embedder worker training background sweep
CHECKS = format lint types imports deploy migrations templates docs

.DEFAULT_GOAL := help
.PHONY: help demo run test check install constraints $(CHECKS:%=check-%)

help: ## List the commands
	@echo "Harken: preference data from what users already told a model."
	@echo
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '%-16s %s\n' "$$name" "$$text"; done
	@echo
	@echo "  make demo SERVE=0               the same job in the terminal, without a browser"
	@echo "  make demo SERVE=0 CORPUS=PATH   the same job on your own chat log"

install: ## Make .venv with everything that running needs
	@requirements/install.sh base

demo: install ## Start everything, and run the whole job on the demo project live in the browser
ifeq ($(SERVE),0)
	@python manage.py run_demo --no-serve $(if $(CORPUS),--corpus '$(CORPUS)')
else
	@python -m config.embedded.services
endif

run: install ## Start everything, without the demo
	@python -m config.embedded.services $(SERVICES)

test: ## Install what the tests need, a browser included, and run them (PYTEST="-k name" chooses)
	@requirements/install.sh test
	@python -m tests.browser.chromium
	@python -m pytest $(PYTEST)

check: ## Format, lint, types, layers, deployment, migrations, templates and docs
	@requirements/install.sh test
	@$(MAKE) --no-print-directory --keep-going $(CHECKS:%=check-%)

check-format:
	@ruff format --check --quiet . || { echo "Run: ruff format ."; exit 1; }

check-lint:
	@ruff check --quiet .

check-types:
	@mypy --no-error-summary .

check-imports:
	@lint-imports --no-logo

check-deploy:
	@DJANGO_SETTINGS_MODULE=config.settings.production \
		HARKEN_SECRET_KEY="$$(python -c 'import secrets; print(secrets.token_urlsafe(60))')" \
		HARKEN_PSEUDONYM_KEY=only-for-this-check HARKEN_ALLOWED_HOSTS=harken.example \
		DATABASE_URL=postgresql://harken_app@localhost/harken \
		python manage.py check --deploy --fail-level WARNING

check-migrations:
	@python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run --settings config.settings.test

check-templates:
	@find . -name '*.html' -path '*templates/*' -not -path './.venv/*' -exec djhtml --check --tabwidth 2 {} +

check-docs:
	@python -m pytest --quiet --no-header tests/house/test_docs.py

constraints: ## Write down the versions that are installed now
	@{ head -n 1 requirements/constraints.txt; python -m pip freeze --exclude-editable | sed 's/+cpu$$//'; } > requirements/constraints.new
	@mv requirements/constraints.new requirements/constraints.txt
