/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"
#include "tests/trust/zone.h"

#include "trust/dmarc.h"

#define LONG "a.b.c.d.e.f.g.h.i.j.mail.example.com"

static const struct zone_row zone[] = {
	{ "_dmarc.plain.example", "TXT", "v=DMARC1; p=reject; sp=quarantine", 0 },
	{ "mail.plain.example", "A", "192.0.2.1", 0 },
	{ "_dmarc.np.example", "TXT", "v=DMARC1; p=none; sp=quarantine; np=reject", 0 },
	{ "there.np.example", "MX", "np.example", 0 },
	{ "_dmarc.nponly.example", "TXT", "v=DMARC1; p=quarantine; np=reject", 0 },
	{ "there.nponly.example", "A", "192.0.2.1", 0 },
	{ "_dmarc.strict.example", "TXT", "v=DMARC1; p=reject; adkim=s; aspf=s", 0 },
	{ "_dmarc.test.example", "TXT", "v=DMARC1; p=reject; sp=quarantine; t=y", 0 },
	{ "_dmarc.two.example", "TXT", "v=DMARC1; p=reject", 0 },
	{ "_dmarc.two.example", "TXT", "v=DMARC1; p=none", 0 },
	{ "_dmarc.wrong.example", "TXT", "v=DMARC1; p=nonsense", 0 },
	{ "_dmarc.spf.example", "TXT", "v=spf1 -all", 0 },
	{ "_dmarc.broken.example", "TROUBLE", "", 0 },
	{ "_dmarc.sub.broken.example", "TXT", "v=DMARC1; p=reject", 0 },
	/* RFC 9989 section 4.10.2, its three examples, each below a top of its own */
	{ "_dmarc.mail.example.com", "TXT", "v=DMARC1; p=none", 0 },
	{ "_dmarc.example.com", "TXT", "v=DMARC1; p=reject", 0 },
	{ "_dmarc.mail.example.net", "TXT", "v=DMARC1; p=quarantine; psd=n", 0 },
	{ "_dmarc.example.net", "TXT", "v=DMARC1; p=reject", 0 },
	{ "_dmarc.bank", "TXT", "v=DMARC1; p=reject; sp=quarantine; np=reject; psd=y", 0 },
	{ "mail.org.bank", "A", "192.0.2.1", 0 },
	{ "_dmarc.inner.own.bank", "TXT", "v=DMARC1; p=none", 0 },
	{ "_dmarc.own.bank", "TXT", "v=DMARC1; p=quarantine", 0 },
	/* consent to reports */
	{ "plain.example._report._dmarc.collector.example", "TXT", "v=DMARC1;", 0 },
	{ "plain.example._report._dmarc.other.example", "TXT", "hello", 0 },
	{ "plain.example._report._dmarc.trouble.example", "TROUBLE", "", 0 },
};

enum { ZONE = sizeof zone / sizeof zone[0] };

static const struct { const char *domain, *organizational, *policy; } walks[] = {
	{ "plain.example", "plain.example", "plain.example" },
	{ "MAIL.plain.example.", "plain.example", "plain.example" },
	{ "a.b.c.d.plain.example", "plain.example", "plain.example" },
	{ "none.test", "none.test", "" },
	{ "a.none.test", "a.none.test", "" },
	{ "two.example", "two.example", "" },
	{ "spf.example", "spf.example", "" },
	{ "a.mail.example.com", "example.com", "example.com" },
	{ "mail.example.com", "example.com", "mail.example.com" },
	{ LONG, "example.com", "example.com" },
	{ "a.mail.example.net", "mail.example.net", "mail.example.net" },
	{ "mail.example.net", "mail.example.net", "mail.example.net" },
	{ "www.example.net", "example.net", "example.net" },
	{ "a.mail.org.bank", "org.bank", "bank" },
	{ "org.bank", "org.bank", "bank" },
	{ "bank", "bank", "bank" },
	{ "x.inner.own.bank", "own.bank", "own.bank" },
	{ "inner.own.bank", "own.bank", "inner.own.bank" },
	{ "x.inner.gone.bank", "gone.bank", "bank" },
};

/* dkim: domains that passed, blanks between; "~" before one: it may have. want: "RESULT POLICY TAG APPLIED". */
static const struct { const char *author, *spf, *dkim, *want; } messages[] = {
	{ "plain.example", "plain.example", "", "pass reject p none" },
	{ "plain.example", "bounce.plain.example", "", "pass reject p none" },
	{ "plain.example", "other.example", "", "fail reject p reject" },
	{ "plain.example", "", "plain.example", "pass reject p none" },
	{ "plain.example", "other.example", "x.example mail.plain.example", "pass reject p none" },
	{ "PLAIN.example", "Plain.Example", "", "pass reject p none" },
	{ "mail.plain.example", "", "plain.example", "pass quarantine sp none" },
	{ "mail.plain.example", "", "", "fail quarantine sp quarantine" },
	{ "there.np.example", "", "", "fail quarantine sp quarantine" },
	{ "gone.np.example", "", "", "fail reject np reject" },
	{ "np.example", "", "", "fail none p none" },
	{ "there.nponly.example", "", "", "fail quarantine p quarantine" },
	{ "gone.nponly.example", "", "", "fail reject np reject" },
	{ "strict.example", "strict.example", "", "pass reject p none" },
	{ "strict.example", "mail.strict.example", "mail.strict.example", "fail reject p reject" },
	{ "mail.strict.example", "strict.example", "strict.example", "fail reject p reject" },
	{ "test.example", "", "", "fail reject p quarantine" },
	{ "a.test.example", "", "", "fail quarantine sp none" },
	{ "none.test", "none.test", "", "none  p none" },
	{ "two.example", "two.example", "", "none  p none" },
	{ "wrong.example", "wrong.example", "", "permerror  p none" },
	{ "broken.example", "broken.example", "", "temperror  p none" },
	{ "x.broken.example", "x.broken.example", "", "temperror  p none" },
	{ "sub.broken.example", "sub.broken.example", "", "pass reject p none" },
	{ "sub.broken.example", "", "broken.example", "temperror reject p none" },
	{ "plain.example", "~plain.example", "", "temperror reject p none" },
	{ "plain.example", "~other.example", "~mail.plain.example", "temperror reject p none" },
	{ "plain.example", "~other.example", "", "fail reject p reject" },
	{ "plain.example", "~plain.example", "plain.example", "pass reject p none" },
	{ "plain.example", "", "broken.example", "temperror reject p none" },
	{ "mail.org.bank", "", "org.bank", "pass quarantine sp none" },
	{ "mail.org.bank", "", "other.bank", "fail quarantine sp quarantine" },
	{ "gone.org.bank", "", "bank", "fail reject np reject" },
	{ "", "plain.example", "plain.example", "none  p none" },
};

static const struct { const char *domain, *uri; enum dmarc_consent want; const char *name; } consents[] = {
	{ "plain.example", "mailto:a@plain.example", DMARC_CONSENT_OWN, "" },
	{ "plain.example", "mailto:a@mail.plain.example", DMARC_CONSENT_OWN, "" },
	{ "plain.example", "mailto:a@collector.example", DMARC_CONSENT_GIVEN, "plain.example._report._dmarc.collector.example" },
	{ "plain.example", "mailto:a@other.example", DMARC_CONSENT_MISSING, "plain.example._report._dmarc.other.example" },
	{ "plain.example", "mailto:a@else.example", DMARC_CONSENT_MISSING, "plain.example._report._dmarc.else.example" },
	{ "plain.example", "mailto:a@trouble.example", DMARC_CONSENT_UNKNOWN, "plain.example._report._dmarc.trouble.example" },
	{ "plain.example", "mailto:a@broken.example", DMARC_CONSENT_UNKNOWN, "" },
	{ "plain.example", "https://plain.example/", DMARC_CONSENT_UNKNOWN, "" },
};

static void check_walk(int i)
{
	struct answers a = { 0 };
	struct dmarc_walk w;
	int rounds = 0;

	for (; !dmarc_walk(&a, walks[i].domain, &w); rounds++)
		zone_answer(&a, zone, ZONE);
	is_text(w.organizational, walks[i].organizational, "organizational domain of %s", walks[i].domain);
	is_text(w.policy ? w.policy->domain : "", walks[i].policy, "whose record applies");
	ok(rounds <= 2 && a.count <= DMARC_QUERIES_MAX, "%d rounds, %zu queries", rounds, a.count);
	dmarc_walk_free(&w);
	answers_free(&a);
}

static struct dmarc_identifier identifier(char *text)
{
	bool maybe = text[0] == '~';

	return (struct dmarc_identifier){ text[0] ? text + maybe : NULL, maybe ? DMARC_EVIDENCE_TEMPORARY : DMARC_EVIDENCE_PASS };
}

static void check_message(int i)
{
	char spf[100], dkim[100], *rest = dkim, *word;
	struct dmarc_identifier ids[4];
	struct dmarc_question q = { .author = messages[i].author, .dkim = ids };
	struct dmarc_verdict v;
	struct answers a = { 0 };
	struct buf got = { 0 };

	q.spf = identifier(strcpy(spf, messages[i].spf));
	strcpy(dkim, messages[i].dkim);
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word)
			ids[q.dkim_count++] = identifier(word);
	while (!dmarc_check(&q, &a, &v))
		zone_answer(&a, zone, ZONE);
	buf_printf(&got, "%s %s %s %s", dmarc_result_name(v.result), dmarc_policy_name(v.policy), v.tag, dmarc_policy_name(v.applied));
	is_text(buf_text(&got), messages[i].want, "%s, SPF %s, DKIM %s: %s", messages[i].author, messages[i].spf, messages[i].dkim, v.reason);
	buf_free(&got);
	dmarc_verdict_free(&v);
	answers_free(&a);
}

static void check_long(void)
{
	static const char *const asked[] = {      /* section 4.10 */
		"_dmarc." LONG, "_dmarc.g.h.i.j.mail.example.com", "_dmarc.h.i.j.mail.example.com", "_dmarc.i.j.mail.example.com",
		"_dmarc.j.mail.example.com", "_dmarc.mail.example.com", "_dmarc.example.com", "_dmarc.com",
	};
	struct answers a = { 0 };
	struct dmarc_walk w;

	while (!dmarc_walk(&a, LONG, &w))
		zone_answer(&a, zone, ZONE);
	is_int(a.count, TAP_ROWS(asked), "the queries of a long name");
	for (int i = 0; i < TAP_ROWS(asked); i++)
		is_text((size_t)i < a.count ? a.items[i]->name : "", asked[i], "query %d", i);
	dmarc_walk_free(&w);
	answers_free(&a);
}

int main(void)
{
	struct buf name = { 0 };

	tap_plan(3 * TAP_ROWS(walks) + TAP_ROWS(messages) + 2 * TAP_ROWS(consents) + 9);
	for (int i = 0; i < TAP_ROWS(walks); i++)
		check_walk(i);
	check_long();
	for (int i = 0; i < TAP_ROWS(messages); i++)
		check_message(i);
	for (int i = 0; i < TAP_ROWS(consents); i++) {
		struct answers a = { 0 };
		enum dmarc_consent got;
		while (!dmarc_consent(&a, consents[i].domain, consents[i].uri, &got, &name))
			zone_answer(&a, zone, ZONE);
		is_int(got, consents[i].want, "reports for %s to %s", consents[i].domain, consents[i].uri);
		is_text(buf_text(&name), consents[i].name, "where it is said");
		answers_free(&a);
	}
	buf_free(&name);
	return tap_done();
}
