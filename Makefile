# The commands of this project. `make run` and `make test` are all that a user or CI needs.
SHELL := /bin/bash
BUILD := build/release
FIRESTEEL := $(BUILD)/firesteel

.PHONY: run test test-all build check packages fmt tidy sanitize fuzz history bench sim survive down clean help
FUZZ_SECONDS ?= 300
HISTORY_KILLS ?= 200
LIVES ?= 1000000

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: packages  ## from a fresh machine to two finished Spark jobs
	@tools/build release firesteel
	@tools/demo $(FIRESTEEL)

test: build  ## everything that proves the project, unit to end to end
	@tools/test

test-all: test  ## and real runs of all six Spark versions (some 2.5 GB of downloads, once)
	@/usr/bin/python3 -W ignore e2e/spark_versions.py $(FIRESTEEL)

build: packages  ## the release binary and the tests
	@tools/build release

packages:  ## the system packages of tools/packages.txt
	@tools/install-packages

fmt:  ## format every source file
	@git ls-files -co --exclude-standard 'src/*.cc' 'src/*.h' 'sim/*.cc' 'sim/*.h' 'fuzz/*.cc' 'fuzz/*.h' | xargs clang-format-19 -i

tidy:  ## house rules and clang-tidy
	@tools/tidy.py && tools/clang-tidy

sanitize: packages  ## unit tests under the address, undefined-behaviour and thread sanitizers
	@tools/build asan && ctest --preset asan -LE e2e && tools/build tsan && ctest --preset tsan -LE e2e

fuzz: packages  ## each fuzz target for FUZZ_SECONDS seconds with new inputs
	@fuzz/run --all $(FUZZ_SECONDS)

sim: build  ## a million lives of the operator in its simulation (LIVES=...)
	@SIM_LIVES=$(LIVES) tools/shards $(BUILD)/sim/sim_test '*Lives.Hold/'

survive: build  ## kill -9 of the operator a hundred times, on a real kube-apiserver
	@FIRESTEEL_KILLS=100 /usr/bin/python3 -W ignore e2e/lifecycle_test.py $(FIRESTEEL) SurvivalTest

history: build  ## writers and watchers on a server that is killed HISTORY_KILLS times
	@HISTORY_KILLS=$(HISTORY_KILLS) /usr/bin/python3 -W ignore e2e/history_test.py $(FIRESTEEL)

bench: build  ## the numbers of bench/README.md, measured here and now
	@bench/run $(FIRESTEEL) && bench/side_by_side $(FIRESTEEL)

down:  ## stop the embedded cluster that `make run` left running
	@$(FIRESTEEL) down

clean:  ## remove what was built
	@rm -rf build
