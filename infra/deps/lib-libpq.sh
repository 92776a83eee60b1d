# libpq with TLS and SCRAM; no Kerberos, LDAP or compression. The "shlib" forms of pgcommon and pgport are the ones
# meant for libpq. Its install rules want the server built, so the few files are copied.
CC=$cc CFLAGS=$cflags CPPFLAGS="-I$stage/usr/include" LDFLAGS="-L$stage/usr/lib" LIBS=-lpthread ./configure \
    --host="$triplet" --prefix=/usr --sysconfdir=/etc/postgresql-common --with-ssl=openssl \
    --without-readline --without-zlib --without-icu --without-gssapi --without-ldap --without-pam --without-systemd \
    --without-libxml --without-llvm --without-lz4 --without-zstd --without-perl --without-python --without-tcl \
    --disable-nls --disable-rpath
make -j"$jobs" -C src/backend generated-headers
make -j"$jobs" -C src/common libpgcommon_shlib.a
make -j"$jobs" -C src/port libpgport_shlib.a
make -j"$jobs" -C src/interfaces/libpq libpq.a
# What pg_config prints: nobody asks, and it holds the paths of this build.
ar d src/common/libpgcommon_shlib.a config_info_shlib.o
cp src/interfaces/libpq/libpq.a src/common/libpgcommon_shlib.a src/port/libpgport_shlib.a "$stage/usr/lib/"
cp src/interfaces/libpq/libpq-fe.h src/interfaces/libpq/libpq-events.h src/include/postgres_ext.h \
    src/include/pg_config_ext.h "$stage/usr/include/"
