# Standpipe. `make demo` and `make test` work on a new Debian 12 machine with Swift 6.3.

SITE     ?= deploy/examples/small.yaml
PREFIX   ?= /usr/local
BUILD    ?= swift build
# The Swift runtime and the C++ library that it needs are linked statically: a linker that finds
# these two archives first does not take the shared ones.
STATIC   := $(CURDIR)/.build/static-runtime
RELEASE  := $(BUILD) -c release --static-swift-stdlib -Xlinker -L$(STATIC)
BIN       = $(shell $(RELEASE) --show-bin-path)
SEEDS    ?= 10000
# Crash points of the log's drill: a night's worth, and fewer for `make test`.
CRASHES  ?= 1000000
# Logs that the drill damages at rest.
MEDIA    ?= 100000

.PHONY: help demo demo-terminal test unit drill drill-gateway drill-restart patterns rig release check-release bench fuzz panel install uninstall \
	deb check-deb arm64-test image image-test setup-build setup-test setup-bench format clean

help:
	@echo 'make demo [SITE=big]        one address: a simulated building to play with, beside its panel'
	@echo 'make demo-terminal          the same building in this terminal, without gateway and browser'
	@echo 'make test                   everything that is checked: unit tests, scenarios, peers,'
	@echo '                            $(SEEDS) seeds of FireDrill, exploration, 50000 crashes of'
	@echo '                            the log, 5000 damaged logs, real-kernel rig'
	@echo 'make bench                  measure and print a table'
	@echo 'make rig                    the real controller on gpio-sim, libgpiod 1.6 and 2.x'
	@echo 'make drill-restart [KILLS=n] a thousand kills of the controller there: no valve moves'
	@echo 'make drill [SEEDS=n]        simulated lives of a building, and every reachable state;'
	@echo '                            as many of consumer groups;'
	@echo '           [CRASHES=n]      a million crashes of the log on a simulated disk'
	@echo '           [MEDIA=n]        100000 logs damaged at rest'
	@echo 'make drill-gateway [KILLS=n] a thousand kills of the gateway under load'
	@echo 'make patterns               the examples of Tests/patterns, with stock clients'
	@echo 'make panel                  checks of the panel in Chromium'
	@echo 'make fuzz [SECONDS=600]     random bytes into every door'
	@echo 'make install                the controller as a service of this machine'
	@echo 'make deb                    packages for Debian 13 on amd64, in .build/deb'
	@echo 'make image [ARCH=amd64]     a flashable disk image and a signed update, in .build/image'
	@echo 'make image-test             boots it in QEMU: fire, kills, hangs, power cuts, updates'
	@echo 'make check-deb              installs, upgrades, removes and purges them in a Debian 13 root'

# What is missing on the machine, installed with apt-get.
setup-build:
	@.ci/setup build
	@mkdir -p $(STATIC)
	@ln -sf "$$(clang -print-file-name=libstdc++.a)" $(STATIC)/libstdc++.a
	@ln -sf "$$(clang -print-file-name=libgcc_eh.a)" $(STATIC)/libgcc_s.a
setup-test:
	@.ci/setup test
setup-test: setup-build
setup-bench:
	@.ci/setup bench
setup-bench: setup-build

# SITE is a file, or the name of an example: small, big.
demo demo-terminal: site = $(if $(wildcard $(SITE)),$(SITE),deploy/examples/$(SITE).yaml)
demo: setup-build
	$(RELEASE) --product standpipe
	$(RELEASE) --product standpipe-controller-sim
	$(RELEASE) --product standpipe-gateway
	$(BIN)/standpipe demo --page --site $(site)
demo-terminal: setup-build
	$(RELEASE) --product standpipe
	$(RELEASE) --product standpipe-controller-sim
	$(BIN)/standpipe demo --site $(site)

release: setup-build
	$(RELEASE) --product standpipe-controller
	$(RELEASE) --product standpipe
	$(RELEASE) --product standpipe-gateway

check-release: setup-test release
	Tests/check-ldd $(BIN)/standpipe-controller
	Tests/check-install $(BIN)

unit: setup-test
	Tests/unit

drill: setup-build
	$(RELEASE) --product fire-drill
	$(BIN)/fire-drill --seeds $(SEEDS)
	$(BIN)/fire-drill explore
	$(RELEASE) --product group-drill
	$(BIN)/group-drill --seeds $(SEEDS)
	$(RELEASE) --product log-drill
	$(BIN)/log-drill --crashes $(CRASHES)
	$(BIN)/log-drill --media $(MEDIA)

# Examples of what one does with a log, in Tests/patterns.
patterns: setup-test release
	Tests/patterns/run "$$(Tests/peers/python-env)" $(BIN)/standpipe-gateway

# The operator's panel in Debian's Chromium; screenshots of the run stay in the folder that it names.
panel: setup-test release
	$(RELEASE) --product standpipe-controller-sim
	Tests/panel/run "$$(Tests/peers/python-env panel)" $(BIN)

# Kills the gateway under load: a night's worth, and fewer for `make test`.
KILLS    ?= 1000
# Fires of which the time until people are told is measured.
FIRES    ?= 200
drill-gateway: setup-test release
	"$$(Tests/peers/python-env)" Tests/peers/gateway-login $(BIN)/standpipe-gateway $(BIN)/standpipe
	"$$(Tests/peers/python-env)" Tests/peers/gateway-crowd $(BIN)/standpipe-gateway
	"$$(Tests/peers/python-env)" Tests/peers/gateway-http $(BIN)/standpipe-gateway $(BIN)/standpipe
	$(RELEASE) --product standpipe-controller-sim
	"$$(Tests/peers/python-env schemathesis)" Tests/peers/panel-api $(BIN)/standpipe-gateway \
		$(BIN)/standpipe
	python3 Tests/peers/panel-crowd $(BIN)/standpipe-gateway
	"$$(Tests/peers/python-env)" Tests/peers/gateway-kill $(BIN)/standpipe-gateway $(KILLS)
	"$$(Tests/peers/python-env)" Tests/peers/gateway-streams $(BIN)/standpipe-gateway $(KILLS)
	$(RELEASE) --product log-peer
	$(RELEASE) --product sim-modem
	python3 Tests/peers/notify-faults $(BIN)/standpipe-gateway $(BIN)/standpipe $(BIN)/log-peer \
		$(BIN)/sim-modem
	python3 Tests/peers/notify-acknowledge $(BIN)/standpipe-gateway $(BIN)/log-peer \
		hardware-sim/moody-smtp $(BIN)/sim-modem
	python3 Tests/peers/notify-kill $(BIN)/standpipe-gateway $(BIN)/log-peer \
		hardware-sim/moody-smtp $(BIN)/sim-modem $(KILLS)
	$(RELEASE) --product sim-building
	$(RELEASE) --product standpipe-controller-sim
	python3 Tests/peers/notify-latency $(BIN)/standpipe-gateway $(BIN)/standpipe-controller-sim \
		$(BIN)/sim-building $(BIN)/sim-modem $(FIRES)

# The controller killed at random moments, and before every RIG_STEPth system call of its start.
RIG_STEP ?= 7
drill-restart: release
	RIG_CONTROLLER=$(BIN)/standpipe-controller RIG_TOOL=$(BIN)/standpipe RIG_SECONDS=3600 \
		RIG_KILLS=$(KILLS) RIG_STEP=$(RIG_STEP) hardware-sim/rig/run all restart

rig: release
	RIG_CONTROLLER=$(BIN)/standpipe-controller RIG_TOOL=$(BIN)/standpipe hardware-sim/rig/run all

test: CRASHES = 50000
test: MEDIA = 5000
test: KILLS = 50
test: FIRES = 20
test: unit check-release drill drill-gateway patterns panel rig
	@echo 'make test: all passed'

bench: setup-bench release
	$(RELEASE) --product standpipe-bench-controller
	$(RELEASE) --product standpipe-bench
	$(CC) -O2 -Wall -Wextra -o $(BIN)/kafka-load hardware-sim/bench/kafka/kafka-load.c \
		-lrdkafka -lpthread
	$(CC) -O2 -Wall -Wextra -o $(BIN)/panel-load hardware-sim/bench/panels/*.c
	$(CC) -D_GNU_SOURCE -O2 -Wall -Wextra -o $(BIN)/durable-load hardware-sim/bench/durable/*.c
	$(BIN)/standpipe-bench

SECONDS ?= 600
fuzz: setup-build
	Tests/fuzz $(SECONDS)

format:
	swift format format --in-place --recursive --parallel Package.swift Sources Tests hardware-sim

# The service on the machine this runs on: binaries, unit, user, example site.
install: release
	deploy/install $(BIN) $(PREFIX)
uninstall:
	deploy/install --remove $(PREFIX)

# Packages for Debian 13, built in root directories of it: as root, with room for 10 GB in the cache.
# ARCH=arm64 has not been tried to its end yet (deploy/README.md).
ARCH ?= amd64
deb:
	deploy/deb/build $(ARCH)
check-deb:
	Tests/deploy/check-deb

# A disk image of the packages that `make deb` made; of amd64 unless ARCH is given.
IMAGE_ARCH = $(if $(filter command line,$(origin ARCH)),$(ARCH),amd64)
image:
	for arch in $(IMAGE_ARCH); do deploy/image/make-image $$arch || exit 1; done
# Boots it in an emulated machine. Half an hour on an idle machine; not a part of `make test`.
image-test:
	Tests/image/run $(firstword $(IMAGE_ARCH)) $(IMAGE_TESTS)

clean:
	rm -rf .build
