/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/log_addresses.h"

static const struct {
	const char *line, *domain, *hash;
} rows[] = {
	{ "", "", "" },
	{ "no address, a@ @b @", "no address, a@ @b @", "no address, a@ @b @" },
	{ "1A: from=<a@b.example>, size=1", "1A: from=<*@b.example>, size=1", "1A: from=<ebb18a030bf15174>, size=1" },
	{ "1A: from=<>, size=1", "1A: from=<>, size=1", "1A: from=<>, size=1" },
	{ "1A: uid=0 from=<root>", "1A: uid=0 from=<*>", "1A: uid=0 from=<4813494d137e1631>" },
	{ "1A: to=<A@B.example>, orig_to=<\"x y\"@b.example>, relay=mx[192.0.2.1]:25", "1A: to=<*@B.example>, orig_to=<*@b.example>, "
	  "relay=mx[192.0.2.1]:25", "1A: to=<ebb18a030bf15174>, orig_to=<dc1590893e36c0cc>, relay=mx[192.0.2.1]:25" },
	{ "1A: message-id=<a@b.example>", "1A: message-id=<a@b.example>", "1A: message-id=<a@b.example>" },
	{ "(mx said: 550 <a@b.example>: no a@b.example. (in reply)", "(mx said: 550 <*@b.example>: no *@b.example. (in reply)",
	  "(mx said: 550 <ebb18a030bf15174>: no ebb18a030bf15174. (in reply)" },
	{ "\"a@b.example\" went", "\"*@b.example\" went", "\"ebb18a030bf15174\" went" },
	{ "to=<a@b.example", "to=<*@b.example", "to=<ebb18a030bf15174" },
	{ "to=<", "to=<", "to=<" },
	{ "a@b.example", "*@b.example", "ebb18a030bf15174" },
	{ "via isp.example; 1 x", "via isp.example; 1 x", "via isp.example; 1 x" },
};

int main(void)
{
	tap_plan(3 * TAP_ROWS(rows) + 3);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *wants[] = { rows[i].line, rows[i].domain, rows[i].hash };
		for (int how = LOG_ADDRESSES_FULL; how <= LOG_ADDRESSES_HASH; how++) {
			struct buf got = { 0 };
			log_addresses_hide((enum log_addresses)how, span_of(rows[i].line), &got);
			is_text(buf_text(&got), wants[how], "%d: %s", how, rows[i].line);
			buf_free(&got);
		}
	}
	is_int(log_addresses_named("full"), LOG_ADDRESSES_FULL, "full");
	is_int(log_addresses_named("domain"), LOG_ADDRESSES_DOMAIN, "domain");
	is_int(log_addresses_named("hash"), LOG_ADDRESSES_HASH, "hash");
	return tap_done();
}
