# One word for each thing one does here. `make run` and `make test` are all a newcomer needs.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
AUDIT_VERSION := 2.10.1

.PHONY: run demo install test check lint types imports docs bench real day shots machine lock clean soak crash aways moments counts sbom audit

run: .venv/.ready            ## install what is needed and start everything
	@$(BIN)/earshot run $(if $(BRAND),--brand "$(BRAND)")

install: .venv/.ready        ## install what is needed, or what a new version needs, and start nothing

demo: .venv/.ready           ## play an invented week of an invented brand
	@$(BIN)/earshot demo

test: .venv/.ready-dev       ## install what the tests need and run them
	@$(BIN)/pytest -q -p no:cacheprovider -n 3 --dist loadfile tests -m "not slow"

check: lint types imports docs test   ## everything CI runs

lint: .venv/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.ready-dev
	$(BIN)/mypy

imports: .venv/.ready-dev
	$(BIN)/lint-imports

docs: .venv/.ready-dev
	$(BIN)/pytest -q -p no:cacheprovider tests/docs tests/house

bench: .venv/.ready-dev      ## print throughputs and ratios (minutes; not part of CI)
	$(BIN)/python -m tests.bench

soak: .venv/.ready-dev       ## an hour of a stream: does memory stay flat? (SOAK_S seconds; not part of CI)
	SOAK_S=$${SOAK_S:-3600} $(BIN)/python -m tests.bench soak

crash: .venv/.ready-dev      ## 200 kills in the middle of ingest, alert and reply (minutes; KILLS=1000 for as many, RATE=8 where the machine is starved)
	$(BIN)/pytest -q -p no:cacheprovider -s tests/fault -m slow --ignore tests/fault/test_aways.py

aways: .venv/.ready-dev machine   ## hours without Slack, network, platform or model, 15 real minutes without a database (an hour; AWAY_MINUTES)
	$(BIN)/pytest -q -p no:cacheprovider -s tests/fault/test_aways.py

counts: .venv/.ready-dev     ## as often as the promises ask: 109,200 questions to the API, 1,000 races for a case, 3,000 replies (an hour)
	QUESTIONS=8400 $(BIN)/pytest -q -p no:cacheprovider -s tests/web/test_api_writes.py -k schemathesis
	CLAIMS=1000 CROWDS=100 SWEEPS=1000 PURGES=200 $(BIN)/pytest -q -p no:cacheprovider tests/fault/test_claims.py
	TAKERS=50 QUEUE=500 ROUNDS=10 PROCESSES=8 WIDER=2 POLICIES=50 MERGES=50 OPENINGS=100 SNOOZES=100 $(BIN)/pytest -q -p no:cacheprovider -s tests/fault/test_presses.py
	DEADLINES=10000 ALERTS=20000 BUDGETS=200 WEEKS=490 $(BIN)/pytest -q -p no:cacheprovider -s tests/flow/test_alert.py tests/flow/test_deliver_team.py tests/flow/test_goodwill.py tests/flow/test_upgrade.py -k "deadlines or held_alerts or overspend or larger"
	REPLIES=3000 $(BIN)/pytest -q -p no:cacheprovider -s tests/fault/test_never_twice.py

real: .venv/.ready-dev machine  ## one true end-to-end on a Bluesky network of our own (npm, minutes; not part of CI)
	@command -v redis-server >/dev/null || apt-get install -qy redis-server
	@mkdir -p .real && cd .real && { [ -d node_modules/@atproto/dev-env ] || npm install --no-audit --no-fund @atproto/dev-env@0.3.215; }
	@cd .real && { npm install-scripts approve better-sqlite3 || true; } && npm rebuild better-sqlite3
	EARSHOT_REAL_NETWORK=$(CURDIR)/.real $(BIN)/pytest -q -p no:cacheprovider tests/real -m slow

day: .venv/.ready-dev machine     ## fifty cases by keyboard alone through a real Chromium (minutes; not part of CI)
	$(BIN)/pytest -q -p no:cacheprovider tests/browser/test_day.py

moments: .venv/.ready-dev machine ## every page while the server is killed, hangs, its disk is full, or one is signed out (a quarter of an hour; not part of CI)
	$(BIN)/python -m tests.browser.states

shots: .venv/.ready-dev machine   ## take the pictures of README and docs again
	$(BIN)/python -m tests.browser.shots

machine:                     ## a Chromium, a PostgreSQL and Pango for the tests that need one (Debian, as root)
	@command -v chromium >/dev/null || { apt-get -q update && apt-get install -qy --no-install-recommends chromium; }
	@ldconfig -p | grep -q libpangoft2 || { apt-get -q update && apt-get install -qy --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; }
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { apt-get -q update && apt-get install -qy --no-install-recommends postgresql; }

sbom: .venv/.ready-dev       ## write the list of parts (CycloneDX) into dist/
	$(BIN)/python -m tests.house.bill dist/earshot.cdx.json

audit: .venv/bin/uv          ## ask PyPI for known holes in what is locked (needs the network; not part of CI)
	$(BIN)/uv tool run --from pip-audit==$(AUDIT_VERSION) pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements.lock

lock:                        ## resolve the dependencies anew
	$(BIN)/uv pip compile -q pyproject.toml --extra postgres --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements.lock
	$(BIN)/uv pip compile -q pyproject.toml --extra postgres --extra x --extra reddit --group dev --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -c requirements.lock -o requirements-dev.lock

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Earshot needs Python 3.11 or newer: make run PYTHON=python3.12")'
	@$(PYTHON) -m venv .venv || { echo "This Python makes no environments. Debian, Ubuntu: apt install python3-venv. Then again."; exit 1; }
	@$(BIN)/pip install -q --disable-pip-version-check uv==$(UV_VERSION) || { echo "Nothing could be fetched: installing needs the Python package index, or a mirror of it (PIP_INDEX_URL and UV_DEFAULT_INDEX). Then again."; exit 1; }

.venv/.ready: .venv/bin/uv requirements.lock pyproject.toml
	@echo "Installing Earshot into .venv (once)…"
	@$(BIN)/uv pip install -q -p $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install -q -p $(BIN)/python --no-deps -e .
	@touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.lock
	@$(BIN)/uv pip install -q -p $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
