/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/idn.h"

#include <stdlib.h>

static void domains(void)
{
	static const struct {
		const char *domain, *ascii;    /* NULL: none */
	} rows[] = {
		{ "", "" },
		{ "example.org", "example.org" },
		{ "EXAMPLE.org.", "EXAMPLE.org." },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ "bücher.example", "xn--bcher-kva.example" },
		{ "BÜCHER.example", "xn--bcher-kva.example" },
		{ "bu\xcc\x88" "cher.example", "xn--bcher-kva.example" },         /* composed to one letter */
		{ "straße.example", "xn--strae-oqa.example" },                     /* not strasse: that is another domain */
		{ "例え.テスト", "xn--r8jz45g.xn--zckzah" },
		{ "пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f" },
		{ "mail.bücher.example", "mail.xn--bcher-kva.example" },
		{ "bücher。example", "xn--bcher-kva.example" },                     /* U+3002 is a dot (UTS 46) */
		{ "_dmarc.bücher.example", "_dmarc.xn--bcher-kva.example" },
		{ "ü\xff.example", NULL },
		{ "\xc3.example", NULL },
		{ "☃\xe2\x80\x8b☃.example", NULL },
		{ "-ü.example", NULL },
		{ "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü.example", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		struct fault f = { 0 };
		buf_add_text(&out, "+");
		int result = idn_domain(span_of(rows[i].domain), &out, &f);
		is_int(result, rows[i].ascii ? 0 : -1, "%s", rows[i].domain);
		is_text(buf_text(&out) + 1, rows[i].ascii ? rows[i].ascii : "", "is %s", rows[i].ascii ? rows[i].ascii : "none");
		if (rows[i].ascii == NULL)
			ok(strcmp(f.status, "5.1.3") == 0 && f.text[0], "told: %s", f.text);
		buf_free(&out);
	}
}

static void long_domain(void)
{
	struct buf domain = { 0 }, out = { 0 };

	for (int i = 0; i < 2000; i++)
		buf_add_text(&domain, "ü.");
	is_int(idn_domain(buf_span(&domain), &out, NULL), -1, "a domain of %zu bytes", domain.len);
	is_int(idn_domain((struct span){ "ü\0.example", 11 }, &out, NULL), -1, "a NUL in it");
	buf_free(&domain);
	buf_free(&out);
}

static void addresses(void)
{
	static const struct {
		const char *address, *ascii;
	} rows[] = {
		{ "", "" },
		{ "root", "root" },
		{ "jörg", "jörg" },
		{ "me@example.org", "me@example.org" },
		{ "me@bücher.example", "me@xn--bcher-kva.example" },
		{ "jörg@bücher.example", "jörg@xn--bcher-kva.example" },
		{ "\"a@b\"@bücher.example", "\"a@b\"@xn--bcher-kva.example" },
		{ "me@[192.0.2.1]", "me@[192.0.2.1]" },
		{ "me@-ü.example", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		buf_add_text(&out, "+");
		is_int(idn_address(span_of(rows[i].address), &out, NULL), rows[i].ascii ? 0 : -1, "address %s", rows[i].address);
		is_text(buf_text(&out) + 1, rows[i].ascii ? rows[i].ascii : "", "its transcript");
		buf_free(&out);
	}
}

int main(void)
{
	tap_plan(61);
	domains();
	long_domain();
	addresses();
	return tap_done();
}
