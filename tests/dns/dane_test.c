/* SPDX-License-Identifier: ISC */
/* What needs a signed zone is in tests/e2e/18-tls-policies.sh; here is what an unsigned one must not do. */
#include "tests/dns/responder.h"
#include "tests/tap.h"

#include "dns/dane.h"

#include <poll.h>
#include <stdlib.h>

static const struct responder_row zone[] = {
	{ "plain.example", "A", "192.0.2.1" },
	{ "alias.example", "CNAME", "plain.example" },
	{ "_25._tcp.broken.example", "RCODE", "2" },
	{ "brokenalias.example", "RCODE", "2" },
	{ "_25._tcp.silent.example", "SILENT", "" },
};

static struct target rows[] = {
	{ .host = "plain.example", .secure = true, .mx_secure = true },
	{ .host = "broken.example", .secure = true, .mx_secure = true },
	{ .host = "broken.example", .mx_secure = true },
	{ .host = "broken.example", .secure = false, .mx_secure = false, .canonical = "other.example" },
	{ .host = "silent.example", .secure = true, .mx_secure = true },
	{ .host = "other.example", .secure = true, .mx_secure = true, .canonical = "broken.example" },
	{ .host = "alias.example", .mx_secure = true, .canonical = "plain.example" },
	{ .host = "brokenalias.example", .mx_secure = true, .canonical = "plain.example" },
	{ .host = "a\\b.example", .secure = true, .mx_secure = true },
};

static const struct {
	const char *name;
	enum dane_state state;
} wants[] = {
	{ "no TLSA record", DANE_NONE },
	{ "a broken answer", DANE_FAILED },
	{ "an address that is not signed, and no alias", DANE_NONE },
	{ "an MX that is not signed", DANE_NONE },
	{ "no answer", DANE_FAILED },
	{ "a broken answer for what an alias stands for", DANE_FAILED },
	{ "an alias that is not signed", DANE_NONE },
	{ "an alias that cannot be looked at", DANE_FAILED },
	{ "a host whose name is none", DANE_NONE },
};

static void note(void *context)
{
	*(bool *)context = true;
}

/* A stranger may publish for many hosts as much as a DNS answer holds. */
static void bounded(void)
{
	struct target t[4] = { { .host = "small" }, { .host = "huge" }, { .host = "none" }, { .host = "last" } };
	const size_t len[] = { 32, DANE_BYTES_MAX, 0, 32 };

	for (size_t i = 0; i < 4; i++) {
		t[i].dane = len[i] ? DANE_USABLE : DANE_UNUSABLE;
		t[i].tlsa_count = len[i] > 0;
		t[i].tlsa = mem_alloc(sizeof *t[i].tlsa);
		t[i].tlsa[0] = (struct tlsa){ .usage = 3, .len = len[i], .data = len[i] ? mem_alloc(len[i]) : NULL };
	}
	dane_keep_bounded(t, 4);
	is_int(t[0].dane, DANE_USABLE, "what fits is kept");
	is_int(t[1].dane, DANE_FAILED, "what does not is no reason to do without");
	is_int(t[1].tlsa_count, 0, "and is gone");
	is_int(t[2].dane, DANE_UNUSABLE, "a host without usable records needs no room");
	is_int(t[3].dane, DANE_USABLE, "one behind it that fits is kept");
	for (size_t i = 0; i < 4; i++) {
		for (size_t n = 0; n < t[i].tlsa_count; n++)
			tlsa_free(&t[i].tlsa[n]);
		free(t[i].tlsa);
	}
}

int main(void)
{
	struct responder server = responder_start(zone, sizeof zone / sizeof zone[0]);
	size_t count = sizeof rows / sizeof rows[0];
	struct settings s;
	struct fault f = { 0 };
	bool done = false;

	tap_plan(24);
	settings_defaults(&s);
	free(s.trust_anchor_file);
	s.trust_anchor_file = mem_text("/dev/null");
	s.time_scale = 0.1;
	text_list_add(&s.forwarders, span_of(server.server));
	struct dns *d = dns_new(&s, &f);
	dane_find(d, rows, count, 25, note, &done);
	while (!done) {
		struct pollfd p = { .fd = dns_fd(d), .events = POLLIN };
		poll(&p, 1, 100);
		dns_process(d);
	}
	for (size_t i = 0; i < count; i++) {
		is_int(rows[i].dane, wants[i].state, "%s", wants[i].name);
		ok((rows[i].dane_fault.kind == FAULT_TEMPORARY) == (wants[i].state == DANE_FAILED), "%s: a reason or none",
		   wants[i].name);
	}
	done = false;
	dane_find(d, rows, 0, 25, note, &done);
	ok(done, "no hosts, no questions");
	dns_free(d);
	settings_free(&s);
	responder_stop(&server);
	bounded();
	return tap_done();
}
