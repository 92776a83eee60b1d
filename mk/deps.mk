# The static libraries of infra/deps, and how to link them.
#
# A program that links any of them depends on $(DEPS_STAMP); what includes their headers has it as an order-only
# prerequisite. $(DEPS_PREFIX) is a symbolic link into the cache: it is touched only when the libraries change, so
# a second make relinks nothing, and a new OpenSSL relinks everything.
#
# Static libraries are named by path: with -l the linker would quietly take Debian's shared one.

DEPS_PREFIX = $(BUILD)/deps
DEPS_STAMP  = $(BUILD)/deps.stamp
DEPS_CFLAGS = -isystem $(DEPS_PREFIX)/include

SSL_LIBS   = $(DEPS_PREFIX)/lib/libssl.a $(DEPS_PREFIX)/lib/libcrypto.a
CRYPTO_LIBS = $(DEPS_PREFIX)/lib/libcrypto.a
CURL_LIBS  = $(DEPS_PREFIX)/lib/libcurl.a $(SSL_LIBS)
# Instead of CURL_LIBS, for a program that uses the runtime alone: HTTP without TLS.
PLAIN_CURL_LIBS = $(DEPS_PREFIX)/lib/libcurl-plain.a
PG_LIBS    = $(DEPS_PREFIX)/lib/libpq.a $(DEPS_PREFIX)/lib/libpgcommon_shlib.a \
             $(DEPS_PREFIX)/lib/libpgport_shlib.a $(SSL_LIBS)
PCRE2_LIBS = $(DEPS_PREFIX)/lib/libpcre2-8.a
# Debian's own: compiled position independent, and they need glibc alone.
LP_LIBS    = -l:liblpsolve55.a -l:libcolamd.a -l:libsuitesparseconfig.a -lm
# Closes every link: nothing but glibc may stay dynamic.
DEPS_LDFLAGS = -static-libgcc -Wl,--gc-sections

.PHONY: deps deps-check deps-force

deps: $(DEPS_STAMP) ## builds the static libraries (once; kept in a cache outside the tree)

# deps-force makes the script look each time (10 ms); the stamp's date moves only if the link does.
$(DEPS_STAMP): deps-force
	@mkdir -p $(BUILD)
	@infra/deps/build.sh --link $(DEPS_PREFIX)
	@readlink $(DEPS_PREFIX) | cmp -s - $@ || readlink $(DEPS_PREFIX) >$@

$(BUILD)/deps-probe: infra/deps/probe.c $(DEPS_STAMP)
	@gcc -std=c17 -D_GNU_SOURCE -O2 -fPIE $(DEPS_CFLAGS) $< -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed \
	    $(DEPS_LDFLAGS) $(CURL_LIBS) $(PG_LIBS) $(PCRE2_LIBS) $(LP_LIBS) -o $@

deps-check: $(BUILD)/deps-probe ## links every static library into one program, runs it, checks it as make package does
	@$<
	@infra/package/check.sh $<
