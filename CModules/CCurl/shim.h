#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H
#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import: one function for
// each type of argument. The parentheses keep out curl's macros of the same names.

static inline CURLcode standpipe_curl_set_string(CURL *curl, CURLoption option, const char *value) {
    return (curl_easy_setopt)(curl, option, value);
}

static inline CURLcode standpipe_curl_set_long(CURL *curl, CURLoption option, long value) {
    return (curl_easy_setopt)(curl, option, value);
}

static inline CURLcode standpipe_curl_set_size(CURL *curl, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(curl, option, value);
}

static inline CURLcode standpipe_curl_set_pointer(CURL *curl, CURLoption option, void *value) {
    return (curl_easy_setopt)(curl, option, value);
}

static inline CURLcode standpipe_curl_set_list(CURL *curl, CURLoption option,
                                               struct curl_slist *value) {
    return (curl_easy_setopt)(curl, option, value);
}

static inline CURLcode standpipe_curl_set_read(CURL *curl, CURLoption option,
                                               curl_read_callback value) {
    return (curl_easy_setopt)(curl, option, value);
}

static inline CURLcode standpipe_curl_set_write(CURL *curl, CURLoption option,
                                                curl_write_callback value) {
    return (curl_easy_setopt)(curl, option, value);
}

static inline CURLcode standpipe_curl_set_debug(CURL *curl, CURLoption option,
                                                curl_debug_callback value) {
    return (curl_easy_setopt)(curl, option, value);
}

static inline CURLcode standpipe_curl_set_progress(CURL *curl, CURLoption option,
                                                   curl_xferinfo_callback value) {
    return (curl_easy_setopt)(curl, option, value);
}

static inline CURLcode standpipe_curl_get_long(CURL *curl, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(curl, info, value);
}

static inline CURLcode standpipe_curl_get_size(CURL *curl, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(curl, info, value);
}

// An enumeration's values up to curl 8.12, macros of type long later.
static const long standpipe_curl_use_ssl_none = CURLUSESSL_NONE;
static const long standpipe_curl_use_ssl_all = CURLUSESSL_ALL;

// CURL_GLOBAL_ALL is a macro that Swift does not import.
static inline CURLcode standpipe_curl_global_start(void) {
    return curl_global_init(CURL_GLOBAL_ALL);
}
#endif
