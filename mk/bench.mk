# The benchmark: what is measured and against what is in docs/benchmarks.md. It prints, it never judges.

BENCH_PROGRAMS := $(BUILD)/bench/start $(BUILD)/bench/floor

$(BUILD)/bench/start: tests/bench/start.c
	@mkdir -p $(@D)
	@echo '  cc    bench $<'
	$(Q)$(CC) $(CSTD) $(WARN) -O2 -o $@ $<

# As little as possible: no shared library, no relocation.
$(BUILD)/bench/floor: tests/bench/floor.c
	@mkdir -p $(@D)
	@echo '  cc    bench $<'
	$(Q)$(CC) $(CSTD) $(WARN) -O2 -static -no-pie -s -o $@ $<

.PHONY: bench

bench: bootstraps tools $(BENCH_PROGRAMS) ## start, requests per second, a plan's time: ratios of one run (docs/benchmarks.md)
	@infra/setup/install.sh run test
	@BUILD=$(BUILD) tests/bench/run.sh
