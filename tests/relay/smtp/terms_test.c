/* SPDX-License-Identifier: ISC */
/*
 * Whatever decides whom TLS is with, and what was proved of it, makes other
 * terms; what does not leaves them the same.
 */
#include "tests/tap.h"

#include "relay/smtp/terms.h"

static struct tlsa records[] = {
	{ TLSA_DANE_EE, TLSA_PUBLIC_KEY, TLSA_SHA256, (unsigned char *)"one", 3 },
	{ TLSA_DANE_EE, TLSA_PUBLIC_KEY, TLSA_SHA256, (unsigned char *)"two", 3 },
};
static struct tlsa turned[] = {
	{ TLSA_DANE_EE, TLSA_PUBLIC_KEY, TLSA_SHA256, (unsigned char *)"two", 3 },
	{ TLSA_DANE_EE, TLSA_PUBLIC_KEY, TLSA_SHA256, (unsigned char *)"one", 3 },
};
static struct tlsa others[][2] = {
	{ { TLSA_DANE_TA, TLSA_PUBLIC_KEY, TLSA_SHA256, (unsigned char *)"one", 3 }, { TLSA_DANE_EE, TLSA_PUBLIC_KEY, TLSA_SHA256, (unsigned char *)"two", 3 } },
	{ { TLSA_DANE_EE, 0, TLSA_SHA256, (unsigned char *)"one", 3 }, { TLSA_DANE_EE, TLSA_PUBLIC_KEY, TLSA_SHA256, (unsigned char *)"two", 3 } },
	{ { TLSA_DANE_EE, TLSA_PUBLIC_KEY, TLSA_SHA512, (unsigned char *)"one", 3 }, { TLSA_DANE_EE, TLSA_PUBLIC_KEY, TLSA_SHA256, (unsigned char *)"two", 3 } },
	{ { TLSA_DANE_EE, TLSA_PUBLIC_KEY, TLSA_SHA256, (unsigned char *)"on", 2 }, { TLSA_DANE_EE, TLSA_PUBLIC_KEY, TLSA_SHA256, (unsigned char *)"etwo", 4 } },
};
static const char *const names[] = { "mx.example", "x.example" }, *const renamed[] = { "mx.example", "y.example" },
	*const run_on[] = { "mx.examplex", ".example" };
static struct ip_address address = { 4, { 192, 0, 2, 1 } };

/* All that terms are made of, and some that they are not. */
struct scene {
	struct session session;
	struct target target;
	struct tls_demand demand;
	struct tls_check check;
};

static const struct scene base = {
	.session = { .hop = "mx", .domain = "x.example", .port = 25, .tls = TLS_MAY, .ca_file = "/ca.pem", .helo = "h.example" },
	.target = { .host = "mx.example", .tlsa_base = "mx.example", .dane = DANE_USABLE },
	.demand = { .level = TLS_DANE, .source = TLS_BY_DANE },
	.check = { .kind = TLS_CHECK_DANE, .name = "mx.example", .names = names, .name_count = 2, .tlsa = records, .tlsa_count = 2 },
};

/* One change to the base: WHAT, the same or not, and how. */
#define CHANGES \
	CHANGE("nothing", true, ) \
	CHANGE("the order of the records", true, s.check.tlsa = turned) \
	CHANGE("an address", true, s.target.addresses = &address; s.target.address_count = 1) \
	CHANGE("our own address", true, s.session.source[0] = address) \
	CHANGE("the name in EHLO", true, s.session.helo = "other.example") \
	CHANGE("a preference", true, s.target.preference = 9) \
	CHANGE("a port of its own that is the hop's", true, s.target.port = 25) \
	CHANGE("the hop", false, s.session.hop = "isp") \
	CHANGE("who vouches", false, s.session.ca_file = "") \
	CHANGE("the port", false, s.session.port = 26) \
	CHANGE("the host's own port", false, s.target.port = 465) \
	CHANGE("the host", false, s.target.host = "mx2.example") \
	CHANGE("level may", false, s.demand.level = TLS_MAY) \
	CHANGE("level encrypt", false, s.demand.level = TLS_ENCRYPT) \
	CHANGE("level verify", false, s.demand.level = TLS_VERIFY) \
	CHANGE("by the setting", false, s.demand.source = TLS_BY_SETTING) \
	CHANGE("by MTA-STS", false, s.demand.source = TLS_BY_STS) \
	CHANGE("by the message", false, s.demand.source = TLS_BY_MESSAGE) \
	CHANGE("MTA-STS testing", false, s.demand.sts_testing = true) \
	CHANGE("checked by nothing", false, s.check.kind = TLS_CHECK_NOTHING) \
	CHANGE("checked, and only told", false, s.check.kind = TLS_CHECK_AND_TELL) \
	CHANGE("checked by the chain", false, s.check.kind = TLS_CHECK_CHAIN) \
	CHANGE("the SNI", false, s.check.name = "x.example") \
	CHANGE("one name fewer", false, s.check.name_count = 1) \
	CHANGE("another name", false, s.check.names = renamed) \
	CHANGE("names that run on", false, s.check.names = run_on) \
	CHANGE("one record fewer", false, s.check.tlsa_count = 1) \
	CHANGE("the other record only", false, s.check.tlsa = turned; s.check.tlsa_count = 1) \
	CHANGE("a record's usage", false, s.check.tlsa = others[0]) \
	CHANGE("a record's selector", false, s.check.tlsa = others[1]) \
	CHANGE("a record's matching type", false, s.check.tlsa = others[2]) \
	CHANGE("records that run on", false, s.check.tlsa = others[3]) \
	CHANGE("no records", false, s.check.tlsa = NULL; s.check.tlsa_count = 0)

static void digest(const struct scene *s, uint8_t out[TLS_TERMS_BYTES])
{
	terms_digest(&s->session, &s->target, &s->demand, &s->check, out);
}

int main(void)
{
	uint8_t first[TLS_TERMS_BYTES], second[TLS_TERMS_BYTES];

	tap_plan(33);
	digest(&base, first);
#define CHANGE(what, same, ...) \
	{ \
		struct scene s = base; \
		__VA_ARGS__; \
		digest(&s, second); \
		ok((memcmp(first, second, sizeof first) == 0) == (same), "%s: %s terms", what, (same) ? "the same" : "other"); \
	}
	CHANGES
	return tap_done();
}
