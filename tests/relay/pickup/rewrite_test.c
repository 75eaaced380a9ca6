/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/pickup/rewrite.h"

#include <stdlib.h>

/* Senders as they leave a host. */
static const struct row {
	const char *name, *hostname, *domain, *key, *address, *want;
} rows[] = {
	{ "a bare one", "web1.example.org", "example.org", "", "root", "root@example.org" },
	{ "hostname below domain", "web1.example.org", "example.org", "", "root@Web1.Example.org", "root@example.org" },
	{ "its first label", "web1.example.org", "example.org", "", "root@web1", "root@example.org" },
	{ "localhost", "web1.example.org", "example.org", "", "root@localhost", "root@example.org" },
	{ "localhost.localdomain", "web1.example.org", "example.org", "", "root@localhost.localdomain", "root@example.org" },
	{ "an address of this host", "web1.example.org", "example.org", "", "root@[127.0.0.1]", "root@example.org" },
	{ "hostname with a key of its own", "web1.example.org", "example.org", "web1.example.org", "root@web1.example.org",
	  "root@web1.example.org" },
	{ "a key for domain is none", "web1.example.org", "example.org", "example.org", "root@web1.example.org", "root@example.org" },
	{ "hostname that is domain", "example.org", "example.org", "", "root@example.org", "root@example.org" },
	{ "hostname elsewhere", "host.example.net", "example.org", "", "root@host.example.net", "root@host.example.net" },
	{ "no label border", "webexample.org", "example.org", "", "root@webexample.org", "root@webexample.org" },
	{ "another host below domain", "web1.example.org", "example.org", "", "root@web2.example.org", "root@web2.example.org" },
	{ "the null sender", "web1.example.org", "example.org", "", "", "" },
};

static void check_row(const struct row *row)
{
	static struct dkim_key key;
	struct settings s = { .hostname = (char *)(uintptr_t)row->hostname, .domain = (char *)(uintptr_t)row->domain,
		.from = (char *)(uintptr_t)"" };

	key.domain = (char *)(uintptr_t)row->key;
	if (row->key[0]) {
		s.dkim = &key;
		s.dkim_count = 1;
	}
	char *leaving = rewrite_text(&s, row->address, REWRITE_SENDER);
	is_text(leaving, row->want, "%s", row->name);
	free(leaving);
	if (strchr(row->address, '@')) {
		char *staying = rewrite_text(&s, row->address, REWRITE_QUALIFY);
		is_text(staying, row->address, "%s, and not for mail that stays", row->name);
		free(staying);
	}
}

int main(void)
{
	tap_plan(24);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_row(&rows[i]);
	return tap_done();
}
