# The two commands of SZPoN: `make run` serves everything, `make test` runs every test.
# `make help` lists the others.

SHELL := /bin/bash
.DEFAULT_GOAL := help
SZPON := target/release/szpon

.PHONY: help setup setup-test build run demo test test-rust test-web test-e2e lint openapi fuzz bench figures figures-booking load-time compare budget

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## Install what building needs (Debian packages)
	@scripts/setup build

setup-test: ## … and what the tests need: browsers, PostgreSQL, an SMTP server
	@scripts/setup test

build: setup ## Build the binary, web client included
	cargo build --release

run: build ## Serve everything on this machine (data/ keeps the state)
	$(SZPON) serve

demo: build ## … with a filled demo office; prints who can sign in
	$(SZPON) serve --demo

test: setup-test test-rust test-web test-e2e ## Every test

test-rust: ## Formatting, unit, property, simulator and store tests (SQLite and PostgreSQL)
	cargo fmt --all --check
	scripts/with-postgres cargo test --workspace --no-fail-fast

test-web: ## Types, lint, unit tests and size budget of the web client
	scripts/test-web

test-e2e: ## Real browsers, real media, in a network namespace of their own
	@# The same features as in test-rust, or half of the dependencies would be built once more.
	cargo test --workspace --no-run
	scripts/with-sandbox-network scripts/test-e2e

lint: ## Formatting and clippy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

openapi: ## Write web/openapi.json anew from the routes
	cargo run --quiet -- openapi > web/openapi.json.new && mv web/openapi.json.new web/openapi.json

fuzz: setup ## Every parser against libFuzzer, a minute each (SECONDS_EACH=…)
	@scripts/fuzz $(or $(SECONDS_EACH),60)

bench: ## Cost of a packet, in-process (criterion)
	cargo bench --workspace

budget: ## What a packet, a join and an idle session may cost, in instructions (needs valgrind)
	@command -v valgrind >/dev/null || scripts/setup valgrind
	cargo run --release --package szpon-sfu-sim --example budget

figures: build ## Join time, CPU per forwarded packet, memory per participant, page size, load time
	scripts/with-sandbox-network scripts/figures

load-time: build ## Seconds and bytes of a citizen's pages on a slow network (also a part of figures)
	SZPON_BINARY=$(CURDIR)/$(SZPON) scripts/with-sandbox-network bash -c 'cd web && npm run load-time'

figures-booking: ## Bookings per second and search for free slots, on SQLite and PostgreSQL
	SZPON_TEST_POSTGRES_FSYNC=on scripts/with-postgres \
	  cargo run --release --package szpon-booking --example load

compare: setup ## This server, Debian's Janus and the physical limit on the same work, in one table
	scripts/compare-with-janus
