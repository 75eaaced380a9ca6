#include "base/https.h"

#include "base/https_url.h"
#include "base/secret.h"

#include <curl/curl.h>
#include <stdio.h>

struct receiving {
	struct buf *body;
	size_t max;
	bool too_long;
};

int https_prepare(struct fault *f)
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
static struct curl_slist *known_addresses(struct span host, uint16_t port, const struct text_list *addresses)
{
	struct buf line = { 0 };

	buf_printf(&line, "%.*s:%u:", (int)host.len, host.at, port);
	for (size_t i = 0; i < addresses->count; i++) {
		bool v6 = strchr(addresses->items[i], ':') != NULL;
		buf_printf(&line, "%s%s%s%s", i > 0 ? "," : "", v6 ? "[" : "", addresses->items[i], v6 ? "]" : "");
	}
	struct curl_slist *list = curl_slist_append(NULL, buf_text(&line));
	buf_free(&line);
	return list;
}

static void keep_type(const char *type, char out[HTTPS_TYPE_MAX])
{
	struct span parameters = span_of(type ? type : "");
	struct span bare = span_trim(span_cut(&parameters, ';'));

	snprintf(out, HTTPS_TYPE_MAX, "%.*s", (int)(bare.len < HTTPS_TYPE_MAX ? bare.len : HTTPS_TYPE_MAX - 1), bare.at);
	for (char *c = out; *c; c++)
		*c = byte_lower(*c);
}

static void set_options(CURL *curl, const struct https_question *what, const struct curl_blob *roots, char *detail)
{
	curl_easy_setopt(curl, CURLOPT_URL, what->url);
	if (what->port)
		curl_easy_setopt(curl, CURLOPT_PORT, (long)what->port);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, what->proxy ? what->proxy : "");
	curl_easy_setopt(curl, CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC);
	if (what->proxy && what->proxy_user) {
		curl_easy_setopt(curl, CURLOPT_PROXYUSERNAME, what->proxy_user);
		curl_easy_setopt(curl, CURLOPT_PROXYPASSWORD, what->proxy_password);
	}
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, roots);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)what->wait_ms);
	/* Others wait for the place: who is not there does not get all of the time. */
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)what->wait_ms / 4);
	if (what->form.at) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)what->form.len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, what->form.at);
	}
}

int https_ask(const struct https_question *what, struct https_answer *out, struct fault *f)
{
	struct curl_blob roots = { .data = (void *)(uintptr_t)what->roots.at, .len = what->roots.len, .flags = CURL_BLOB_NOCOPY };
	struct receiving r = { .body = &out->body, .max = what->bytes_max };
	struct curl_slist *addresses = NULL;
	char detail[CURL_ERROR_SIZE] = "", *type = NULL;
	struct https_url url;

	*out = (struct https_answer){ 0 };
	if (!https_url_read(span_of(what->url), &url))
		return fault_set(f, FAULT_TEMPORARY, "4.7.5", "\"%.200s\" is not the URL of an HTTPS server", what->url);
	if (what->addresses && what->addresses->count == 0)
		return fault_set(f, FAULT_TEMPORARY, "4.7.5", "%.*s has no address", (int)url.host.len, url.host.at);
	CURL *curl = curl_easy_init();
	if (curl == NULL)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "libcurl does not start");
	buf_reserve(&out->body, what->bytes_max);    /* one that grows leaves copies behind */
	set_options(curl, what, &roots, detail);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &r);
	if (what->addresses) {
		addresses = known_addresses(url.host, what->port ? what->port : url.port, what->addresses);
		curl_easy_setopt(curl, CURLOPT_RESOLVE, addresses);
	}
	CURLcode code = curl_easy_perform(curl);
	if (code == CURLE_OK) {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
		curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
		keep_type(type, out->type);
	} else if (r.too_long) {
		fault_set(f, FAULT_TEMPORARY, "4.7.5", "%s: longer than %zu bytes", what->url, r.max);
	} else {
		fault_set(f, FAULT_TEMPORARY, "4.7.5", "%s: %s", what->url, detail[0] ? detail : curl_easy_strerror(code));
	}
	curl_slist_free_all(addresses);
	curl_easy_cleanup(curl);
	if (code != CURLE_OK)
		https_answer_free(out);
	return code == CURLE_OK ? 0 : -1;
}

void https_answer_free(struct https_answer *a)
{
	secret_free(&a->body);
}
