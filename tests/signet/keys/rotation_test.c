/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "signet/keys/rotation.h"

#include <stdlib.h>
#include <sysexits.h>

enum { NOW = 1000000, LATER = NOW + 1, BEFORE = NOW - 1 };

#define OLD CONFIGURED_OLD
#define NEW CONFIGURED_NEW
#define BOTH CONFIGURED_BOTH
#define NEITHER CONFIGURED_NEITHER
#define ABSENT ROTATION_KEY_ABSENT
#define READY ROTATION_KEY_READY
#define WRONG ROTATION_KEY_WRONG
#define UNASKED ROTATION_NOT_ASKED
#define DIFFERS ROTATION_DIFFERS
#define SHOWN ROTATION_SHOWN

enum { REVOKE = true, PUBLISHES = 2 };

static void steps(void)
{
	static const struct {
		const char *what;
		enum rotation_stage stage;
		enum rotation_configured configured;
		enum rotation_key key;
		enum rotation_dns dns;
		int64_t when_s;          /* not_before, or keep_until */
		unsigned wish;           /* bits; true is REVOKE */
		bool early;
		enum rotation_action want;
		const char *why;         /* in the reason, or NULL */
	} rows[] = {
		{ "the start", ROTATION_MAKE, OLD, ABSENT, UNASKED, 0, false, false, ROTATION_DO_MAKE, NULL },
		{ "made, and not written down", ROTATION_MAKE, OLD, READY, UNASKED, 0, false, false, ROTATION_DO_MAKE, NULL },
		{ "a file in its place", ROTATION_MAKE, OLD, WRONG, UNASKED, 0, false, false, ROTATION_TELL_ASTRAY, "cannot be used" },
		{ "neither is configured", ROTATION_MAKE, NEITHER, ABSENT, UNASKED, 0, false, false, ROTATION_TELL_ASTRAY, "neither" },
		{ "revoked before there is another", ROTATION_MAKE, OLD, ABSENT, UNASKED, 0, true, true, ROTATION_TELL_ASTRAY,
		  "not that far" },

		{ "made", ROTATION_PUBLISH, OLD, READY, UNASKED, 0, false, false, ROTATION_DO_ASK, NULL },
		{ "not published", ROTATION_PUBLISH, OLD, READY, DIFFERS, 0, false, false, ROTATION_TELL_PUBLISH, NULL },
		{ "published by itself", ROTATION_PUBLISH, OLD, READY, DIFFERS, 0, PUBLISHES, false, ROTATION_DO_PUBLISH, NULL },
		{ "published already", ROTATION_PUBLISH, OLD, READY, SHOWN, 0, PUBLISHES, false, ROTATION_DO_SWITCH, NULL },
		{ "the new record, though switched by hand", ROTATION_PUBLISH, NEW, READY, DIFFERS, 0, PUBLISHES, false,
		  ROTATION_DO_PUBLISH, NULL },
		{ "published", ROTATION_PUBLISH, OLD, READY, SHOWN, 0, false, false, ROTATION_DO_SWITCH, NULL },
		{ "caches may hold another", ROTATION_PUBLISH, OLD, READY, SHOWN, LATER, false, false, ROTATION_TELL_WAIT, NULL },
		{ "now they do not", ROTATION_PUBLISH, OLD, READY, SHOWN, NOW, false, false, ROTATION_DO_SWITCH, NULL },
		{ "still not shown, however late", ROTATION_PUBLISH, OLD, READY, DIFFERS, BEFORE, false, false,
		  ROTATION_TELL_PUBLISH, NULL },
		{ "switched, and not written down", ROTATION_PUBLISH, NEW, READY, SHOWN, 0, false, false, ROTATION_DO_RELOAD, NULL },
		{ "switched by hand: asked all the same", ROTATION_PUBLISH, NEW, READY, UNASKED, 0, false, false, ROTATION_DO_ASK, NULL },
		{ "switched by hand, and not published", ROTATION_PUBLISH, NEW, READY, DIFFERS, 0, false, false,
		  ROTATION_TELL_PUBLISH, NULL },
		{ "the new file is gone", ROTATION_PUBLISH, OLD, ABSENT, UNASKED, 0, false, false, ROTATION_TELL_ASTRAY, "gone" },
		{ "the new file is another", ROTATION_PUBLISH, OLD, WRONG, SHOWN, 0, false, false, ROTATION_TELL_ASTRAY, "cannot be used" },
		{ "both sign", ROTATION_PUBLISH, BOTH, READY, SHOWN, 0, false, false, ROTATION_TELL_ASTRAY, "remove the old" },
		{ "neither signs", ROTATION_PUBLISH, NEITHER, READY, SHOWN, 0, false, false, ROTATION_TELL_ASTRAY, "neither" },
		{ "revoked too soon", ROTATION_PUBLISH, OLD, READY, UNASKED, 0, true, true, ROTATION_TELL_ASTRAY, "not that far" },

		{ "switched", ROTATION_RELOAD, NEW, READY, UNASKED, 0, false, false, ROTATION_DO_RELOAD, NULL },
		{ "switched back", ROTATION_RELOAD, OLD, READY, UNASKED, 0, false, false, ROTATION_TELL_ASTRAY, "again" },
		{ "the file went meanwhile", ROTATION_RELOAD, NEW, ABSENT, UNASKED, 0, false, false, ROTATION_TELL_ASTRAY, "gone" },

		{ "kept", ROTATION_KEEP, NEW, READY, UNASKED, LATER, false, false, ROTATION_TELL_KEEP, NULL },
		{ "kept long enough", ROTATION_KEEP, NEW, READY, UNASKED, NOW, false, false, ROTATION_TELL_DUE, NULL },
		{ "revoked in time", ROTATION_KEEP, NEW, READY, UNASKED, NOW, true, false, ROTATION_DO_ASK, NULL },
		{ "revoked too early", ROTATION_KEEP, NEW, READY, UNASKED, LATER, true, false, ROTATION_TELL_KEEP, NULL },
		{ "revoked early because it leaked", ROTATION_KEEP, NEW, READY, UNASKED, LATER, true, true, ROTATION_DO_ASK, NULL },
		{ "early alone is no wish", ROTATION_KEEP, NEW, READY, UNASKED, LATER, false, true, ROTATION_TELL_KEEP, NULL },
		{ "the record is still there", ROTATION_KEEP, NEW, READY, DIFFERS, NOW, true, false, ROTATION_TELL_REVOKE, NULL },
		{ "the revocation is published by itself", ROTATION_KEEP, NEW, READY, DIFFERS, NOW, REVOKE | PUBLISHES, false, ROTATION_DO_PUBLISH,
		  NULL },
		{ "kept, not published", ROTATION_KEEP, NEW, READY, DIFFERS, LATER, PUBLISHES, false, ROTATION_TELL_KEEP, NULL },
		{ "it is revoked", ROTATION_KEEP, NEW, READY, SHOWN, NOW, true, false, ROTATION_DO_REMOVE, NULL },
		{ "the new one was itself rotated away", ROTATION_KEEP, NEITHER, ABSENT, SHOWN, NOW, true, false,
		  ROTATION_DO_REMOVE, NULL },
		{ "the old one signs again", ROTATION_KEEP, OLD, READY, SHOWN, NOW, true, true, ROTATION_TELL_ASTRAY, "again" },
		{ "both sign at the end", ROTATION_KEEP, BOTH, READY, SHOWN, NOW, true, true, ROTATION_TELL_ASTRAY, "remove the old" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bool keep = rows[i].stage == ROTATION_KEEP;
		struct rotation r = { .stage = rows[i].stage, .not_before_s = keep ? 0 : rows[i].when_s,
			.keep_until_s = keep ? rows[i].when_s : 0 };
		struct rotation_facts facts = { rows[i].configured, rows[i].key, rows[i].dns, rows[i].wish & REVOKE, rows[i].early,
			rows[i].wish & PUBLISHES };
		const char *why = NULL;
		is_int(rotation_next(&r, NOW, &facts, &why), rows[i].want, "%s", rows[i].what);
		ok(rows[i].why ? why && strstr(why, rows[i].why) : why == NULL, "and why: %s", why ? why : "no reason");
	}
}

/* Of every state with every fact there is an answer, and none switches or removes on an answer of DNS that differs. */
static void every_state(void)
{
	unsigned states = 0, wrong = 0;

	for (int stage = 0; stage < ROTATION_STAGES; stage++)
	for (unsigned configured = 1; configured <= NEITHER; configured *= 2)
	for (unsigned key = 1; key <= WRONG; key *= 2)
	for (unsigned dns = 1; dns <= SHOWN; dns *= 2)
	for (unsigned bits = 0; bits < 16; bits++) {
		int64_t when = bits & 4 ? LATER : BEFORE;
		struct rotation r = { .stage = (enum rotation_stage)stage, .not_before_s = when, .keep_until_s = when };
		struct rotation_facts facts = { (enum rotation_configured)configured, (enum rotation_key)key, (enum rotation_dns)dns,
			bits & 1, bits & 2, bits & 8 };
		const char *why = NULL;
		enum rotation_action a = rotation_next(&r, NOW, &facts, &why);
		states++;
		wrong += a == ROTATION_DO_SWITCH && (dns != SHOWN || key != READY || configured != OLD || when > NOW);
		wrong += a == ROTATION_DO_REMOVE && (dns != SHOWN || configured == OLD || configured == BOTH || !facts.revoke ||
		                                     (when > NOW && !facts.early));
		wrong += a == ROTATION_DO_ASK && dns != UNASKED;
		wrong += a == ROTATION_DO_PUBLISH && (dns != DIFFERS || !facts.publishes || (stage == ROTATION_KEEP && !facts.revoke));
		wrong += (a == ROTATION_TELL_ASTRAY) != (why != NULL);
	}
	is_int(states, 4 * 4 * 3 * 3 * 16, "all states are gone through");
	is_int(wrong, 0, "in none is a switch or removal that DNS, key and time do not allow");
}

/* ---- the text ---- */

static const char whole[] =
	"signet-rotation 3\nstage keep\nnot_before 0\nkeep_until 1790000000\nfailing_since 1780000000\ntold 78 12 4294967295\n"
	"domain example.org\nscheme domainkeys\nold_selector s2025a\nold_file /k/a b.pem\n"
	"new_selector s2026a\nnew_file credential:x\ntype ed25519\nbits 2048\n"
	"domain example.net\nscheme dkim\nold_selector s\nold_file /k/s.pem\nnew_selector t\nnew_file /k/t.pem\ntype rsa\nbits 1024\n";

/* As it was written before there were parts. */
static const char version_1[] =
	"signet-rotation 1\ndomain example.org\nscheme domainkeys\nold_selector s2025a\nold_file /k/a b.pem\n"
	"new_selector s2026a\nnew_file credential:x\ntype ed25519\nbits 2048\nstage keep\nnot_before 0\nkeep_until 1790000000\n";

static const char version_2[] =
	"signet-rotation 2\nstage keep\nnot_before 0\nkeep_until 1790000000\nfailing_since 1780000000\ntold 78\n"
	"domain example.org\nscheme dkim\nold_selector s\nold_file /k/s.pem\nnew_selector t\nnew_file /k/t.pem\ntype rsa\nbits 1024\n";

static void text(void)
{
	struct rotation r;
	struct fault f = { 0 };
	struct buf again = { 0 };

	is_int(rotation_decode(span_of(whole), &r, &f), 0, "is read: %s", f.text);
	is_int((int)r.count, 2, "two parts");
	is_text(r.parts[0].old_file, "/k/a b.pem", "a blank in a path");
	is_text(r.parts[1].new_selector, "t", "the second part");
	is_int(r.parts[0].scheme * 100 + r.parts[0].type * 10 + r.stage, 100 + 10 + ROTATION_KEEP, "words");
	is_int(r.keep_until_s, 1790000000, "a time");
	is_int((int)r.failures.told, EX_CONFIG, "what was told");
	ok(r.failures.hash_count == 2 && r.failures.hashes[1] == UINT32_MAX, "by which hashes");
	ok(rotation_is_of(&r, "Example.NET", "s") && rotation_is_of(&r, NULL, "s2025a") && rotation_is_of(&r, NULL, NULL), "it is of its parts");
	ok(!rotation_is_of(&r, "example.net", "s2025a"), "a domain and a selector are of one part");
	rotation_encode(&r, &again);
	is_span(buf_span(&again), span_of(whole), "and written as it was");
	rotation_free(&r);
	buf_free(&again);
	is_int(rotation_decode(span_of(version_2), &r, &f), 0, "version 2 is read: %s", f.text);
	is_int((int)(r.failures.told + r.failures.hash_count), EX_CONFIG, "it has no hashes");
	rotation_free(&r);
	is_int(rotation_decode(span_of(version_1), &r, &f), 0, "version 1 is read: %s", f.text);
	is_int((int)r.count, 1, "it has one part");
	is_text(r.parts[0].new_file, "credential:x", "in it");
	is_int(r.keep_until_s + r.stage, 1790000000 + ROTATION_KEEP, "and its state");
	rotation_free(&r);
}

static void damaged(void)
{
	static const struct { const char *from, *to; } rows[] = {
		{ "rotation 3", "rotation 4" }, { "rotation 3", "rotation 1" }, { "domain example.org", "domain " }, { "domain example.org\n", "" },
		{ "scheme domainkeys", "scheme x" }, { "type ed25519", "type edededededededededededed" }, { "bits 2048", "bits -1" },
		{ "bits 2048", "bits 99999" }, { "stage keep", "stage gone" }, { "keep_until 1790000000\n", "" },
		{ "keep_until 1790000000", "keep_until 99999999999999999999" }, { "not_before 0", "not_before" },
		{ "told 78", "told 256" }, { "12 4294967295", "4294967296" }, { "12 4294967295", "1 2 3 4 5 6 7 8 9" }, { "78 12", "78 x" },
		{ "bits 1024\n", "bits 1024\nmore x\n" }, { "bits 1024\n", "bits 1024" }, { "old_selector", "old_file" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf t = { 0 };
		struct rotation r;
		struct fault f = { 0 };
		const char *at = strstr(whole, rows[i].from);
		buf_add_span(&t, span_between(whole, at));
		buf_add_text(&t, rows[i].to);
		buf_add_text(&t, at + strlen(rows[i].from));
		is_int(rotation_decode(buf_span(&t), &r, &f), -1, "\"%s\" for \"%s\"", rows[i].to, rows[i].from);
		ok(r.parts == NULL && f.text[0], "nothing of it is left, and it is told");
		buf_free(&t);
	}
	const char *second = strstr(whole, "domain example.net");
	unsigned taken = 0;
	for (size_t len = 0; len < sizeof whole - 1; len++) {
		struct rotation r;
		taken += len != (size_t)(second - whole) && rotation_decode((struct span){ whole, len }, &r, NULL) == 0;
		if (len != (size_t)(second - whole))
			rotation_free(&r);
	}
	for (size_t len = 0; len < sizeof version_1 - 1; len++) {
		struct rotation r;
		taken += rotation_decode((struct span){ version_1, len }, &r, NULL) == 0;
		rotation_free(&r);
	}
	is_int(taken, 0, "cut anywhere but between two parts it is none");
}

/* ---- what its owner hears ---- */

static void failures(void)
{
	enum { DAY = 24 * 3600 };
	static const struct { const char *what; int status; const char *text; int64_t at_s; bool told; } rows[] = {
		{ "a wait", EX_TEMPFAIL, "ns1", 0, false }, { "that goes on", EX_TEMPFAIL, "ns1", DAY - 1, false }, { "for a day", EX_TEMPFAIL, "ns1", DAY, true },
		{ "for another, and something else", EX_TEMPFAIL, "ns2 and mx", 2 * DAY, false }, { "then fails permanently", EX_NOPERM, "key", 2 * DAY, true },
		{ "a wait in between", EX_TEMPFAIL, "ns1", 3 * DAY, false }, { "the same again", EX_NOPERM, "key", 3 * DAY, false },
		{ "another with the same status", EX_NOPERM, "zone", 3 * DAY, true }, { "that again", EX_NOPERM, "zone", 4 * DAY, false },
		{ "that with another number", EX_NOPERM, "zone17", 4 * DAY, false },
		{ "and the one before", EX_NOPERM, "key", 5 * DAY, false }, { "another permanently", EX_CONFIG, "file", 3 * DAY, true },
		{ "of those that differ each time", EX_CONFIG, "a", 3 * DAY, true }, { "some", EX_CONFIG, "b", 3 * DAY, true }, { "are told", EX_CONFIG, "c", 3 * DAY, true },
		{ "before it is enough", EX_CONFIG, "d", 3 * DAY, true }, { "and it is", EX_CONFIG, "e", 3 * DAY, false },
		{ "all is well", EX_OK, "", 3 * DAY, false }, { "the same, new", EX_CONFIG, "a", 3 * DAY, true },
		{ "all is well again", EX_OK, "", 3 * DAY, false }, { "a wait, new", EX_TEMPFAIL, "ns1", 3 * DAY, false },
		{ "the clock went back", EX_TEMPFAIL, "ns1", DAY, false }, { "and on", EX_TEMPFAIL, "ns1", 2 * DAY, true },
	};
	struct rotation_failures f = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		is_int(rotation_note_failure(&f, rows[i].status, rotation_hash(span_of(rows[i].text), SPAN("")), NOW + rows[i].at_s), rows[i].told,
		       "%s", rows[i].what);
	ok(rotation_hash(SPAN("a\nsignet: b\nc"), SPAN("signet: ")) == rotation_hash(SPAN("signet: b\n"), SPAN("signet: ")), "lines that begin otherwise do not count");
}

int main(void)
{
	tap_plan(158);
	steps();
	every_state();
	text();
	damaged();
	failures();
	return tap_done();
}
