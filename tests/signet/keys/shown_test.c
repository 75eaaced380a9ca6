/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/keys/shown.h"

#include <stdlib.h>

enum { TTL_S = 300, RECORDS_MAX = 2 };

static struct sign_key *key;
static char *own, *other, *dk_own;

static char *record_of(const struct sign_key *k, enum sign_scheme scheme)
{
	struct buf out = { 0 };

	sign_key_record(k, scheme, &out);
	return buf_take(&out);
}

static const char *const revoked = "v=DKIM1; p=";
static const char *const damaged = "v=DKIM1; k=rsa; p=AAAA";
static const char *const unfit = "v=DKIM1; s=other; p=AAAA";

static struct authority_answer answer(const char *a, const char *b, bool fault)
{
	struct authority_answer out = { .server = mem_text("ns.example[192.0.2.1]"), .ttl_s = TTL_S };

	if (fault)
		fault_set(&out.fault, FAULT_TEMPORARY, "4.4.3", "no answer");
	if (a)
		text_list_add(&out.texts, span_of(a));
	if (b)
		text_list_add(&out.texts, span_of(b));
	return out;
}

static void one_server(void)
{
	const struct {
		const char *what;
		enum sign_scheme scheme;
		bool revoking, fault;
		const char *a, *b;
		bool right, other;
		const char *says;
	} rows[] = {
		{ "the key's record", SIGN_DKIM, false, false, own, NULL, true, false, "shows it" },
		{ "of DomainKeys", SIGN_DOMAINKEYS, false, false, dk_own, NULL, true, false, "shows it" },
		{ "another key", SIGN_DKIM, false, false, other, NULL, false, true, "another key" },
		{ "no record", SIGN_DKIM, false, false, NULL, NULL, false, false, "no record; resolvers may hold that for 300 s" },
		{ "the key and another", SIGN_DKIM, false, false, own, other, false, true, "several" },
		{ "the key twice", SIGN_DKIM, false, false, own, own, false, true, "several" },
		{ "a revoked one", SIGN_DKIM, false, false, revoked, NULL, false, true, "revoked" },
		{ "a damaged one", SIGN_DKIM, false, false, damaged, NULL, false, true, "damaged" },
		{ "no key record", SIGN_DKIM, false, false, "v=spf1 -all", NULL, false, true, "damaged" },
		{ "one for other services", SIGN_DKIM, false, false, unfit, NULL, false, true, "does not allow" },
		{ "no answer", SIGN_DKIM, false, true, NULL, NULL, false, false, "gives no answer: no answer" },
		{ "revoked, as it should be", SIGN_DKIM, true, false, revoked, NULL, true, false, "is revoked" },
		{ "gone, as it may be", SIGN_DKIM, true, false, NULL, NULL, true, false, "no record" },
		{ "the key still there", SIGN_DKIM, true, false, own, NULL, false, true, "shows a key" },
		{ "revoked and the key", SIGN_DKIM, true, false, revoked, own, false, true, "several" },
		{ "no answer is no revocation", SIGN_DKIM, true, true, NULL, NULL, false, false, "no answer" },
		{ "DomainKeys revoked", SIGN_DOMAINKEYS, true, false, "p=", NULL, true, false, "is revoked" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct authority_answers all = { mem_alloc(sizeof *all.items), 1 };
		struct shown s;
		all.items[0] = answer(rows[i].a, rows[i].b, rows[i].fault);
		shown_judge(&all, rows[i].revoking ? NULL : key, rows[i].scheme, &s);
		is_int(shown_is_right(&s), rows[i].right, "%s", rows[i].what);
		is_int(s.other, rows[i].other, "another is in its place");
		is_int(s.wait_s, rows[i].right || rows[i].fault ? 0 : TTL_S, "how long that may be held");
		ok(strstr(buf_text(&s.lines), rows[i].says) && strstr(buf_text(&s.lines), "ns.example[192.0.2.1]: "), "%s",
		   buf_text(&s.lines));
		shown_free(&s);
		authority_answers_free(&all);
	}
}

static void several_servers(void)
{
	struct authority_answers all = { mem_resize(NULL, 3, sizeof *all.items), 0 };
	struct shown s;

	shown_judge(&all, key, SIGN_DKIM, &s);
	ok(!shown_is_right(&s), "no servers show nothing");
	shown_free(&s);
	all.items[all.count++] = answer(own, NULL, false);
	all.items[all.count++] = answer(own, NULL, false);
	shown_judge(&all, key, SIGN_DKIM, &s);
	ok(shown_is_right(&s), "two that are right");
	shown_free(&s);
	all.items[all.count++] = answer(NULL, NULL, true);
	shown_judge(&all, key, SIGN_DKIM, &s);
	ok(!shown_is_right(&s) && s.right == 2 && s.servers == 3, "and one that does not answer");
	shown_free(&s);
	authority_answers_free(&all);
}

/* At a name where the record may have come to lie. */
static void elsewhere(void)
{
	const struct { const char *what, *text; bool is; } rows[] = {
		{ "the record", own, true },
		{ "a damaged one", damaged, true },
		{ "another key's", other, true },
		{ "what a wildcard answers", "v=spf1 -all", false },
		{ "nothing", NULL, false },
	};

	for (int i = 0; i < TAP_ROWS(rows); i++) {
		struct authority_answers all = { mem_alloc(sizeof *all.items), 1 };
		all.items[0] = answer(rows[i].text, NULL, false);
		is_int(shown_is_meant(&all, key, SIGN_DKIM), rows[i].is, "elsewhere: %s", rows[i].what);
		authority_answers_free(&all);
	}
}

int main(void)
{
	struct fault f = { 0 };
	struct sign_key *another = sign_key_generate(KEY_RSA, 1024, &f);

	tap_plan(76);
	key = sign_key_generate(KEY_RSA, 1024, &f);
	own = record_of(key, SIGN_DKIM);
	dk_own = record_of(key, SIGN_DOMAINKEYS);
	other = record_of(another, SIGN_DKIM);
	one_server();
	several_servers();
	elsewhere();
	free(own);
	free(dk_own);
	free(other);
	sign_key_free(key);
	sign_key_free(another);
	return tap_done();
}
