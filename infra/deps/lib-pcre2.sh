# PCRE2, 8-bit code units. No JIT: it maps memory writable and executable, and its match limit counts differently.
CC=$cc CFLAGS=$cflags ./configure --host="$triplet" --prefix=/usr --disable-shared --enable-static --disable-dependency-tracking \
    --disable-jit --enable-unicode --disable-pcre2grep-libz --disable-pcre2grep-libbz2 --disable-pcre2test-libreadline
make -j"$jobs" libpcre2-8.la
make DESTDIR="$stage" install-libLTLIBRARIES install-nodist_includeHEADERS lib_LTLIBRARIES=libpcre2-8.la
