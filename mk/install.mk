# The runtime as a library for programs elsewhere: headers, one archive, two files for pkg-config.
#
#   make install [PREFIX=/usr/local] [DESTDIR=]     make uninstall
#
# clambda.pc        links the system's libcurl: for a program that uses libcurl itself
# clambda-plain.pc  links the libcurl of infra/deps without TLS, statically: nothing shared but glibc

PREFIX      ?= /usr/local
INCLUDE_DIR := include/clambda
LIB_DIR     := lib
PC_DIR      := lib/pkgconfig
INSTALLED    = $(DESTDIR)$(abspath $(PREFIX))

INSTALL_HEADERS := $(wildcard runtime/lambda*.h shared/base/*.h shared/json/*.h shared/log/*.h)
INSTALL_LIB     := $(BUILD)/install/libclambda.a
INSTALL_SOURCES  = $(RUNTIME_SOURCES) $(filter shared/base/% shared/json/% shared/log/% shared/http1/%,$(CORE_SOURCES))

.SECONDEXPANSION:

# Made anew each time: a source that is gone must leave it. Without the compiler's intermediate code and debug data, for
# another version of gcc must be able to link it. What no header declares gets a name that no program has.
$(INSTALL_LIB): $$(call OBJECTS,release,$$(INSTALL_SOURCES)) install-always
	@mkdir -p $(@D) && rm -f $@
	@gcc-ar rcs $@ $(filter %.o,$^)
	@objcopy --wildcard --remove-section='.gnu.*lto*' --strip-debug $@
	@infra/package/private.sh $@ $(INSTALL_HEADERS) >$@.private && objcopy --redefine-syms=$@.private $@

$(BUILD)/install/%.pc: runtime/%.pc.in install-always
	@mkdir -p $(@D)
	@sed 's|@PREFIX@|$(abspath $(PREFIX))|; s|@VERSION@|$(VERSION)|' $< >$@

.PHONY: install uninstall install-always

# The public headers lie in one folder, so that one -I serves <lambda.h> and <lambda_sim.h> alike.
install: $(INSTALL_LIB) $(BUILD)/install/clambda.pc $(BUILD)/install/clambda-plain.pc $(DEPS_STAMP) ## the runtime as a library: PREFIX=/usr/local, DESTDIR=
	@install -d $(INSTALLED)/$(INCLUDE_DIR) $(INSTALLED)/$(LIB_DIR)/clambda $(INSTALLED)/$(PC_DIR)
	@for header in $(INSTALL_HEADERS); do \
	    infra/package/header.sh $$header >$(BUILD)/install/header && \
	    install -D -m 644 $(BUILD)/install/header $(INSTALLED)/$(INCLUDE_DIR)/$${header#runtime/} || exit 1; \
	done
	@install -m 644 $(INSTALL_LIB) $(INSTALLED)/$(LIB_DIR)/libclambda.a
	@install -m 644 $(PLAIN_CURL_LIBS) $(INSTALLED)/$(LIB_DIR)/clambda/libcurl-plain.a
	@install -m 644 $(BUILD)/install/clambda.pc $(BUILD)/install/clambda-plain.pc $(INSTALLED)/$(PC_DIR)/
	@echo '  install  $(INSTALLED)'

uninstall: ## takes away what install put there, with the same PREFIX and DESTDIR
	@rm -rf $(INSTALLED)/$(INCLUDE_DIR) $(INSTALLED)/$(LIB_DIR)/clambda
	@rm -f $(INSTALLED)/$(LIB_DIR)/libclambda.a $(INSTALLED)/$(PC_DIR)/clambda.pc $(INSTALLED)/$(PC_DIR)/clambda-plain.pc
