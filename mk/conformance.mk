# The bootstraps that the conformance tests drive beside the probe: as they ship, without sanitizers.

CONFORMANCE_BOOTSTRAPS := $(addprefix $(BUILD)/release/tests/conformance/,counted faulty)

$(CONFORMANCE_BOOTSTRAPS): $(BUILD)/release/tests/conformance/%: $(BUILD)/release/obj/tests/conformance/%.o \
    $(BUILD)/release/libclambda.a $(BUILD)/release/libcore.a $(DEPS_STAMP)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@ $(filter %.o %.a,$^) $(DEPS_LDFLAGS) $(CURL_LIBS) -lm

tests: $(CONFORMANCE_BOOTSTRAPS)
