# OpenSSL: TLS 1.2 and 1.3, SHA, HMAC, RSA, ECDSA, Ed25519. Old ciphers, engines, loadable providers and configuration
# files are left out: smaller, 0.2 ms less to initialise, and nothing on disk can change what it does.
# openssldir is Amazon Linux's, where its CA bundle lies.
# no-autoload-config is not enough for the last: libpq asks for the file of openssldir, or of OPENSSL_CONF, by name.
sed -i 's/^    int ret = ossl_config_int(NULL);$/    int ret = 1;/w replaced' crypto/init.c
[ -s replaced ]
CC=$cc ./Configure "$openssl_target" --prefix=/usr --libdir=lib --openssldir=/etc/pki/tls \
    no-shared no-pic no-dso no-engine no-async no-afalgeng no-ktls no-tests no-legacy no-comp no-srp no-dtls no-ssl3 \
    no-idea no-seed no-camellia no-aria no-bf no-cast no-rc2 no-rc4 no-md4 no-mdc2 no-whirlpool no-sm2 no-sm3 no-sm4 \
    no-cms no-ts no-ct no-gost no-ui-console no-autoload-config no-secure-memory \
    $cflags
make -j"$jobs" build_libs
make DESTDIR="$stage" install_dev
rm -r "$stage/usr/lib/pkgconfig"
