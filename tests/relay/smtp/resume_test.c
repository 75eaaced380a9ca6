/* SPDX-License-Identifier: ISC */
/*
 * A TLS session is resumed by a connection of the same demand, and by no
 * other: what was never proved, or proved otherwise, is looked at anew.
 */
#include "tests/tap.h"
#include "tests/relay/session_lab.h"
#include "tests/relay/tls_lab.h"

static const char *const one[] = { "r1@example.org", NULL };
static const struct lab_message message = {
	.sender = "s@example.net", .recipients = one, .fields = SPAN("X-Signature: one\r\n"),
	.message = SPAN("From: a@example.net\r\n\r\nbody\r\n"),
};

/* What one session is held to, and by whom. */
struct side {
	const char *script;
	enum tls_level tls;          /* TLS_MAY where it is TLS_NONE */
	const char *tlsa;            /* NULL: none */
	enum sts_mode sts;
	const char *ca_file;         /* the lab's when NULL */
	uint8_t needs;
	bool other;                  /* a server that does not know the tickets of the first */
	bool once;                   /* only its first connection misbehaves */
};

struct resume_case {
	const char *name;
	struct side first, then;
	bool resumed;
	const char *description;     /* of the second, in READY's tls; NULL: it fails */
	const char *text;            /* in its fault */
};

#define GOOD    .script = "cert good"
#define SELF    .script = "cert self"
#define VERIFY  .tls = TLS_VERIFY
#define ENFORCE .sts = STS_ENFORCE
#define TESTING .sts = STS_TESTING
#define EE      .tlsa = "3 1 1 good"

static const struct resume_case cases[] = {
	{ "verify", { GOOD, VERIFY }, { GOOD, VERIFY }, true, ", resumed, verified", NULL },
	{ "verify, TLS 1.2", { "cert good\ntls12", VERIFY }, { "cert good\ntls12", VERIFY }, true, ", resumed, verified", NULL },
	{ "encrypt", { SELF, .tls = TLS_ENCRYPT }, { SELF, .tls = TLS_ENCRYPT }, true, ", resumed", NULL },
	{ "may", { SELF }, { SELF }, true, ", resumed", NULL },
	{ "dane", { GOOD, EE }, { GOOD, EE }, true, ", resumed, verified", NULL },
	{ "dane, records in another order", { GOOD, .tlsa = "3 1 1 good; 3 1 1 wrong" }, { GOOD, .tlsa = "3 1 1 wrong; 3 1 1 good" }, true, "resumed, verified", NULL },
	{ "mta-sts", { GOOD, ENFORCE }, { GOOD, ENFORCE }, true, ", resumed, verified", NULL },
	{ "mta-sts testing, good", { GOOD, TESTING }, { GOOD, TESTING }, true, ", resumed, verified", NULL },
	{ "mta-sts testing, self-signed", { SELF, TESTING }, { SELF, TESTING }, true, ", resumed", NULL },

	/* The server would resume each of these: it is we who do not. */
	{ "may, then verify", { GOOD }, { GOOD, VERIFY }, false, "verified", NULL },
	{ "may, then verify, self-signed", { SELF }, { SELF, VERIFY }, false, NULL, "self-signed" },
	{ "encrypt, then verify, self-signed", { SELF, .tls = TLS_ENCRYPT }, { SELF, VERIFY }, false, NULL, "self-signed" },
	{ "may, then encrypt", { SELF }, { SELF, .tls = TLS_ENCRYPT }, false, "TLSv1.3", NULL },
	{ "may, then dane", { GOOD }, { GOOD, EE }, false, "verified", NULL },
	{ "may, then dane, another key", { SELF }, { SELF, EE }, false, NULL, "no matching DANE TLSA records" },
	{ "may, then mta-sts", { GOOD }, { GOOD, ENFORCE }, false, "verified", NULL },
	{ "may, then mta-sts, self-signed", { SELF }, { SELF, ENFORCE }, false, NULL, "self-signed" },
	{ "mta-sts testing, then enforce, self-signed", { SELF, TESTING }, { SELF, ENFORCE }, false, NULL, "self-signed" },
	{ "may, then a message with REQUIRETLS, self-signed", { SELF }, { SELF, .needs = NEED_TLS }, false, NULL, "" },
	{ "verify, then dane", { GOOD, VERIFY }, { GOOD, EE }, false, "TLSA 3 1 1, verified", NULL },
	{ "verify, then mta-sts", { GOOD, VERIFY }, { GOOD, ENFORCE }, false, "verified", NULL },
	{ "verify, then may", { GOOD, VERIFY }, { GOOD }, false, "TLSv1.3", NULL },
	{ "dane, and the key of the records is changed", { GOOD, EE }, { GOOD, .tlsa = "3 1 1 wrong" }, false, NULL, "no matching DANE TLSA records" },
	{ "dane, and there is one record more", { GOOD, EE }, { GOOD, .tlsa = "3 1 1 good; 3 1 1 wrong" }, false, "verified", NULL },
	{ "verify, and others vouch", { GOOD, VERIFY }, { GOOD, VERIFY, .ca_file = "self.crt" }, false, NULL, "cannot be trusted" },

	/* Another server answers, or the same with another key for its tickets. */
#define OTHER .other = true, .script =
	{ "another ticket key", { GOOD, VERIFY }, { OTHER "cert good", VERIFY }, false, "verified", NULL },
	{ "another ticket key, self-signed", { GOOD, VERIFY }, { OTHER "cert self", VERIFY }, false, NULL, "self-signed" },
	{ "another ticket key, another name", { GOOD, VERIFY }, { OTHER "cert wrong", VERIFY }, false, NULL, "ostname mismatch" },
	{ "another ticket key, expired", { GOOD, VERIFY }, { OTHER "cert expired", VERIFY }, false, NULL, "expired" },
	{ "another ticket key, dane", { GOOD, EE }, { OTHER "cert wrong", EE }, false, NULL, "no matching DANE TLSA records" },
	{ "an older server", { GOOD, VERIFY }, { OTHER "cert good\ntls12", VERIFY }, false, "verified", NULL },
	{ "it closes where a ticket is offered", { SELF }, { "cert self\non tls close", .once = true }, false, "TLSv1.3", NULL },
	{ "it closes where a ticket is offered, verify", { GOOD, VERIFY }, { "cert good\non tls close", VERIFY, .once = true }, false, "verified", NULL },
};

/* One session of that side; number is the case's, whose connections share a key for tickets. */
static void run(const struct side *side, size_t number, const struct tls_ticket *ticket, struct lab_result *r)
{
	struct target t = { .sts = side->sts, .sts_listed = true, .tlsa_base = mem_text("hostile.test"), .mx_secure = true };
	struct buf script = { 0 }, roots = { 0 };
	struct lab_session s = { .scale = 0.1, .hop = "mx", .domain = "hostile.test", .tls = side->tls ? side->tls : TLS_MAY,
	                         .evidence = &t, .messages = &message, .message_count = 1, .ticket = ticket, .needs = side->needs };

	lab_path(&roots, side->ca_file ? side->ca_file : "ca.crt");
	s.ca_file = buf_text(&roots);
	if (side->tlsa)
		lab_make_tlsa(side->tlsa, &t);
	buf_printf(&script, "%s\nresumes %zu%s\n", side->script, number, side->other ? " other" : "");
	if (side->once)
		buf_printf(&script, "first %d\n", lab_connections() + 1);
	lab_script(buf_text(&script));
	lab_run(&s, r);
	buf_free(&script);
	buf_free(&roots);
	target_free(&t);
}

static bool server_resumed(void)
{
	struct buf told = { 0 };

	lab_await_end(lab_connections(), &told);
	lab_read(lab_connections(), "commands", &told);
	bool resumed = strstr(buf_text(&told), "(resumed)") != NULL;
	buf_free(&told);
	return resumed;
}

static void check_second(const struct resume_case *c, const struct lab_result *r)
{
	const char *tls = r->ready ? r->ready_frame.tls : "", *said = r->ended ? said_line(&r->end.reply) : "";

	is_int(server_resumed(), c->resumed, "%s: the server says so", c->name);
	is_int(strstr(tls, ", resumed") != NULL, c->resumed, "%s: and so do we", c->name);
	if (c->description == NULL) {
		ok(!r->ready, "%s: no session", c->name);
		if (!ok(strstr(said, c->text) != NULL, "%s: the fault says \"%s\"", c->name, c->text))
			fprintf(stderr, "# it says: %s\n", said);
		return;
	}
	if (!ok(tls[0] && strstr(tls, c->description) != NULL, "%s: described", c->name))
		fprintf(stderr, "# as: %s; %s\n", tls, said);
	if (!strstr(c->description, "verified"))
		ok(strstr(tls, "verified") == NULL, "%s: proves nothing", c->name);
	is_int(r->ready && r->ready_frame.ticket.session.len > 0, !c->resumed, "%s: a ticket only from a whole handshake", c->name);
}

static void check(const struct resume_case *c, size_t number)
{
	struct lab_result first, then;

	run(&c->first, number, NULL, &first);
	if (ok(first.ready && first.ready_frame.ticket.session.len > 0, "%s: a ticket", c->name)) {
		ok(first.ready_frame.ticket.life_s <= 3600, "%s: for an hour at most", c->name);
		run(&c->then, number, &first.ready_frame.ticket, &then);
		check_second(c, &then);
		lab_result_free(&then);
	}
	lab_result_free(&first);
}

/* ---- tickets that are not what they say ---- */

static void is_refused(const char *name, const struct tls_ticket *ticket, size_t number)
{
	static const struct side verify = { SELF, VERIFY };
	struct lab_result r;

	run(&verify, number, ticket, &r);
	ok(!r.ready && strstr(said_line(&r.end.reply), "self-signed") != NULL, "%s: the certificate is looked at", name);
	ok(!server_resumed(), "%s: nothing is resumed", name);
	lab_result_free(&r);
}

/* The terms are verify's, as a session by a trusted certificate gives them; the session is another. */
static void forged(size_t number)
{
	static const struct side verified = { OTHER "cert good", VERIFY }, may = { SELF };
	struct lab_result good, bad;

	run(&verified, number, NULL, &good);
	run(&may, number, NULL, &bad);
	if (!ok(good.ready && bad.ready, "two sessions"))
		exit(tap_done());
	struct tls_ticket *ticket = &bad.ready_frame.ticket;
	memcpy(ticket->terms, good.ready_frame.ticket.terms, sizeof ticket->terms);
	is_refused("a ticket of may, said to be of verify", ticket, number);
	ticket->session.len /= 2;
	is_refused("half a ticket", ticket, number);
	memset(ticket->session.at, 0xff, ticket->session.len);
	is_refused("no ticket at all", ticket, number);
	lab_result_free(&good);
	lab_result_free(&bad);
}

static void none_is_given(size_t number)
{
	static const struct side none = { .script = "cert good\ntickets 0", VERIFY }, clear = { .script = "" };
	struct lab_result r;

	run(&none, number, NULL, &r);
	ok(r.ready && r.ready_frame.ticket.session.len == 0, "a server that gives no tickets");
	lab_result_free(&r);
	run(&clear, number, NULL, &r);
	ok(r.ready && r.ready_frame.ticket.session.len == 0, "a session in clear");
	lab_result_free(&r);
}

int main(void)
{
	const size_t count = sizeof cases / sizeof cases[0];

	tap_plan(213);
	lab_open();
	lab_make_certificates();
	for (size_t i = 0; i < count; i++)
		check(&cases[i], i);
	forged(count);
	none_is_given(count + 1);
	lab_close();
	return tap_done();
}
