/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"
#include "tests/sign/mail.h"


static struct sign_key *rsa, *ed;
static struct mail_record records[2];
static const struct mail_zone zone = { records, 2 };

#define NOW 1700000000

static const char message[] =
	"Received: from a by b; Fri, 11 Jul 2003 21:01:54 -0700\r\n"
	"From: Joe <joe@example.org>\r\n"
	"To: Suzie <suzie@example.net>,\r\n\tBob <bob@example.net>\r\n"
	"Subject: Is dinner  ready?\r\n"
	"Date: Fri, 11 Jul 2003 21:00:37 -0700\r\n"
	"Message-ID: <1@example.org>\r\n"
	"List-Unsubscribe: <https://example.org/u>\r\n"
	"X-Other: not signed\r\n"
	"\r\n"
	"Hi. \r\n\r\n.dot\r\n\tWe  lost.\r\n\r\n\r\n";

static void make_keys(void)
{
	struct buf text = { 0 };

	rsa = sign_key_generate(KEY_RSA, 1024, NULL);
	ed = sign_key_generate(KEY_ED25519, 0, NULL);
	sign_key_record(rsa, SIGN_DKIM, &text);
	records[0] = (struct mail_record){ "r._domainkey.example.org", buf_take(&text) };
	sign_key_record(ed, SIGN_DKIM, &text);
	records[1] = (struct mail_record){ "e._domainkey.example.org", buf_take(&text) };
}

static void free_keys(void)
{
	sign_key_free(rsa);
	sign_key_free(ed);
	free((void *)(uintptr_t)records[0].text);
	free((void *)(uintptr_t)records[1].text);
}

static struct sign_options with(enum key_type type, enum canon header, enum canon body)
{
	return (struct sign_options){
		.key = type == KEY_RSA ? rsa : ed, .domain = "example.org", .selector = type == KEY_RSA ? "r" : "e",
		.header = header, .body = body, .now_s = NOW, .expires_s = -1,
	};
}

static const char *results(struct span s)
{
	return mail_results(s, s.len / 2, &zone, NOW, false);
}

/* The message with the first `from` in it, behind the signatures, replaced. */
static struct buf replaced(const struct buf *mail, const char *from, const char *to)
{
	const char *start = memmem(mail->at, mail->len, "Received:", 9);
	const char *at = memmem(start, mail->len - (size_t)(start - mail->at), from, strlen(from));
	struct buf out = { 0 };

	buf_add(&out, mail->at, (size_t)(at - mail->at));
	buf_add_text(&out, to);
	at += strlen(from);
	buf_add(&out, at, mail->len - (size_t)(at - mail->at));
	return out;
}

/* What may happen on the way: survives says with which canonicalisation. */
static const struct {
	const char *from, *to;
	bool simple, relaxed;
	const char *what;
} changes[] = {
	{ "X-Other: not signed", "X-Other: changed", true, true, "a field that is not signed" },
	{ "Received: from a", "Received: from x\r\nReceived: from a", true, true, "another Received" },
	{ "Subject: ", "subject:", false, true, "white space and case of a field" },
	{ ",\r\n\tBob", ", Bob", false, true, "a fold taken out" },
	{ "dinner  ready", "dinner ready", false, true, "white space in a field" },
	{ "Hi. \r\n", "Hi.\r\n", false, true, "white space at the end of a line" },
	{ "We  lost", "We lost", false, true, "white space in a line" },
	{ "\r\n\r\n\r\n", "\r\n", true, true, "empty lines at the end" },
	{ "Hi.", "Ho.", false, false, "the body" },
	{ "\r\n\r\n.dot", "\r\n.dot", false, false, "an empty line within" },
	{ "joe@example.org", "jim@example.org", false, false, "From" },
	{ "To: Suzie", "From: eve@example.net\r\nTo: Suzie", false, false, "a second From" },
	{ "Date:", "Cc: eve@example.net\r\nDate:", false, false, "a Cc where there was none" },
	{ "Date:", "MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\nDate:", true, true,
	  "MIME fields where there were none, which relays add" },
	{ "Date:", "Sender: list@example.net\r\nDate:", true, true, "a Sender, which lists add" },
	{ "List-Unsubscribe: <https://example.org", "List-Unsubscribe: <https://example.net", false, false, "List-Unsubscribe" },
	{ "Date: Fri, 11 Jul 2003 21:00:37 -0700\r\n", "", false, false, "Date taken away" },
};

static void all_pairs(enum key_type type)
{
	for (int pair = 0; pair < 4; pair++) {
		enum canon header = pair & 1 ? CANON_RELAXED : CANON_SIMPLE, body = pair & 2 ? CANON_RELAXED : CANON_SIMPLE;
		struct sign_options o = with(type, header, body);
		struct buf mail = { 0 };
		is_int(mail_sign(span_of(message), 100, &o, 1, &mail, NULL), 0, "signs %d %d", header, body);
		is_text(results(buf_span(&mail)), "pass", "verifies");
		for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
			struct buf changed = replaced(&mail, changes[i].from, changes[i].to);
			bool in_body = strstr(message, changes[i].from) > strstr(message, "\r\n\r\n");
			bool relaxed = (in_body ? body : header) == CANON_RELAXED;
			bool survives = relaxed ? changes[i].relaxed : changes[i].simple;
			is_text(results(buf_span(&changed)), survives ? "pass" : "fail", "changed: %s", changes[i].what);
			buf_free(&changed);
		}
		buf_free(&mail);
	}
}

static void lines_are_short(const struct buf *fields)
{
	size_t longest = 0;
	bool starts_right = true;

	for (struct span rest = buf_span(fields); rest.len > 0;) {
		struct span line = span_cut(&rest, '\n');
		longest = line.len - 1 > longest ? line.len - 1 : longest;
		starts_right &= line.at[line.len - 1] == '\r' && (line.at[0] == ' ' || span_starts_nocase(line, SPAN("DKIM-Signature:")));
	}
	ok(longest <= 78, "no line is longer than 78: %zu", longest);
	ok(starts_right, "all are folded and end in CRLF");
}

/* A field beside a signed one of its name, which is not oversigned: readers may show either. */
static void beside(void)
{
	static const char *const covered[] = { "subject", "to", "x-other", "list-unsubscribe" }, *const over[] = { "from" };
	static const struct { const char *above, *reason; } rows[] = {
		{ "", "" },
		{ "Subject: other\r\n", "the message has another Subject field, which is not signed" },
		{ "to: eve@example.net\r\nX-Other: z\r\n", "the message has another To field, which is not signed" },
		{ "X-Other: z\r\nList-Unsubscribe: <https://example.net/u>\r\n", "" },
		{ "Date: Fri, 11 Jul 2003 21:00:37 -0700\r\n", "" },
	};
	struct sign_options o = with(KEY_ED25519, CANON_RELAXED, CANON_RELAXED);
	struct sign_fields *fields = sign_fields_new(covered, 4, over, 1, NULL);

	o.fields = fields;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf mail = { 0 };
		buf_add_text(&mail, rows[i].above);
		is_int(mail_sign(span_of(message), 100, &o, 1, &mail, NULL), 0, "signs");
		struct verifier *v = mail_verify(buf_span(&mail), 0, &zone, NOW, false);
		is_text(verify_result_name(verifier_signature(v, 0)->result), "pass", "\"%s\" above it: passes", rows[i].above);
		is_text(verifier_signature(v, 0)->reason, rows[i].reason, "and says what is not signed");
		verifier_free(v);
		buf_free(&mail);
	}
	sign_fields_free(fields);
}

static void several(void)
{
	struct sign_options options[] = {
		with(KEY_RSA, CANON_RELAXED, CANON_RELAXED), with(KEY_ED25519, CANON_RELAXED, CANON_RELAXED),
		with(KEY_ED25519, CANON_SIMPLE, CANON_RELAXED), with(KEY_RSA, CANON_SIMPLE, CANON_SIMPLE),
	};
	struct buf mail = { 0 }, again = { 0 };
	int wrong = 0;

	options[1].expires_s = NOW + 100;
	options[2].identity = "joe smith@mail.example.org";
	is_int(mail_sign(span_of(message), 5, options, 4, &mail, NULL), 0, "four signatures in one pass");
	is_text(results(buf_span(&mail)), "pass,pass,pass,pass", "all verify");
	is_text(mail_results(buf_span(&mail), 0, &zone, NOW + 101, false), "pass,fail,pass,pass", "until one expires");
	is_text(mail_results(buf_span(&mail), 0, &zone, NOW + 100, false), "pass,pass,pass,pass", "but not a second before");
	for (size_t cut = 0; cut <= strlen(message); cut++) {
		buf_clear(&again);
		mail_sign(span_of(message), cut, options, 4, &again, NULL);
		wrong += !span_eq(buf_span(&again), buf_span(&mail));
	}
	is_int(wrong, 0, "the same fields wherever the message is cut");
	struct verifier *v = mail_verify(buf_span(&mail), 0, &zone, NOW, false);
	is_text(verifier_signature(v, 0)->algorithm, "rsa-sha256", "in the order of the options");
	is_text(verifier_signature(v, 1)->algorithm, "ed25519-sha256", "the second");
	is_text(verifier_signature(v, 2)->identity, "joe smith@mail.example.org", "an identity is encoded, and decoded");
	verifier_free(v);
	mail.len -= strlen(message);
	lines_are_short(&mail);
	ok(memmem(mail.at, mail.len, "i=joe=20smith@mail", 18) != NULL, "it stands encoded in the field");
	ok(memmem(mail.at, mail.len, "l=", 2) == NULL || strstr(mail.at, "; l=") == NULL, "never l=");
	buf_free(&mail);
	buf_free(&again);
}

static void exact_text(void)
{
	struct sign_options o = with(KEY_ED25519, CANON_RELAXED, CANON_SIMPLE);
	struct buf mail = { 0 };
	static const char want[] =
		"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org; s=e;\r\n"
		" t=1700000000; h=from:from:reply-to:subject:subject:date:date:message-id:\r\n"
		" message-id:to:to:cc:list-unsubscribe;\r\n"
		" bh=";

	mail_sign(span_of(message), 0, &o, 1, &mail, NULL);
	is_span(((struct span){ mail.at, sizeof want - 1 }), span_of(want), "the field, as it is always written");
	buf_clear(&mail);
	o.now_s = -1;
	mail_sign(span_of(message), 0, &o, 1, &mail, NULL);
	ok(strstr(mail.at, " t=") == NULL, "no t= when the time is not known");
	is_text(results(buf_span(&mail)), "pass", "which verifies too");
	buf_free(&mail);
}

static const struct {
	const char *message, *status;
} refused_rows[] = {
	{ "To: a\r\n\r\nb", "5.6.0" },
	{ "From: a\r\nFrom: b\r\n\r\nb", "5.6.0" },
	{ "From: a\r\nX: y\r\nFROM : b\r\n\r\nb", "5.6.0" },
	{ "", "5.6.0" },
	{ "\r\nFrom: a\r\n", "5.6.0" },
	{ "From: a\r\nno field\r\n\r\nb", "5.6.0" },
	{ "From a Fri\r\nFrom: a\r\n\r\nb", "5.6.0" },
	{ "From: a\r\n\r\n", NULL },
	{ "From: a", NULL },
	{ "From: a\r\n", NULL },
	{ "From:\r\n\r\n\r\n", NULL },
	{ "From: a\r\nList-;l=0;z=: x\r\n\r\nb", NULL },
	{ "From: a\r\nContent-;i=b@example.org;z=: x\r\n\r\nb", NULL },
};

static void messages(void)
{
	for (size_t i = 0; i < sizeof refused_rows / sizeof refused_rows[0]; i++) {
		struct sign_options o = with(KEY_ED25519, CANON_RELAXED, CANON_RELAXED);
		struct buf mail = { 0 };
		struct fault f = { 0 };
		int result = mail_sign(span_of(refused_rows[i].message), 0, &o, 1, &mail, &f);
		if (refused_rows[i].status) {
			is_int(result, -1, "refused: \"%s\"", refused_rows[i].message);
			is_text(f.status, refused_rows[i].status, "%s", f.text);
			is_int(mail.len, 0, "without a field");
		} else {
			is_int(result, 0, "signed: \"%s\"", refused_rows[i].message);
			is_text(results(buf_span(&mail)), "pass", "and verified");
		}
		buf_free(&mail);
	}
}

static void options(void)
{
	static const struct { const char *domain, *selector, *identity; bool fine; } rows[] = {
		{ "example.org", "s", NULL, true }, { "xn--bcher-kva.example", "a.b_c", NULL, true },
		{ "", "s", NULL, false }, { "ex ample.org", "s", NULL, false }, { "example..org", "s", NULL, false },
		{ "b\xc3\xbc" "cher.example", "s", NULL, false }, { "example.org", "", NULL, false },
		{ "example.org", "a;b", NULL, false }, { "example.org\r\n", "s", NULL, false },
		{ "example.org", "s", "joe@example.org", true }, { "example.org", "s", "@mail.example.org", true },
		{ "example.org", "s", "joe@example.net", false }, { "example.org", "s", "joe@badexample.org", false },
		{ "example.org", "s", "joe", false },
	};
	static struct sign_options crowd[SIGN_SIGNATURES_MAX + 1];
	struct fault f = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sign_options o = with(KEY_ED25519, CANON_RELAXED, CANON_RELAXED);
		o.domain = rows[i].domain;
		o.selector = rows[i].selector;
		o.identity = rows[i].identity;
		struct signer *s = signer_new(&o, 1, &f);
		ok((s != NULL) == rows[i].fine, "\"%s\" \"%s\" %s", o.domain, o.selector, rows[i].fine ? "will do" : "will not do");
		if (!rows[i].fine)
			is_text(f.status, "4.3.5", "%s", f.text);
		signer_free(s);
	}
	for (size_t i = 0; i <= SIGN_SIGNATURES_MAX; i++)
		crowd[i] = with(KEY_ED25519, CANON_RELAXED, CANON_RELAXED);
	ok(signer_new(crowd, SIGN_SIGNATURES_MAX + 1, &f) == NULL, "too many signatures: %s", f.text);
	struct buf mail = { 0 };
	is_int(mail_sign(span_of(message), 0, NULL, 0, &mail, NULL), 0, "none at all");
	is_int(mail.len, strlen(message), "leaves the message");
	buf_free(&mail);
}

/* 64 signatures, each over a crowd of fields, in a time that does not grow with their product squared. */
static void crowds(void)
{
	static struct sign_options crowd[SIGN_SIGNATURES_MAX];
	static char want[SIGN_SIGNATURES_MAX * 5];
	struct buf text = { 0 }, mail = { 0 };
	long long start = tap_cpu_ms();

	for (int i = 0; i < 1000; i++)
		buf_printf(&text, "List-X%d: some value of a field\r\n", i % 500);
	buf_add_text(&text, "From: a@example.org\r\n\r\nbody\r\n");
	for (size_t i = 0; i < SIGN_SIGNATURES_MAX; i++) {
		crowd[i] = with(KEY_ED25519, i % 2, i / 2 % 2);
		strcat(want, i ? ",pass" : "pass");
	}
	is_int(mail_sign(buf_span(&text), 0, crowd, SIGN_SIGNATURES_MAX, &mail, NULL), 0, "64 signatures over 1,000 fields");
	is_text(mail_results(buf_span(&mail), 0, &zone, NOW, false), want, "all verify");
	long long took_ms = tap_cpu_ms() - start;
	ok(took_ms < 5000, "within %lld ms", took_ms);
	struct sign_options more = with(KEY_ED25519, CANON_RELAXED, CANON_RELAXED);
	struct buf outer = { 0 };
	mail_sign(buf_span(&mail), 0, &more, 1, &outer, NULL);
	struct verifier *v = mail_verify(buf_span(&outer), 0, &zone, NOW, false);
	is_int(verifier_count(v), SIGN_SIGNATURES_MAX + 1, "one more than are evaluated");
	is_int(verifier_signature(v, SIGN_SIGNATURES_MAX - 1)->result, VERIFY_PASS, "the last that is");
	is_int(verifier_signature(v, SIGN_SIGNATURES_MAX)->result, VERIFY_POLICY, "and the cut: %s",
	       verifier_signature(v, SIGN_SIGNATURES_MAX)->reason);
	verifier_free(v);
	buf_free(&text);
	buf_free(&mail);
	buf_free(&outer);
}

int main(void)
{
	tap_plan(248);
	make_keys();
	all_pairs(KEY_RSA);
	all_pairs(KEY_ED25519);
	beside();
	several();
	exact_text();
	messages();
	options();
	crowds();
	free_keys();
	return tap_done();
}
