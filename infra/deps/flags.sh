# Flags common to the recipes lib-*.sh, which build.sh runs inside the unpacked source with these variables set:
#   stage  install here (DESTDIR): everything is configured for /usr, so no path of the building machine gets in
#   cc, jobs
#
# -fPIE: the bootstraps are position independent. Sections let the linker drop what a function does not use.
# -O2 and not -Os: SCRAM and TLS cost 5.6 ms of CPU a connection at -Os, 4.4 ms at -O2, for 0.16 MB of zip.
# No -g: nobody debugs OpenSSL in a Lambda, and debug data would hold paths.
hardening='-fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2'
case $(uname -m) in
    x86_64)
        hardening="$hardening -fcf-protection"
        openssl_target=linux-x86_64
        triplet=x86_64-linux-gnu
        ;;
    aarch64)
        hardening="$hardening -mbranch-protection=standard"
        openssl_target=linux-aarch64
        triplet=aarch64-linux-gnu
        ;;
    *)
        echo "no recipe for architecture $(uname -m): Lambda has x86_64 and aarch64" >&2
        exit 1
        ;;
esac
cflags="-O2 -fPIE -ffunction-sections -fdata-sections $hardening"

# Compiled-in dates would make each build differ.
export SOURCE_DATE_EPOCH=1577836800

# Amazon Linux 2023 has glibc 2.34; these came later (arc4random 2.36, strlcpy 2.38), so no configure may find them.
export ac_cv_func_arc4random=no ac_cv_func_arc4random_buf=no ac_cv_func_strlcpy=no ac_cv_func_strlcat=no

# No configure may look at the machine's own libraries. (OpenSSL's .pc file would not help either: it says /usr.)
export PKG_CONFIG=/bin/false

# What both builds of libcurl leave out: every protocol but HTTP, and what a function has no use for.
# Threaded resolver: without it a lookup that hangs ignores every timeout of the transfer. It starts no thread for a
# literal address, so the Runtime API loop stays single-threaded.
curl_options="--disable-shared --enable-static --disable-dependency-tracking --enable-symbol-hiding
    --without-zlib --without-brotli --without-zstd --without-libpsl --without-libidn2 --without-nghttp2
    --without-librtmp --without-libssh2 --without-libgsasl
    --disable-ldap --disable-ldaps --disable-ftp --disable-file --disable-rtsp --disable-dict --disable-telnet
    --disable-tftp --disable-pop3 --disable-imap --disable-smb --disable-smtp --disable-gopher --disable-mqtt
    --disable-manual --disable-libcurl-option --enable-threaded-resolver
    --disable-ntlm --disable-ntlm-wb --disable-tls-srp --disable-alt-svc --disable-hsts --disable-netrc --disable-doh
    --disable-dateparse --disable-progress-meter --disable-unix-sockets --disable-cookies --disable-mime"
