/* SPDX-License-Identifier: ISC */
/*
 * What DANE, MTA-STS and neither do when the server is good, when it is not
 * the one it should be, and when somebody between tries to take TLS away.
 */
#include "tests/tap.h"
#include "tests/relay/session_lab.h"
#include "tests/relay/tls_lab.h"

static const char *const one[] = { "r1@example.org", NULL };
static const struct lab_message message = {
	.sender = "s@example.net", .recipients = one, .fields = SPAN("X-Signature: one\r\n"),
	.message = SPAN("From: a@example.net\r\n\r\nbody\r\n"),
};

struct policy_case {
	const char *name, *script;
	const char *tlsa;            /* NULL: none */
	enum dane_state dane;        /* without tlsa */
	enum sts_mode sts;
	bool listed;
	enum tls_level tls;          /* TLS_MAY where it is TLS_NONE */
	bool no_roots;               /* ca_file is not there */
	const char *base;            /* who owns the records; hostile.test when NULL */
	const char *summary;
	const char *description;     /* in READY's tls; "" for none */
	const char *text;            /* in the fault */
	const char *has;             /* in what the server was told */
};

#define DONE "done: =2.0.0"
#define ENFORCE .sts = STS_ENFORCE, .listed = true
#define TESTING .sts = STS_TESTING, .listed = true

static const struct policy_case cases[] = {
	/* RFC 7672 section 3.1.1: with DANE-EE neither name nor date nor chain count */
	{ "DANE-EE, good", "cert good", "3 1 1 good", .summary = DONE, .description = "TLSA 3 1 1, verified", .has = "(SNI hostile.test)" },
	{ "DANE-EE, the whole certificate", "cert good", "3 0 0 good", .summary = DONE, .description = "TLSA 3 0 0, verified" },
	{ "DANE-EE, SHA-512", "cert good", "3 0 2 good", .summary = DONE, .description = "TLSA 3 0 2, verified" },
	{ "DANE-EE, self-signed for another name", "cert self", "3 1 1 self", .summary = DONE, .description = "TLSA 3 1 1, verified" },
	{ "DANE-EE, expired", "cert expired", "3 1 1 expired", .summary = DONE, .description = "TLSA 3 1 1, verified" },
	{ "DANE-EE, another key", "cert good", "3 1 1 wrong", .summary = "no tls:",
	  .text = "(dane): its certificate cannot be trusted: no matching DANE TLSA records; either somebody" },
	{ "DANE-EE, the second of two", "cert good", "3 1 1 wrong; 3 1 1 good", .summary = DONE, .description = "verified" },
	{ "DANE-EE of the certificate's CA", "cert good", "3 1 1 ca", .summary = "no tls:", .text = "TLSA" },
	{ "DANE, SNI is who owns the records", "cert good", "3 1 1 good", .base = "base.test", .summary = DONE, .has = "(SNI base.test)" },

	/* with DANE-TA the name and the date count (section 3.1.2), the system's CAs do not */
	{ "DANE-TA, good", "cert good", "2 0 2 ca", .summary = DONE, .description = "TLSA 2 0 2, verified" },
	{ "DANE-TA, its key, and the records' owner", "cert base", "2 1 1 ca", .base = "base.test", .summary = DONE, .description = "TLSA 2 1 1" },
	{ "DANE-TA, the wrong name", "cert wrong", "2 0 2 ca", .summary = "no tls:", .text = "ostname mismatch" },
	{ "DANE-TA, expired", "cert expired", "2 0 2 ca", .summary = "no tls:", .text = "expired" },
	{ "DANE-TA, another CA", "cert good", "2 0 2 self", .summary = "no tls:" },

	{ "DANE, unusable records: unverified", "cert self", .dane = DANE_UNUSABLE, .summary = DONE, .description = "TLSv1.3" },
	{ "DANE, records OpenSSL cannot use: unverified", "cert self", "3 0 0 good.garbled", .summary = DONE, .description = "TLSv1.3" },
	{ "DANE, it could not be learnt", "cert good", .dane = DANE_FAILED, .summary = "no tls:", .text = "cannot be looked up" },
	{ "DANE, it could not be learnt, and MTA-STS is content", "cert good", .dane = DANE_FAILED, ENFORCE, .summary = "no tls:", .text = "cannot be looked up" },
	{ "DANE before MTA-STS", "cert self", "3 1 1 self", .sts = STS_ENFORCE, .summary = DONE, .description = "verified" },
	{ "DANE fails, and MTA-STS does not help", "cert good", "3 1 1 wrong", ENFORCE, .summary = "no tls:", .text = "(dane)" },
	{ "tls=dane, good", "cert good", "3 1 1 good", .tls = TLS_DANE, .summary = DONE, .description = "verified" },
	{ "tls=dane, no records", "cert good", .tls = TLS_DANE, .summary = "no tls:", .text = "mx_tls = \"dane\" is set" },
	{ "tls=encrypt does not look at DANE", "cert good", "3 1 1 wrong", .tls = TLS_ENCRYPT, .summary = DONE, .description = "TLSv1.3" },

	{ "MTA-STS, good", "cert good", ENFORCE, .summary = DONE, .description = "verified", .has = "(SNI hostile.test)" },
	{ "MTA-STS, the wrong name", "cert wrong", ENFORCE, .summary = "no tls:",
	  .text = "(mta-sts enforce): its certificate cannot be trusted: hostname mismatch" },
	{ "MTA-STS, expired", "cert expired", ENFORCE, .summary = "no tls:", .text = "expired" },
	{ "MTA-STS, self-signed", "cert self", ENFORCE, .summary = "no tls:", .text = "self-signed" },
	{ "MTA-STS, not in the policy", "cert good", .sts = STS_ENFORCE, .summary = "no tls:", .text = "does not name it" },
	{ "MTA-STS testing, good", "cert good", TESTING, .summary = DONE, .description = "verified" },
	{ "MTA-STS testing, self-signed", "cert self", TESTING, .summary = DONE, .description = "TLSv1.3" },
	{ "MTA-STS testing, not in the policy", "cert good", .sts = STS_TESTING, .summary = DONE, .description = "TLSv1.3" },

	{ "MTA-STS without roots", "cert good", ENFORCE, .no_roots = true, .summary = "no tls:", .text = "cannot read certificates" },
	{ "MTA-STS testing without roots", "cert good", TESTING, .no_roots = true, .summary = DONE, .description = "TLSv1.3" },
	{ "DANE needs none", "cert good", "2 0 2 ca", .no_roots = true, .summary = DONE, .description = "verified" },

	/* who is between strips STARTTLS, refuses it, speaks before TLS, or breaks it */
#define STRIPPED ""
#define REFUSED  "cert good\non starttls reply 454 4.7.0 TLS not available"
#define GARBLED  "cert good\non tls sleep 0.05 ; raw nonsense\\r\\n ; close"
#define CLOSED   "cert good\non tls close"
#define CUT      "cert good\non starttls fin 454 4.7.0 TLS not available"
#define LEAVES   "cert good\non starttls fin 421 4.7.0 TLS not available"
#define OLD      "cert good\ntls10"
#define INJECTED "cert good\non starttls raw 220 go\\r\\n250 evil\\r\\n"
#define HELO     "on ehlo reply 502 no"
	{ "may, stripped", STRIPPED, .summary = DONE, .description = "" },
	{ "may, refused", REFUSED, .summary = DONE, .description = "" },
	{ "may, garbled: in clear, on a new connection", GARBLED, .summary = DONE, .description = "" },
	{ "may, closed: in clear, on a new connection", CLOSED, .summary = DONE, .description = "" },
	{ "may, refused and cut: in clear, on a new connection", CUT, .summary = DONE, .description = "" },
	{ "may, 421", LEAVES, .summary = "no refused:", .text = "421 4.7.0 TLS not available" },
	{ "may, TLS 1.0 only: in clear, on a new connection", OLD, .summary = DONE, .description = "" },
	{ "dane, refused and cut", CUT, "3 1 1 good", .summary = "no tls:", .text = "(dane), and it refuses STARTTLS: 454" },
	{ "dane, 421", LEAVES, "3 1 1 good", .summary = "no refused:", .text = "421 4.7.0 TLS not available" },
	{ "dane, TLS 1.0 only", OLD, "3 1 1 good", .summary = "no tls:", .text = "(dane): TLS handshake failed" },
	{ "mta-sts, refused and cut", CUT, ENFORCE, .summary = "no tls:", .text = "(mta-sts enforce), and it refuses STARTTLS: 454" },
	{ "mta-sts, 421", LEAVES, ENFORCE, .summary = "no refused:", .text = "421 4.7.0 TLS not available" },
	{ "mta-sts, TLS 1.0 only", OLD, ENFORCE, .summary = "no tls:", .text = "(mta-sts enforce): TLS handshake failed" },
	{ "may, injected", INJECTED, .summary = "no tls:", .text = "more than it was asked" },
	{ "may, HELO only", HELO, .summary = DONE, .description = "" },
	{ "dane, stripped", STRIPPED, "3 1 1 good", .summary = "no tls:", .text = "(dane) and it does not offer STARTTLS" },
	{ "dane, refused", REFUSED, "3 1 1 good", .summary = "no tls:", .text = "(dane), and it refuses STARTTLS: 454" },
	{ "dane, garbled", GARBLED, "3 1 1 good", .summary = "no tls:", .text = "(dane): TLS handshake failed" },
	{ "dane, closed", CLOSED, "3 1 1 good", .summary = "no tls:", .text = "(dane): TLS handshake failed" },
	{ "dane, injected", INJECTED, "3 1 1 good", .summary = "no tls:", .text = "more than it was asked" },
	{ "dane, HELO only", HELO, "3 1 1 good", .summary = "no refused:" },
	{ "dane without a usable record, stripped", STRIPPED, .dane = DANE_UNUSABLE, .summary = "no tls:", .text = "does not offer STARTTLS" },
	{ "dane without a usable record, garbled", GARBLED, .dane = DANE_UNUSABLE, .summary = "no tls:", .text = "handshake failed" },
	{ "mta-sts, stripped", STRIPPED, ENFORCE, .summary = "no tls:", .text = "(mta-sts enforce) and it does not offer STARTTLS" },
	{ "mta-sts, refused", REFUSED, ENFORCE, .summary = "no tls:", .text = "refuses STARTTLS: 454 4.7.0 TLS not available; either" },
	{ "mta-sts, garbled", GARBLED, ENFORCE, .summary = "no tls:", .text = "(mta-sts enforce): TLS handshake failed" },
	{ "mta-sts, closed", CLOSED, ENFORCE, .summary = "no tls:", .text = "(mta-sts enforce): TLS handshake failed" },
	{ "mta-sts, injected", INJECTED, ENFORCE, .summary = "no tls:", .text = "more than it was asked" },
	{ "mta-sts, HELO only", HELO, ENFORCE, .summary = "no refused:" },
	{ "mta-sts testing, stripped", STRIPPED, TESTING, .summary = DONE, .description = "" },
	{ "mta-sts testing, garbled", GARBLED, TESTING, .summary = DONE, .description = "" },
};

static void check_told(const struct policy_case *c)
{
	struct buf told = { 0 };

	lab_await_end(lab_connections(), &told);
	lab_read(lab_connections(), "commands", &told);
	if (c->has && !ok(strstr(buf_text(&told), c->has) != NULL, "%s: says %s", c->name, c->has))
		tap_quote("said", buf_span(&told));
	if (strcmp(c->summary, DONE) != 0)
		ok(strstr(buf_text(&told), "MAIL") == NULL, "%s: no mail was spoken of", c->name);
	buf_free(&told);
}

static void check(const struct policy_case *c, const struct lab_session *s)
{
	struct lab_result r;
	struct buf got = { 0 };
	int before = lab_connections();

	lab_run(s, &r);
	lab_summary(&r, &got);
	is_text(buf_text(&got), c->summary, "%s", c->name);
	const char *said = r.ended ? said_line(&r.end.reply) : "", *tls = r.ready ? r.ready_frame.tls : "";
	if (c->text && !ok(strstr(said, c->text) != NULL, "%s: the fault says \"%s\"", c->name, c->text))
		fprintf(stderr, "# it says: %s\n", said);
	if (r.ended && r.end.scope != SESSION_DONE)
		is_int(r.end.reply.kind, FAULT_TEMPORARY, "%s: temporary", c->name);
	if (r.ended && r.end.scope == SESSION_TLS && !strstr(c->script, "evil") && !c->no_roots)
		is_text(r.end.reply.status, "4.7.5", "%s: status", c->name);
	if (c->description && !ok(c->description[0] ? strstr(tls, c->description) != NULL : !tls[0], "%s: described", c->name))
		fprintf(stderr, "# as: %s\n", tls);
	/* The log's tls= says the same in short. */
	if (r.ready)
		is_text(r.ready_frame.tls_summary, !tls[0] ? "none" : strstr(tls, ", verified") ? "TLSv1.3/verified" : strstr(tls,
		        "TLSv1.2") ? "TLSv1.2/untrusted" : "TLSv1.3/untrusted", "%s: in short", c->name);
	if (lab_connections() > before)
		check_told(c);
	buf_free(&got);
	lab_result_free(&r);
}

int main(void)
{
	struct buf ca = { 0 };

	tap_plan(252);
	lab_open();
	lab_make_certificates();
	lab_write("good.garbled.cert.0", SPAN("no certificate"));
	lab_path(&ca, "ca.crt");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct policy_case *c = &cases[i];
		struct target t = { .dane = c->dane, .sts = c->sts, .sts_listed = c->listed,
		                    .tlsa_base = mem_text(c->base ? c->base : "hostile.test"),
		                    .dane_fault = { FAULT_TEMPORARY, "4.4.3", "SERVFAIL" } };
		struct lab_session s = { .scale = 0.1, .hop = "mx", .domain = "hostile.test", .tls = c->tls ? c->tls : TLS_MAY,
		                         .ca_file = c->no_roots ? "/nonexistent/ca.pem" : buf_text(&ca), .evidence = &t, .messages = &message, .message_count = 1 };
		if (c->tlsa)
			lab_make_tlsa(c->tlsa, &t);
		lab_script(c->script);
		check(c, &s);
		target_free(&t);
	}
	buf_free(&ca);
	lab_close();
	return tap_done();
}
