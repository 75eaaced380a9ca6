#include "tests/tap.h"

#include "relay/hop.h"

#include <stdlib.h>

static struct text_list words(const char *text)
{
	struct text_list list = { 0 };
	struct span rest = span_of(text);

	while (rest.len > 0)
		text_list_add(&list, span_cut(&rest, ' '));
	return list;
}

static const struct {
	const char *host, *pool, *hosts;
	enum plan_kind kind;
	const char *name;
} plans[] = {
	{ "smtp.isp.example", "", "", PLAN_HOST, "smtp.isp.example" },
	{ "isp.example", "srv", "", PLAN_SRV, "isp.example" },
	{ "isp.example", "mx", "", PLAN_MX_POOL, "isp.example" },
	{ "", "", "a.example:25 b.example", PLAN_LIST, "a.example:25,b.example" },
	{ NULL, "", "", PLAN_MX, "example.org" },
};

static void whom_to_ask(void)
{
	for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
		struct smarthost hop = { .host = mem_text(plans[i].host), .pool = mem_text(plans[i].pool), .hosts = words(plans[i].hosts) };
		struct buf name = { 0 };
		is_int(hop_plan(plans[i].host ? &hop : NULL, "example.org", &name), plans[i].kind, "plan %zu: its kind", i);
		is_text(buf_text(&name), plans[i].name, "plan %zu: its name", i);
		buf_free(&name);
		text_list_free(&hop.hosts);
		free(hop.host);
		free(hop.pool);
	}
}

/* Targets are divided by "/". */
static const struct {
	const char *families, *given, *kept;   /* kept NULL: a fault */
} families[] = {
	{ "", "192.0.2.1 2001:db8::1/192.0.2.2", "192.0.2.1 2001:db8::1/192.0.2.2" },
	{ "any", "192.0.2.1 2001:db8::1", "192.0.2.1 2001:db8::1" },
	{ "ipv4", "192.0.2.1 2001:db8::1 192.0.2.3/2001:db8::2/192.0.2.2", "192.0.2.1 192.0.2.3/192.0.2.2" },
	{ "ipv6", "192.0.2.1 2001:db8::1", "2001:db8::1" },
	{ "ipv6 ipv4", "192.0.2.1 2001:db8::1 192.0.2.2", "2001:db8::1 192.0.2.1 192.0.2.2" },
	{ "ipv4 ipv6", "2001:db8::1/2001:db8::2 192.0.2.1", "2001:db8::1/192.0.2.1 2001:db8::2" },
	{ "ipv6", "192.0.2.1/192.0.2.2", NULL },
	{ "ipv4", "2001:db8::1", NULL },
};

static size_t read_targets(const char *text, struct target *targets)
{
	struct span rest = span_of(text);
	size_t count = 0;

	while (rest.at) {
		struct span one = span_cut(&rest, '/');
		struct target *t = &targets[count++];
		*t = (struct target){ .host = mem_text("h.example") };
		while (one.at) {
			t->addresses = mem_resize(t->addresses, t->address_count + 1, sizeof *t->addresses);
			if (!ip_address_parse(span_cut(&one, ' '), &t->addresses[t->address_count++]))
				abort();
		}
	}
	return count;
}

static void print_targets(const struct target *targets, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < targets[i].address_count; k++) {
			if (i + k > 0)
				buf_add_byte(out, k > 0 ? ' ' : '/');
			ip_address_print(&targets[i].addresses[k], out);
		}
}

static void which_families(void)
{
	for (size_t i = 0; i < 2 * (sizeof families / sizeof families[0]); i++) {
		struct settings s = { 0 };
		struct smarthost hop = { 0 };
		struct target targets[8];
		struct buf kept = { 0 };
		struct fault f = { 0 };
		bool mx = i % 2;
		size_t count = read_targets(families[i / 2].given, targets);
		*(mx ? &s.mx_families : &hop.families) = words(families[i / 2].families);
		int result = hop_keep_families(&s, mx ? NULL : &hop, targets, &count, &f);
		print_targets(targets, count, &kept);
		is_text(result == 0 ? buf_text(&kept) : "none", families[i / 2].kept ? families[i / 2].kept : "none",
		        "%s: \"%s\" of %s", mx ? "mx" : "smarthost", families[i / 2].families, families[i / 2].given);
		ok(result == 0 || strstr(f.text, mx ? "mx_families" : "families") != NULL, "a fault names the setting: %s", f.text);
		for (size_t k = 0; k < count; k++)
			target_free(&targets[k]);
		text_list_free(&s.mx_families);
		text_list_free(&hop.families);
		buf_free(&kept);
	}
}

static void which_source(void)
{
	struct settings s = { .mx_source = words("2001:db8::9") };
	struct smarthost hop = { .source = words("192.0.2.9 2001:db8::8") };
	struct ip_address source[2];

	hop_source(&s, &hop, source);
	ok(source[0].family == 4 && source[0].bytes[3] == 9 && source[1].family == 6 && source[1].bytes[15] == 8, "both of a smarthost");
	hop_source(&s, NULL, source);
	ok(source[0].family == 0 && source[1].family == 6 && source[1].bytes[15] == 9, "one of mx, the other the kernel's choice");
	text_list_free(&s.mx_source);
	text_list_free(&hop.source);
}

int main(void)
{
	tap_plan(44);
	whom_to_ask();
	which_families();
	which_source();
	return tap_done();
}
