# libcurl for a program that talks to Lambda's local APIs and to nobody else: HTTP without TLS, so that OpenSSL stays out
# of the bootstrap; no authentication, no signatures. A program chooses by the file's name; the headers are lib-curl.sh's.
CC=$cc CFLAGS=$cflags LIBS=-lpthread ./configure --host="$triplet" --prefix=/usr $curl_options \
    --without-ssl --disable-http-auth --disable-crypto-auth --disable-aws --disable-headers-api --disable-websockets \
    --disable-get-easy-options
make -j"$jobs" -C lib
cp lib/.libs/libcurl.a "$stage/usr/lib/libcurl-plain.a"
