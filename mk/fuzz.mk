# Fuzzing, and the programs that tests need beside themselves.
#
#   make fuzz [FUZZ_SECONDS=60] [FUZZ=json]    clang's libFuzzer on each tests/fuzz/*_fuzz.c, one after the other.
#                                              What it finds new goes to build/fuzz/corpus/<name>, what breaks to
#                                              build/fuzz/<name>-crash-...; tests/fuzz/corpus/<name> holds the seeds.
#   make test                                  replays the seeds through the same functions, compiled by gcc.
#
# A new fuzzer is a new file: it may use everything under shared, runtime, functions and infra, and tests/support.

FUZZ_SECONDS := 60
FUZZ         := *
FUZZERS      := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/$(FUZZ)_fuzz.c))
FUZZ_CFLAGS   = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
                -isystem /usr/include/postgresql
FUZZ_ARCHIVE := $(BUILD)/fuzz/liball.a
FUZZ_REPLAYS := $(patsubst tests/fuzz/%.c,$(BUILD)/test/tests/fuzz/%_test,$(wildcard tests/fuzz/*_fuzz.c))
TEST_PEERS   := $(BUILD)/test/tests/peers/jansson_dump

# The lists of the Makefile do not exist yet where this file is included.
.SECONDEXPANSION:

$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo '  cc    fuzz $<'
	$(Q)clang $(CSTD) $(INCLUDES) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link $(VERSION_FLAGS) -MMD -MP -c $< -o $@

$(FUZZ_ARCHIVE): $$(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$$(filter-out %/main.c %/token.c tests/% runtime/examples/%,$$(SOURCES)) \
    $$(wildcard tests/support/*.c))
	@rm -f $@ && ar rcs $@ $^

$(FUZZERS:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/tests/fuzz/%.o $(FUZZ_ARCHIVE)
	@echo '  link  $@'
	$(Q)clang $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(TEST_LIBS)

.PHONY: fuzz fuzz-build
fuzz-build: $(FUZZERS:%=$(BUILD)/fuzz/%)
fuzz: fuzz-build ## fuzz each parser for FUZZ_SECONDS=60 (FUZZ=json: only that one)
	@tests/fuzz/run.sh $(FUZZ_SECONDS) $(FUZZERS)

# ---- schemas beside other validators ----

SCHEMA_SEED  := 1
SCHEMA_COUNT := 3000

$(BUILD)/differential/judge: $(BUILD)/release/obj/tests/differential/judge.o $(BUILD)/release/libcore.a $(DEPS_STAMP)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@ $(filter %.o %.a,$^) $(DEPS_LDFLAGS) $(PCRE2_LIBS) -lm

.PHONY: fuzz-schema
fuzz-schema: $(BUILD)/differential/judge ## JSON Schema beside python3-jsonschema and ajv on made-up schemas (SCHEMA_SEED=1 SCHEMA_COUNT=3000)
	@infra/setup/install.sh differential
	@ajv=$$(tests/bench/peers/build.sh ajv) || ajv=; \
	    python3 tests/differential/schemas.py $< --seed $(SCHEMA_SEED) --count $(SCHEMA_COUNT) $${ajv:+--ajv "$$ajv"}

# ---- part of make test ----

$(FUZZ_REPLAYS): $(BUILD)/test/tests/fuzz/%_test: $(BUILD)/test/obj/tests/fuzz/%.o $(BUILD)/test/obj/tests/fuzz/replay.o \
    $$(TEST_SUPPORT) $$(TEST_ARCHIVES)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_test) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(TEST_LIBS)

# Apart from the tests: jansson and the reader share names.
$(BUILD)/test/tests/peers/jansson_dump: $(BUILD)/test/obj/tests/peers/jansson_dump.o
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_test) -o $@ $< -ljansson

tests unit: $(FUZZ_REPLAYS) $(TEST_PEERS)
