# The bootstraps that the conformance tests drive beside the probe: as they ship, without sanitizers.

CONFORMANCE_BOOTSTRAPS := $(addprefix $(BUILD)/release/tests/conformance/,counted faulty)

$(CONFORMANCE_BOOTSTRAPS): $(BUILD)/release/tests/conformance/%: $(BUILD)/release/obj/tests/conformance/%.o \
    $(BUILD)/release/libclambda.a $(BUILD)/release/libcore.a $(DEPS_STAMP)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@ $(filter %.o %.a,$^) $(DEPS_LDFLAGS) $(CURL_LIBS) -lm

tests: $(CONFORMANCE_BOOTSTRAPS)

# The probe once more, for what only ThreadSanitizer sees. The lists of the Makefile do not exist yet here.
.SECONDEXPANSION:
TSAN_OBJECTS = $(patsubst %.c,$(BUILD)/tsan/obj/%.o,$(RUNTIME_SOURCES) \
    $(filter shared/base/% shared/json/% shared/log/%,$(CORE_SOURCES)) tests/conformance/probe.c)

$(BUILD)/tsan/tests/conformance/probe: $$(TSAN_OBJECTS)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_tsan) -o $@ $^ -lcurl -lm

tests: $(BUILD)/tsan/tests/conformance/probe
