# Everything a newcomer needs on a bare Debian 12 with Swift 6.3; `make help` lists it.
SHELL := /bin/bash
TOPOLOGY ?= topology.json
# How much harder than usual `make campaign` tries: the property tests multiply their rounds by it.
CAMPAIGN ?= 20
# As much for `make fuzz`: 400 times 2,500 inputs are a million.
FUZZ ?= 400
# Part of the names of the tests to run; empty for all.
FILTER ?=
# The reference program of `make bench`, called as REFERENCE INPUT SYMBOLS dense PASSES; none unless set.
REFERENCE ?=
# What `make peers` runs, on how much; empty for what scripts/peers.sh says.
PEERS ?=
SYMBOLS ?=
TRADES ?=
# What `make bench` measures: orderflow, latency, throughput, fan-out, stages, recovery; empty for all of it.
BENCH ?=
# Not empty: `make bench` adds its results to Benchmarks/results.
STORE ?=
# Added to the seeds of `make fuzz`; with the same one a run repeats an earlier one.
SEED ?=

VENV := .venv
MILLRACE_PYTHON ?= $(CURDIR)/$(VENV)/bin/python
export MILLRACE_PYTHON
# A crash prints its reason; walking the whole stack of a big test binary takes minutes.
export SWIFT_BACKTRACE ?= enable=no

.DEFAULT_GOAL := help
.PHONY: help packages python build run test unit bench peers fuzz campaign format lint clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

packages: ## install the system packages that are missing
	@scripts/install-packages.sh

python: packages ## put the tests' Python packages into .venv
	@scripts/make-venv.sh $(VENV) Tests/requirements.txt || scripts/warn.sh \
		"The tests' Python packages cannot be had: the tests that need them are skipped."

build: packages ## build the release
	swift build -c release --product millrace

run: build ## run TOPOLOGY (topology.json) until Ctrl-C
	@.build/release/millrace run $(TOPOLOGY)

test: packages python ## build and run all tests
	@scripts/test.sh $(if $(FILTER),--filter '$(FILTER)')

unit: ## build and run the tests of values, memory, arithmetic, frames and files: ten seconds
	@scripts/test.sh --filter '(Market|Memory|Rings|Analytics|Graph|Wire|JSONScan|Compression)Tests'

bench: build ## measure all that BENCH names beside its yardstick, and hold it against the stored results
	@scripts/make-venv.sh $(VENV) Benchmarks/requirements.txt
	@REFERENCE='$(REFERENCE)' BENCH='$(BENCH)' STORE='$(STORE)' scripts/bench.sh

peers: build ## do the same work with csp, bytewax, NautilusTrader and Flink, each in its own .venv/peers folder
	@scripts/make-venv.sh $(VENV) Benchmarks/requirements.txt
	@SYMBOLS='$(SYMBOLS)' TRADES='$(TRADES)' PEERS='$(PEERS)' scripts/peers.sh

fuzz: packages ## give every reader a million broken inputs, from SEED on
	@MILLRACE_CAMPAIGN=$(FUZZ) $(if $(SEED),MILLRACE_SEED=$(SEED)) \
		scripts/test.sh --release --filter 'Broken recordings|Damaged topologies|Binary messages'

campaign: packages python ## run all tests, those with chance CAMPAIGN times as long
	@MILLRACE_CAMPAIGN=$(CAMPAIGN) $(if $(SEED),MILLRACE_SEED=$(SEED)) \
		scripts/test.sh --release $(if $(FILTER),--filter '$(FILTER)')

format: ## lay out all Swift code
	@scripts/swift-files.sh | xargs -0 swift format --in-place --configuration .swift-format

lint: python ## check layout, Python and the files of deploy/
	@scripts/lint.sh

clean: ## remove everything that was built; .venv and Benchmarks/data stay
	rm -rf .build
