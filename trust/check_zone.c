/* SPDX-License-Identifier: ISC */
/*
 * The zone: its name servers, what the domain is in mail (MX, addresses), who
 * reads postmaster; and the records about TLS of its own MX.
 */
#include "base/sha256.h"
#include "dns/sts.h"
#include "trust/check.h"
#include "trust/fix.h"
#include "trust/reverse.h"
#include "trust/txt_damage.h"

#include <stdlib.h>
#include <time.h>

enum { TTL_LONG_S = 86400, STS_FIRST_AGE_S = 86400 };

/* ---- dns ---- */

/* By the part of "ns1.example.org[192.0.2.1]" before the address. */
static size_t count_hosts(const struct fact *fact)
{
	size_t hosts = 0;

	for (size_t i = 0; i < fact->count; i++) {
		struct span rest = span_of(fact->answers[i].server), host = span_cut(&rest, '[');
		bool seen = false;
		for (size_t k = 0; k < i; k++) {
			rest = span_of(fact->answers[k].server);
			seen |= span_eq(span_cut(&rest, '['), host);
		}
		hosts += !seen;
	}
	return hosts;
}

static void judge_servers(const char *domain, const struct fact *soa, struct findings *out)
{
	size_t answered = fact_answered(soa);
	struct finding *f;

	if (soa->fault.kind == FAULT_PERMANENT) {
		f = finding_add(out, "dns.servers", FINDING_FAIL, domain, 0, "%s", soa->fault.text);
		finding_fix(f, "register the domain, or correct its name in signet.conf");
	} else if (answered == 0) {
		f = finding_add(out, "dns.servers", FINDING_UNKNOWN, domain, 0, "no authoritative server of %s answers: %s", domain, fact_why(soa));
		finding_fix(f, "look whether the name servers run, and whether port 53 is open to the world over UDP and TCP; or try again later");
	} else if (answered < soa->count) {
		f = finding_add(out, "dns.servers", FINDING_WARN, domain, 0, "%zu of %zu authoritative servers do not answer", soa->count - answered,
		                soa->count);
		finding_fix(f, "repair those servers, or take them out of the delegation of %s", domain);
	} else if (count_hosts(soa) < 2) {
		f = finding_add(out, "dns.servers", FINDING_WARN, domain, 0, "%s has one name server only: %s", domain, soa->answers[0].server);
		finding_fix(f, "have a second one, in another network (RFC 2182)");
	} else {
		f = finding_add(out, "dns.servers", FINDING_PASS, domain, 0, "all %zu authoritative servers answer", answered);
	}
	for (size_t i = 0; i < soa->count; i++)
		if (soa->answers[i].fault.kind != FAULT_NONE)
			finding_evidence(f, "%s", soa->answers[i].fault.text);
}

static void judge_serials(const char *domain, const struct fact *soa, struct findings *out)
{
	const struct fact_answer *one = fact_one(soa);

	if (one == NULL || fact_answered(soa) < 2)
		return;
	if (fact_agreed(soa, one) == fact_answered(soa)) {
		finding_add(out, "dns.agree", FINDING_PASS, domain, 0, "all servers have the same version of the zone");
		return;
	}
	struct finding *f = finding_add(out, "dns.agree", FINDING_WARN, domain, 0, "the servers of %s have different versions of the zone", domain);
	for (size_t i = 0; i < soa->count; i++)
		if (soa->answers[i].fault.kind == FAULT_NONE)
			finding_evidence(f, "%s has serial %s", soa->answers[i].server, soa->answers[i].values.count ? soa->answers[i].values.items[0] : "none");
	finding_fix(f, "right after a change, wait; if it stays so, let the primary notify the others (NOTIFY) and allow them the transfer; "
	            "and raise the serial with each change");
}

/* Servers answer, and resolvers cannot use that: a broken delegation, or DNSSEC that does not validate. */
static void judge_resolving(struct facts *facts, const char *domain, const struct fact *soa, struct findings *out)
{
	const struct fact_answer *resolved = facts_system(facts, domain, FACTS_SOA);
	struct finding *f;

	if (resolved && resolved->bogus) {
		f = finding_add(out, "dns.resolve", FINDING_FAIL, domain, 0, "the DNSSEC of %s is broken: resolvers that validate, as most do, cannot "
		                "look up anything of it", domain);
		finding_evidence(f, "%s", resolved->fault.text);
		finding_fix(f, "compare the DS at the registry with the zone's keys (DNSKEY), and look whether its signatures have expired; to take the "
		            "DS away makes the zone an unsigned one");
		return;
	}
	if (resolved == NULL || fact_one(soa) == NULL)
		return;
	if (resolved->fault.kind != FAULT_NONE) {
		f = finding_add(out, "dns.resolve", FINDING_FAIL, domain, 0, "the name servers of %s answer, but a resolver cannot look it up", domain);
		finding_evidence(f, "%s", resolved->fault.text);
		finding_fix(f, "if the zone is signed, compare the DS at the registry with its keys; if not, the NS at the registry with the "
		            "servers");
		return;
	}
	finding_add(out, "dns.resolve", FINDING_PASS, domain, 0, "a resolver can look it up");
	if (resolved->secure)
		finding_add(out, "dns.dnssec", FINDING_PASS, domain, 0, "the zone is signed, and validates");
	else
		finding_add(out, "dns.dnssec", FINDING_INFO, domain, 0, "the zone is not signed, or this host's resolver does not validate; DANE "
		            "needs it, nothing else does");
}

static void judge_ttl(struct facts *facts, const char *domain, struct findings *out)
{
	const struct fact *txt = facts_fresh(facts, domain, DNS_TXT);
	const struct fact_answer *one = txt ? fact_one(txt) : NULL;

	if (one == NULL || one->values.count == 0)
		return;
	if (fact_ttl_s(txt) > TTL_LONG_S) {
		struct finding *f = finding_add(out, "dns.ttl", FINDING_WARN, domain, 0, "the TXT records of %s have a time to live of %u s: every "
		                                "change takes as long to be seen", domain, fact_ttl_s(txt));
		finding_fix(f, "set it to %d:", FIX_TTL_S);
		fix_delete_txt(f, domain, &one->quoted);
		for (size_t i = 0; i < one->quoted.count; i++)
			finding_fix(f, "update add %s. %d TXT %s", domain, FIX_TTL_S, one->quoted.items[i]);
	} else {
		finding_add(out, "dns.ttl", FINDING_PASS, domain, 0, "TXT records have a time to live of %u s", fact_ttl_s(txt));
	}
}

void check_dns(struct facts *facts, const char *domain, struct findings *out)
{
	/* Of the zone, whose name may be shorter: an answer without a SOA is from the right servers all the same. */
	const struct fact *soa = facts_fresh(facts, domain, FACTS_SOA);

	if (soa == NULL)
		return;
	judge_servers(domain, soa, out);
	judge_serials(domain, soa, out);
	judge_resolving(facts, domain, soa, out);
	judge_ttl(facts, domain, out);
}

/* ---- domain ---- */

/* The host of "10 mx.example.org". */
static const char *mx_host(const char *value)
{
	const char *blank = strchr(value, ' ');

	return blank ? blank + 1 : value;
}

static bool is_null_mx(const struct fact_answer *mx)
{
	return mx->values.count == 1 && mx_host(mx->values.items[0])[0] == '\0';
}

static void judge_replies(struct facts *facts, const char *domain, struct findings *out)
{
	const struct fact *mx = facts_fresh(facts, domain, DNS_MX), *a = facts_fresh(facts, domain, DNS_A), *aaaa = facts_fresh(facts, domain, DNS_AAAA);
	const struct fact_answer *mx_one = mx ? fact_one(mx) : NULL, *a_one = a ? fact_one(a) : NULL, *aaaa_one = aaaa ? fact_one(aaaa) : NULL;
	struct finding *f;

	if (mx == NULL || a == NULL || aaaa == NULL)
		return;
	if (mx->fault.kind == FAULT_PERMANENT) {
		f = finding_add(out, "domain.mail", FINDING_FAIL, domain, 0, "%s", mx->fault.text);
		finding_fix(f, "register the domain, or correct its name in signet.conf");
	} else if (mx_one == NULL) {
		f = finding_add(out, "domain.mail", FINDING_UNKNOWN, domain, 0, "the MX of %s cannot be found out: %s", domain, fact_why(mx));
	} else if (is_null_mx(mx_one)) {
		f = finding_add(out, "domain.mail", FINDING_FAIL, domain, 0, "%s says that it takes no mail (null MX), so that receivers refuse mail from "
		                "it, and no bounce comes back", domain);
		finding_fix(f, "remove that record, and publish which host takes its mail:");
		finding_fix(f, "update delete %s. MX", domain);
		finding_fix(f, "update add %s. 3600 MX 10 %s.", domain, facts->settings->hostname);
	} else if (mx_one->values.count == 0 && (!a_one || a_one->values.count == 0) && (!aaaa_one || aaaa_one->values.count == 0)) {
		f = finding_add(out, "domain.mail", FINDING_FAIL, domain, 0, "%s has neither MX nor address: receivers refuse mail from a domain that "
		                "cannot be answered", domain);
		finding_fix(f, "publish which host takes its mail, such as:");
		finding_fix(f, "update add %s. 3600 MX 10 %s.", domain, facts->settings->hostname);
	} else {
		f = finding_add(out, "domain.mail", FINDING_PASS, domain, 0, mx_one->values.count ? "%s has an MX" : "%s has an address", domain);
	}
	if (mx)
		f->wait_s = fact_ttl_s(mx);
}

/* Who reads them on this host; for a domain whose MX is elsewhere that is not ours to see. */
static void judge_readers(const struct facts *facts, const char *domain, struct findings *out)
{
	for (size_t i = 0; i < facts->reader_count; i++) {
		const struct fact_reader *r = &facts->readers[i];
		struct buf id = { 0 };
		buf_printf(&id, "domain.%s", r->name);
		if (r->to[0]) {
			finding_add(out, buf_text(&id), FINDING_PASS, domain, 0, "mail for %s on this host goes to %s", r->name, r->to);
		} else {
			struct finding *f = finding_add(out, buf_text(&id), FINDING_WARN, domain, 0, "nobody reads mail for %s on this host", r->name);
			finding_evidence(f, "%s", r->why);
			finding_fix(f, "set root to the address of a person who reads it, such as:");
			finding_fix(f, "signet.conf: root = \"me@example.net\";");
		}
		buf_free(&id);
	}
}

void check_domain(struct facts *facts, const char *domain, struct findings *out)
{
	judge_replies(facts, domain, out);
	if (strcmp(domain, facts->settings->domain) == 0)
		judge_readers(facts, domain, out);
}

/* ---- mx ---- */

/* Where another is left. */
static void fix_without(struct finding *f, const char *domain, const char *value, bool alone)
{
	if (!alone)
		finding_fix(f, "update delete %s. MX %s.", domain, value);
}

/* Of "10 mx.example.org", alone where it is the only one. */
static void judge_mx_host(struct facts *facts, const char *domain, const char *value, bool alone, size_t *usable, struct findings *out)
{
	const char *host = mx_host(value);
	const struct fact_answer *a = facts_system(facts, host, DNS_A), *aaaa = facts_system(facts, host, DNS_AAAA);
	struct ip_address address;
	struct finding *f = NULL;

	if (a == NULL || aaaa == NULL)
		return;
	if (ip_address_parse(span_of(host), &address)) {
		f = finding_add(out, "mx.resolves", FINDING_FAIL, domain, 0, "the MX %s is an address, where a name must be", host);
		finding_fix(f, "give the address a name, and let the MX be that; or remove it%s", alone ? "" : ":");
		fix_without(f, domain, value, alone);
		return;
	}
	if (a->alias || aaaa->alias) {
		f = finding_add(out, "mx.alias", FINDING_WARN, domain, 0, "the MX %s is an alias (CNAME) of %s, which RFC 2181 forbids and some servers "
		                "refuse", host, a->alias ? a->alias : aaaa->alias);
		finding_fix(f, "let the MX be %s:", a->alias ? a->alias : aaaa->alias);
		finding_fix(f, "update delete %s. MX %s.", domain, value);
		finding_fix(f, "update add %s. %d MX %.*s %s.", domain, FIX_TTL_S, (int)strcspn(value, " "), value, a->alias ? a->alias : aaaa->alias);
	}
	if (a->fault.kind != FAULT_NONE && aaaa->fault.kind != FAULT_NONE) {
		f = finding_add(out, "mx.resolves", FINDING_UNKNOWN, domain, 0, "the addresses of the MX %s cannot be found out", host);
		finding_evidence(f, "%s", a->fault.text);
		return;
	}
	if (a->values.count + aaaa->values.count == 0) {
		f = finding_add(out, "mx.resolves", FINDING_FAIL, domain, 0, "the MX %s has no address", host);
		finding_subject(f, "%s", host);
		finding_fix(f, "publish its address, or remove the MX%s", alone ? "" : ":");
		fix_without(f, domain, value, alone);
		return;
	}
	++*usable;
	for (size_t i = 0; i < a->values.count + aaaa->values.count; i++) {
		const char *text = i < a->values.count ? a->values.items[i] : aaaa->values.items[i - a->values.count];
		if (ip_address_parse(span_of(text), &address) && address_is_private(&address)) {
			f = finding_add(out, "mx.private", FINDING_FAIL, domain, 0, "the MX %s has the address %s, which nobody outside can reach", host, text);
			finding_subject(f, "%s", host);
			finding_fix(f, "publish its public address, or remove the MX%s", alone ? "" : ":");
			fix_without(f, domain, value, alone);
			return;
		}
	}
}

void check_mx(struct facts *facts, const char *domain, struct findings *out)
{
	const struct fact *mx = facts_fresh(facts, domain, DNS_MX);
	const struct fact_answer *one = mx ? fact_one(mx) : NULL;
	size_t usable = 0;

	if (one == NULL || one->values.count == 0 || is_null_mx(one))
		return;     /* the area domain says so */
	for (size_t i = 0; i < one->values.count; i++) {
		const char *host = mx_host(one->values.items[i]);
		if (host[0] == '\0') {
			struct finding *f = finding_add(out, "mx.null", FINDING_FAIL, domain, 0, "there is a null MX beside others, which nobody can make "
			                                "sense of (RFC 7505)");
			finding_fix(f, "remove it:");
			finding_fix(f, "update delete %s. MX %.*s .", domain, (int)strcspn(one->values.items[i], " "), one->values.items[i]);
			continue;
		}
		judge_mx_host(facts, domain, one->values.items[i], one->values.count == 1, &usable, out);
	}
	if (usable > 0)
		finding_add(out, "mx.resolves", FINDING_PASS, domain, 0, "%zu of %zu MX hosts have an address", usable, one->values.count);
	if (one->values.count == 1)
		finding_add(out, "mx.second", FINDING_INFO, domain, 0, "there is one MX; while it is down, senders keep mail for some days");
}

/* ---- tls ---- */

enum { EXPIRY_WARN_S = 14 * 86400 };

static void judge_certificate(const struct facts *facts, const char *domain, const struct fact_mx *mx, bool dane, struct findings *out)
{
	int64_t left_s = mx->chain.expires_s - facts->now_ms / 1000;
	struct finding *f;

	if (left_s < EXPIRY_WARN_S) {
		f = finding_add(out, "tls.expiry", left_s < 0 ? FINDING_FAIL : FINDING_WARN, domain, 0, left_s < 0 ?
		                "the certificate of the MX %s has expired" : "the certificate of the MX %s expires in %lld days", mx->host,
		                (long long)left_s / 86400);
		finding_fix(f, "renew it (certbot renew, where certbot got it), and let the mail server read it: a renewal without a reload changes "
		            "nothing; with Postfix, on that host:");
		finding_fix(f, "postfix reload");
	} else {
		f = finding_add(out, "tls.expiry", FINDING_PASS, domain, 0, "the certificate of the MX %s is valid for %lld days", mx->host,
		                (long long)left_s / 86400);
	}
	finding_subject(f, "%s", mx->host);
	if (!mx->chain.named || !mx->chain.vouched) {
		f = finding_add(out, "tls.name", FINDING_INFO, domain, 0, "the certificate of the MX %s %s", mx->host, !mx->chain.named ?
		                "is not for that name" : "is not vouched for by a root of this system");
		if (mx->chain.doubt[0])
			finding_evidence(f, "%s", mx->chain.doubt);
		finding_evidence(f, "senders without MTA-STS%s deliver all the same", dane ? ", and those with DANE," : "");
	} else {
		f = finding_add(out, "tls.name", FINDING_PASS, domain, 0, "the certificate of the MX %s is for that name, and vouched for", mx->host);
	}
	finding_subject(f, "%s", mx->host);
}

static void judge_tlsa(const char *domain, const struct fact_mx *mx, const char *name, const struct fact_answer *tlsa, struct findings *out)
{
	bool fits = false, usable = false;
	struct finding *f;

	for (size_t i = 0; i < tlsa->values.count; i++) {
		int one = peer_chain_fits(&mx->chain, tlsa->values.items[i]);
		usable |= one >= 0;
		fits |= one > 0;
	}
	if (!usable)
		return;
	if (fits) {
		f = finding_add(out, "tls.tlsa", FINDING_PASS, domain, 0, "a TLSA record at %s fits the certificate of the MX", name);
	} else {
		f = finding_add(out, "tls.tlsa", FINDING_FAIL, domain, 0, "no TLSA record at %s fits the certificate of the MX: senders with DANE do not "
		                "deliver there", name);
		for (size_t i = 0; i < tlsa->values.count; i++)
			finding_evidence(f, "%s", tlsa->values.items[i]);
		if (mx->chain.count > 0) {
			uint8_t digest[SHA256_BYTES];
			struct buf hex = { 0 };
			sha256(buf_span(&mx->chain.keys[0]), digest);
			for (size_t i = 0; i < sizeof digest; i++)
				buf_printf(&hex, "%02x", digest[i]);
			finding_fix(f, "publish that of the key in use:");
			for (size_t i = 0; i < tlsa->values.count; i++)
				finding_fix(f, "update delete %s. TLSA %s", name, tlsa->values.items[i]);
			finding_fix(f, "update add %s. 3600 TLSA 3 1 1 %s", name, buf_text(&hex));
			buf_free(&hex);
		}
	}
	finding_subject(f, "%s", name);
}

static void judge_mx_tls(struct facts *facts, const char *domain, const struct fact_mx *mx, struct findings *out)
{
	struct buf name = { 0 };
	struct finding *f;

	buf_printf(&name, "_25._tcp.%s", mx->host);
	const struct fact_answer *tlsa = facts_system(facts, buf_text(&name), DNS_TLSA);
	if (!mx->reached) {
		f = finding_add(out, "tls.starttls", FINDING_UNKNOWN, domain, 0, "the MX %s[%s] cannot be reached from here", mx->host, mx->address);
		finding_evidence(f, "%s", mx->fault.text);
	} else if (!mx->offers_tls || mx->chain.count == 0) {
		f = finding_add(out, "tls.starttls", FINDING_FAIL, domain, 0, mx->offers_tls ? "TLS with the MX %s fails" : "the MX %s does not offer TLS",
		                mx->host);
		finding_evidence(f, "%s", mx->offers_tls ? mx->fault.text : "its answer to EHLO has no STARTTLS");
		if (mx->offers_tls) {
			finding_fix(f, "the mail server's log says why: usually its certificate and key do not match, or it may not read them");
		} else {
			finding_fix(f, "switch STARTTLS on for port 25, with a certificate and its key; only MTA-STS requires one from a public CA. With "
			            "Postfix, on that host:");
			finding_fix(f, "postfix tls enable-server");
			finding_fix(f, "postfix reload");
		}
	} else {
		f = finding_add(out, "tls.starttls", FINDING_PASS, domain, 0, "the MX %s does TLS", mx->host);
		judge_certificate(facts, domain, mx, tlsa && tlsa->values.count > 0, out);
		if (tlsa && tlsa->secure && tlsa->values.count > 0)
			judge_tlsa(domain, mx, buf_text(&name), tlsa, out);
	}
	finding_subject(f, "%s", mx->host);
	buf_free(&name);
}

void check_tls(struct facts *facts, const char *domain, struct findings *out)
{
	const struct fact *mx = facts_fresh(facts, domain, DNS_MX);
	const struct fact_answer *one = mx ? fact_one(mx) : NULL;

	for (size_t i = 0; one && i < one->values.count; i++)
		for (size_t k = 0; k < facts->mx_count; k++)
			if (strcasecmp(facts->mxs[k].host, mx_host(one->values.items[i])) == 0)
				judge_mx_tls(facts, domain, &facts->mxs[k], out);
}

/* ---- mtasts, tlsrpt ---- */

/* The records at name that begin with version; NULL: not known (yet). */
static const struct fact_answer *versioned(struct facts *facts, const char *name, const char *version, const char *id, const char *domain,
                                           struct findings *out, struct text_list *found)
{
	const struct fact *fact = facts_fresh(facts, name, DNS_TXT);
	const struct fact_answer *one = fact ? fact_one(fact) : NULL;
	struct finding *f;

	if (fact && one == NULL) {
		f = finding_add(out, id, FINDING_UNKNOWN, domain, 0, "the record at %s cannot be found out: %s", name, fact_why(fact));
		finding_subject(f, "%s", name);
	}
	for (size_t i = 0; one && i < one->values.count; i++)
		if (span_starts_nocase(span_of(one->values.items[i]), span_of(version)))
			text_list_add(found, span_of(one->values.items[i]));
	return one;
}

/* Letters and digits, at most 32 (RFC 8461 section 3.1). */
static bool has_sts_id(const char *record)
{
	struct span rest = span_of(record);

	while (rest.at) {
		struct span tag = span_trim(span_cut(&rest, ';')), value = tag, name = span_trim(span_cut(&value, '='));
		value = span_trim(value);
		bool sound = value.len > 0 && value.len <= 32;
		for (size_t i = 0; i < value.len; i++)
			sound &= byte_is_letter_or_digit(value.at[i]);
		if (span_eq(name, SPAN("id")))
			return sound;
	}
	return false;
}

/* Senders fetch a policy again when the id has changed (RFC 8461 section 3.1): this one is the time, in UTC. */
static void print_sts_record(const struct facts *facts, struct buf *out)
{
	time_t now_s = (time_t)(facts->now_ms / 1000);
	struct tm utc;
	char id[32];

	gmtime_r(&now_s, &utc);
	strftime(id, sizeof id, "%Y%m%d%H%M%S", &utc);
	buf_printf(out, "v=STSv1; id=%s;", id);
}

/* A shell leaves it as it is between quotes: the fix is pasted into one. */
static bool is_safe_in_shell(const char *host)
{
	for (const char *c = host; *c; c++)
		if (!byte_is_letter_or_digit(*c) && strchr("-._*", *c) == NULL)
			return false;
	return host[0] != '\0';
}

/* MTA-STS of one domain. All is borrowed. */
struct sts {
	const struct facts *facts;
	const char *domain;
	const char *host;                   /* mta-sts.DOMAIN, where the policy is */
	const char *name;                   /* _mta-sts.DOMAIN, */
	const struct fact_answer *record;   /* and the record there */
	const struct fact_answer *mx;       /* the domain's MX; NULL: not known (yet) */
};

static struct finding *add_sts(const struct sts *s, enum finding_state state, const char *what, struct findings *out)
{
	struct finding *f = finding_add(out, "mtasts.policy", state, s->domain, 0, "%s", what);

	finding_subject(f, "%s", s->host);
	return f;
}

static void print_mx_line(const char *host, struct buf *out)
{
	if (is_safe_in_shell(host))
		buf_printf(out, " 'mx: %s'", host);
}

/* The lines of a policy that names what the current one does, and each MX. */
static void print_mx_lines(const struct sts *s, const struct sts_policy *current, struct buf *out)
{
	for (size_t i = 0; current && i < current->mx.count; i++)
		print_mx_line(current->mx.items[i], out);
	for (size_t i = 0; s->mx && i < s->mx->values.count; i++) {
		const char *mx = mx_host(s->mx->values.items[i]);
		if (current == NULL || !sts_policy_lists(current, mx))
			print_mx_line(mx, out);
	}
	if (s->mx && s->mx->values.count == 0)
		print_mx_line(s->domain, out);     /* a domain without MX is its own (RFC 5321 section 5.1) */
}

/* Commands that write the policy, and the record with a new id. current: what it keeps; NULL: none, and it begins with mode testing. */
static void fix_policy(const struct sts *s, const struct sts_policy *current, struct finding *f)
{
	struct buf lines = { 0 }, record = { 0 };

	print_mx_lines(s, current, &lines);
	if (lines.len == 0) {
		finding_fix(f, "serve it as text/plain at https://%s/.well-known/mta-sts.txt, with a line \"mx: HOST\" for each MX", s->host);
	} else {
		finding_fix(f, "serve a policy that names each MX: in the folder of what is at https://%s/,", s->host);
		finding_fix(f, "mkdir -p .well-known");
		finding_fix(f, "printf '%%s\\n' 'version: STSv1' 'mode: %s'%s 'max_age: %u' > .well-known/mta-sts.txt",
		            sts_mode_name(current ? current->mode : STS_TESTING), buf_text(&lines), current ? current->max_age_s : STS_FIRST_AGE_S);
		finding_fix(f, "as text/plain, which web servers derive from \".txt\"; and so that senders see the change:");
		print_sts_record(s->facts, &record);
		fix_delete_txt(f, s->name, &s->record->quoted);
		fix_add_txt(f, s->name, buf_text(&record));
	}
	buf_free(&lines);
	buf_free(&record);
}

/* unread: why its text is not a policy, where it was fetched. */
static void judge_no_policy(const struct sts *s, const struct fact_policy *policy, const struct fault *unread, struct findings *out)
{
	struct finding *f = add_sts(s, FINDING_FAIL, "the MTA-STS policy cannot be used, and senders that had fetched one still go by that", out);

	finding_evidence(f, "%s", policy->text ? unread->text : policy->fault.text);
	if (policy->untrusted) {
		finding_fix(f, "get its web server a certificate that is valid for %s (certbot renew, where certbot got it), and let the web server read it",
		            s->host);
		return;
	}
	if (policy->unanswered)
		finding_fix(f, "let a web server answer at https://%s/, with a certificate for that name", s->host);
	fix_policy(s, NULL, f);
	finding_fix(f, "(to do without MTA-STS, serve \"mode: none\" for as long as max_age was, and then remove the record)");
}

/* The policy, and whether it names the MX that are published. */
static void judge_sts_policy(const struct sts *s, struct findings *out)
{
	const struct facts *facts = s->facts;
	const struct fact_policy *policy = NULL;
	struct sts_policy read = { 0 };
	struct fault fault = { 0 };
	struct finding *f = NULL;
	struct buf what = { 0 };

	for (size_t i = 0; i < facts->policy_count; i++)
		if (strcmp(facts->policies[i].domain, s->domain) == 0)
			policy = &facts->policies[i];
	if (policy == NULL)
		return;
	if (policy->unseen) {
		f = add_sts(s, FINDING_UNKNOWN, "whether the MTA-STS policy can be fetched is not known", out);
		finding_evidence(f, "%s", policy->fault.text);
		return;
	}
	if (policy->text == NULL || sts_policy_read(span_of(policy->text), &read, &fault) < 0) {
		judge_no_policy(s, policy, &fault, out);
		return;
	}
	const char *mode = sts_mode_name(read.mode);
	buf_printf(&what, "the MTA-STS policy (%s) does not name an MX of the domain: senders that keep to it do not deliver there", mode);
	for (size_t i = 0; s->mx && read.mode != STS_NONE && i < s->mx->values.count; i++) {
		const char *mx = mx_host(s->mx->values.items[i]);
		if (sts_policy_lists(&read, mx))
			continue;
		f = f ? f : add_sts(s, read.mode == STS_ENFORCE ? FINDING_FAIL : FINDING_WARN, buf_text(&what), out);
		finding_evidence(f, "%s is an MX, and not in the policy", mx);
	}
	if (f)
		fix_policy(s, &read, f);
	else if (read.mode == STS_NONE)
		add_sts(s, FINDING_INFO, "the mode of the MTA-STS policy is none: senders need no TLS to the MX", out);
	else
		finding_add(out, "mtasts.policy", FINDING_PASS, s->domain, 0, "the MTA-STS policy (%s) names each MX", mode);
	buf_free(&what);
	sts_policy_free(&read);
}

static void judge_sts(struct facts *facts, const char *domain, const char *name, const struct fact_answer *one, const struct text_list *found,
                      struct findings *out)
{
	struct buf host = { 0 }, damage = { 0 }, record = { 0 };
	const struct fact *mx = facts_fresh(facts, domain, DNS_MX);
	struct finding *f;

	buf_printf(&host, "mta-sts.%s", domain);
	const struct fact_answer *a = facts_system(facts, buf_text(&host), DNS_A), *aaaa = facts_system(facts, buf_text(&host), DNS_AAAA);
	if (found->count == 0 && one->values.count == 0) {
		f = finding_add(out, "mtasts.record", FINDING_INFO, domain, 0, "there is no MTA-STS record: TLS to its MX is not demanded of others");
	} else if (found->count != 1 || !has_sts_id(found->items[0])) {
		f = finding_add(out, "mtasts.record", FINDING_FAIL, domain, 0, found->count > 1 ? "there are several MTA-STS records at %s, which count as "
		                "none" : "the MTA-STS record at %s is malformed, and counts as none", name);
		finding_fix(f, "publish one record, with another id at each change of the policy:");
		fix_delete_txt(f, name, &one->quoted);
		print_sts_record(facts, &record);
		fix_add_txt(f, name, buf_text(&record));
	} else {
		f = finding_add(out, "mtasts.record", FINDING_PASS, domain, 0, "there is one MTA-STS record, and it is sound");
		if (a && aaaa && a->values.count + aaaa->values.count > 0)
			judge_sts_policy(&(struct sts){ .facts = facts, .domain = domain, .host = buf_text(&host), .name = name, .record = one,
			                                .mx = mx ? fact_one(mx) : NULL }, out);
		if (a && aaaa && a->fault.kind == FAULT_NONE && a->values.count + aaaa->values.count == 0) {
			struct finding *host_finding = finding_add(out, "mtasts.policy", FINDING_FAIL, domain, 0, "the MTA-STS policy cannot be fetched: %s has "
			                                           "no address", buf_text(&host));
			finding_subject(host_finding, "%s", buf_text(&host));
			finding_fix(host_finding, "serve it at https://%s/.well-known/mta-sts.txt, or remove the record at %s:", buf_text(&host), name);
			fix_delete_txt(host_finding, name, &one->quoted);
		}
	}
	finding_subject(f, "%s", name);
	for (size_t i = 0; i < one->values.count; i++) {
		finding_evidence(f, "%s", one->quoted.items[i]);
		if (txt_damage_foreign(span_of(one->values.items[i]), &damage))
			finding_evidence(f, "%s", buf_text(&damage));
		buf_clear(&damage);
	}
	buf_free(&host);
	buf_free(&damage);
	buf_free(&record);
}

void check_mtasts(struct facts *facts, const char *domain, struct findings *out)
{
	struct text_list found = { 0 };
	struct buf name = { 0 };

	buf_printf(&name, "_mta-sts.%s", domain);
	const struct fact_answer *one = versioned(facts, buf_text(&name), "v=STSv1", "mtasts.record", domain, out, &found);
	if (one)
		judge_sts(facts, domain, buf_text(&name), one, &found, out);
	text_list_free(&found);
	buf_free(&name);
}

void check_tlsrpt(struct facts *facts, const char *domain, struct findings *out)
{
	struct text_list found = { 0 };
	struct buf name = { 0 };

	buf_printf(&name, "_smtp._tls.%s", domain);
	const struct fact_answer *one = versioned(facts, buf_text(&name), "v=TLSRPTv1", "tlsrpt.record", domain, out, &found);
	if (one) {
		bool sound = found.count == 1 && (strstr(found.items[0], "rua=mailto:") || strstr(found.items[0], "rua=https:"));
		bool none = found.count == 0 && one->values.count == 0;
		struct finding *f = finding_add(out, "tlsrpt.record", none ? FINDING_INFO : sound ? FINDING_PASS : FINDING_WARN, domain, 0, none ?
		                                "there is no TLSRPT record: nobody reports trouble with TLS to its MX (%s)" : sound ?
		                                "the TLSRPT record at %s is sound" : "the TLSRPT record at %s is not sound, and is ignored", buf_text(&name));
		finding_subject(f, "%s", buf_text(&name));
		for (size_t i = 0; i < one->values.count; i++)
			finding_evidence(f, "%s", one->quoted.items[i]);
		if (!none && !sound) {
			struct buf value = { 0 };
			finding_fix(f, "publish one record with the address that reports are to go to:");
			fix_delete_txt(f, buf_text(&name), &one->quoted);
			buf_printf(&value, "v=TLSRPTv1; rua=mailto:postmaster@%s", domain);
			fix_add_txt(f, buf_text(&name), buf_text(&value));
			buf_free(&value);
		}
	}
	text_list_free(&found);
	buf_free(&name);
}
