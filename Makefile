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

.PHONY: bench-award
bench-award: ## The choice on instances of four sizes, with CBC where it is installed; FULL=1 lets CBC run on 200 x 2,000
	go run ./bench/award -table $(if $(FULL),-full)

.PHONY: check-award
check-award: ## The choice against CBC on random small instances (Debian: apt-get install coinor-cbc)
	go run ./bench/award -against-cbc $(or $(INSTANCES),100)
