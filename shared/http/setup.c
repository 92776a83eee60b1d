/*
 * What libcurl is told about connections, be they for http_send or for a stream.
 */
#include "shared/http/internal.h"

#include <openssl/ssl.h>

void http_set_long(struct http_setup *s, CURLoption option, long value)
{
    s->refused |= curl_easy_setopt(s->curl, option, value) != CURLE_OK;
}

void http_set_text(struct http_setup *s, CURLoption option, const char *value)
{
    s->refused |= curl_easy_setopt(s->curl, option, value) != CURLE_OK;
}

void http_set_pointer(struct http_setup *s, CURLoption option, void *value)
{
    s->refused |= curl_easy_setopt(s->curl, option, value) != CURLE_OK;
}

static const struct {
    CURLoption option;
    long value;
} settings[] = {
    {CURLOPT_NOSIGNAL, 1},
    /* A resolver that hangs is left behind in its thread; libcurl would wait for it at the end of
     * the transfer, whatever the timeout. */
    {CURLOPT_QUICK_EXIT, 1},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_MAXCONNECTS, 4},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_CA_CACHE_TIMEOUT, 0}, /* the roots are kept here */
};

/* ---- whom to trust --------------------------------------------------------------------------- */

/* The flags are those that libcurl sets on a store of its own. */
static X509_STORE *roots_load(const char *file)
{
    X509_STORE *store = X509_STORE_new();
    if (store != NULL &&
        (X509_STORE_load_file(store, file) != 1 ||
         X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN) != 1)) {
        X509_STORE_free(store);
        store = NULL;
    }
    return store;
}

/* Parsed once, unless another file is asked for. */
static X509_STORE *roots_get(struct http *http)
{
    const char *file = http_roots_file();
    if (file == NULL) {
        return NULL;
    }
    if (http->roots == NULL || !str_eq(http->roots_file, str_from_cstr(file))) {
        X509_STORE_free(http->roots);
        http->roots = roots_load(file);
        http->roots_file = arena_str_copy(&http->arena, str_from_cstr(file));
    }
    return http->roots;
}

/*
 * Called before each handshake. libcurl keeps parsed roots per handle, and each connection of a
 * stream has a handle of its own: 20 ms each. So one store serves them all.
 */
static CURLcode roots_give(CURL *curl, void *ssl_ctx, void *user)
{
    (void)curl;
    X509_STORE *roots = roots_get(user);
    if (roots == NULL) {
        return CURLE_SSL_CACERT_BADFILE;
    }
    SSL_CTX_set1_cert_store(ssl_ctx, roots);
    return CURLE_OK;
}

void http_set_connection(struct http_setup *s, struct http *http, bool plain_if_local)
{
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        http_set_long(s, settings[i].option, settings[i].value);
    }
    http_set_text(s, CURLOPT_PROTOCOLS_STR, plain_if_local ? "http,https" : "https");
    if (!http->use_proxies) {
        http_set_text(s, CURLOPT_NOPROXY, "*");
    }
    http_set_text(s, CURLOPT_CAINFO, NULL);
    http_set_text(s, CURLOPT_CAPATH, NULL);
    s->refused |= curl_easy_setopt(s->curl, CURLOPT_SSL_CTX_FUNCTION, roots_give) != CURLE_OK;
    http_set_pointer(s, CURLOPT_SSL_CTX_DATA, http);
}
