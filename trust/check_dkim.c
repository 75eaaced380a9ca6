/* SPDX-License-Identifier: ISC */
/*
 * The key truth: what is published beside the private key that signs, for DKIM
 * (RFC 6376) and for DomainKeys (RFC 4870). Each id of the one has its twin in
 * the other.
 */
#include "trust/check.h"
#include "trust/fix.h"
#include "trust/txt_damage.h"
#include "trust/views.h"

#include <stdlib.h>

enum { BITS_ADVISED = 2048 };   /* RFC 8301 section 3.2 */

struct looked {                 /* at one key */
	struct facts *facts;
	struct findings *out;
	const struct fact_key *key;
	const char *area;
	char *name;             /* of its record */
	char *expected;         /* the record that belongs there; NULL where the key cannot be seen */
};

__attribute__((format(printf, 4, 5)))
static struct finding *add(const struct looked *l, const char *id, enum finding_state state, const char *format, ...)
{
	struct buf whole = { 0 }, text = { 0 };
	va_list ap;

	buf_printf(&whole, "%s.%s", l->area, id);
	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	struct finding *f = finding_add(l->out, buf_text(&whole), state, l->key->from, 0, "%s", buf_text(&text));
	finding_subject(f, "%s", l->name);
	buf_free(&whole);
	buf_free(&text);
	return f;
}

/* Takes away what is there, and puts there what belongs there. */
static void fix_record(const struct looked *l, struct finding *f, const struct text_list *quoted)
{
	if (l->expected == NULL) {
		finding_fix(f, "publish the record that signet dns prints, run as root");
		return;
	}
	finding_fix(f, quoted ? "replace the record at %s, as signet dns --publish does, or with nsupdate:"
	                      : "publish the record at %s, as signet dns --publish does, or with nsupdate:", l->name);
	if (quoted)
		fix_delete_txt(f, l->name, quoted);
	fix_add_txt(f, l->name, l->expected);
}

/* ---- the private key ---- */

static void judge_private(const struct looked *l)
{
	const struct fact_key *k = l->key;

	if (k->unseen) {
		struct finding *f = add(l, "key", FINDING_SKIPPED, "this user cannot read the private key of selector %s", k->selector);
		finding_evidence(f, "%s", k->fault.text);
		finding_fix(f, "run the check as root");
	} else if (k->key == NULL) {
		struct finding *f = add(l, "key", FINDING_FAIL, "the private key of selector %s cannot be used", k->selector);
		finding_evidence(f, "%s", k->fault.text);
		finding_fix(f, "see the evidence; \"signet config check\" tells the same");
	} else {
		add(l, "key", FINDING_PASS, "selector %s signs with %s, %s, %u bits", k->selector, k->file,
		    sign_key_type(k->key) == KEY_RSA ? "RSA" : "Ed25519", sign_key_bits(k->key));
	}
}

static bool has_rsa(const struct facts *f, const char *from)
{
	for (size_t i = 0; i < f->key_count; i++)
		if (f->keys[i].scheme == SIGN_DKIM && strcmp(f->keys[i].from, from) == 0 && f->keys[i].key &&
		    sign_key_type(f->keys[i].key) == KEY_RSA)
			return true;
	return false;
}

static void judge_bits(const struct looked *l)
{
	const struct fact_key *k = l->key;

	if (k->key == NULL)
		return;
	if (sign_key_type(k->key) == KEY_RSA && sign_key_bits(k->key) < BITS_ADVISED) {
		struct finding *f = add(l, "bits", FINDING_WARN, "the key of selector %s has %u bits; receivers recommend %d", k->selector,
		                        sign_key_bits(k->key), BITS_ADVISED);
		finding_fix(f, "signet key rotate --domain %s --selector %s", k->domain, k->selector);
	} else if (sign_key_type(k->key) == KEY_ED25519 && !has_rsa(l->facts, k->from)) {
		struct finding *f = add(l, "bits", FINDING_WARN, "%s signs with Ed25519 alone, which many receivers cannot verify", k->domain);
		finding_fix(f, "sign with an RSA key, too: signet key new --domain %s --configure", k->domain);
	} else {
		add(l, "bits", FINDING_PASS, "the key of selector %s is long enough", k->selector);
	}
}

/* ---- the record ---- */

/* The names that forms make of SELECTOR._domainkey.DOMAIN; what lies there was meant for it. */
static const struct {
	bool selector;
	const char *between;
	bool twice;
	const char *why;
} astray[] = {
	{ true, "._domainkey.", true, "the form adds the domain by itself, so that it is there twice" },
	{ true, ".", false, "\"._domainkey\" is missing in its name" },
	{ true, ".domainkey.", false, "the underscore before \"domainkey\" is missing in its name" },
	{ true, "_domainkey.", false, "the dot before \"_domainkey\" is missing in its name" },
	{ false, "_domainkey.", false, "the selector is missing in its name" },
	{ false, "", false, "it is at the domain itself, and the selector and \"._domainkey\" are missing in its name" },
};

static bool is_ours(const struct looked *l, const char *value)
{
	const char *why;

	return l->key->key && sign_key_compare(l->key->key, l->key->scheme, span_of(value), &why) == PUBLISHED_SAME;
}

/* Under the selector's name any key is meant for it; elsewhere one may belong to another selector, by an alias. */
static bool is_meant(const struct looked *l, const char *value, bool selector)
{
	return is_ours(l, value) || (selector && (strcasestr(value, "v=DKIM1") || strcasestr(value, "k=rsa")));
}

static void find_astray(const struct looked *l, struct finding *f)
{
	for (size_t i = 0; i < sizeof astray / sizeof astray[0]; i++) {
		struct buf name = { 0 };
		buf_printf(&name, "%s%s%s%s%s", astray[i].selector ? l->key->selector : "", astray[i].between, l->key->domain,
		           astray[i].twice ? "." : "", astray[i].twice ? l->key->domain : "");
		const struct fact *fact = facts_fresh(l->facts, buf_text(&name), DNS_TXT);
		const struct fact_answer *a = fact ? fact_one(fact) : NULL;
		for (size_t k = 0; a && k < a->values.count; k++)
			if (is_meant(l, a->values.items[k], astray[i].selector)) {
				finding_evidence(f, "the record is at %s: %s", buf_text(&name), astray[i].why);
				finding_fix(f, "remove it from %s:", buf_text(&name));
				finding_fix(f, "update delete %s. TXT %s", buf_text(&name), a->quoted.items[k]);
			}
		buf_free(&name);
	}
}

static void judge_none(const struct looked *l, const struct fact *fact, const struct fact_answer *a)
{
	struct finding *f = add(l, "record", FINDING_FAIL, "no record is published at %s, so that nobody can verify our signature", l->name);

	if (a->alias)
		finding_evidence(f, "%s is an alias of %s, where no record is", l->name, a->alias);
	finding_evidence(f, "%s: %s", a->server, a->nxdomain ? "the name does not exist (NXDOMAIN)" : "no TXT record");
	f->wait_s = fact_ttl_s(fact);
	if (a->alias || strcasecmp(fact->name, l->name) != 0)      /* beside an alias no other record may be */
		finding_fix(f, "update delete %s. CNAME", l->name);
	fix_record(l, f, NULL);
	find_astray(l, f);
}

static size_t count_same(const struct looked *l, const struct fact_answer *a)
{
	size_t same = 0;

	for (size_t i = 0; i < a->values.count; i++)
		same += is_ours(l, a->values.items[i]);
	return same;
}

static void judge_several(const struct looked *l, const struct fact *fact, const struct fact_answer *a)
{
	size_t same = count_same(l, a);
	struct finding *f = add(l, "record", FINDING_FAIL, "there are %zu TXT records at %s, where only one may be%s", a->values.count, l->name,
	                        same ? "; one of them is right" : "");

	for (size_t i = 0; i < a->values.count; i++)
		finding_evidence(f, "%s", a->quoted.items[i]);
	f->wait_s = fact_ttl_s(fact);
	fix_record(l, f, &a->quoted);
}

static void judge_damaged(const struct looked *l, const struct fact *fact, const struct fact_answer *a, const char *why)
{
	struct finding *f = add(l, "record", FINDING_FAIL, "the record at %s is damaged: %s", l->name, why);
	struct buf where = { 0 };

	if (l->expected && txt_damage_point(span_of(l->expected), span_of(a->values.items[0]), &where))
		finding_evidence(f, "%s", buf_text(&where));
	finding_evidence(f, "published: %s", a->quoted.items[0]);
	f->wait_s = fact_ttl_s(fact);
	fix_record(l, f, &a->quoted);
	buf_free(&where);
}

static void judge_burnt(const struct looked *l, const struct fact_answer *a)
{
	const struct fact_key *k = l->key;
	struct finding *f = add(l, "record", FINDING_FAIL, "the record at %s holds a private key, which anybody can read there and sign with",
	                        l->name);

	finding_evidence(f, "the record begins with %.40s", a->values.items[0]);
	if (k->scheme == SIGN_DKIM)
		finding_fix(f, "remove it at once, and replace the key: signet key rotate --domain %s --selector %s", k->domain, k->selector);
	else
		finding_fix(f, "remove it at once, and set another key in domainkeys: signet key new --domainkeys --domain %s", k->domain);
	fix_delete_txt(f, l->name, &a->quoted);
}

static void judge_other(const struct looked *l, const struct fact *fact, const struct fact_answer *a)
{
	struct finding *f = add(l, "match", FINDING_FAIL, "the key that is published at %s is not the one we sign with", l->name);
	struct buf ours = { 0 }, where = { 0 };

	sign_key_fingerprint(l->key->key, &ours);
	finding_evidence(f, "the key in %s has the fingerprint %s", l->key->file, buf_text(&ours));
	if (l->expected && txt_damage_point(span_of(l->expected), span_of(a->values.items[0]), &where))
		finding_evidence(f, "in the record, %s", buf_text(&where));
	finding_evidence(f, "published: %s", a->quoted.items[0]);
	f->wait_s = fact_ttl_s(fact);
	fix_record(l, f, &a->quoted);
	buf_free(&ours);
	buf_free(&where);
}

/* One record: what it is beside our key; where that cannot be seen, beside any, which tells whether it is sound. */
static void judge_one(const struct looked *l, const struct fact *fact, const struct fact_answer *a)
{
	struct sign_key *any = l->key->key ? NULL : sign_key_generate(KEY_ED25519, 0, NULL);
	struct span value = span_of(a->values.items[0]);
	const char *why = "";
	enum sign_key_published published = sign_key_compare(any ? any : l->key->key, l->key->scheme, value, &why);
	struct finding *f;

	sign_key_free(any);
	if (published == PUBLISHED_DAMAGED) {
		judge_damaged(l, fact, a, why);
		return;
	}
	if (published == PUBLISHED_BURNT) {
		judge_burnt(l, a);
		return;
	}
	add(l, "record", FINDING_PASS, "there is one record at %s, and it is sound", l->name);
	if (published == PUBLISHED_REVOKED) {
		f = add(l, "match", FINDING_FAIL, "the key at %s is revoked (p= is empty), and we sign with it", l->name);
		finding_fix(f, "if that is meant, sign with another key: signet key new --domain %s --configure; if not:", l->key->domain);
		fix_record(l, f, &a->quoted);
	} else if (published == PUBLISHED_UNFIT) {
		f = add(l, "flags", FINDING_FAIL, "the record at %s does not allow what we sign: %s", l->name, why);
		finding_evidence(f, "published: %s", a->quoted.items[0]);
		f->wait_s = fact_ttl_s(fact);
		fix_record(l, f, &a->quoted);
	} else if (published == PUBLISHED_OTHER && l->key->key) {
		judge_other(l, fact, a);
	} else if (published == PUBLISHED_SAME) {
		add(l, "match", FINDING_PASS, "the published key is the one we sign with, byte by byte");
	}
	if (published == PUBLISHED_SAME && sign_record_is_testing(l->key->scheme, value)) {
		f = add(l, "flags", FINDING_WARN, "the record at %s says t=y: this is only a test, and receivers may ignore the signature", l->name);
		finding_evidence(f, "published: %s", a->quoted.items[0]);
		fix_record(l, f, &a->quoted);
	} else if (published == PUBLISHED_SAME) {
		add(l, "flags", FINDING_PASS, "the record's flags allow what we sign");
	}
}

/* ---- the servers ---- */

/* The answer that is judged: the first that is not right, since receivers may get that one. */
static const struct fact_answer *judged_answer(const struct looked *l, const struct fact *fact)
{
	for (size_t i = 0; i < fact->count; i++) {
		const struct fact_answer *a = &fact->answers[i];
		bool right = a->values.count == 1 && (l->key->key == NULL || count_same(l, a) == 1);
		if (a->fault.kind == FAULT_NONE && !right)
			return a;
	}
	return fact_one(fact);
}

static void judge_servers(const struct looked *l, const struct fact *fact)
{
	const struct fact_answer *one = fact_one(fact);
	size_t answered = fact_answered(fact);

	if (fact_agreed(fact, one) == answered) {
		add(l, "servers", FINDING_PASS, "%zu of %zu authoritative servers answer, and all say the same", answered, fact->count);
		return;
	}
	struct finding *f = add(l, "servers", FINDING_WARN, "the authoritative servers do not say the same of %s", l->name);
	for (size_t i = 0; i < fact->count; i++) {
		const struct fact_answer *a = &fact->answers[i];
		finding_evidence(f, "%s: %s", a->server, a->fault.kind != FAULT_NONE ? a->fault.text : a->values.count ? a->quoted.items[0] :
		                 "no record");
	}
	f->wait_s = fact_ttl_s(fact);
	finding_fix(f, "after a change, wait until the secondary servers have it; if they never do, let the primary notify them and allow "
	            "them the transfer of the zone");
}

/* ---- the probe ---- */

struct published {
	const char *name;
	const struct text_list *values;
};

static void look_published(void *context, struct key_lookup *lookups, size_t count)
{
	const struct published *p = context;

	for (size_t i = 0; i < count; i++)
		if (strcasecmp(lookups[i].name, p->name) == 0)
			text_list_copy(p->values, &lookups[i].records);
}

/* Signs a message with the private key and verifies it with what is published, as a receiver would. False: it does not pass. */
static bool probe(const struct looked *l, const struct fact_answer *a, struct buf *why, struct fault *f)
{
	struct published published = { l->name, &a->values };
	bool dkim = l->key->scheme == SIGN_DKIM, pass = false;
	struct sign_options sign = {
		.scheme = l->key->scheme, .key = l->key->key, .domain = l->key->domain, .selector = l->key->selector,
		.header = dkim ? CANON_RELAXED : CANON_NOFWS, .body = dkim ? CANON_RELAXED : CANON_NOFWS, .now_s = -1, .expires_s = -1,
	};
	struct verify_options verify = { .lookup = look_published, .context = &published, .now_s = l->facts->now_ms / 1000 };
	struct buf message = { 0 }, fields = { 0 };
	struct signer *s = signer_new(&sign, 1, f);
	struct verifier *v = verifier_new(&verify);

	buf_printf(&message, "From: probe@%s\r\nTo: probe@%s\r\nSubject: probe\r\n\r\nThis message is not sent.\r\n", l->key->domain,
	           l->key->domain);
	if (s && signer_feed(s, buf_span(&message), f) == 0 && signer_finish(s, &fields, f) == 0 &&
	    verifier_feed(v, buf_span(&fields), f) == 0 && verifier_feed(v, buf_span(&message), f) == 0 && verifier_finish(v, f) == 0) {
		const struct verify_signature *signature = verifier_count(v) > 0 ? verifier_signature(v, 0) : NULL;
		pass = signature && signature->result == VERIFY_PASS;
		buf_printf(why, "%s%s%s", signature ? verify_result_name(signature->result) : "no signature",
		           signature && signature->reason[0] ? ": " : "", signature ? signature->reason : "");
	} else {
		buf_add_text(why, f->text);
	}
	signer_free(s);
	verifier_free(v);
	buf_free(&message);
	buf_free(&fields);
	return pass;
}

static void judge_probe(const struct looked *l, const struct fact_answer *a)
{
	struct buf why = { 0 };
	struct fault fault = { 0 };

	if (l->key->key == NULL || a->values.count == 0)
		return;
	if (probe(l, a, &why, &fault)) {
		add(l, "probe", FINDING_PASS, "a message signed with the private key verifies with the published one");
	} else {
		struct finding *f = add(l, "probe", FINDING_FAIL, "a message signed with the private key does not verify with the published record");
		finding_evidence(f, "%s", buf_text(&why));
		finding_fix(f, "first fix what %s.record, %s.match or %s.flags says of %s", l->area, l->area, l->area, l->name);
	}
	buf_free(&why);
}

/* ---- all of it ---- */

static void look_at_key(struct looked *l)
{
	const struct fact *fact = facts_fresh(l->facts, l->name, DNS_TXT);
	const struct fact_answer *a = fact ? judged_answer(l, fact) : NULL;
	struct buf cached = { 0 };

	judge_private(l);
	judge_bits(l);
	if (fact == NULL)
		return;
	if (a == NULL) {
		bool gone = fact->fault.kind == FAULT_PERMANENT;
		struct finding *f = add(l, "record", gone ? FINDING_FAIL : FINDING_UNKNOWN, gone ?
		                        "the record cannot be published: %s" : "no authoritative server has answered: %s", fact_why(fact));
		for (size_t i = 0; i < fact->count; i++)
			finding_evidence(f, "%s", fact->answers[i].fault.text);
		finding_fix(f, gone ? "register the domain, or sign for one that exists" : "see what dns.servers says, or try again later");
		return;
	}
	judge_servers(l, fact);
	if (a->values.count == 0)
		judge_none(l, fact, a);
	else if (a->values.count > 1)
		judge_several(l, fact, a);
	else
		judge_one(l, fact, a);
	judge_probe(l, a);
	buf_printf(&cached, "%s.cached", l->area);
	views_compare(l->facts, buf_text(&cached), l->key->from, l->name, fact, l->out);
	buf_free(&cached);
}

static size_t look_at_keys(struct facts *facts, const char *area, enum sign_scheme scheme, const char *domain, struct findings *out)
{
	size_t keys = 0;

	for (size_t i = 0; i < facts->key_count; i++) {
		const struct fact_key *k = &facts->keys[i];
		struct buf name = { 0 }, record = { 0 };
		if (k->scheme != scheme || strcmp(k->from, domain) != 0)
			continue;
		buf_printf(&name, "%s._domainkey.%s", k->selector, k->domain);
		if (k->key)
			sign_key_record(k->key, scheme, &record);
		struct looked l = { .facts = facts, .out = out, .key = k, .area = area, .name = buf_take(&name),
		                    .expected = k->key ? buf_take(&record) : NULL };
		look_at_key(&l);
		free(l.name);
		free(l.expected);
		keys++;
	}
	return keys;
}

void check_dkim(struct facts *facts, const char *domain, struct findings *out)
{
	if (look_at_keys(facts, "dkim", SIGN_DKIM, domain, out) > 0)
		return;
	struct finding *f = finding_add(out, "dkim.key", FINDING_WARN, domain, 0, "mail from %s is not signed: no key is configured for it",
	                                domain);
	finding_fix(f, "signet key new --domain %s --configure; then publish what signet dns prints", domain);
}

/* ---- the policy of DomainKeys, at _domainkey.DOMAIN (RFC 4870 section 3.6) ---- */

static void judge_policy(struct findings *out, const char *domain, const char *name, const struct fact_answer *a)
{
	struct buf where = { 0 };
	struct finding *f;

	if (a->values.count == 0) {
		f = finding_add(out, "domainkeys.policy", FINDING_INFO, domain, 0, "there is no policy at %s, which is the same as o=~: some mail "
		                "is signed", name);
	} else if (a->values.count > 1) {
		f = finding_add(out, "domainkeys.policy", FINDING_WARN, domain, 0, "there are %zu policies at %s, where only one may be",
		                a->values.count, name);
		finding_fix(f, "leave one record there:");
		fix_delete_txt(f, name, &a->quoted);
		fix_add_txt(f, name, "o=~");
	} else if (txt_damage_foreign(span_of(a->values.items[0]), &where)) {
		f = finding_add(out, "domainkeys.policy", FINDING_WARN, domain, 0, "the policy at %s is damaged: %s", name, buf_text(&where));
		finding_fix(f, "replace it:");
		fix_delete_txt(f, name, &a->quoted);
		fix_add_txt(f, name, "o=~");
	} else {
		f = finding_add(out, "domainkeys.policy", FINDING_PASS, domain, 0, "the policy at %s is %.200s", name, a->values.items[0]);
	}
	finding_subject(f, "%s", name);
	for (size_t i = 0; i < a->values.count; i++)
		finding_evidence(f, "%s", a->quoted.items[i]);
	buf_free(&where);
}

void check_domainkeys(struct facts *facts, const char *domain, struct findings *out)
{
	struct buf name = { 0 };

	if (look_at_keys(facts, "domainkeys", SIGN_DOMAINKEYS, domain, out) == 0)
		return;
	finding_add(out, "domainkeys.use", FINDING_INFO, domain, 0, "%s signs with DomainKeys, too, which the receivers of today ignore; it "
	            "harms nothing", domain);
	buf_printf(&name, "_domainkey.%s", domain);
	const struct fact *fact = facts_fresh(facts, buf_text(&name), DNS_TXT);
	const struct fact_answer *a = fact ? fact_one(fact) : NULL;
	if (a)
		judge_policy(out, domain, buf_text(&name), a);
	buf_free(&name);
}
