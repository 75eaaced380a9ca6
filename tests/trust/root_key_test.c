/* SPDX-License-Identifier: ISC */
/*
 * Files of trust anchors beside what is heard of the root: the keys that IANA has published, as dns-root-data has them, before, in and after
 * the change of 2026.
 */
#include "tests/trust/world.h"

#include "base/base64.h"

#define KEY_2017 \
	"AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5" \
	"xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUD" \
	"K/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM" \
	"8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU="

#define KEY_2024 \
	"AwEAAa96jeuknZlaeSrvyAJj6ZHv28hhOKkx3rLGXVaC6rXTsDc449/cidltpkyGwCJNnOAlFNKF2jBosZBU5eeHspaQWOmOElZs" \
	"jICMQMC3aeHbGiShvZsx4wMYSjH8e7Vrhbu6irwCzVBApESjbUdpWWmEnhathWu1jo+siFUiRAAxm9qyJNg/wOZqqzL/dL/q8Pkc" \
	"RU5oUKEpUge71M3ej2/7CPqpdVwuMoTvoB+ZOT4YeGyxMvHmbrxlFzGOHOijtzN+u1TQNatX2XBuzZNQ1K+s2CXkPIZo7s6JgZyv" \
	"aBevYtxPvYLw4z9mR7K2vaF18UYH9Z9GNUUeayffKC73PYc="

#define DNSKEY_2017 ". IN DNSKEY 257 3 8 " KEY_2017 " ; keytag 20326\n"
#define DNSKEY_2024 ". IN DNSKEY 257 3 8 " KEY_2024 " ; keytag 38696\n"
#define DS_2017 ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n"
#define DS_2024 ". 86400 IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219 298D0A450D612C483AF444A4C0FB2B16\n"
#define KEY_NEXT "c29tZXRoaW5nIG5ldywgb2YgdGhlIGtleSBvZiAyMDMw"
#define FILE_IS "/usr/share/dns/root.key"

enum { TYPE_RRSIG = 46, CLASS_IN = 1, TTL_S = 172800, ENTRY = 0x0101, REVOKED = 0x0181, ZONE_KEY = 0x0100 };

/* ---- what is heard ---- */

static uint16_t tag_of(struct span rdata)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < rdata.len; i++)
		sum += (uint32_t)(unsigned char)rdata.at[i] << (i & 1 ? 0 : 8);
	return (uint16_t)(sum + (sum >> 16));
}

static void add_record(struct buf *message, uint16_t type, struct span rdata)
{
	pack_u8(message, 0);
	pack_u16(message, type);
	pack_u16(message, CLASS_IN);
	pack_u32(message, TTL_S);
	pack_u16(message, (uint16_t)rdata.len);
	buf_add_span(message, rdata);
}

static void add_key(struct buf *message, uint16_t flags, const char *base64, bool signs)
{
	struct buf rdata = { 0 }, rrsig = { 0 };

	pack_u16(&rdata, flags);
	pack_u8(&rdata, 3);
	pack_u8(&rdata, 8);
	struct buf key = { 0 };
	base64_decode(span_of(base64), &key);
	buf_add_span(&rdata, buf_span(&key));
	add_record(message, DNS_DNSKEY, buf_span(&rdata));
	if (signs) {
		pack_u16(&rrsig, DNS_DNSKEY);
		pack_u8(&rrsig, 8);
		pack_u8(&rrsig, 0);
		for (int i = 0; i < 3; i++)
			pack_u32(&rrsig, TTL_S);
		pack_u16(&rrsig, tag_of(buf_span(&rdata)));
		pack_u8(&rrsig, 0);
		buf_add_text(&rrsig, "a signature");
		add_record(message, TYPE_RRSIG, buf_span(&rrsig));
	}
	buf_free(&key);
	buf_free(&rdata);
	buf_free(&rrsig);
}

/* Words: "2017", "2024" or "next", with "-" in front where it is revoked, and "!" behind where it signs; "zone" is the key for the rest of the zone. */
static void make_message(const char *spec, struct buf *out)
{
	struct span rest = span_of(spec);
	uint16_t count = 0;
	struct buf records = { 0 };

	for (struct span word = span_word(&rest); word.len > 0; word = span_word(&rest)) {
		bool revoked = word.at[0] == '-', signs = word.at[word.len - 1] == '!';
		struct span name = { word.at + revoked, word.len - revoked - signs };
		const char *key = span_eq(name, SPAN("2017")) ? KEY_2017 : span_eq(name, SPAN("2024")) ? KEY_2024 : KEY_NEXT;
		add_key(&records, span_eq(name, SPAN("zone")) ? ZONE_KEY : revoked ? REVOKED : ENTRY, key, signs);
		count = (uint16_t)(count + 1 + signs);
	}
	pack_u16(out, 7);
	pack_u16(out, 0x8180);
	pack_u16(out, 1);
	pack_u16(out, count);
	pack_u32(out, 0);
	pack_u8(out, 0);
	pack_u16(out, DNS_DNSKEY);
	pack_u16(out, CLASS_IN);
	buf_add_span(out, buf_span(&records));
	buf_free(&records);
}

static const struct {
	const char *what;
	const char *text;       /* NULL: there is no file */
	const char *heard;      /* NULL: silence */
	bool set;
	const char *finds, *says;
} table[] = {
	{ "both keys, after the change", DNSKEY_2017 DNSKEY_2024, "2017 2024! zone", false, "", "the key by which the root is signed, 38696" },
	{ "both, as DS", DS_2017 DS_2024, "2017 2024! zone", false, "", "holds the keys 20326, 38696" },
	{ "both, before the change", DNSKEY_2017 DNSKEY_2024, "2017! 2024 zone", false, "", "the key by which the root is signed, 20326" },
	{ "only the old one, after the change", DNSKEY_2017, "2017 2024! zone", false, "dns.anchor:fail", "the root is signed by the key 38696, and the DNSSEC "
	  "trust anchor " FILE_IS " is out of date" },
	{ "with the command", DS_2017, "2017 2024! zone", false, "dns.anchor:fail", "apt update\napt install dns-root-data\nsystemctl restart signetd" },
	{ "of a file that the owner has set", DS_2017, "2017 2024! zone", true, "dns.anchor:fail", "signet.conf: trust_anchor_file = \"/usr/share/dns/root.key\";" },
	{ "only the old one, while both sign", DNSKEY_2017, "2017! 2024! zone", false, "dns.anchor:warn", "has a new key, 38696" },
	{ "only the old one, before the change", DNSKEY_2017, "2017! 2024 zone", false, "dns.anchor:warn", "has a new key, 38696" },
	{ "only the old one, long ago", DNSKEY_2017, "2017! zone", false, "", NULL },
	{ "only the new one, after the change", DNSKEY_2024, "2017 2024! zone", false, "", "20326" },
	{ "only the new one, too early", DNSKEY_2024, "2017! 2024 zone", false, "dns.anchor:fail", "the root is signed by the key 20326" },
	{ "the old one revoked", DNSKEY_2017 DNSKEY_2024, "-2017! 2024! zone", false, "", "20454, which is revoked" },
	{ "only the old one, revoked, though it signs that", DNSKEY_2017, "-2017! 2024! zone", false, "dns.anchor:fail", "20454, which is revoked, and is signed by it" },
	{ "the old one gone", DS_2017, "2024! zone", false, "dns.anchor:fail", "holds none of the keys that the root seems to have" },
	{ "one that nobody knows yet", DNSKEY_2017 DNSKEY_2024, "2024! next zone", false, "dns.anchor:warn", "which the DNSSEC trust anchor" },
	{ "a root of somebody else's, and the right anchor", DNSKEY_2017 DNSKEY_2024, "next! zone", false, "dns.anchor:fail", "is not the world's root" },
	{ "no signatures, and all keys held", DNSKEY_2017 DNSKEY_2024, "2017 2024 zone", false, "", "holds all keys that the root has, 20326, 38696" },
	{ "no signatures, and one is not held", DNSKEY_2017, "2017 2024 zone", false, "dns.anchor:unknown", "drop signatures" },
	{ "no signatures, and the one that is held is revoked", DNSKEY_2017, "-2017 zone", false, "dns.anchor:unknown", "drop signatures" },
	{ "silence", DNSKEY_2017 DNSKEY_2024, NULL, false, "dns.anchor:unknown", "no answer in time" },
	{ "silence, and an old key", DNSKEY_2017, NULL, false, "dns.anchor:unknown", "there is a newer key" },
	{ "no keys in the answer", DNSKEY_2017 DNSKEY_2024, "", false, "dns.anchor:unknown", "give no keys of the root" },
	{ "no file", NULL, "2017 2024! zone", false, "dns.anchor:warn", "there is no DNSSEC trust anchor" },
	{ "an empty one", "\n; nothing\n", "2017 2024! zone", false, "dns.anchor:warn", "it is empty" },
	{ "an empty one that the owner has set", "", "2017 2024! zone", true, "dns.anchor:info", "is empty" },
	{ "of another zone", "example.org. IN DS 1 8 2 00ff\n", "2017 2024! zone", true, "dns.anchor:info", "no key of the root" },
	{ "HTML", "<html>\n", "2017 2024! zone", false, "dns.anchor:fail", "neither a DS nor a DNSKEY record: <html>" },
	{ "a digest that is cut", ". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0\n", "2024! zone", false, "dns.anchor:fail", "is damaged" },
	{ "a key that is not base64", ". IN DNSKEY 257 3 8 ****\n", "2024! zone", false, "dns.anchor:fail", "is damaged" },
	{ "a tag that is too large", ". IN DS 99999 8 2 00ff\n", "2024! zone", false, "dns.anchor:fail", "is damaged" },
	{ "the right tag and another digest", ". IN DS 38696 8 2 00ff\n", "2024! zone", false, "dns.anchor:fail", "holds none of the keys that the root seems to have" },
	{ "and one of the other key", ". IN DS 38696 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n", "2017 2024! zone", false, "dns.anchor:fail",
	  "holds none of the keys that the root seems to have" },
	{ "a digest of SHA-1", ". IN DS 20326 8 1 AE1EA5B974D4C858B740BD03E3CED7EBFCBD1724\n", "2017! zone", false, "", NULL },
	{ "in parentheses, and with states as unbound-anchor keeps them", ";;id: . 1\n. 172800 IN DNSKEY 257 3 8 (\n" KEY_2024 "\n) ;;state=2 [  VALID  ]\n",
	  "2017 2024! zone", true, "", NULL },
};

static void judge(size_t i)
{
	struct settings settings = { .hostname = "mail.example.org", .domain = "example.org" };
	struct world w = { .facts = { .settings = &settings, .root = { .asked = true, .set = table[i].set, .file = FILE_IS } } };
	struct fact_root *root = &w.facts.root;
	struct buf message = { 0 };

	if (table[i].text)
		root->text = mem_text(table[i].text);
	else
		fault_set(&root->file_fault, FAULT_PERMANENT, "5.3.5", "No such file or directory");
	if (table[i].heard) {
		make_message(table[i].heard, &message);
		root_keys_read(buf_span(&message), &root->heard, &root->heard_fault);
	} else {
		fault_set(&root->heard_fault, FAULT_TEMPORARY, "4.4.3", "no answer in time");
	}
	world_finds(&w, "dns.anchor", "example.org", table[i].what, table[i].finds, table[i].says);
	buf_free(&message);
}

static void malformed(void)
{
	struct root_keys keys = { 0 };
	struct fault f = { 0 };

	is_int(root_keys_read(SPAN("noise"), &keys, &f), -1, "no message: %s", f.text);
	root_keys_add(&keys, SPAN("\1\1\3"));
	root_keys_add(&keys, SPAN("\1\1\4\10key"));
	root_keys_add_signature(&keys, SPAN("\0\60\10"));
	ok(keys.count == 0 && !keys.has_signatures, "a key that is cut, one of another protocol, and a signature that is cut are none");
	root_keys_add(&keys, SPAN("\1\1\3\10key"));
	root_keys_add_signature(&keys, SPAN("\0\1\10\0aaaabbbbccccdd\0sig"));
	ok(keys.count == 1 && !keys.has_signatures, "a signature of something else is none of the keys");
	root_keys_free(&keys);
}

int main(void)
{
	tap_plan(2 * TAP_ROWS(table) + 3);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		judge(i);
	malformed();
	return tap_done();
}
