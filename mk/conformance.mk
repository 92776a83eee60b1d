# The bootstraps that the conformance tests drive beside the probe: as they ship, without sanitizers.

CONFORMANCE_BOOTSTRAPS := $(addprefix $(BUILD)/release/tests/conformance/,counted faulty)

$(CONFORMANCE_BOOTSTRAPS): $(BUILD)/release/tests/conformance/%: $(BUILD)/release/obj/tests/conformance/%.o \
    $(BUILD)/release/libclambda.a $(BUILD)/release/libcore.a $(DEPS_STAMP)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@ $(filter %.o %.a,$^) $(DEPS_LDFLAGS) $(CURL_LIBS) -lm

tests: $(CONFORMANCE_BOOTSTRAPS)

# The probe and the simulator's tests once more, for what only ThreadSanitizer sees. The lists of the Makefile do not
# exist yet here.
.SECONDEXPANSION:
TSAN_PROGRAMS := $(BUILD)/tsan/tests/conformance/probe $(BUILD)/tsan/tests/unit/sim_test
TSAN_OBJECTS = $(patsubst %.c,$(BUILD)/tsan/obj/%.o,$(RUNTIME_SOURCES) \
    $(filter shared/base/% shared/json/% shared/log/% shared/http1/%,$(CORE_SOURCES)))

$(TSAN_PROGRAMS): $(BUILD)/tsan/%: $(BUILD)/tsan/obj/%.o $$(TSAN_OBJECTS)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_tsan) -o $@ $^ $(if $(findstring unit,$@),-lcmocka) -lcurl -lm

tests: $(TSAN_PROGRAMS)
