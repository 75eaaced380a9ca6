/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "dns/system.h"

#include <stdlib.h>

static void add_all(struct buf *out, const struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		buf_printf(out, "%s%s", i ? " " : "", list->items[i]);
}

static const struct {
	const char *text, *servers, *search;
} confs[] = {
	{ "", "", "" },
	{ "nameserver 192.0.2.1\nnameserver 2001:db8::1\n", "192.0.2.1 2001:db8::1", "" },
	{ "nameserver 192.0.2.1", "192.0.2.1", "" },
	{ "nameserver\t192.0.2.1 \r\n", "192.0.2.1", "" },
	{ "# nameserver 192.0.2.9\n; nameserver 192.0.2.8\nnameserver 192.0.2.1 # ours\n", "192.0.2.1", "" },
	{ "nameserver\nnameserver \n", "", "" },
	{ "nameserver fe80::1%eth0\n", "fe80::1%eth0", "" },
	{ "domain example.org\n", "", "example.org" },
	{ "domain example.org\nsearch a.example. b.example\n", "", "a.example b.example" },
	{ "search .\n", "", "" },
	{ "search a\nsearch\n", "", "" },
	{ "options edns0 trust-ad\nsortlist 192.0.2.0\nnonsense\n\n\n", "", "" },
	{ "nameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\nnameserver 1.1.1.4\nnameserver 1.1.1.5\n"
	  "nameserver 1.1.1.6\nnameserver 1.1.1.7\nnameserver 1.1.1.8\nnameserver 1.1.1.9\n",
	  "1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5 1.1.1.6 1.1.1.7 1.1.1.8", "" },
};

static void resolv_conf(void)
{
	for (size_t i = 0; i < sizeof confs / sizeof confs[0]; i++) {
		struct system_names s = { 0 };
		struct buf servers = { 0 }, search = { 0 };

		system_read_resolv_conf(&s, span_of(confs[i].text));
		add_all(&servers, &s.servers);
		add_all(&search, &s.search);
		is_text(buf_text(&servers), confs[i].servers, "servers of \"%s\"", confs[i].text);
		is_text(buf_text(&search), confs[i].search, "search of \"%s\"", confs[i].text);
		buf_free(&servers);
		buf_free(&search);
		system_names_free(&s);
	}
}

static const char hosts_file[] =
	"127.0.0.1 localhost\n"
	"::1 localhost ip6-localhost\n"
	"192.0.2.1\tSmart.Example.ORG. smart # the ISP\n"
	"192.0.2.2 smart\n"
	"#192.0.2.3 smart\n"
	"192.0.2.4\n"
	"not-an-address smart\n"
	"192.0.2.5 last";

static const struct {
	const char *name, *addresses;
} lookups[] = {
	{ "localhost", "127.0.0.1 ::1" },
	{ "smart", "192.0.2.1 192.0.2.2" },
	{ "SMART", "192.0.2.1 192.0.2.2" },
	{ "smart.example.org", "192.0.2.1" },
	{ "smart.example.org.", "192.0.2.1" },
	{ "last", "192.0.2.5" },
	{ "192.0.2.4", "" },
	{ "ISP", "" },
	{ "", "" },
};

static void hosts(void)
{
	struct system_names s = { 0 };

	system_read_hosts(&s, span_of(hosts_file));
	for (size_t i = 0; i < sizeof lookups / sizeof lookups[0]; i++) {
		struct ip_address *addresses = NULL;
		size_t count = 0;
		struct buf out = { 0 };

		system_find_host(&s, lookups[i].name, &addresses, &count, 20);
		for (size_t k = 0; k < count; k++) {
			buf_add_text(&out, k ? " " : "");
			ip_address_print(&addresses[k], &out);
		}
		is_text(buf_text(&out), lookups[i].addresses, "hosts: \"%s\"", lookups[i].name);
		buf_free(&out);
		free(addresses);
	}
	struct ip_address *addresses = NULL;
	size_t count = 0;
	system_find_host(&s, "smart", &addresses, &count, 1);
	is_int(count, 1, "no more addresses than asked for");
	free(addresses);
	system_names_free(&s);
}

static void bounds(void)
{
	struct system_names s = { 0 };
	struct buf text = { 0 };

	for (int i = 0; i < 12000; i++)
		buf_printf(&text, "192.0.2.1 host%d\n", i);
	system_read_hosts(&s, buf_span(&text));
	is_int(s.host_count, 10000, "at most 10,000 host names");
	system_read_hosts(&s, SPAN("192.0.2.1 a\0b c\n"));
	system_names_free(&s);
	buf_free(&text);
}

int main(void)
{
	tap_plan(37);
	resolv_conf();
	hosts();
	bounds();
	return tap_done();
}
