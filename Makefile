# `make` alone prints what there is.
.DEFAULT_GOAL := help
export CGO_ENABLED := 0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X firstlook/internal/cli.Version=$(VERSION)

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## The one static binary, bin/firstlook
	go build -trimpath -ldflags "$(LDFLAGS)" -o bin/firstlook ./cmd/firstlook

.PHONY: demo
demo: build ## The main job, told step by step
	./bin/firstlook demo

.PHONY: test
test: ## Everything that CI runs: format, vet, tests, every scenario
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo "run gofmt -w on the files above"; exit 1; }
	go vet ./...
	go test ./...

.PHONY: test-browser
test-browser: ## Every desk's story in a real browser, with axe-core (needs chromium and npm; the first run fetches)
	go test -C test/browser . -screens testdata/screens

.PHONY: race
race: ## Tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race ./right/... ./internal/...

.PHONY: golden
golden: ## Rewrite golden files and scenario answers; read the difference before you commit it
	go test ./agreement/... ./need/... ./schema/... ./internal/scenario/... ./internal/lawcheck/ ./internal/cli/... ./internal/httpapi/... ./internal/notify/ -update

.PHONY: fuzz
fuzz: ## Fuzz the parsers and codecs, two minutes each
	go test ./agreement -run xxx -fuzz FuzzParse -fuzztime 2m
	go test ./need -run xxx -fuzz FuzzParse -fuzztime 2m

.PHONY: fuzz-law
fuzz-law: ## Random histories against the law; STEPS=10000000 SEED=7 make fuzz-law puts that many commands, the same again
	go test ./internal/scenario -run TestRandomHistories -timeout 0 -v -every -steps $(or $(STEPS),2000000) -seed $(or $(SEED),0)

.PHONY: oracle
oracle: ## Random agreements and histories against a second engine of the law; HISTORIES=1000000 SEED=7 make oracle
	go test ./internal/naive -run TestAgainstEngine -timeout 0 -v -histories $(or $(HISTORIES),1000000) -seed $(or $(SEED),0)

.PHONY: model
model: ## Every short history of small worlds, DEPTH=4 commands ahead in each of them; minutes
	go test ./internal/lawmodel -run TestModel -timeout 0 -v -depth $(or $(DEPTH),4)

.PHONY: mutate
mutate: ## Break each guard of the engine, one at a time, and see that a test notices; takes minutes
	go run ./internal/lawcheck/mutate $(MUTATE)

.PHONY: bench
bench: ## Engine commands per second; durable negotiations next to a bare group-commit append
	go run ./bench/engine
	go run ./bench/desk

.PHONY: bench-journal
bench-journal: ## Store appends next to a bare group-commit append
	go run ./bench/journal

.PHONY: bench-postgres
bench-postgres: ## PostgreSQL: appends and negotiations next to bare single-row inserts, 32 connections
	go run ./bench/postgres

.PHONY: bench-serve
bench-serve: ## The shipped binary: start, memory, 100,000 deadlines, top rate over HTTP next to a bare append, latency
	go run ./bench/serve

.PHONY: soak
soak: ## A steady load over HTTP for 15 minutes, and memory that stays flat; FOR=2m make soak is shorter
	go run ./bench/serve -only soak -soak $(or $(FOR),15m)

.PHONY: bench-temporal
bench-temporal: ## The same negotiation as a Temporal workflow next to ours (a module of its own; the first build takes minutes)
	go run -C bench/temporal .

.PHONY: race-deadline
race-deadline: ## Answers at one replica against the deadline at another; N=100000 SEED=7 make race-deadline
	go test ./internal/postgres -run TestAnswerAgainstDeadline -timeout 0 -v -race.rounds $(or $(N),100000) -race.seed $(or $(SEED),0)

.PHONY: pg-kill
pg-kill: ## PostgreSQL stopped hard under load, and what became of every write; N=200 SEED=7 make pg-kill
	go test ./internal/postgres -run 'TestKill$$' -timeout 0 -v -pg.rounds $(or $(N),200) -pg.seed $(or $(SEED),0)

.PHONY: bench-award
bench-award: ## The choice on instances of four sizes, with CBC where it is installed; FULL=1 lets CBC run on 200 x 2,000
	go run ./bench/award -table $(if $(FULL),-full)

.PHONY: check-award
check-award: ## The choice against CBC on random small instances (Debian: apt-get install coinor-cbc)
	go run ./bench/award -against-cbc $(or $(INSTANCES),100)

.PHONY: sim
sim: ## Simulated worlds with faults of every kind, and checkers on each; HISTORIES=1000000 SEED=7 make sim
	go test ./sim -run TestHistories -timeout 0 -v -histories $(or $(HISTORIES),100000) -seed $(or $(SEED),0)

.PHONY: races
races: ## Simulated replicas race answers against deadlines; RACES=100000 SEED=7 make races
	go test ./sim -run TestRaces -timeout 0 -v -races $(or $(RACES),100000) -seed $(or $(SEED),0)

.PHONY: kill
kill: ## kill -9 of the real server under load, the record checked after each; POINTS=1000 SEED=7 make kill
	go run ./bench/faults -points $(or $(POINTS),100) -seed $(or $(SEED),0)

.PHONY: disk-full
disk-full: ## The real server on a disk that is full, and has room again
	go run ./bench/faults -disk -seed $(or $(SEED),0)
