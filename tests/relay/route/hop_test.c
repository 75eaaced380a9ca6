/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/route/hop.h"

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
	{ "ipv4", "", "" },      /* it never had one: a proxy looks it up */
};

static size_t read_targets(const char *text, struct target *targets)
{
	struct span rest = span_of(text);
	size_t count = 0;

	while (rest.at) {
		struct span one = span_cut(&rest, '/');
		struct target *t = &targets[count++];
		*t = (struct target){ .host = mem_text("h.example") };
		while (one.len > 0) {
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

/* What is left of the targets without those families; NULL: none is. */
static void without_families(void)
{
	static const struct { unsigned families; const char *given, *left; } dropped[] = {
		{ FAMILY_IPV4, "192.0.2.1 2001:db8::1/192.0.2.2", "2001:db8::1" },
		{ FAMILY_IPV6, "192.0.2.1 2001:db8::1/192.0.2.2", "192.0.2.1/192.0.2.2" },
		{ FAMILY_ALL, "192.0.2.1 2001:db8::1", "" },
		{ 0, "192.0.2.1 2001:db8::1", "192.0.2.1 2001:db8::1" },
	};

	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++) {
		struct target targets[8];
		struct buf left = { 0 };
		size_t count = read_targets(dropped[i].given, targets);
		hop_drop_families(dropped[i].families, targets, &count);
		print_targets(targets, count, &left);
		is_text(buf_text(&left), dropped[i].left, "%s without %u", dropped[i].given, dropped[i].families);
		for (size_t k = 0; k < count; k++)
			target_free(&targets[k]);
		buf_free(&left);
	}
	struct target by_name[8];
	size_t count = read_targets("", by_name);
	hop_drop_families(FAMILY_ALL, by_name, &count);
	is_int(count, 1, "one that never had an address stays: a proxy looks it up");
	target_free(&by_name[0]);
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

/* Hosts are divided by blanks; "sessions messages recipients rate", each with why: "=setting", "@receiver" or nothing. */
static const struct {
	const char *set;      /* settings that the owner sets, as in the file */
	const char *hosts, *want;
} limits[] = {
	{ "", "", "5 100 100 none" },
	{ "", "mx.example.net", "5 100 100 none" },
	{ "", "smtp-in.orange.fr", "2@Orange 100@Orange 100 none" },
	{ "", "mx1.mail.yahoo.co.jp", "2@Yahoo Japan 20@Yahoo Japan 100 10/s@Yahoo Japan" },
	{ "", "mx1.comcast.net", "25@Comcast 1000@Comcast 100@Comcast none" },
	{ "", "mx.example.net mta5.am0.yahoodns.net", "5 20@Yahoo and AOL 100 none" },
	{ "", "mx00.gmx.net mx01.mail.icloud.com", "4@GMX and WEB.DE 5@iCloud 100 none" },
	{ "", "mx01.mail.icloud.com mx00.gmx.net", "4@GMX and WEB.DE 5@iCloud 100 none" },
	{ "sessions_per_site 5", "smtp-in.orange.fr", "5=sessions_per_site 100@Orange 100 none" },
	{ "sessions_per_site 1", "smtp-in.orange.fr", "1=sessions_per_site 100@Orange 100 none" },
	{ "messages_per_session 7", "smtp-in.orange.fr", "2@Orange 7=messages_per_session 100 none" },
	{ "recipients_per_message 9", "mx1.comcast.net", "25@Comcast 1000@Comcast 9=recipients_per_message none" },
	{ "mx_rate 0", "mx1.mail.yahoo.co.jp", "2@Yahoo Japan 20@Yahoo Japan 100 none=mx_rate" },
	{ "mx_rate 300/h", "mx.example.net", "5 100 100 300/h=mx_rate" },
};

static const struct setting *row_named(const struct setting_group *table, struct span name)
{
	for (size_t i = 0; i < table->count; i++)
		if (span_eq(span_of(table->rows[i].name), name))
			return &table->rows[i];
	abort();
}

static void owner_says(struct settings *s, const char *text)
{
	struct span value = span_of(text), name = span_cut(&value, ' ');

	if (name.len == 0)
		return;
	const struct setting *row = row_named(&settings_table, name);
	if (setting_set(row, s, value, NULL) < 0)
		abort();
	setting_said(row, s);
}

static void print_limits(const struct hop_limits *l, struct buf *out)
{
	for (size_t i = 0; i < HOP_LIMITS; i++) {
		buf_add_text(out, i > 0 ? " " : "");
		if (i == HOP_RATE)
			rate_print(&l->of[i].most, out);
		else
			buf_printf(out, "%u", l->of[i].most.count);
		if (l->of[i].setting)
			buf_printf(out, "=%s", l->of[i].setting);
		if (l->of[i].receiver)
			buf_printf(out, "@%s", l->of[i].receiver->receiver);
	}
}

/* As another process gets the settings. */
static void how_much_goes_there(void)
{
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		struct settings given, s;
		struct text_list hosts = words(limits[i].hosts);
		struct target targets[4] = { 0 };
		struct hop_limits l;
		struct buf packed = { 0 }, got = { 0 };
		settings_defaults(&given);
		owner_says(&given, limits[i].set);
		settings_pack(&given, &packed);
		ok(settings_unpack(buf_span(&packed), &s) == 0, "limits %zu", i);
		for (size_t k = 0; k < hosts.count; k++)
			targets[k].host = hosts.items[k];
		hop_limits(&s, NULL, targets, hosts.count, &l);
		print_limits(&l, &got);
		is_text(buf_text(&got), limits[i].want, "%s, set %s", limits[i].hosts, limits[i].set);
		buf_free(&got);
		buf_free(&packed);
		text_list_free(&hosts);
		settings_free(&given);
		settings_free(&s);
	}
}

/* A smarthost is the owner's own, whatever its name. */
static void how_much_goes_to_a_smarthost(void)
{
	struct smarthost hop = { .sessions = 6, .messages_per_session = 70, .recipients_per_message = 80, .rate = { 10, 900000 } };
	struct target gmx = { .host = mem_text("mx00.gmx.net") };
	struct settings s;
	struct hop_limits l;
	struct buf got = { 0 };

	settings_defaults(&s);
	hop_limits(&s, &hop, &gmx, 1, &l);
	print_limits(&l, &got);
	is_text(buf_text(&got), "6=sessions 70=messages_per_session 80=recipients_per_message 10/15m=rate", "a smarthost's own");
	buf_free(&got);
	settings_free(&s);
	free(gmx.host);
}

static void what_a_failed_plan_means(void)
{
	const struct fault temporary = { .kind = FAULT_TEMPORARY }, final = { .kind = FAULT_PERMANENT };

	is_int(hop_plan_trouble(true, 0, &temporary, false), HOP_PLAN_RETRY, "DNS trouble is waited out");
	is_int(hop_plan_trouble(true, 0, &final, false), HOP_PLAN_FINAL, "a null MX ends it");
	is_int(hop_plan_trouble(true, 0, &final, true), HOP_PLAN_UNCONFIRMED, "an unsigned NXDOMAIN ends it later");
	is_int(hop_plan_trouble(true, 1, &final, true), HOP_PLAN_USELESS, "at a later hop it ends nothing");
	is_int(hop_plan_trouble(false, 0, &final, false), HOP_PLAN_USELESS, "nor does a smarthost's");
}

int main(void)
{
	tap_plan(82 + 5);
	what_a_failed_plan_means();
	whom_to_ask();
	which_families();
	without_families();
	which_source();
	how_much_goes_there();
	how_much_goes_to_a_smarthost();
	return tap_done();
}
