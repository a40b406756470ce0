# The commands of this repository; `make` alone lists them. The logic lies in the scripts they call.

# Outside the checkout, so that clones and branches share what is built. Override to taste.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/rsql-fleet/target

.DEFAULT_GOAL := help
.PHONY: help demo demo-aws test lint fmt simulate chaos fuzz bench deny dist clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## build, start a private PostgreSQL, run the sample workflows, fail one and resume it
	@rsql-scripts/demo.sh

demo-aws: ## the same on a local AWS endpoint: event bus, queues, Lambda, tables, logs, alerts
	@rsql-scripts/demo-aws.sh

test: ## verify everything: lint, build, tests, doc tests; what CI runs
	@tests/run.sh test

lint: ## formatting and clippy, warnings are errors
	@tests/run.sh lint

fmt: ## format the Rust and TypeScript sources
	cargo fmt --all
	tests/infra.sh install
	cd infra && node_modules/.bin/prettier --write --log-level warn .

simulate: ## run the real dispatcher and workers in simulated worlds: SEEDS=n FIRST=n TRACE=1
	@cargo run --quiet -p fleet-simulation --bin simulate -- --seeds $(or $(SEEDS),1000) --first $(or $(FIRST),1) $(if $(TRACE),--trace)

chaos: ## throw faults at the real processes and check that nothing is lost; FAULTS=300 SEED=n
	@FAULTS=$(FAULTS) SEED=$(SEED) tests/run.sh chaos

fuzz: ## fuzz the RSQL language by libFuzzer: scanner, conditions, formats; MINUTES=60 for all three
	@MINUTES=$(MINUTES) tests/run.sh fuzz

bench: ## measure the fleet beside make and xargs, and rsql beside psql; QUICK=1, ONLY=chain|fan|growth|command, WRITE=1 (into the docs)
	@tests/run.sh bench $(ONLY)

deny: ## licences, bans, sources and advisories of all dependencies
	@tests/deny.sh

dist: ## static programs for x86-64 and arm64, Lambda zips, .deb, .rpm, checksums, bills of materials, in dist/; ARCH=x86_64 for one
	@packaging/dist.sh $(ARCH)

clean: ## delete what was built and the demo's files
	@if [ -d .demo/warehouse ]; then tests/postgres.sh remove .demo/warehouse; fi
	if [ -d .demo-aws/warehouse ]; then tests/postgres.sh remove .demo-aws/warehouse; fi
	if [ -d .demo-aws/aws ]; then tests/moto.sh stop .demo-aws/aws; fi
	rm -rf .demo .demo-aws dist infra/cdk.out
	cargo clean
