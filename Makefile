# clambda: two commands matter, `make run` and `make test`; `make help` lists the rest.
#
# Three profiles of the same sources:
#   release   static libraries of infra/deps, hardened, what ships      -> build/release
#   test      Debian's shared libraries under ASan and UBSan            -> build/test
#   tsan      the runtime and its probe under ThreadSanitizer             -> build/tsan
# V=1 shows the commands. A folder's sources become one archive, its main.c stays outside, so that a program or a test links only
# what it uses. A new function is a new folder under functions/ with a main.c: nothing to add here.

SHELL       := /bin/bash
MAKEFLAGS   += --no-builtin-rules
ifeq ($(MAKELEVEL),0)
MAKEFLAGS   += -j$(shell nproc)
endif
.DEFAULT_GOAL := help
.SECONDARY:
.DELETE_ON_ERROR:

BUILD       := build
Q           := $(if $(V),,@)
CC          := gcc
VERSION     := 0.1.0
COMMIT      := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

CSTD        := -std=c17 -D_GNU_SOURCE
WARN        := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wundef \
               -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wcast-qual -Wcast-align \
               -Wwrite-strings -Wpointer-arith -Wdouble-promotion -Wimplicit-fallthrough -Wvla -fno-common
ARCH_FLAGS  := $(if $(filter x86_64,$(shell uname -m)),-fcf-protection,-mbranch-protection=standard)
INCLUDES     = -I.
CFLAGS_release = -O2 -g -flto=auto -ffat-lto-objects -fPIE -fstack-protector-strong -fstack-clash-protection \
               -ffunction-sections -fdata-sections -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
               -ftrivial-auto-var-init=zero $(ARCH_FLAGS) $(DEPS_CFLAGS)
CFLAGS_test  = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
               -isystem /usr/include/postgresql
CFLAGS_tsan  = -O1 -g -fno-omit-frame-pointer -fsanitize=thread
LDFLAGS_release = -O2 -flto=auto -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed,--gc-sections
LDFLAGS_test    = -fsanitize=address,undefined
LDFLAGS_tsan    = -fsanitize=thread

include $(wildcard mk/*.mk)

# ---- what there is -------------------------------------------------------------------------------

SOURCES      := $(sort $(shell find shared runtime functions infra tests -name '*.c' -not -path '*/node_modules/*' 2>/dev/null))
FUNCTIONS    := $(patsubst functions/%/main.c,%,$(wildcard functions/*/main.c))
EXAMPLES     := $(patsubst runtime/examples/%/main.c,%,$(wildcard runtime/examples/*/main.c))
LIB_SOURCES  := $(filter-out %/main.c tests/% runtime/examples/% infra/%,$(SOURCES))
CORE_SOURCES := $(filter shared/%,$(LIB_SOURCES))
RUNTIME_SOURCES := $(filter runtime/%,$(LIB_SOURCES))
ENDPOINT_SOURCES := $(filter functions/endpoint/%,$(LIB_SOURCES))
UNIT_TESTS   := $(patsubst %.c,%,$(wildcard tests/unit/*_test.c tests/functions/*_test.c))
CONFORMANCE_TESTS := $(patsubst %.c,%,$(wildcard tests/conformance/*_test.c))
INTEGRATION_TESTS := $(patsubst %.c,%,$(wildcard tests/integration/*_test.c))
TEST_BOOTSTRAPS := $(patsubst %.c,%,$(wildcard tests/integration/bootstraps/*.c))
OBJECTS       = $(patsubst %.c,$(BUILD)/$(1)/obj/%.o,$(2))

# The programs beside the functions: name, sources, libraries. Tools use Debian's shared libraries.
TOOLS        := infra/local/clambda-local infra/db/tool/clambda-db infra/auth/clambda-token
TOOL_LIBS_clambda-local := -lmicrohttpd -lyaml -lcrypto
TOOL_LIBS_clambda-db    := -lpq -lcrypto -lpcre2-8 -lm
TOOL_LIBS_clambda-token := -lcrypto
TOOLS_BUILT  := $(foreach tool,$(TOOLS),$(if $(wildcard $(dir $(tool))*.c),$(BUILD)/release/$(tool)))

BOOTSTRAPS   := $(FUNCTIONS:%=$(BUILD)/release/functions/%/bootstrap)

# ---- rules, once a profile -----------------------------------------------------------------------

VERSION_FLAGS = -DCLAMBDA_VERSION='"$(VERSION)"' -DCLAMBDA_COMMIT='"$(COMMIT)"'

# What a build rests on beside files: flags, the commit, which sources an archive has. Each stands in a note, written
# while this is read and only when it changes; what depends on it is then made anew, and `make -n` knows.
NOTES := $(BUILD)/notes
$(shell mkdir -p $(NOTES))
note   = $(if $(subst x$(strip $(file <$(NOTES)/$(1)))x,,x$(strip $(1) $(2))x),$(file >$(NOTES)/$(1),$(1) $(2)))$(NOTES)/$(1)
# ARCHIVED profile, name, sources: a source that is gone must leave the archive
ARCHIVED = $(call OBJECTS,$(1),$(3)) $(call note,sources-$(subst /,-,$(2)),$(3))

define PROFILE_RULES
$(BUILD)/$(1)/obj/%.o: %.c $(call note,flags-$(1),$(CC) $(CSTD) $(WARN) $(CFLAGS_$(1)) $(LDFLAGS_$(1))) | $(if $(filter release,$(1)),$(DEPS_STAMP))
	@mkdir -p $$(@D)
	@echo '  cc    $(1) $$<'
	$(Q)$$(CC) $$(CSTD) $$(WARN) $$(INCLUDES) $$(CFLAGS_$(1)) -MMD -MP -c $$< -o $$@

$(BUILD)/$(1)/libcore.a: $(call ARCHIVED,$(1),core,$(CORE_SOURCES))
$(BUILD)/$(1)/libclambda.a: $(call ARCHIVED,$(1),runtime,$(RUNTIME_SOURCES))
$(BUILD)/$(1)/libendpoint.a: $(call ARCHIVED,$(1),endpoint,$(ENDPOINT_SOURCES))
$(BUILD)/$(1)/libcore.a $(BUILD)/$(1)/libclambda.a $(BUILD)/$(1)/libendpoint.a:
	@rm -f $$@ && gcc-ar rcs $$@ $$(filter %.o,$$^)

$(foreach fn,$(FUNCTIONS),$(eval $(BUILD)/$(1)/functions/$(fn)/lib.a: $(call ARCHIVED,$(1),functions/$(fn),$(filter functions/$(fn)/%,$(LIB_SOURCES)))))
$(foreach tool,$(TOOLS),$(eval $(BUILD)/$(1)/$(dir $(tool))lib.a: $(call ARCHIVED,$(1),$(tool),$(filter-out %/main.c %/token.c,$(filter $(dir $(tool))%,$(SOURCES))))))
$(BUILD)/$(1)/%/lib.a:
	@mkdir -p $$(@D) && rm -f $$@ && gcc-ar rcs $$@ $$(filter %.o,$$^)
endef
$(eval $(call PROFILE_RULES,release))
$(eval $(call PROFILE_RULES,test))
$(eval $(call PROFILE_RULES,tsan))

# The assembler takes the page in, which the compiler's list of headers does not know.
$(BUILD)/release/obj/infra/local/dashboard/dashboard_page.o $(BUILD)/test/obj/infra/local/dashboard/dashboard_page.o $(BUILD)/fuzz/obj/infra/local/dashboard/dashboard_page.o: infra/local/dashboard/dashboard.html

$(foreach profile,release test fuzz,$(BUILD)/$(profile)/obj/shared/llm/models/document.o): shared/llm/models/models.json
$(foreach profile,release test fuzz,$(BUILD)/$(profile)/obj/functions/refiner/refined_schema.o): functions/refiner/schemas/refined.schema.json
$(foreach profile,release test fuzz,$(BUILD)/$(profile)/obj/functions/refiner/page/page.o): functions/refiner/page/page.html

# As a user of the library writes it: #include <lambda.h>. Only here: runtime/core/error.h would hide glibc's for the rest.
$(BUILD)/release/obj/runtime/examples/%.o $(BUILD)/test/obj/runtime/examples/%.o: INCLUDES += -Iruntime

# The version goes into one object only, so that a new commit recompiles one file.
$(BUILD)/release/obj/functions/endpoint/version.o $(BUILD)/test/obj/functions/endpoint/version.o: WARN += $(VERSION_FLAGS)
$(BUILD)/release/obj/functions/endpoint/version.o $(BUILD)/test/obj/functions/endpoint/version.o: $(call note,commit,$(VERSION) $(COMMIT))

# What ships keeps the names of its functions, for the backtrace of a crash report: 7 % of a zip, nothing of a start (no
# segment holds them). Debug data stays behind in *.debug.
STRIP := objcopy --strip-debug

$(BUILD)/release/functions/%/bootstrap: $(BUILD)/release/obj/functions/%/main.o $(BUILD)/release/functions/%/lib.a \
    $(BUILD)/release/libendpoint.a $(BUILD)/release/libclambda.a $(BUILD)/release/libcore.a $(DEPS_STAMP)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@.debug $(filter %.o %.a,$^) $(DEPS_LDFLAGS) $(CURL_LIBS) $(PG_LIBS) $(SSL_LIBS) $(PCRE2_LIBS) $(LP_LIBS) -lm
	@$(STRIP) $@.debug $@

$(BUILD)/examples/%/bootstrap: $(BUILD)/release/obj/runtime/examples/%/main.o $(BUILD)/release/libclambda.a \
    $(BUILD)/release/libcore.a $(DEPS_STAMP)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@.debug $(filter %.o %.a,$^) $(DEPS_LDFLAGS) $(PLAIN_CURL_LIBS) -lm
	@$(STRIP) $@.debug $@

$(BUILD)/release/infra/local/clambda-local $(BUILD)/release/infra/db/tool/clambda-db: \
$(BUILD)/release/infra/%: $(BUILD)/release/libcore.a
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@ $(filter %.o,$^) $(filter %/lib.a,$^) $(BUILD)/release/libcore.a $(TOOL_LIBS_$(@F))
$(BUILD)/release/infra/local/clambda-local: $(BUILD)/release/obj/infra/local/main.o $(BUILD)/release/infra/local/lib.a
$(BUILD)/release/infra/db/tool/clambda-db: $(BUILD)/release/obj/infra/db/tool/main.o $(BUILD)/release/infra/db/tool/lib.a
$(BUILD)/release/infra/auth/clambda-token: $(BUILD)/release/obj/infra/auth/token.o $(BUILD)/release/libcore.a
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_release) -o $@ $^ $(TOOL_LIBS_$(@F))

$(BUILD)/test/libsupport.a: $(call ARCHIVED,test,support,$(wildcard tests/support/*.c))
	@rm -f $@ && gcc-ar rcs $@ $(filter %.o,$^)

# A test links its object first, then every archive: the linker takes what is called.
TEST_ARCHIVES := $(FUNCTIONS:%=$(BUILD)/test/functions/%/lib.a) \
    $(foreach tool,$(TOOLS),$(BUILD)/test/$(dir $(tool))lib.a) \
    $(BUILD)/test/libsupport.a $(BUILD)/test/libendpoint.a $(BUILD)/test/libclambda.a $(BUILD)/test/libcore.a
TEST_LIBS     := -lcmocka -lcurl -lpq -lssl -lcrypto -lmicrohttpd -lyaml -lpcre2-8 -llpsolve55 -lcolamd -lsuitesparseconfig -lm -ldl
ALL_TESTS     := $(UNIT_TESTS) $(CONFORMANCE_TESTS) $(INTEGRATION_TESTS)

$(ALL_TESTS:%=$(BUILD)/test/%): $(BUILD)/test/%: $(BUILD)/test/obj/%.o $(TEST_ARCHIVES)
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_test) -o $@ $< -Wl,--start-group $(TEST_ARCHIVES) -Wl,--end-group $(TEST_LIBS)

$(TEST_BOOTSTRAPS:%=$(BUILD)/test/%) $(BUILD)/test/tests/conformance/probe: $(BUILD)/test/%: $(BUILD)/test/obj/%.o $(BUILD)/test/libclambda.a $(BUILD)/test/libcore.a
	@mkdir -p $(@D)
	@echo '  link  $@'
	$(Q)$(CC) $(LDFLAGS_test) -o $@ $^ -lcurl -lm

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- what a person asks for ----------------------------------------------------------------------

.PHONY: help setup build bootstraps tools examples tests run test unit clean
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(filter-out %.d,$(MAKEFILE_LIST))

setup: ## install every Debian package that is missing (infra/setup/apt-packages.txt)
	@infra/setup/install.sh

build: ## everything that ships: bootstraps, tools, examples
	@infra/setup/install.sh run
	@$(MAKE) --no-print-directory bootstraps tools examples
bootstraps: $(BOOTSTRAPS)
tools: $(TOOLS_BUILT)
examples: $(EXAMPLES:%=$(BUILD)/examples/%/bootstrap)
tests: $(ALL_TESTS:%=$(BUILD)/test/%) $(TEST_BOOTSTRAPS:%=$(BUILD)/test/%) $(if $(wildcard tests/conformance/probe.c),$(BUILD)/test/tests/conformance/probe)

# The first line says whether models are real, before the build has its say.
run: ## start all of it here, make a first plan, stay up
	@infra/local/run.sh --models
	@$(MAKE) --no-print-directory build
	@BUILD=$(BUILD) infra/local/run.sh

test: ## every test; ends with one line, N passed, 0 failed
	@infra/setup/install.sh run test browser
	@$(MAKE) --no-print-directory bootstraps tools examples tests
	@CLAMBDA_BUILD=$(BUILD) tests/run.sh

unit: ## the unit tests alone
	@infra/setup/install.sh run test
	@$(MAKE) --no-print-directory $(UNIT_TESTS:%=$(BUILD)/test/%)
	@CLAMBDA_BUILD=$(BUILD) tests/run.sh unit

# The servers of a `make run` that was killed would go on without their files; those of one that is up are its own.
clean: ## remove build/; the library cache stays
	@[ ! -e $(BUILD)/run/lock ] || flock --nonblock $(BUILD)/run/lock true || { echo 'clean: make run is up in this checkout; end it first' >&2; exit 1; }
	@[ ! -e $(BUILD)/run/db ] || infra/db/cluster.sh stop --data $(BUILD)/run/db
	@rm -rf $(BUILD)
