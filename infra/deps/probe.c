/*
 * Links every library of infra/deps the way a bootstrap does and asks each for its version and for
 * one thing it must be able to do. `make deps-check` runs it, and then the checks of make package
 * on the file.
 */
#include <curl/curl.h>
#include <libpq-fe.h>
#include <lpsolve/lp_lib.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

static int complain(const char *what)
{
    (void)fprintf(stderr, "probe: %s\n", what);
    return 1;
}

static int has_https_only(void)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    int http = 0;
    int others = 0;

    for (const char *const *p = info->protocols; *p != NULL; p++) {
        int known = strcmp(*p, "http") == 0 || strcmp(*p, "https") == 0;
        http += known;
        others += !known;
    }
    return http == 2 && others == 0 && (info->features & CURL_VERSION_ASYNCHDNS) != 0;
}

/* What OpenSSL sets up takes 700 kB; libcurl by itself next to nothing. */
static int starts_without_tls(void)
{
    size_t before = mallinfo2().uordblks;
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK &&
           mallinfo2().uordblks - before < 16UL * 1024;
}

/* A configuration that OpenSSL would stumble over, if it looked at it. */
static int ignores_configuration(void)
{
    char path[] = "/tmp/clambda-probe-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        return 0;
    }
    int is_written = fputs("config_diagnostics = 1\nopenssl_conf = nowhere\n", file) >= 0;
    is_written &= fclose(file) == 0;
    is_written &= setenv("OPENSSL_CONF", path, 1) == 0;
    int ok = OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) == 1;
    (void)remove(path);
    return is_written && ok;
}

/* The algorithms that tokens are signed with, and TLS itself. */
static int has_signatures(void)
{
    static const char *const keys[] = {"RSA", "EC", "ED25519", "HMAC"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, keys[i], NULL);
        if (ctx == NULL) {
            return 0;
        }
        EVP_PKEY_CTX_free(ctx);
    }
    SSL_CTX *ssl = SSL_CTX_new(TLS_client_method());
    int has_tls13 = ssl != NULL && SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) == 1;
    SSL_CTX_free(ssl);
    return has_tls13;
}

/* Minimise x + 2y, x + y >= 2: 2, at x = 2. */
static int solves(void)
{
    double row[] = {0, 1, 1};
    double objective[] = {0, 1, 2};
    lprec *lp = make_lp(0, 2);

    set_verbose(lp, NEUTRAL);
    int ok = add_constraint(lp, row, GE, 2) && set_obj_fn(lp, objective) && solve(lp) == OPTIMAL &&
             get_objective(lp) > 1.999 && get_objective(lp) < 2.001;
    delete_lp(lp);
    return ok;
}

static int matches(void)
{
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR) "^\\p{Lu}+$", PCRE2_ZERO_TERMINATED, PCRE2_UTF,
                                     &error, &offset, NULL);

    if (code == NULL) {
        return 0;
    }
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int ok = pcre2_match(code, (PCRE2_SPTR) "\xc3\x84", 2, 0, 0, data, NULL) == 1;
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    return ok;
}

int main(void)
{
    char pcre2[64];

    if (!starts_without_tls()) {
        return complain("libcurl: curl_global_init sets OpenSSL up too");
    }
    if (!ignores_configuration()) {
        return complain("OpenSSL: reads a configuration file");
    }
    pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
    (void)printf("%s, libpq %d, PCRE2 %s\n", curl_version(), PQlibVersion(), pcre2);
    if (!has_https_only()) {
        return complain("libcurl: want http, https and the threaded resolver, nothing else");
    }
    if (!has_signatures()) {
        return complain("OpenSSL: a signature algorithm or TLS 1.3 is missing");
    }
    PGconn *db = PQconnectdb("host=127.0.0.1 port=1 sslmode=require connect_timeout=2");
    if (strstr(PQerrorMessage(db), "refused") == NULL) {
        return complain(PQerrorMessage(db)); /* built without TLS it would complain about sslmode */
    }
    PQfinish(db);
    if (!solves()) {
        return complain("lp_solve: wrong answer");
    }
    if (!matches()) {
        return complain("PCRE2: no Unicode properties");
    }
    curl_global_cleanup();
    return 0;
}
