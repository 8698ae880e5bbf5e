# bigrain: `make demo` and `make test` need nothing but the Swift toolchain and a Debian or Ubuntu to run on.
PREFIX ?= /usr/local
SWIFT ?= swift
BUILD = $(SWIFT) build -c release
PACKAGES = libsqlite3-dev liblz4-dev libzstd-dev libstemmer-dev zlib1g-dev pkg-config
SUDO = $(if $(filter 0,$(shell id -u)),,sudo)
PIPELINE = .build/release/pipeline

.PHONY: bench-quality all deps build demo test soak fuzz format lint install clean bench bench-quick

all: build

# Installs the system packages that are missing, and asks for nothing if none is.
deps:
	@missing=$$(for package in $(PACKAGES); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || echo $$package; done); \
	if [ -n "$$missing" ]; then \
	  echo "installing" $$missing; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi

build: deps
	$(BUILD) --product pipeline

demo: build
	$(PIPELINE) run jobs/msmarco.yaml
	@echo
	$(PIPELINE) search out/msmarco "what keeps honey from spoiling" --k 3
	@echo
	$(PIPELINE) search out/msmarco --queries data/sample/queries.tsv --run out/msmarco.run
	$(PIPELINE) evaluate --complete --qrels data/sample/qrels.trec --run out/msmarco.run

test: deps
	$(BUILD) --build-tests
	$(SWIFT) test -c release --skip-build

# Hours: 1,000 kills at random moments, every failure of every call, 10,000 power losses, 100,000 flipped bits.
soak: deps
	$(BUILD) --build-tests
	scripts/kill_soak.sh 1000
	python3 scripts/fault_soak.py --kills
	python3 scripts/fault_soak.py
	BIGRAIN_POWER_LOSSES=10000 $(SWIFT) test -c release --skip-build --filter PowerLossTests
	BIGRAIN_FLIPS=100000 $(SWIFT) test -c release --skip-build --filter everyFlippedBit

# Every parser for FUZZ_SECONDS each, with libFuzzer.
FUZZ_SECONDS ?= 60
fuzz: deps
	Fuzz/run.sh $(FUZZ_SECONDS)

# README's table of pipelines. FOLDERS: collections; SPLADE and MINILM: folders of real models.
bench-quality: build
	scripts/bench_quality.sh $(FOLDERS)

# A real collection without a download: the package descriptions in apt's lists. Delete it to write it anew.
data/debian/collection.tsv:
	scripts/debian_collection.sh $@

format:
	$(SWIFT) format --configuration .swift-format -i -r Sources Tests Benchmarks Fuzz Package.swift

lint:
	$(SWIFT) format lint --strict --configuration .swift-format -r Sources Tests Benchmarks Fuzz Package.swift

# Ours against what users would pick instead, alternately in one run; the pinned peers go into a virtual environment.
# BENCH_PYTHON names one that has them already.
BENCH_PYTHON ?=
BENCH_FLAGS ?=
BENCH_FULL = $(or $(BENCH_PYTHON),.build/bench-venv/bin/python)
BENCH_QUICK = $(or $(BENCH_PYTHON),.build/bench-quick-venv/bin/python)

.build/bench-venv/installed: Benchmarks/requirements.txt Benchmarks/requirements-quick.txt
.build/bench-quick-venv/installed: Benchmarks/requirements-quick.txt
.build/bench-venv/installed .build/bench-quick-venv/installed:
	python3 -m venv $(@D)
	$(@D)/bin/pip install -q -r $<
	touch $@

bench: build $(if $(BENCH_PYTHON),,.build/bench-venv/installed)
	$(BUILD) --product bigrain-bench
	$(BUILD) --product example-worker
	$(BENCH_FULL) Benchmarks/bench.py --table docs/benchmarks.md --summary README.md --json out/bench.json $(BENCH_FLAGS)

# Half a minute beside the build; fails where a ratio fell below its floor in Benchmarks/floors.json.
bench-quick: build $(if $(BENCH_PYTHON),,.build/bench-quick-venv/installed)
	$(BUILD) --product bigrain-bench
	$(BUILD) --product example-worker
	$(BENCH_QUICK) Benchmarks/bench.py --quick --json out/bench-quick.json $(BENCH_FLAGS)

# The command, its man page, completions for bash, zsh and fish, and the schemas that editors read. Where shells look for
# completions of a prefix is their own affair: these are the folders of Debian's packages.
SHARE = $(DESTDIR)$(PREFIX)/share
install: build
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/bash-completion/completions \
	  $(SHARE)/zsh/vendor-completions $(SHARE)/fish/vendor_completions.d $(SHARE)/bigrain
	install -m 755 $(PIPELINE) $(DESTDIR)$(PREFIX)/bin/pipeline
	$(PIPELINE) manual >$(SHARE)/man/man1/pipeline.1
	$(PIPELINE) --generate-completion-script bash >$(SHARE)/bash-completion/completions/pipeline
	$(PIPELINE) --generate-completion-script zsh >$(SHARE)/zsh/vendor-completions/_pipeline
	$(PIPELINE) --generate-completion-script fish >$(SHARE)/fish/vendor_completions.d/pipeline.fish
	install -m 644 schemas/job.schema.json schemas/pipeline.schema.json $(SHARE)/bigrain

# The schemas in schemas/, from the registry; a test compares them.
.PHONY: schemas
schemas: build
	$(PIPELINE) schema job >schemas/job.schema.json
	$(PIPELINE) schema pipeline >schemas/pipeline.schema.json

clean:
	rm -rf .build out
