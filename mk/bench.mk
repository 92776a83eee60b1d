# The benchmark: what is measured and against what is in docs/benchmarks.md. It prints, it never judges.

BENCH_API      := api program request samples
BENCH_PROGRAMS := $(BUILD)/bench/start $(BUILD)/bench/floor $(BUILD)/bench/api
BENCH_GATEWAY  := $(BUILD)/bench/gateway/upstream $(BUILD)/bench/gateway/client

$(BUILD)/bench/obj/%.o: tests/bench/%.c $(wildcard tests/bench/*.h)
	@mkdir -p $(@D)
	@echo '  cc    bench $<'
	$(Q)$(CC) $(CSTD) $(WARN) -I. -O2 -c -o $@ $<

$(BUILD)/bench/start: $(BUILD)/bench/obj/start.o
$(BUILD)/bench/api: $(BENCH_API:%=$(BUILD)/bench/obj/%.o)
$(BUILD)/bench/gateway/upstream: $(BUILD)/bench/obj/gateway/upstream.o $(BUILD)/bench/obj/request.o
$(BUILD)/bench/gateway/client: $(BUILD)/bench/obj/gateway/client.o
$(BUILD)/bench/start $(BUILD)/bench/api $(BENCH_GATEWAY):
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -o $@ $^

# As little as possible: no shared library, no relocation.
$(BUILD)/bench/floor: tests/bench/floor.c
	@mkdir -p $(@D)
	@echo '  cc    bench $<'
	$(Q)$(CC) $(CSTD) $(WARN) -O2 -static -no-pie -s -o $@ $<

$(BUILD)/bench/admit: $(BUILD)/release/obj/tests/bench/admit.o $(BUILD)/release/libcore.a
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@ $^ -lpq -lcrypto -lm

bench-admit: tools $(BUILD)/bench/admit ## reservations of the model gateway at 1,000 a second
	@infra/setup/install.sh run test
	@BUILD=$(BUILD) tests/bench/admit.sh

$(BUILD)/bench/engine: $(BUILD)/release/obj/tests/bench/engine.o $(BUILD)/release/libcore.a $(DEPS_STAMP)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@ $(filter %.o %.a,$^) $(DEPS_LDFLAGS) $(CURL_LIBS) $(PG_LIBS) $(SSL_LIBS) $(PCRE2_LIBS) -lm

# The small ones are linked as what ships, but for their own main.
BENCH_CODECS := $(addprefix $(BUILD)/bench/json/codec_,clambda jansson cjson)
BENCH_SMALL := $(BUILD)/bench/schema/clambda $(BUILD)/bench/json/repair_clambda
$(BENCH_SMALL): $(BUILD)/bench/%: $(BUILD)/release/obj/tests/bench/%.o $(BUILD)/release/libcore.a $(DEPS_STAMP)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@ $(filter %.o %.a,$^) $(DEPS_LDFLAGS) $(PCRE2_LIBS) -lm

bench-schema: $(BUILD)/bench/schema/clambda $(BUILD)/bench/refine ## JSON Schema beside ajv and fastjsonschema
	@infra/setup/install.sh run test
	@BUILD=$(BUILD) tests/bench/schema/run.sh

$(BENCH_CODECS): $(BUILD)/bench/json/%: $(BUILD)/release/obj/tests/bench/json/%.o $(BUILD)/release/obj/tests/bench/json/codec_run.o $(BUILD)/release/libcore.a | $(DEPS_STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_release) -o $@ $^ $(if $(findstring jansson,$@),-ljansson)$(if $(findstring cjson,$@),-lcjson) -lm

bench-json: $(BUILD)/bench/json/repair_clambda $(BENCH_CODECS) ## repair beside jsonrepair and json-repair; reading and writing beside jansson and cJSON
	@BUILD=$(BUILD) tests/bench/json/repair.sh
	@BUILD=$(BUILD) tests/bench/json/codec.sh

$(BUILD)/bench/refine: $(BUILD)/release/obj/tests/bench/refine.o $(BUILD)/release/functions/refiner/lib.a $(BUILD)/release/libcore.a $(DEPS_STAMP)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@ $(filter %.o %.a,$^) $(DEPS_LDFLAGS) $(PCRE2_LIBS) -lm

bench-refine: $(BUILD)/bench/refine ## the refiner by rules, step by step
	@python3 tests/eval/inputs.py --bytes 10240 >$(BUILD)/bench/refine.json
	@$(BUILD)/bench/refine $(BUILD)/bench/refine.json 2000 | tee $(BUILD)/bench/refine.txt

bench-engine: $(BUILD)/bench/engine $(BENCH_GATEWAY) ## what a request to a model costs us, layer by layer
	@BUILD=$(BUILD) tests/bench/engine.sh

.PHONY: bench-refine bench-schema bench-json bench-admit bench bench-runtime bench-gateway bench-engine

bench: bootstraps tools examples $(BENCH_PROGRAMS) $(BENCH_GATEWAY) $(BUILD)/bench/admit $(BUILD)/bench/engine $(BENCH_SMALL) $(BENCH_CODECS) $(BUILD)/bench/refine ## the runtime, the model gateway and their peers, start, requests per second, a plan's time: ratios of one run (docs/benchmarks.md)
	@infra/setup/install.sh run test
	@BUILD=$(BUILD) tests/bench/runtime.sh
	@BUILD=$(BUILD) tests/bench/engine.sh
	@BUILD=$(BUILD) tests/bench/admit.sh
	@BUILD=$(BUILD) tests/bench/gateway/run.sh
	@BUILD=$(BUILD) tests/bench/schema/run.sh
	@BUILD=$(BUILD) tests/bench/json/repair.sh
	@BUILD=$(BUILD) tests/bench/json/codec.sh
	@$(MAKE) --no-print-directory bench-refine
	@BUILD=$(BUILD) tests/bench/run.sh

bench-gateway: bootstraps tools $(BENCH_PROGRAMS) $(BENCH_GATEWAY) ## the model gateway and its peers alone
	@infra/setup/install.sh run test
	@BUILD=$(BUILD) tests/bench/gateway/run.sh

bench-runtime: examples $(BENCH_PROGRAMS) ## the runtime and its peers alone
	@BUILD=$(BUILD) tests/bench/runtime.sh

.PHONY: instructions

instructions: examples $(BUILD)/bench/api ## count instructions per invocation anew (tests/bench/instructions.txt)
	@BUILD=$(BUILD) tests/bench/instructions.sh --record

# tests/conformance/instructions_test.sh
tests: $(BUILD)/bench/api
