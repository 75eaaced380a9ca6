/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/settings.h"

#include <stdlib.h>

static const struct setting *row_named(const struct setting_group *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].name, name) == 0)
			return &table->rows[i];
	abort();
}

static const struct setting *row(const char *name)
{
	return row_named(&settings_table, name);
}

static void defaults(void)
{
	struct settings s;

	settings_defaults(&s);
	ok(s.hostname[0] != '\0', "hostname is the kernel's: %s", s.hostname);
	is_text(s.domain, s.hostname, "domain is the hostname");
	is_text(s.user, "signet", "user");
	is_text(s.drop_group, "signetdrop", "drop_group");
	is_text(s.spool, "/var/spool/signet", "spool");
	is_text(s.drop, "/var/spool/signet/drop", "drop follows spool");
	is_text(s.drop_program, PREFIX "/sbin/signet-drop", "drop_program");
	is_text(s.socket, "/run/signet/socket", "socket");
	is_text(s.control, "/run/signet/control", "control");
	is_text(s.libexec, PREFIX "/libexec/signet", "libexec");
	is_text(s.log, "syslog", "log");
	is_text(s.root, "", "root is nobody");
	is_int(s.size_limit, 100 * 1024 * 1024, "size_limit");
	is_int(s.recipient_limit, 50000, "recipient_limit");
	is_int(s.connections, 200, "connections");
	is_int(s.connections_per_user, 50, "connections_per_user");
	is_int(s.pickups, 2, "pickups");
	is_int(s.signers, 0, "signers");
	is_int(s.sessions, 0, "sessions: as many as the host can hold");
	is_int(s.sessions_per_site, 5, "sessions_per_site");
	is_int(s.retry_min_ms, 5 * 60 * 1000, "retry_min");
	is_int(s.retry_max_ms, 4 * 3600 * 1000, "retry_max");
	is_int(s.queue_life_ms, 5LL * 24 * 3600 * 1000, "queue_life");
	ok(s.time_scale > 0.999999 && s.time_scale < 1.000001, "time_scale");
	is_int(s.mx_port, 25, "mx_port");
	is_int(s.mx_tls, TLS_MAY, "mx_tls");
	is_int(s.smarthost_count + s.dkim_count + s.route_count + s.stub_zone_count, 0, "no groups");
	settings_free(&s);
	settings_free(&s);
	ok(s.hostname == NULL, "free leaves nought, and takes it");
}

/* What a row makes of a text: -1 is refused. */
static void values(void)
{
	static const struct {
		const char *name, *text;
		long long want;
	} cases[] = {
		{ "size_limit", "25M", 25LL << 20 },
		{ "size_limit", "1k", 1024 },
		{ "size_limit", "1000", 1000 },
		{ "size_limit", "4G", 4LL << 30 },
		{ "size_limit", "5G", -1 },
		{ "size_limit", "0", -1 },
		{ "size_limit", "99999999999999999999M", -1 },
		{ "size_limit", "18446744073709551615G", -1 },
		{ "size_limit", "25MB", -1 },
		{ "size_limit", "M", -1 },
		{ "size_limit", "-1", -1 },
		{ "size_limit", "", -1 },
		{ "retry_min", "200ms", 200 },
		{ "retry_min", "20s", 20000 },
		{ "retry_min", "5m", 300000 },
		{ "retry_min", "6h", 21600000 },
		{ "retry_min", "1d", 86400000 },
		{ "retry_min", "5", -1 },
		{ "retry_min", "5 m", -1 },
		{ "retry_min", "31d", -1 },
		{ "retry_min", "0", -1 },
	};

	struct settings s;
	settings_defaults(&s);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct setting *r = row(cases[i].name);
		struct fault f = { 0 };
		int result = setting_set(r, &s, span_of(cases[i].text), &f);
		long long got = r->kind == SETTING_SIZE ? (long long)s.size_limit : (long long)s.retry_min_ms;
		is_int(result < 0 ? -1 : got, cases[i].want, "%s = \"%s\"", cases[i].name, cases[i].text);
		if (result < 0)
			is_text(f.status, "4.3.5", "its status");
	}
	settings_free(&s);
}

static void rates(void)
{
	static const struct { const char *name, *text; long long count, window_ms; } cases[] = {
		{ "mx_rate", "300/h", 300, 3600 * 1000 }, { "mx_rate", "5/s", 5, 1000 }, { "mx_rate", "10/15m", 10, 900 * 1000 },
		{ "mx_rate", "0", 0, 0 }, { "mx_rate", "1/500ms", 1, 500 }, { "mx_rate", "10/31d", 10, 31LL * 24 * 3600 * 1000 },
		{ "mx_rate", "10/32d", -1, 0 }, { "mx_rate", "0/h", -1, 0 }, { "mx_rate", "300", -1, 0 }, { "mx_rate", "300/", -1, 0 },
		{ "mx_rate", "/h", -1, 0 }, { "mx_rate", "300/y", -1, 0 }, { "mx_rate", "1/0h", -1, 0 }, { "mx_rate", "-1/h", -1, 0 },
		{ "mx_rate", "4294967296/h", -1, 0 }, { "mx_rate", "1/h/h", -1, 0 }, { "mx_rate", "", -1, 0 },
	};
	struct settings s, back;

	settings_defaults(&s);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf packed = { 0 };
		bool fits = setting_set(row(cases[i].name), &s, span_of(cases[i].text), NULL) == 0;
		is_int(fits, cases[i].count >= 0, "%s = \"%s\"", cases[i].name, cases[i].text);
		settings_pack(&s, &packed);
		if (fits && settings_unpack(buf_span(&packed), &back) == 0) {
			is_int(back.mx_rate.count, cases[i].count, "so many");
			is_int(back.mx_rate.window_ms, cases[i].window_ms, "in that time");
			settings_free(&back);
		}
		buf_free(&packed);
	}
	settings_free(&s);
}

static void scales(void)
{
	static const struct { const char *text; long long millionths; } cases[] = {
		{ "1", 1000000 }, { "0.05", 50000 }, { "0.000001", 1 }, { "12.5", 12500000 }, { "0.100000", 100000 },
		{ "0", -1 }, { ".5", -1 }, { "0.0000001", -1 }, { "1e3", -1 }, { "-1", -1 }, { "1001", -1 }, { "nan", -1 },
		{ "1.", -1 },
	};
	struct settings s, back;

	settings_defaults(&s);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf packed = { 0 };
		long long got = -1;
		if (setting_set(row("time_scale"), &s, span_of(cases[i].text), NULL) == 0) {
			settings_pack(&s, &packed);
			if (settings_unpack(buf_span(&packed), &back) == 0) {
				got = (long long)(back.time_scale * 1000000 + 0.5);
				settings_free(&back);
			}
		}
		is_int(got, cases[i].millionths, "time_scale = %s survives packing", cases[i].text);
		buf_free(&packed);
	}
	settings_free(&s);
}

static void forms(void)
{
	static const struct { const char *name, *text, *want; } cases[] = {
		{ "hostname", "Mail.Example.ORG.", "mail.example.org" },
		{ "hostname", "mail example", NULL },
		{ "hostname", "a\r\nDATA", NULL },
		{ "hostname", "a..b", NULL },
		{ "spool", "/srv/x y", "/srv/x y" },
		{ "spool", "relative", NULL },
		{ "spool", "/a\nb", NULL },
		{ "log", "stderr", "stderr" },
		{ "log", "/var/log/signet", "/var/log/signet" },
		{ "log", "journal", NULL },
		{ "log_format", "json", "json" },
		{ "log_format", "xml", NULL },
		{ "root", "me@example.org", "me@example.org" },
		{ "root", "me @x", NULL },
		{ "user", "", "" },
	};
	struct settings s;

	settings_defaults(&s);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct setting *r = row(cases[i].name);
		int result = setting_set(r, &s, span_of(cases[i].text), NULL);
		const char *now = *(char **)(void *)((char *)&s + r->offset);
		if (cases[i].want)
			is_text(now, cases[i].want, "%s = \"%s\"", cases[i].name, cases[i].text);
		else
			is_int(result, -1, "%s = \"%s\" is refused", cases[i].name, cases[i].text);
	}
	settings_free(&s);
}

/* One of everything, so that a row that packs nothing is seen. */
static void fill(struct settings *s)
{
	settings_begin(s);
	setting_set(row("hostname"), s, SPAN("h.example"), NULL);
	setting_set(row("local_domains"), s, SPAN("a.example"), NULL);
	setting_set(row("local_domains"), s, SPAN("b.example"), NULL);
	struct smarthost *h = setting_add_group(row("smarthosts"), s);
	setting_set(row_named(row("smarthosts")->group, "name"), h, SPAN("isp"), NULL);
	setting_set(row_named(row("smarthosts")->group, "port"), h, SPAN("465"), NULL);
	setting_set(row_named(row("smarthosts")->group, "implicit_tls"), h, SPAN("true"), NULL);
	setting_add_group(row("smarthost"), s);
	struct dkim_key *k = setting_add_group(row("dkim"), s);
	const struct setting *inside = row_named(row("dkim")->group, "domainkeys");
	setting_set(row_named(inside->group, "selector"), k, SPAN("dk"), NULL);
	struct route_rule *r = setting_add_group(row("routes"), s);
	setting_set(row_named(row("routes")->group, "to"), r, SPAN("*"), NULL);
	setting_set(row_named(row("routes")->group, "via"), r, SPAN("mx"), NULL);
	setting_set(row_named(row("routes")->group, "via"), r, SPAN("isp"), NULL);
	setting_set(row_named(row("routes")->group, "fallback_for"), r, SPAN("6h"), NULL);
	struct stub_zone *z = setting_add_group(row("stub_zones"), s);
	setting_set(row_named(row("stub_zones")->group, "servers"), z, SPAN("127.0.0.1@53"), NULL);
	struct rewrite_rule *w = setting_add_group(row("rewrite"), s);
	setting_set(row_named(row("rewrite")->group, "from"), w, SPAN("root@"), NULL);
	setting_set(row_named(row("rewrite")->group, "to"), w, SPAN("@c.example"), NULL);
	settings_complete(s);
}

static void round_trip(void)
{
	struct settings s, back;
	struct buf packed = { 0 }, again = { 0 };

	fill(&s);
	is_int(s.smarthost_count, 2, "the short form joins the list");
	is_int(s.routes[0].fallback_on, FALLBACK_UNREACHABLE | FALLBACK_BLOCKED, "several hops fall back");
	settings_pack(&s, &packed);
	is_int(settings_unpack(buf_span(&packed), &back), 0, "what was packed is unpacked");
	settings_pack(&back, &again);
	is_span(buf_span(&again), buf_span(&packed), "and packs to the same bytes");
	is_text(back.hostname, "h.example", "a text");
	is_text(back.local_domains.items[1], "b.example", "a text of a list");
	is_int(back.smarthosts[0].port, 465, "a port in a group");
	ok(back.smarthosts[0].implicit_tls, "a flag in a group");
	is_int(back.smarthosts[0].tls, TLS_VERIFY, "a smarthost is verified by default");
	is_int(back.smarthosts[1].port, 587, "port 587 by default");
	is_text(back.dkim[0].domainkeys_selector, "dk", "a group inside a group");
	is_text(back.dkim[0].header_canon, "relaxed", "canonicalisation by default");
	is_text(back.routes[0].via.items[1], "isp", "a list in a group");
	is_int(back.routes[0].fallback_for_ms, 6 * 3600 * 1000, "a duration in a group");
	is_text(back.stub_zones[0].servers.items[0], "127.0.0.1@53", "a stub zone");
	is_text(back.rewrite[0].from, "root@", "a user that is rewritten");
	is_text(back.rewrite[0].to, "@c.example", "to another host");
	is_text(back.aliases.items[0], "/etc/aliases", "the aliases file by default");
	ok(settings_smarthost(&back, "isp") == &back.smarthosts[0], "a smarthost by name");
	ok(settings_smarthost(&back, "none") == NULL, "no such smarthost");
	settings_free(&back);

	size_t accepted = 0;
	for (size_t cut = 0; cut < packed.len; cut++)
		if (settings_unpack((struct span){ packed.at, cut }, &back) == 0) {
			settings_free(&back);
			accepted++;
		}
	is_int(accepted, 0, "no shorter input is taken");
	settings_free(&s);
	buf_free(&packed);
	buf_free(&again);
}

static void local(void)
{
	struct settings s;

	settings_defaults(&s);
	setting_set(row("local_domains"), &s, SPAN("home.example"), NULL);
	ok(settings_is_local(&s, SPAN("localhost")), "localhost is local");
	ok(settings_is_local(&s, SPAN("[127.0.0.1]")) && settings_is_local(&s, SPAN("[ipv6:::1]")), "and its address");
	ok(!settings_is_local(&s, SPAN("[192.0.2.1]")), "but not any address");
	ok(settings_is_local(&s, SPAN("Home.Example.")), "so is one of local_domains");
	ok(!settings_is_local(&s, SPAN("a.home.example")), "a name below it is not");
	ok(!settings_is_local(&s, SPAN("")), "nor is nothing");
	free(s.hostname);
	s.hostname = mem_text("web1.example.org");
	ok(settings_is_local(&s, SPAN("LocalHost.LocalDomain")), "localhost.localdomain is local");
	ok(settings_is_local(&s, SPAN("WEB1")), "so is the first label of hostname");
	ok(!settings_is_local(&s, SPAN("web1.example.org")), "hostname itself is a question to the DNS");
	ok(settings_is_hostname(&s, SPAN("Web1.example.org.")), "which is told apart");
	ok(!settings_is_hostname(&s, SPAN("example.org")) && !settings_is_hostname(&s, SPAN("web1")), "from other names");
	text_list_add(&s.local_domains, SPAN("web1.example.org"));
	ok(settings_is_local(&s, SPAN("web1.example.org")) && !settings_is_hostname(&s, SPAN("web1.example.org")),
	   "unless local_domains answers it");
	settings_free(&s);
}

int main(void)
{
	tap_plan(151);
	defaults();
	values();
	rates();
	scales();
	forms();
	round_trip();
	local();
	return tap_done();
}
