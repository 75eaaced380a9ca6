#include "relay/sts/fetch.h"

#include <curl/curl.h>

struct receiving {
	struct buf *body;
	size_t max;
	bool too_long;
};

int fetch_prepare(struct fault *f)
{
	CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
	const char *library = curl_version_info(CURLVERSION_NOW)->ssl_version;

	if (code != CURLE_OK)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "libcurl does not start: %s", curl_easy_strerror(code));
	/* OpenSSL sees that a process is another one by its pid; others are told of it by fork(3) alone (relay/template.h). */
	if (library == NULL || strstr(library, "OpenSSL") == NULL)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "libcurl is built with %s, whose random numbers would be the same in every "
		                 "copy of this process: install the libcurl that is built with OpenSSL", library ? library : "no TLS");
	return 0;
}

static size_t receive_body(char *bytes, size_t one, size_t count, void *context)
{
	struct receiving *r = context;
	size_t len = one * count;

	if (len > r->max - r->body->len) {
		r->too_long = true;
		return 0;
	}
	buf_add(r->body, bytes, len);
	return len;
}

/* "HOST:PORT:ADDRESS,ADDRESS": what libcurl takes instead of asking. */
static struct curl_slist *known_addresses(const struct fetch *what)
{
	struct buf line = { 0 };

	buf_printf(&line, "%s:%u:", what->host, what->port);
	for (size_t i = 0; i < what->address_count; i++) {
		bool v6 = what->addresses[i].family == 6;
		buf_add_text(&line, i > 0 ? v6 ? ",[" : "," : v6 ? "[" : "");
		ip_address_print(&what->addresses[i], &line);
		buf_add_text(&line, v6 ? "]" : "");
	}
	struct curl_slist *list = curl_slist_append(NULL, buf_text(&line));
	buf_free(&line);
	return list;
}

static int judge_transfer(CURL *curl, CURLcode code, const char *detail, const struct receiving *r, const char *url,
                          struct fault *f)
{
	long status = 0;
	char *type = NULL;

	if (r->too_long)
		return fault_set(f, FAULT_TEMPORARY, "4.7.5", "%s: longer than %zu bytes", url, r->max);
	if (code != CURLE_OK)
		return fault_set(f, FAULT_TEMPORARY, "4.7.5", "%s: %s", url, detail[0] ? detail : curl_easy_strerror(code));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	if (status != 200)
		return fault_set(f, FAULT_TEMPORARY, "4.7.5", "%s: the server answers %ld, and only 200 is accepted", url, status);
	/* A server that lets its users upload files must not speak for the domain through one (RFC 8461 section 3.3). */
	struct span parameters = span_of(type ? type : "");
	if (!span_eq_nocase(span_trim(span_cut(&parameters, ';')), SPAN("text/plain")))
		return fault_set(f, FAULT_TEMPORARY, "4.7.5", "%s: it is of type %.100s and not text/plain", url,
		                 type ? type : "none");
	return 0;
}

int fetch_text(const struct fetch *what, struct buf *body, struct fault *f)
{
	struct curl_blob roots = { .data = (void *)(uintptr_t)what->roots.at, .len = what->roots.len, .flags = CURL_BLOB_NOCOPY };
	struct receiving r = { .body = body, .max = what->bytes_max };
	char detail[CURL_ERROR_SIZE] = "";
	struct buf url = { 0 };

	if (what->address_count == 0)
		return fault_set(f, FAULT_TEMPORARY, "4.7.5", "%s has no address", what->host);
	CURL *curl = curl_easy_init();
	if (curl == NULL)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "libcurl does not start");
	buf_printf(&url, "https://%s%s", what->host, what->path);
	struct curl_slist *addresses = known_addresses(what);
	curl_easy_setopt(curl, CURLOPT_URL, buf_text(&url));
	curl_easy_setopt(curl, CURLOPT_PORT, (long)what->port);
	curl_easy_setopt(curl, CURLOPT_RESOLVE, addresses);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &roots);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)what->wait_ms);
	/* Others wait for the place: who is not there does not get all of the time. */
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)what->wait_ms / 4);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &r);
	CURLcode code = curl_easy_perform(curl);
	int result = judge_transfer(curl, code, detail, &r, buf_text(&url), f);
	curl_slist_free_all(addresses);
	curl_easy_cleanup(curl);
	buf_free(&url);
	return result;
}
