/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/https_url.h"

static const struct {
	const char *text;
	const char *host;        /* NULL: it is none */
	unsigned port;
	const char *path;
} rows[] = {
	{ "https://oauth2.googleapis.com/token", "oauth2.googleapis.com", 443, "/token" },
	{ "HTTPS://login.example/a/b?c=d&e=%20", "login.example", 443, "/a/b?c=d&e=%20" },
	{ "https://login.example:8443/", "login.example", 8443, "/" },
	{ "https://login.example", "login.example", 443, "/" },
	{ "https://127.0.0.1:9/x", "127.0.0.1", 9, "/x" },
	{ "https://under_score.example/", "under_score.example", 443, "/" },
	{ "http://login.example/token", NULL, 0, NULL },
	{ "ftp://login.example/", NULL, 0, NULL },
	{ "login.example/token", NULL, 0, NULL },
	{ "", NULL, 0, NULL },
	{ "https://", NULL, 0, NULL },
	{ "https:///token", NULL, 0, NULL },
	{ "https://me@login.example/", NULL, 0, NULL },
	{ "https://me:pw@login.example/", NULL, 0, NULL },
	{ "https://login.example:/", NULL, 0, NULL },
	{ "https://login.example:0/", NULL, 0, NULL },
	{ "https://login.example:65536/", NULL, 0, NULL },
	{ "https://login.example:99x/", NULL, 0, NULL },
	{ "https://[2001:db8::1]/", NULL, 0, NULL },
	{ "https://login.example/a b", NULL, 0, NULL },
	{ "https://login.example/a\r\nHost: evil", NULL, 0, NULL },
	{ "https://login.example/#fragment", NULL, 0, NULL },
	{ "https://login.example/\\", NULL, 0, NULL },
	{ "https://-o/", NULL, 0, NULL },
	{ "https://login.example?x=/", NULL, 0, NULL },
};

int main(void)
{
	struct buf form = { 0 };

	tap_plan(TAP_ROWS(rows) + 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct https_url url = { 0 };
		bool is = https_url_read(span_of(rows[i].text), &url);
		bool good = is == (rows[i].host != NULL);
		if (is && good)
			good = span_eq(url.host, span_of(rows[i].host)) && url.port == rows[i].port && span_eq(url.path, span_of(rows[i].path));
		ok(good, "\"%s\"", rows[i].text);
	}
	https_form_add(&form, "scope", SPAN("https://mail.example/ offline_access"));
	https_form_add(&form, "odd", SPAN("a&b=c+d%\xc3\xa9\0~"));
	is_text(buf_text(&form), "scope=https%3A%2F%2Fmail.example%2F%20offline_access&odd=a%26b%3Dc%2Bd%25%C3%A9%00%7E", "a form");
	buf_free(&form);
	return tap_done();
}
