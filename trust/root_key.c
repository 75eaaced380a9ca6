/* SPDX-License-Identifier: ISC */
#include "trust/root_key.h"

#include "base/base64.h"
#include "dns/dns.h"
#include "dns/dns_wire.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { TYPE_RRSIG = 46 };

/* DNSKEY's RDATA (RFC 4034 section 2.1): flags, protocol, algorithm, the key. */
enum { FLAG_ENTRY = 0x0001, FLAG_REVOKED = 0x0080, PROTOCOL_AT = 2, PROTOCOL = 3, ALGORITHM_AT = 3, KEY_AT = 4, KEY_MAX = 4096 };

/* RRSIG's (section 3.1). */
enum { SIGNATURE_ALGORITHM_AT = 2, TAG_AT = 16, SIGNER_AT = 18 };

/* DS's types of digest. */
enum { DIGEST_NONE = 0, DIGEST_SHA1 = 1, DIGEST_SHA256 = 2, DIGEST_SHA384 = 4, SHA256_LEN = 32 };

/* The keys that IANA has published, the oldest first, by their digests with SHA-256. */
static const struct {
	uint16_t tag;
	uint8_t digest[SHA256_LEN];
} published[] = {
	{ 20326, { 0xe0, 0x6d, 0x44, 0xb8, 0x0b, 0x8f, 0x1d, 0x39, 0xa9, 0x5c, 0x0b, 0x0d, 0x7c, 0x65, 0xd0, 0x84,
	           0x58, 0xe8, 0x80, 0x40, 0x9b, 0xbc, 0x68, 0x34, 0x57, 0x10, 0x42, 0x37, 0xc7, 0xf8, 0xec, 0x8d } },
	{ 38696, { 0x68, 0x3d, 0x2d, 0x0a, 0xcb, 0x8c, 0x9b, 0x71, 0x2a, 0x19, 0x48, 0xb2, 0x7f, 0x74, 0x12, 0x19,
	           0x29, 0x8d, 0x0a, 0x45, 0x0d, 0x61, 0x2c, 0x48, 0x3a, 0xf4, 0x44, 0xa4, 0xc0, 0xfb, 0x2b, 0x16 } },
};

enum { PUBLISHED = sizeof published / sizeof published[0], UNPUBLISHED = -1 };

/* ---- a key ---- */

static unsigned u16_at(struct span s, size_t at)
{
	return (unsigned)(unsigned char)s.at[at] << 8 | (unsigned char)s.at[at + 1];
}

/* RFC 4034 appendix B. */
static uint16_t tag_of(struct span rdata)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < rdata.len; i++)
		sum += i & 1 ? (unsigned char)rdata.at[i] : (uint32_t)(unsigned char)rdata.at[i] << 8;
	return (uint16_t)(sum + (sum >> 16));
}

/* As it was before it was revoked. */
static void unrevoked(struct span rdata, struct buf *out)
{
	buf_clear(out);
	buf_add_span(out, rdata);
	out->at[1] &= (char)~FLAG_REVOKED;
}

/* The digest of the root's name, which is one zero byte, and the key (RFC 4034 section 5.1.4). False: the type is unknown. */
static bool digest_of(struct span rdata, unsigned type, uint8_t out[EVP_MAX_MD_SIZE], unsigned *len)
{
	const EVP_MD *md = type == DIGEST_SHA1 ? EVP_sha1() : type == DIGEST_SHA256 ? EVP_sha256() : type == DIGEST_SHA384 ? EVP_sha384() : NULL;
	struct buf all = { 0 };

	buf_add_byte(&all, '\0');
	buf_add_span(&all, rdata);
	bool done = md && EVP_Digest(all.at, all.len, out, len, md, NULL) == 1;
	buf_free(&all);
	return done;
}

/* Its place in published. */
static int rank_of_digest(struct span sha256)
{
	for (int i = 0; i < PUBLISHED; i++)
		if (sha256.len == SHA256_LEN && memcmp(published[i].digest, sha256.at, SHA256_LEN) == 0)
			return i;
	return UNPUBLISHED;
}

static int rank_of_key(struct span rdata)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!digest_of(rdata, DIGEST_SHA256, digest, &len))
		return UNPUBLISHED;
	return rank_of_digest((struct span){ (const char *)digest, len });
}

/* ---- the file ---- */

struct anchor {
	uint16_t tag;
	uint8_t algorithm, digest;      /* DIGEST_NONE: the key itself */
	struct buf data;                /* the digest, or the RDATA */
	int rank;                       /* in published: the higher, the newer; or UNPUBLISHED */
};

static bool add_hex(struct span word, struct buf *out)
{
	for (size_t i = 0; i + 1 < word.len; i += 2) {
		int high = byte_hex_value(word.at[i]), low = byte_hex_value(word.at[i + 1]);
		if (high < 0 || low < 0)
			return false;
		buf_add_byte(out, (char)(high << 4 | low));
	}
	return word.len % 2 == 0;
}

/* The owner comes first; time to live and class may follow, in either order (RFC 1035 section 5.1). */
static bool skip_to_type(struct span *rest, bool *of_root, struct span *type)
{
	unsigned long long ttl_s;
	struct span owner = span_word(rest);

	*of_root = span_eq(owner, SPAN("."));
	do
		*type = span_word(rest);
	while (span_number(*type, UINT32_MAX, &ttl_s) || span_eq_nocase(*type, SPAN("IN")));
	return owner.len > 0 && (span_eq_nocase(*type, SPAN("DS")) || span_eq_nocase(*type, SPAN("DNSKEY")));
}

static bool read_key(struct span rest, const unsigned long long numbers[3], struct anchor *out)
{
	const char head[KEY_AT] = { (char)(numbers[0] >> 8), (char)(numbers[0] & 0xff), (char)numbers[1], (char)numbers[2] };
	struct buf text = { 0 }, key = { 0 };

	for (struct span word = span_word(&rest); word.len > 0; word = span_word(&rest))
		buf_add_span(&text, word);
	bool sound = base64_decode(buf_span(&text), &key) && key.len > 0 && key.len <= KEY_MAX && numbers[1] == PROTOCOL;
	buf_add(&out->data, head, sizeof head);
	buf_add_span(&out->data, buf_span(&key));
	out->tag = tag_of(buf_span(&out->data));
	out->algorithm = (uint8_t)numbers[2];
	out->rank = rank_of_key(buf_span(&out->data));
	buf_free(&text);
	buf_free(&key);
	return sound;
}

static bool read_ds(struct span rest, const unsigned long long numbers[3], struct anchor *out)
{
	bool sound = numbers[2] != DIGEST_NONE;

	for (struct span word = span_word(&rest); word.len > 0 && sound; word = span_word(&rest))
		sound = add_hex(word, &out->data);
	out->tag = (uint16_t)numbers[0];
	out->algorithm = (uint8_t)numbers[1];
	out->digest = (uint8_t)numbers[2];
	if (out->digest == DIGEST_SHA256)
		out->rank = rank_of_digest(buf_span(&out->data));
	return sound && out->data.len > 0;
}

/* 1: an anchor of the root; 0: of another name; -1: neither a DS nor a DNSKEY record. */
static int read_anchor(const char *record, struct anchor *out)
{
	struct span rest = span_of(record), type;
	unsigned long long numbers[3];
	bool of_root;

	*out = (struct anchor){ .rank = UNPUBLISHED };
	if (!skip_to_type(&rest, &of_root, &type))
		return -1;
	bool is_ds = span_eq_nocase(type, SPAN("DS"));
	for (int i = 0; i < 3; i++)
		if (!span_number(span_word(&rest), i == 0 ? UINT16_MAX : UINT8_MAX, &numbers[i]))
			return -1;
	bool sound = is_ds ? read_ds(rest, numbers, out) : read_key(rest, numbers, out);
	return !sound ? -1 : of_root;
}

/* Two keys are the same whatever their flags. */
static bool is_same_key(struct span a, struct span b)
{
	return a.len == b.len && memcmp(a.at + PROTOCOL_AT, b.at + PROTOCOL_AT, a.len - PROTOCOL_AT) == 0;
}

static bool has_digest(struct span rdata, const struct anchor *a)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	return a->algorithm == (uint8_t)rdata.at[ALGORITHM_AT] && a->tag == tag_of(rdata) && digest_of(rdata, a->digest, digest, &len) &&
	       a->data.len == len && memcmp(a->data.at, digest, len) == 0;
}

static bool is_anchor_of(const struct anchor *a, const struct root_key *key)
{
	struct buf rdata = { 0 };

	unrevoked(buf_span(&key->rdata), &rdata);
	bool is = a->digest == DIGEST_NONE ? is_same_key(buf_span(&a->data), buf_span(&rdata)) : has_digest(buf_span(&rdata), a);
	buf_free(&rdata);
	return is;
}

/* ---- what is heard ---- */

void root_keys_add(struct root_keys *k, struct span dnskey)
{
	if (dnskey.len <= KEY_AT || dnskey.len > KEY_MAX || dnskey.at[PROTOCOL_AT] != PROTOCOL)
		return;
	unsigned flags = u16_at(dnskey, 0);

	k->items = mem_resize(k->items, k->count + 1, sizeof *k->items);
	k->items[k->count] = (struct root_key){ .tag = tag_of(dnskey), .entry = flags & FLAG_ENTRY, .revoked = flags & FLAG_REVOKED };
	buf_add_span(&k->items[k->count++].rdata, dnskey);
}

void root_keys_add_signature(struct root_keys *k, struct span rrsig)
{
	if (rrsig.len <= SIGNER_AT || u16_at(rrsig, 0) != DNS_DNSKEY || rrsig.at[SIGNER_AT] != '\0')
		return;
	k->has_signatures = true;
	for (size_t i = 0; i < k->count; i++)
		k->items[i].signs |= k->items[i].tag == u16_at(rrsig, TAG_AT) && k->items[i].rdata.at[ALGORITHM_AT] == rrsig.at[SIGNATURE_ALGORITHM_AT];
}

int root_keys_read(struct span message, struct root_keys *out, struct fault *f)
{
	struct dns_wire_message m = { 0 };

	*out = (struct root_keys){ 0 };
	if (dns_wire_read(message, &m, f) < 0)
		return -1;
	for (size_t i = 0; i < m.count; i++)
		if (m.records[i].owner[0] == '\0' && m.records[i].type == DNS_DNSKEY)
			root_keys_add(out, buf_span(&m.records[i].rdata));
	for (size_t i = 0; i < m.count; i++)
		if (m.records[i].owner[0] == '\0' && m.records[i].type == TYPE_RRSIG)
			root_keys_add_signature(out, buf_span(&m.records[i].rdata));
	dns_wire_message_free(&m);
	if (out->count > 0)
		return 0;
	return fault_set(f, FAULT_TEMPORARY, "4.4.3", "the name servers in use give no keys of the root");
}

void root_keys_free(struct root_keys *k)
{
	for (size_t i = 0; i < k->count; i++)
		buf_free(&k->items[i].rdata);
	free(k->items);
	*k = (struct root_keys){ 0 };
}

/* ---- the judgement ---- */

struct anchors {
	struct anchor *items;
	size_t count;
	bool elsewhere;         /* there is one of another name */
	int newest;             /* the highest rank */
};

static void add_tag(struct buf *out, uint16_t tag)
{
	buf_printf(out, "%s%u", out->len ? ", " : "", tag);
}

/* False: ROOT_KEY_BROKEN. */
static bool read_anchors(const struct text_list *records, struct anchors *out, struct root_key_judgement *j)
{
	out->newest = UNPUBLISHED;
	for (size_t i = 0; i < records->count; i++) {
		struct anchor a;
		int of_root = read_anchor(records->items[i], &a);
		if (of_root <= 0)
			buf_free(&a.data);
		if (of_root < 0) {
			buf_printf(&j->broken, "%.80s", records->items[i]);
			buf_clear(&j->held);
			return false;
		}
		if (of_root == 0) {
			out->elsewhere = true;
			continue;
		}
		out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
		out->items[out->count++] = a;
		out->newest = a.rank > out->newest ? a.rank : out->newest;
		add_tag(&j->held, a.tag);
	}
	return true;
}

static bool is_held(const struct anchors *all, const struct root_key *key)
{
	for (size_t i = 0; i < all->count; i++)
		if (is_anchor_of(&all->items[i], key))
			return true;
	return false;
}

static enum root_key_verdict compare(const struct anchors *all, const struct root_keys *heard, struct root_key_judgement *j)
{
	bool any_held = false, valid_held = false, signing_held = false;

	for (size_t i = 0; i < heard->count; i++) {
		const struct root_key *key = &heard->items[i];
		bool held = is_held(all, key);
		int rank = rank_of_key(buf_span(&key->rdata));
		any_held |= held;
		valid_held |= held && !key->revoked;
		signing_held |= held && key->signs && !key->revoked;
		if ((key->signs || !heard->has_signatures) && key->entry)
			add_tag(&j->signing, key->tag);
		/* A key that is older than an anchor will go soon. */
		bool is_older = rank != UNPUBLISHED && rank < all->newest;
		if (!held && key->entry && !key->revoked && !is_older)
			add_tag(&j->lacking, key->tag);
	}
	if (!any_held)
		return ROOT_KEY_FOREIGN;
	if (signing_held)
		return j->lacking.len > 0 ? ROOT_KEY_NEXT : ROOT_KEY_CURRENT;
	if (heard->has_signatures)
		return ROOT_KEY_OLD;
	/* Whichever signs, it is held if all are. */
	return valid_held && j->lacking.len == 0 ? ROOT_KEY_CURRENT : ROOT_KEY_UNSIGNED;
}

void root_key_judge(const struct text_list *records, const struct root_keys *heard, struct root_key_judgement *out)
{
	struct anchors all = { 0 };

	*out = (struct root_key_judgement){ 0 };
	if (!read_anchors(records, &all, out))
		out->verdict = ROOT_KEY_BROKEN;
	else if (all.count == 0)
		out->verdict = all.elsewhere ? ROOT_KEY_ELSEWHERE : ROOT_KEY_NONE;
	else
		out->verdict = heard ? compare(&all, heard, out) : ROOT_KEY_UNHEARD;
	out->newest = all.newest == PUBLISHED - 1;
	out->outdated = all.newest != UNPUBLISHED && !out->newest;
	for (size_t i = 0; i < all.count; i++)
		buf_free(&all.items[i].data);
	free(all.items);
}

void root_key_judgement_free(struct root_key_judgement *j)
{
	buf_free(&j->broken);
	buf_free(&j->held);
	buf_free(&j->signing);
	buf_free(&j->lacking);
	*j = (struct root_key_judgement){ 0 };
}
