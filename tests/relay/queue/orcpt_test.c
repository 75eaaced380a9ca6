/* SPDX-License-Identifier: ISC */
#include "relay/queue/orcpt.h"

#include "tests/tap.h"

static char long_one[] = "a-local-part-that-is-much-longer-than-any-that-works-"
	"........................................................................................................................"
	"........................................................................................................................"
	"........................................................................................................................"
	"........................................................................................................................";

static const struct { const char *name, *address, *want; } rows[] = {
	{ "an address",            "bob@example.net",   "rfc822;bob@example.net" },
	{ "a bare name",           "root",              "rfc822;root@example.org" },
	{ "an extension",          "bob+x=y@e.example", "rfc822;bob+2Bx+3Dy@e.example" },
	{ "a quoted local part",   "\"a b\"@e.example", "rfc822;\"a+20b\"@e.example" },
	{ "an address in UTF-8",   "b\303\274b@e.example", "" },
	{ "none",                  "",                  "" },
	{ "one that is too long",  long_one,            "" },
};

int main(void)
{
	tap_plan(7);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };

		orcpt_make(rows[i].address, "example.org", &out);
		is_text(buf_text(&out), rows[i].want, "%s", rows[i].name);
		buf_free(&out);
	}
	return tap_done();
}
