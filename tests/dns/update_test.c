/* SPDX-License-Identifier: ISC */
#include "tests/dns/responder.h"
#include "tests/tap.h"

#include "dns/dns_wire.h"
#include "dns/update.h"

#include <signal.h>
#include <stdlib.h>

/* ---- files of keys ---- */

static const struct {
	const char *text;
	const char *name, *algorithm, *secret;   /* or what is wrong, in name */
} key_files[] = {
	{ "key \"k.example\" {\n\talgorithm hmac-sha256;\n\tsecret \"c2VjcmV0\";\n};\n", "k.example", "hmac-sha256", "c2VjcmV0" },
	{ "key k { secret c2VjcmV0; algorithm \"HMAC-SHA512.\"; }", "k", "hmac-sha512", "c2VjcmV0" },
	{ "KEY \"k\"{algorithm hmac-sha1;secret \"/+8=\";};", "k", "hmac-sha1", "/+8=" },
	{ "# made by me\n/* key \"x\" { */ key \"k\" { // here\n algorithm hmac-sha256; # so\n secret \"c2VjcmV0\"; };", "k", "hmac-sha256", "c2VjcmV0" },
	{ "k hmac-sha512 c2VjcmV0\n", "k", "hmac-sha512", "c2VjcmV0" },
	{ "  k.  c2VjcmV0", "k", "hmac-sha256", "c2VjcmV0" },
	{ "key hmac-sha256 c2VjcmV0", "key", "hmac-sha256", "c2VjcmV0" },
	{ "key c2VjcmV0", "key", "hmac-sha256", "c2VjcmV0" },
	{ "", "holds no TSIG key", NULL, NULL },
	{ "   # nothing\n", "holds no TSIG key", NULL, NULL },
	{ "/* no end", "holds no TSIG key", NULL, NULL },
	{ "k", "holds no TSIG key", NULL, NULL },
	{ "k a b c", "holds no TSIG key", NULL, NULL },
	{ "zone \"example\" { type primary; };", "holds no TSIG key", NULL, NULL },
	{ "k hmac-md5 c2VjcmV0", "algorithm is not hmac-sha256", NULL, NULL },
	{ "k hmac-sha256 c2VjcmV", "not base64", NULL, NULL },
	{ "k hmac-sha256 c2Vj-mV0", "not base64", NULL, NULL },
	{ "k hmac-sha256 ====", "not base64", NULL, NULL },
	{ "k hmac-sha256 \"\"", "not base64", NULL, NULL },
	{ "\"no name\" hmac-sha256 c2VjcmV0", "is not a domain name", NULL, NULL },
	{ "\"\" hmac-sha256 c2VjcmV0", "is not a domain name", NULL, NULL },
	{ "key \"k\" { algorithm hmac-sha256; secret \"c2VjcmV0; };", "quotation mark", NULL, NULL },
	{ "key \"k\" { algorithm hmac-sha256; secret \"c2VjcmV0\"", "the key clause", NULL, NULL },
	{ "key \"k\" { algorithm hmac-sha256; secret \"c2VjcmV0\";", "does not end", NULL, NULL },
	{ "key \"k\" {", "does not end", NULL, NULL },
	{ "key \"k\" { };", "lacks", NULL, NULL },
	{ "key \"k\" { algorithm hmac-sha256; };", "lacks", NULL, NULL },
	{ "key \"k\" { secret \"c2VjcmV0\"; };", "lacks", NULL, NULL },
	{ "key \"k\" { algorithm hmac-sha256; algorithm hmac-sha256; secret \"c2VjcmV0\"; };", "more than an algorithm", NULL, NULL },
	{ "key \"k\" { algorithm hmac-sha256; secret; };", "more than an algorithm", NULL, NULL },
	{ "key \"k\" { algorithm hmac-sha256 secret \"c2VjcmV0\"; };", "more than an algorithm", NULL, NULL },
	{ "key \"a\" { algorithm hmac-sha256; secret \"c2VjcmV0\"; }; key \"b\" { algorithm hmac-sha256; secret \"c2VjcmV0\"; };", "more than one", NULL, NULL },
	{ "key \"a\" { algorithm hmac-sha256; secret \"c2VjcmV0\"; }; key \"b\" { algorithm hmac-sha256; secret \"c2VjcmV0\"; }; server 192.0.2.1;", "more than one", NULL, NULL },
};

static void reads_keys(void)
{
	for (size_t i = 0; i < sizeof key_files / sizeof key_files[0]; i++) {
		struct update_key k;
		struct fault f = { 0 };
		int result = update_key_parse(span_of(key_files[i].text), &k, &f);
		if (key_files[i].secret == NULL) {
			ok(result < 0 && strstr(f.text, key_files[i].name), "%s: %s", key_files[i].text, f.text);
			ok(!strstr(f.text, "c2Vj") && k.name == NULL, "nothing of it is told or kept");
			is_text(f.status, "5.3.5", "our owner's to mend");
		} else if (ok(result == 0, "%s: %s", key_files[i].text, f.text)) {
			is_text(k.name, key_files[i].name, "its name");
			is_text(k.algorithm, key_files[i].algorithm, "its algorithm");
			is_text(buf_text(&k.secret), key_files[i].secret, "its secret");
		}
		update_key_free(&k);
	}
	struct update_key k;
	struct fault f = { 0 };
	is_int(update_key_parse(SPAN("k hmac-sha256 c2V\0cmV0"), &k, &f), -1, "a NUL");
	ok(strstr(f.text, "NUL") != NULL, "is said so: %s", f.text);
}

/* ---- what answers say ---- */

static const struct dns_wire_key key = { "k.example", "hmac-sha256", "c2VjcmV0" };
static const struct dns_wire_key other_secret = { "k.example", "hmac-sha256", "b3RoZXIh" };
static const struct dns_wire_key other_name = { "j.example", "hmac-sha256", "c2VjcmV0" };

static int judged(struct span message, const struct dns_wire_key *k, struct span mac)
{
	unsigned rcode;
	enum dns_wire_signed how = DNS_WIRE_UNSIGNED;
	int64_t clock_s;
	struct fault f = { 0 };

	return dns_wire_update_answer(message, k, mac, &rcode, &how, &clock_s, &f) < 0 ? -1 : (int)how;
}

/* A request is signed as an answer is that goes on from nothing. */
static void judges_signatures(void)
{
	const struct span value = SPAN("v=DKIM1");
	struct dns_wire_txt change = { .name = "k.zone.example", .becomes = &value, .becomes_count = 1, .ttl_s = 60 };
	struct buf message = { 0 }, unsigned_one = { 0 }, mac = { 0 }, none = { 0 };
	struct fault f = { 0 };

	is_int(dns_wire_update("zone.example", &change, 1, &key, &message, &mac, &f), 0, "a signed update: %s", f.text);
	is_int(dns_wire_update("zone.example", &change, 1, NULL, &unsigned_one, &none, &f), 0, "an unsigned one");
	ok(mac.len == 34, "its signature is told");
	is_int(judged(buf_span(&message), &key, SPAN("")), DNS_WIRE_SIGNED, "signed");
	is_int(judged(buf_span(&message), &key, buf_span(&mac)), DNS_WIRE_WRONG_SIGNED, "for another request");
	is_int(judged(buf_span(&message), &other_secret, SPAN("")), DNS_WIRE_WRONG_SIGNED, "with another secret");
	is_int(judged(buf_span(&message), &other_name, SPAN("")), DNS_WIRE_WRONG_SIGNED, "with another key");
	is_int(judged(buf_span(&unsigned_one), &key, SPAN("")), DNS_WIRE_UNSIGNED, "not at all");
	message.at[3] ^= 5;
	is_int(judged(buf_span(&message), &key, SPAN("")), DNS_WIRE_WRONG_SIGNED, "with another rcode than was signed");
	message.at[3] ^= 5;
	is_int(judged((struct span){ message.at, message.len - 1 }, &key, SPAN("")), -1, "cut");
	is_int(judged(SPAN(""), &key, SPAN("")), -1, "nothing at all");
	buf_free(&message);
	buf_free(&unsigned_one);
	buf_free(&mac);
	buf_free(&none);
}

/* The update's records, told by their order in the message: conditions, then changes. */
static void writes_updates(void)
{
	static char long_text[600];
	struct buf was = { 0 }, message = { 0 }, mac = { 0 };
	struct fault f = { 0 };

	memset(long_text, 'x', sizeof long_text - 1);
	const struct span value = span_of(long_text);
	buf_add_text(&was, "\003abc\002de");
	struct dns_wire_txt changes[] = {
		{ .name = "a.example", .replace = true, .was = &was, .was_count = 1, .becomes = &value, .becomes_count = 1, .ttl_s = 60 },
		{ .name = "b.example", .becomes = &value, .becomes_count = 1, .ttl_s = 60 },
	};
	is_int(dns_wire_update("example", changes, 2, NULL, &message, &mac, &f), 0, "an update");
	is_int(message.at[2] & 0x7c, 5 << 3, "its opcode (RFC 2136 section 1.3)");
	is_int(message.at[7], 2, "two conditions: what was, and that nothing was");
	is_int(message.at[9], 3, "three changes: one set goes, two values come");
	ok(memmem(message.at, message.len, "\003abc\002de", 7) != NULL, "what was, in the strings it was in");
	ok(memmem(message.at, message.len, "\377xxx", 4) && memmem(message.at, message.len, "\131xxx", 4), "strings of 255 bytes and the rest");
	changes[0].name = "no name";
	is_int(dns_wire_update("example", changes, 2, NULL, &message, &mac, &f), -1, "a name that is none");
	changes[0].name = "a.example";
	is_int(dns_wire_update("no name", changes, 2, NULL, &message, &mac, &f), -1, "a zone that is none");
	buf_free(&was);
	buf_free(&message);
	buf_free(&mac);
}

/* ---- what servers say: the zone's name chooses ---- */

static const struct responder_row zones[] = {
	{ "fine", "TXT", "x" }, { "refused", "RCODE", "5" }, { "notauth", "RCODE", "9" }, { "notimp", "RCODE", "4" },
	{ "servfail", "RCODE", "2" }, { "yxrrset", "RCODE", "7" }, { "nxrrset", "RCODE", "8" }, { "odd", "RCODE", "14" },
	{ "garbage", "GARBAGE", "" }, { "closed", "CLOSE", "" },
};

static const struct {
	const char *zone, *fault, *status;
	bool with_key;
} outcomes[] = {
	{ "fine", "", "", false },
	{ "fine", "without a signature", "4.4.3", true },
	{ "refused", "(REFUSED)", "5.7.1", true },
	{ "refused", "(REFUSED)", "5.7.1", false },
	{ "notauth", "is not the primary of the zone, or does not permit its update (NOTAUTH)", "5.7.1", false },
	{ "notauth", "does not know the key \"k\" of hmac-sha256, or not for this zone (NOTAUTH)", "5.7.1", true },
	{ "notimp", "(NOTIMP)", "5.7.1", false },
	{ "servfail", "(SERVFAIL)", "4.4.3", false },
	{ "yxrrset", "(YXRRSET)", "4.4.3", false },
	{ "nxrrset", "(NXRRSET)", "4.4.3", false },
	{ "odd", "says rcode 14", "5.5.1", false },
	{ "garbage", "is not a DNS message", "4.4.3", false },
	{ "closed", "closed the connection", "4.4.3", false },
};

static void sends(const struct authority_server *server)
{
	struct update_key k;
	struct fault f = { 0 };

	update_key_parse(SPAN("k hmac-sha256 c2VjcmV0"), &k, &f);
	for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
		struct update_rrset was = { .name = mem_text("k.example"), .zone = mem_text(outcomes[i].zone), .alias = mem_text("") };
		char *value = mem_text("x");
		struct update_change change = { .was = &was, .becomes = { &value, 1 }, .ttl_s = 60 };
		f = (struct fault){ 0 };
		update_send(server, &change, 1, outcomes[i].with_key ? &k : NULL, &f);
		ok(outcomes[i].fault[0] ? strstr(f.text, outcomes[i].fault) != NULL : f.kind == FAULT_NONE, "update of %s: %s", outcomes[i].zone, f.text);
		is_text(f.status, outcomes[i].status, "and its status");
		update_rrset_free(&was);
		free(value);
	}
	update_key_free(&k);
}

static void looks(const struct authority_server *server)
{
	struct update_rrset r;
	struct fault f = { 0 };

	is_int(update_look(server, "refused", &r, &f), -1, "a server that refuses: %s", f.text);
	is_text(f.status, "5.4.4", "has not the zone");
	is_int(update_look(server, "garbage", &r, &f), -1, "one that talks nonsense");
	is_text(f.status, "4.4.3", "is in trouble");
	is_int(update_look(server, "fine", &r, &f), -1, "one that tells no zone");
	ok(r.name == NULL && r.texts.count == 0, "leaves nothing to free");
}

int main(void)
{
	struct responder responder = responder_start(zones, sizeof zones / sizeof zones[0]);
	struct authority_servers servers = { 0 };
	struct ip_address here;

	tap_plan(160);
	signal(SIGPIPE, SIG_IGN);
	ip_address_parse(SPAN("127.0.0.1"), &here);
	authority_servers_add(&servers, "ns", &here, responder.port);
	reads_keys();
	judges_signatures();
	writes_updates();
	sends(&servers.items[0]);
	looks(&servers.items[0]);
	authority_servers_free(&servers);
	responder_stop(&responder);
	return tap_done();
}
