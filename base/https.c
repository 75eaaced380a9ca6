/* SPDX-License-Identifier: ISC */
#include "base/https.h"

#include "base/https_url.h"
#include "base/secret.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

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
	/* Others wait for the place: a server that is not there does not get all of the time. */
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)what->wait_ms / 4);
	if (what->form.at) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)what->form.len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, what->form.at);
	}
}

/* ---- one question ---- */

struct asking {
	CURL *curl;                          /* NULL: it was not begun */
	const struct https_question *what;
	struct https_answer *out;
	struct curl_blob roots;
	struct receiving receiving;
	struct curl_slist *addresses;
	char detail[CURL_ERROR_SIZE];
};

static int begin_asking(struct asking *a, const struct https_question *what, struct https_answer *out, struct fault *f)
{
	struct https_url url;

	*a = (struct asking){ .what = what, .out = out };
	*out = (struct https_answer){ 0 };
	if (!https_url_read(span_of(what->url), &url))
		return fault_set(f, FAULT_TEMPORARY, "4.7.5", "\"%.200s\" is not the URL of an HTTPS server", what->url);
	if (what->addresses && what->addresses->count == 0)
		return fault_set(f, FAULT_TEMPORARY, "4.7.5", "%.*s has no address", (int)url.host.len, url.host.at);
	a->curl = curl_easy_init();
	if (a->curl == NULL)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "libcurl does not start");
	buf_reserve(&out->body, what->bytes_max);    /* one that grows leaves copies behind */
	a->roots = (struct curl_blob){ .data = (void *)(uintptr_t)what->roots.at, .len = what->roots.len, .flags = CURL_BLOB_NOCOPY };
	a->receiving = (struct receiving){ .body = &out->body, .max = what->bytes_max };
	set_options(a->curl, what, &a->roots, a->detail);
	curl_easy_setopt(a->curl, CURLOPT_WRITEFUNCTION, receive_body);
	curl_easy_setopt(a->curl, CURLOPT_WRITEDATA, &a->receiving);
	if (what->addresses) {
		a->addresses = known_addresses(url.host, what->port ? what->port : url.port, what->addresses);
		curl_easy_setopt(a->curl, CURLOPT_RESOLVE, a->addresses);
	}
	return 0;
}

static int end_asking(struct asking *a, CURLcode code, struct fault *f)
{
	char *type = NULL;

	if (code == CURLE_OK) {
		curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &a->out->status);
		curl_easy_getinfo(a->curl, CURLINFO_CONTENT_TYPE, &type);
		/* Without its parameters, in lower case. */
		struct span parameters = span_of(type ? type : ""), bare = span_trim(span_cut(&parameters, ';'));
		snprintf(a->out->type, HTTPS_TYPE_MAX, "%.*s", (int)(bare.len < HTTPS_TYPE_MAX ? bare.len : HTTPS_TYPE_MAX - 1), bare.at);
		for (char *c = a->out->type; *c; c++)
			*c = byte_lower(*c);
	} else if (a->receiving.too_long) {
		fault_set(f, FAULT_TEMPORARY, "4.7.5", "%s: longer than %zu bytes", a->what->url, a->receiving.max);
	} else {
		a->out->untrusted = code == CURLE_PEER_FAILED_VERIFICATION;
		fault_set(f, FAULT_TEMPORARY, "4.7.5", "%s: %s", a->what->url, a->detail[0] ? a->detail : curl_easy_strerror(code));
	}
	curl_slist_free_all(a->addresses);
	curl_easy_cleanup(a->curl);
	a->curl = NULL;
	if (code != CURLE_OK)
		https_answer_free(a->out);
	return code == CURLE_OK ? 0 : -1;
}

int https_ask(const struct https_question *what, struct https_answer *out, struct fault *f)
{
	struct asking a;

	if (begin_asking(&a, what, out, f) < 0)
		return -1;
	return end_asking(&a, curl_easy_perform(a.curl), f);
}

/* ---- several ---- */

void https_ask_all(const struct https_question *what, struct https_answer *out, struct fault *faults, size_t count)
{
	struct asking *all = mem_alloc((count + 1) * sizeof *all);
	CURLM *multi = curl_multi_init();
	int running = 0, left;

	for (size_t i = 0; i < count; i++) {
		faults[i] = (struct fault){ 0 };
		if (begin_asking(&all[i], &what[i], &out[i], &faults[i]) == 0 && multi) {
			curl_easy_setopt(all[i].curl, CURLOPT_PRIVATE, &all[i]);
			curl_multi_add_handle(multi, all[i].curl);
		}
	}
	do {
		CURLMcode code = curl_multi_perform(multi, &running);
		for (CURLMsg *m; (m = curl_multi_info_read(multi, &left)) != NULL;) {
			struct asking *a = NULL;
			if (m->msg != CURLMSG_DONE)
				continue;
			CURLcode result = m->data.result;
			curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &a);
			curl_multi_remove_handle(multi, a->curl);
			end_asking(a, result, &faults[a - all]);
		}
		if (code != CURLM_OK)
			break;
	} while (running > 0 && curl_multi_poll(multi, NULL, 0, 1000, NULL) == CURLM_OK);     /* each has a time-out of its own */
	for (size_t i = 0; i < count; i++)
		if (all[i].curl) {
			curl_multi_remove_handle(multi, all[i].curl);
			end_asking(&all[i], CURLE_FAILED_INIT, &faults[i]);
		}
	curl_multi_cleanup(multi);
	free(all);
}

void https_answer_free(struct https_answer *a)
{
	secret_free(&a->body);
}
