# Rasad: `make run` starts it, `make test` tests it; each installs what is missing.
BUILD ?= build
CC ?= gcc
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wvla -Wformat=2 -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef \
  -Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion -Werror
HARD = -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
SAN ?=
CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(HARD) $(SAN) -Iservices -isystem $(BUILD)/gen
GENFLAGS = -std=c11 -Wall -Wextra $(HARD) $(SAN) -I$(BUILD)/gen
LDFLAGS = -pie -Wl,-z,relro,-z,now $(SAN)

PROTO = $(wildcard proto/*.proto)
GEN = $(PROTO:proto/%.proto=$(BUILD)/gen/%.pb-c.c)
GENOBJ = $(GEN:.c=.o)
ROOMS = base wire json store registry materials production quality distribution reports
LIBSRC = $(foreach room,$(ROOMS),$(wildcard services/$(room)/*.c))
LIBOBJ = $(LIBSRC:services/%.c=$(BUILD)/obj/%.o)
EDGE = $(filter $(BUILD)/obj/base/% $(BUILD)/obj/wire/% $(BUILD)/obj/json/%,$(LIBOBJ))

all: $(BUILD)/rasad

$(BUILD)/gen/.stamp: $(PROTO)
	@mkdir -p $(@D)
	protoc-c --proto_path=proto --c_out=$(@D) $(PROTO)
	@touch $@
$(GEN): $(BUILD)/gen/.stamp ;
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(GENFLAGS) -c -o $@ $<
$(BUILD)/obj/%.o: services/%.c $(BUILD)/gen/.stamp
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -c -o $@ $<

-include $(LIBOBJ:.o=.d)
