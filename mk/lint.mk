# Checks that need no run: layout, clang-tidy, both compilers, gcc's analyzer, forbidden calls, the template.
# A file that passed is not checked again until it, a header it includes, or the rules change (build/lint/*.ok).

LINT_FOLDERS := $(wildcard runtime shared functions infra tests)
LINT_C := $(shell find $(LINT_FOLDERS) -name '*.c' -not -path '*/node_modules/*' 2>/dev/null)
LINT_H := $(shell find $(LINT_FOLDERS) -name '*.h' -not -path '*/node_modules/*' 2>/dev/null)
LINT_OK = $(patsubst %,$(BUILD)/lint/%.ok,$(LINT_H) $(LINT_C))
LINT_CFLAGS = $(CSTD) $(INCLUDES) $(VERSION_FLAGS) $(DEPS_CFLAGS) -isystem /usr/include/postgresql

.PHONY: lint lint-c lint-files lint-template lint-check

lint: lint-check lint-c lint-template ## layout, clang-tidy, analyzer, forbidden calls, template.yaml

# -k: a person wants all the files that fail, not the first.
lint-c: $(DEPS_STAMP)
	@$(MAKE) -k --no-print-directory lint-files
	@echo "lint-c: $(words $(LINT_C)) sources and $(words $(LINT_H)) headers pass"

lint-files: $(LINT_OK)

$(BUILD)/lint/runtime/examples/%.ok: LINT_CFLAGS += -Iruntime

$(BUILD)/lint/%.h.ok: %.h .clang-format infra/setup/forbidden.sh
	@mkdir -p $(@D)
	@clang-format --dry-run -Werror $<
	@infra/setup/forbidden.sh $<
	@touch $@

$(BUILD)/lint/%.c.ok: %.c .clang-format .clang-tidy infra/setup/forbidden.sh | $(DEPS_STAMP)
	@mkdir -p $(@D)
	@echo "lint $<"
	@clang-format --dry-run -Werror $<
	@infra/setup/forbidden.sh $<
	@gcc $(LINT_CFLAGS) $(WARN) -O2 -fanalyzer -MMD -MP -MF $(@:.ok=.d) -MT $@ -c $< -o /dev/null
	@clang $(LINT_CFLAGS) $(WARN) -fsyntax-only $<
	@clang-tidy --quiet $< -- $(LINT_CFLAGS) 2>$(@:.ok=.log) || { cat $(@:.ok=.log) >&2; exit 1; }
	@touch $@

-include $(patsubst %,$(BUILD)/lint/%.d,$(LINT_C))

lint-check: ## tests of the lint scripts themselves
	@mkdir -p $(BUILD)
	@infra/setup/forbidden_test.sh >$(BUILD)/forbidden_test.log || { cat $(BUILD)/forbidden_test.log; exit 1; }

lint-template: $(BUILD)/lint/template.ok

# Linting needs a region (any) and no account.
$(BUILD)/lint/template.ok: template.yaml samconfig.toml infra/setup/requirements.txt infra/setup/venv.sh
	@mkdir -p $(@D)
	@venv=$$(infra/setup/venv.sh) && export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 && \
	    "$$venv/bin/sam" validate --lint --template template.yaml && \
	    "$$venv/bin/cfn-lint" --template template.yaml
	@echo "lint-template: template.yaml passes sam validate --lint and cfn-lint"
	@touch $@
