# One deterministic zip a function, checked; and the targets that `sam build` calls (Metadata: BuildMethod: makefile).

PACKAGES = $(patsubst functions/%/main.c,$(BUILD)/package/%.zip,$(wildcard functions/*/main.c))

# Where the tree and the build folder lie must not show in what ships: debug data names them, and the build id is a
# hash over debug data too. (The link compiles, with -flto.)
SAME_PATHS = -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(BUILD)/deps=deps
CFLAGS_release  += $(SAME_PATHS)
LDFLAGS_release += $(SAME_PATHS)

.PHONY: package package-check package-report

package: package-report ## one deterministic zip per function, checked for Amazon Linux 2023

# What a function that is gone has left there would be taken for one of today's.
package-report: $(PACKAGES)
	@rm -f $(filter-out $(PACKAGES),$(wildcard $(BUILD)/package/*.zip))
	@infra/package/check.sh $(PACKAGES:$(BUILD)/package/%.zip=$(BUILD)/release/functions/%/bootstrap)
	@for zip in $(PACKAGES); do \
	    printf '%10d  %s  %s\n' "$$(stat -c %s $$zip)" "$$(sha256sum <$$zip | cut -c1-64)" "$$zip"; \
	done

$(BUILD)/package/%.zip: $(BUILD)/release/functions/%/bootstrap infra/package/zip.sh infra/package/check.sh
	@infra/package/check.sh $< >/dev/null
	@infra/package/zip.sh $< $@

# Compiles everything a second time, elsewhere: dates, paths or an order of files that crept in would show.
package-check: package ## tests of the checks, and a second build from nothing that must give the same bytes
	@infra/package/check_test.sh >$(BUILD)/check_test.log || { cat $(BUILD)/check_test.log; exit 1; }
	@rm -rf $(BUILD)/again
	@mkdir -p $(BUILD)/again/package && touch $(BUILD)/again/package/gone.zip
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/again package >/dev/null
	@test ! -e $(BUILD)/again/package/gone.zip || { echo "package-check: the zip of a function that is gone stays" >&2; exit 1; }
	@for zip in $(PACKAGES); do \
	    cmp $$zip $(BUILD)/again/package/$$(basename $$zip) || exit 1; \
	done
	@rm -rf $(BUILD)/again
	@echo "package-check: $(words $(PACKAGES)) packages, the same bytes when built again"

# build-PlanGeneratorFunction: the function's folder is its logical id in lower case, dashes between words. SAM sets
# ARTIFACTS_DIR. With --parallel it asks for several at once, and two makes in one tree must not meet.
build-%Function:
	@test -n "$(ARTIFACTS_DIR)" || { echo "$@ is for sam build, which sets ARTIFACTS_DIR" >&2; exit 1; }
	@mkdir -p $(BUILD) "$(ARTIFACTS_DIR)"
	@name=$$(printf '%s' '$*' | sed 's/\([A-Z]\)/-\L\1/g; s/^-//') && \
	    flock $(BUILD)/sam.lock $(MAKE) --no-print-directory $(BUILD)/release/functions/$$name/bootstrap && \
	    infra/package/check.sh $(BUILD)/release/functions/$$name/bootstrap && \
	    cp $(BUILD)/release/functions/$$name/bootstrap "$(ARTIFACTS_DIR)/bootstrap"
