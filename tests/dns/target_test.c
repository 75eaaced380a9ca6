/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "dns/target.h"

#include <netinet/in.h>

static const struct {
	const char *text;
	const char *printed;   /* NULL: no address */
} addresses[] = {
	{ "192.0.2.1", "192.0.2.1" },
	{ "0.0.0.0", "0.0.0.0" },
	{ "255.255.255.255", "255.255.255.255" },
	{ "2001:db8::1", "2001:db8::1" },
	{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
	{ "::", "::" },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
	{ "192.0.2", NULL },
	{ "192.0.2.1.", NULL },
	{ "192.0.2.256", NULL },
	{ "192.0.2.01", NULL },
	{ " 192.0.2.1", NULL },
	{ "192.0.2.1 ", NULL },
	{ "2001:db8::1%eth0", NULL },
	{ "2001:db8:::1", NULL },
	{ "1:2:3:4:5:6:7:8:9", NULL },
	{ "mx.example.org", NULL },
	{ "", NULL },
	{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee", NULL },
};

static void addresses_as_text(void)
{
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		struct ip_address a;
		struct buf printed = { 0 };
		bool good = ip_address_parse(span_of(addresses[i].text), &a);

		if (good)
			ip_address_print(&a, &printed);
		ok(good == (addresses[i].printed != NULL), "parse \"%s\"", addresses[i].text);
		is_text(buf_text(&printed), addresses[i].printed ? addresses[i].printed : "",
		        "print \"%s\"", addresses[i].text);
		buf_free(&printed);
	}
}

static void foreign_bytes(void)
{
	struct ip_address a = { .family = 9 };
	struct buf out = { 0 };

	ok(!ip_address_parse(SPAN("192.0.2.1\0.5"), &a), "a NUL inside is no address");
	is_int(a.family, 9, "and the value is left alone");
	ip_address_print(&a, &out);
	is_text(buf_text(&out), "?", "an address of no family prints as a question mark");
	buf_free(&out);
}

static void freeing(void)
{
	struct target *targets = mem_resize(NULL, 2, sizeof *targets);

	memset(targets, 0, 2 * sizeof *targets);
	targets[1].host = mem_text("mx.example.org");
	targets[1].addresses = mem_alloc(sizeof(struct ip_address));
	targets[1].address_count = 1;
	targets_free(targets, 2);
	targets_free(NULL, 0);
	struct target zeroed = { 0 };
	target_free(&zeroed);
	ok(1, "zeroed values can be freed");
}

/* How often each of "a" 1, "b" 3, "c" 0 and, behind them, "d" comes first, of a thousand evenly spread draws. */
static uint32_t spread(void *context, uint32_t below)
{
	uint32_t *n = context;

	return (uint32_t)((uint64_t)(*n)++ % 1000 * below / 1000);
}

static void weights(void)
{
	unsigned first[128] = { 0 }, last_is_d = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t n = i;
		struct target t[] = {
			{ .host = "a", .preference = 1, .weight = 1 }, { .host = "b", .preference = 1, .weight = 3 },
			{ .host = "c", .preference = 1 }, { .host = "d", .preference = 2, .weight = 100 },
		};
		targets_draw(t, 4, spread, &n);
		first[(unsigned char)t[0].host[0]]++;
		last_is_d += t[3].host[0] == 'd';
	}
	ok(first['a'] > 240 && first['a'] < 260, "weight 1 of 4 comes first in a quarter (%u of 1000)", first['a']);
	ok(first['b'] > 740 && first['b'] < 755, "weight 3 in three quarters (%u)", first['b']);
	ok(first['c'] < 5, "weight 0 next to never (%u)", first['c']);
	is_int(last_is_d, 1000, "a worse preference stays behind");
}

static void equals(void)
{
	unsigned first[3] = { 0 };

	for (uint32_t i = 0; i < 999; i++) {
		uint32_t n = i;
		struct target t[] = { { .host = "0" }, { .host = "1" }, { .host = "2" } };
		targets_draw(t, 3, spread, &n);
		first[t[0].host[0] - '0']++;
	}
	ok(first[0] > 320 && first[1] > 320 && first[2] > 320, "without weights each has its turn (%u, %u, %u)", first[0],
	   first[1], first[2]);
	targets_draw(NULL, 0, spread, first);
}

static void to_itself(const char *text)
{
	struct sockaddr_storage socket_address;
	struct ip_address a, source;
	struct buf printed = { 0 };

	ip_address_parse(span_of(text), &a);
	socklen_t len = ip_address_socket(&a, 25, &socket_address);
	is_int((int)len, a.family == 4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6), "%s is as long as its family's", text);
	ok(ip_address_source(&a, 25, &source), "there is a way to %s", text);
	ip_address_print(&source, &printed);
	is_text(buf_text(&printed), text, "and that is from itself");
	buf_free(&printed);
}

int main(void)
{
	tap_plan(53);
	weights();
	equals();
	addresses_as_text();
	foreign_bytes();
	freeing();
	to_itself("127.0.0.1");
	to_itself("::1");
	return tap_done();
}
