# Rasad. `make run` starts it with a demonstration district, `make test` tests it; each installs what is missing.
# RASAD_DATA (default data) and RASAD_PORT (8080) choose where; BUILD chooses the folder of what is made.
BUILD ?= build
CC = gcc
SAN ?=
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wvla -Wformat=2 -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef \
  -Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion -Werror
# Not under the sanitizers, which are to see an overflow: a sum past int64 wraps and heals with its reversal.
FORTIFY = -D_FORTIFY_SOURCE=2 -fwrapv
ZEROED := $(shell $(CC) -ftrivial-auto-var-init=zero -E -x c /dev/null >/dev/null 2>&1 && echo -ftrivial-auto-var-init=zero)
HARD = -O2 -g $(FORTIFY) -fstack-protector-strong -fstack-clash-protection $(ZEROED) -fPIE
CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(HARD) $(SAN) -Iservices -isystem $(BUILD)/gen
GENFLAGS = -std=c11 -Wall -Wextra $(HARD) $(SAN) -I$(BUILD)/gen -Iservices
LDFLAGS = -pie -Wl,-z,relro,-z,now $(SAN)

# The rooms, lower ones first. The gateway is a program of its own and has no store.
EDGE_ROOMS = base wire json
STORE_ROOMS = store registry materials production quality distribution reports
objects = $(patsubst services/%.c,$(BUILD)/obj/%.o,$(foreach room,$(1),$(wildcard services/$(room)/*.c)))
EDGE = $(call objects,$(EDGE_ROOMS))
ROOMS = $(EDGE) $(call objects,$(STORE_ROOMS))
PROTO = $(wildcard proto/*.proto)
MESSAGES = $(PROTO:proto/%.proto=$(BUILD)/gen/%.pb-c.o)
EDGE_LIBS = -lprotobuf-c -lcjson -lsodium -lseccomp
GATEWAY_LIBS = -lmicrohttpd -lgnutls -lz $(EDGE_LIBS)
STORE_LIBS = $(EDGE_LIBS) -llmdb -lm

all: $(BUILD)/rasad $(BUILD)/rasad-gateway

$(BUILD)/rasad: $(call objects,rasad) $(ROOMS) $(MESSAGES)
	$(CC) $(LDFLAGS) -o $@ $^ $(STORE_LIBS)
$(BUILD)/rasad-gateway: $(call objects,gateway) $(EDGE) $(MESSAGES) $(BUILD)/gen/descriptors.o $(BUILD)/gen/assets.o
	$(CC) $(LDFLAGS) -o $@ $^ $(GATEWAY_LIBS)

# ---- generated: messages, the descriptor set with its comments, the app
$(BUILD)/gen/.messages: $(PROTO)
	@mkdir -p $(@D)
	protoc-c --proto_path=proto --c_out=$(@D) $(PROTO)
	@touch $@
$(PROTO:proto/%.proto=$(BUILD)/gen/%.pb-c.c): $(BUILD)/gen/.messages ;
$(BUILD)/gen/descriptors.c: $(PROTO) ops/embed.mjs
	@mkdir -p $(@D)
	protoc --proto_path=proto --include_source_info --include_imports --descriptor_set_out=$(BUILD)/gen/descriptors.bin $(PROTO)
	node ops/embed.mjs $(BUILD)/gen/descriptors.bin descriptor_set $@
$(BUILD)/gen/assets.c: $(wildcard web/src/*) $(wildcard web/src/*/*) web/build.mjs web/node_modules/.ready
	@mkdir -p $(@D)
	node web/build.mjs $@
web/node_modules/.ready: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --silent
	@touch $@

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(GENFLAGS) -c -o $@ $<
$(BUILD)/obj/%.o: services/%.c $(BUILD)/gen/.messages
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -c -o $@ $<
-include $(wildcard $(BUILD)/obj/*/*.d)

# ---- the two commands
setup:
	@ops/setup.sh
JOBS = -j$(shell nproc)
run: setup
	@$(MAKE) --no-print-directory $(JOBS) -s all
	@$(BUILD)/rasad demo
test: setup
	@$(MAKE) --no-print-directory $(JOBS) -s all tests
	@node tests/run.mjs $(BUILD)

# All rounds of tests/fault: a hundred kills, every point where a call can fail. `make test` runs a short round of each.
.PHONY: test-fault
test-fault: setup
	@$(MAKE) --no-print-directory $(JOBS) -s all tests
	@FULL=1 node tests/run.mjs $(BUILD) fault

# ---- tests: a program a file of tests/unit; the rest are scripts that start real processes
UNIT = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
tests: $(UNIT) $(BUILD)/tests/fake_service $(BUILD)/tests/sandbox_probe $(foreach part,browser flow lighthouse lint,tests/$(part)/node_modules/.ready)
$(BUILD)/tests/%: tests/unit/%.c tests/world/world.h $(BUILD)/tests/world.o $(ROOMS) $(MESSAGES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -Itests -o $@ $(filter-out %.h,$^) $(TEST_FLAGS) $(STORE_LIBS) -lcmocka
$(BUILD)/tests/world.o: tests/world/world.c tests/world/world.h $(wildcard services/*/*.h) $(BUILD)/gen/.messages
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Itests -c -o $@ $<
$(BUILD)/tests/test_files: $(filter-out %/main.o,$(call objects,rasad))
# What a line costs is counted in the calls to LMDB, and in what it writes.
COUNT_FLAGS = -Itests/bench -Wl,--wrap=mdb_cursor_put,--wrap=mdb_cursor_del,--wrap=mdb_txn_commit
$(BUILD)/tests/test_cost: tests/bench/forge.c tests/bench/count.c
$(BUILD)/tests/test_cost: TEST_FLAGS = $(COUNT_FLAGS)
$(BUILD)/tests/fake_service $(BUILD)/tests/sandbox_probe: $(BUILD)/tests/%: tests/service/%.c $(EDGE) $(MESSAGES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(EDGE_LIBS)
# make simulate SEED=… STEPS=…: random commands against a plain model; a million steps by hand, a few thousand in make test.
STEPS ?= 1000000
.PHONY: simulate
simulate: setup
	@$(MAKE) --no-print-directory $(JOBS) -s $(BUILD)/tests/simulate
	@$(BUILD)/tests/simulate $(STEPS) $(SEED)
tests: $(BUILD)/tests/simulate
$(BUILD)/tests/simulate: tests/simulate/simulate.c tests/simulate/model.c $(ROOMS) $(MESSAGES) tests/simulate/simulate.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--wrap=mdb_cursor_put,--wrap=mdb_txn_commit -o $@ $(filter-out %.h,$^) $(STORE_LIBS)
# Preloaded into the processes by tests/fault: it takes no part in the programs themselves, nor in the sanitizers.
tests: $(BUILD)/tests/inject.so $(BUILD)/tests/reader
$(BUILD)/tests/inject.so: tests/fault/inject.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -O2 -fPIC -shared -o $@ $< -ldl
$(BUILD)/tests/reader: tests/fault/reader.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARN) $(HARD) -pie -o $@ $< -llmdb
tests/%/node_modules/.ready: tests/%/package-lock.json
	cd tests/$* && npm ci --no-audit --no-fund --silent
	@touch $@
# ---- how fast: a table against the machine's own limits (tests/bench)
BENCH = $(addprefix $(BUILD)/bench/,grow replay load bare_http bare_lmdb)
$(BUILD)/bench/%: tests/bench/%.c $(wildcard tests/bench/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -Itests/bench -o $@ $(filter %.c %.o,$^) $(BENCH_FLAGS) $(STORE_LIBS) -lmicrohttpd
$(BUILD)/bench/grow $(BUILD)/bench/replay: tests/bench/forge.c tests/bench/count.c $(ROOMS) $(MESSAGES)
$(BUILD)/bench/load $(BUILD)/bench/bare_lmdb: $(EDGE) $(MESSAGES)
$(BUILD)/bench/grow $(BUILD)/bench/replay: BENCH_FLAGS = $(COUNT_FLAGS)
bench: setup
	@$(MAKE) --no-print-directory $(JOBS) -s all $(BENCH)
	@node tests/bench/run.mjs $(BUILD)
bench-store: setup
	@$(MAKE) --no-print-directory $(JOBS) -s all $(BENCH)
	@node tests/bench/run.mjs $(BUILD) store
# The same under the address and undefined-behaviour sanitizers, in a folder of its own.
sanitized:
	@$(MAKE) --no-print-directory $(JOBS) -s BUILD=$(BUILD)/sanitized FORTIFY= CC=gcc \
	  SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined" all tests

# A picture of every screen, phone and desk, three languages, light and dark: build/screens/*.png, to be looked at.
screens: setup
	@$(MAKE) --no-print-directory $(JOBS) -s all tests
	@node tests/run.mjs $(BUILD) screens

# Fuzz targets: a program a file of tests/fuzz, with clang's libFuzzer and its sanitizers, in a folder of its own.
FUZZ = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
SECONDS ?= 60
fuzzers:
	@$(MAKE) --no-print-directory $(JOBS) -s BUILD=$(BUILD)/clang FORTIFY= CC=clang \
	  SAN="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined" fuzz-targets
fuzz-targets: $(FUZZ)
fuzz: setup fuzzers
	@FUZZ_SECONDS=$(SECONDS) node tests/run.mjs $(BUILD) fuzz
# Everything in one archive: what a target takes in itself, or stands in for, is then not taken from it.
$(BUILD)/all.a: $(filter-out %/main.o,$(call objects,gateway rasad)) $(ROOMS) $(MESSAGES) $(BUILD)/gen/descriptors.o $(BUILD)/gen/assets.o
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz.h $(BUILD)/all.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -Itests/fuzz -o $@ $< $(BUILD)/all.a $(GATEWAY_LIBS) $(STORE_LIBS)

# A Debian package. The version counts the commits, so that a later build is an upgrade.
VERSION ?= 0.4.$(shell git rev-list --count HEAD 2>/dev/null || echo 0)
deb: all
	@ops/debian/build.sh $(BUILD) $(VERSION)

clean:
	rm -rf $(BUILD)

.PHONY: all setup run test tests bench bench-store sanitized deb fuzz fuzzers fuzz-targets screens clean
.SECONDARY:
