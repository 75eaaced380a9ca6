/* SPDX-License-Identifier: ISC */
#include "tests/relay/role_start.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/checksum.h"
#include "base/io.h"
#include "sign/sign.h"

#include <sysexits.h>

enum { RSA, ED, OTHER_ED, KEYS, BROKEN, NEVER /* the signer is not told */ };

static struct sign_key *keys[KEYS];
static struct settings settings;

#define HEADER "From: Joe <joe@example.org>\r\nSubject: x\r\n\r\n"

/* ---- set-up ---- */

static const struct {
	const char *domain, *selector, *canon;
	int key;
	const char *domainkeys, *identity;   /* selector; i= */
} configured[] = {
	{ "example.org", "r", "relaxed", RSA, "", "" },
	{ "example.org", "e", "simple", ED, "", "" },
	{ "mail.example.org", "m", "relaxed", OTHER_ED, "", "@mail.example.org" },
	{ "broken.example", "b", "relaxed", BROKEN, "", "" },
	{ "never.example", "n", "relaxed", NEVER, "", "" },
	{ "old.example", "r", "relaxed", RSA, "dk", "" },
	{ "unable.example", "e", "relaxed", ED, "dk", "" },
	{ "*.customers.example", "r", "relaxed", RSA, "", "" },
	{ "*.tenants.example", "r", "relaxed", RSA, "", "@one.tenants.example" },
	{ "*.tenants.example", "e", "relaxed", ED, "", "" },
};

enum { CONFIGURED = sizeof configured / sizeof configured[0] };

static void make_settings(void)
{
	settings_defaults(&settings);
	free(settings.log);
	settings.log = mem_text("stderr");
	for (size_t i = 0; i < CONFIGURED; i++) {
		settings.dkim = mem_resize(settings.dkim, settings.dkim_count + 1, sizeof *settings.dkim);
		settings.dkim[settings.dkim_count++] = (struct dkim_key){
			.domain = mem_text(configured[i].domain), .selector = mem_text(configured[i].selector),
			.file = mem_text("/a/key.pem"), .header_canon = mem_text(configured[i].canon),
			.body_canon = mem_text(configured[i].canon), .password_command = mem_text(""),
			.identity = mem_text(configured[i].identity), .domainkeys_selector = mem_text(configured[i].domainkeys),
			.domainkeys_file = mem_text(""), .domainkeys_canon = mem_text("nofws"),
		};
	}
	keys[RSA] = sign_key_generate(KEY_RSA, 1024, NULL);
	keys[ED] = sign_key_generate(KEY_ED25519, 0, NULL);
	keys[OTHER_ED] = sign_key_generate(KEY_ED25519, 0, NULL);
}

static void set(char **at, const char *to)
{
	free(*at);
	*at = mem_text(to);
}

static void send_key(struct started_role *r, size_t number, struct span pem)
{
	struct signing_key key = { .number = (uint32_t)number, .pem = pem };
	struct buf packed = { 0 };

	signing_key_encode(&key, &packed);
	channel_send(r->parent, FRAME_KEY, buf_span(&packed), -1);
	buf_free(&packed);
}

/* As signetd does it. */
static struct started_role start_role(const char *path)
{
	struct started_role r = role_begin_start(path, &settings);

	for (size_t i = 0; i < CONFIGURED; i++) {
		struct buf pem = { 0 };
		if (configured[i].key < KEYS)
			sign_key_to_pem(keys[configured[i].key], &pem);
		else
			buf_add_text(&pem, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
		if (configured[i].key != NEVER)
			send_key(&r, i, buf_span(&pem));
		buf_free(&pem);
	}
	channel_send(r.parent, FRAME_START, SPAN(""), -1);
	return r;
}

static uint64_t stored_checksum;     /* of the next job's file; 0: not known */

static void put_job(struct started_role *r, uint64_t ticket, const char *domain, struct span message, int fd,
                    uint64_t size_bytes)
{
	struct sign_job job = {
		.ticket = ticket, .from_domain = mem_text(domain), .sender_domain = mem_text("other.example"),
		.size_bytes = size_bytes, .checksum = stored_checksum, .message = message,
	};
	struct buf payload = { 0 };

	sign_job_encode(&job, &payload);
	channel_send(r->queue, FRAME_SIGN, buf_span(&payload), fd);
	buf_free(&payload);
	sign_job_free(&job);
}

/* The answer, to be freed; zeroed when there is none. */
static struct signed_fields receive(struct started_role *r)
{
	struct signed_fields out = { 0 };
	struct frame frame;

	if (channel_receive(r->queue, &frame, clock_boot_ms() + 20000) != 1 || frame.type != FRAME_SIGNED ||
	    signed_fields_decode(frame.payload, &out) < 0)
		ok(false, "an answer came");
	return out;
}

/* ---- verifying what came ---- */

static const struct { const char *name; size_t key; } published[] = {
	{ "r._domainkey.example.org", RSA }, { "e._domainkey.example.org", ED }, { "m._domainkey.mail.example.org", OTHER_ED },
	{ "r._domainkey.old.example", RSA }, { "dk._domainkey.old.example", RSA }, { "e._domainkey.unable.example", ED },
	{ "r._domainkey.a.customers.example", RSA }, { "r._domainkey.one.tenants.example", RSA },
	{ "e._domainkey.one.tenants.example", ED }, { "e._domainkey.two.tenants.example", ED },
};

static void look_up(void *context, struct key_lookup *lookups, size_t count)
{
	enum { PUBLISHED = sizeof published / sizeof published[0] };

	(void)context;
	for (size_t i = 0; i < count * PUBLISHED; i++) {
		struct key_lookup *l = &lookups[i / PUBLISHED];
		struct buf text = { 0 };
		if (strcmp(published[i % PUBLISHED].name, l->name) != 0)
			continue;
		sign_key_record(keys[published[i % PUBLISHED].key], SIGN_DKIM, &text);
		text_list_add(&l->records, buf_span(&text));
		buf_free(&text);
	}
}

/* How many of the signatures pass; -1 when one does not. */
static int passing(const char *fields, struct span message)
{
	struct verify_options options = { .lookup = look_up, .now_s = clock_wall_ms() / 1000 };
	struct verifier *v = verifier_new(&options);
	int count = 0;

	verifier_feed(v, span_of(fields), NULL);
	verifier_feed(v, message, NULL);
	verifier_finish(v, NULL);
	for (size_t i = 0; i < verifier_count(v) && count >= 0; i++)
		count = verifier_signature(v, i)->result == VERIFY_PASS ? count + 1 : -1;
	verifier_free(v);
	return count;
}

/* ---- jobs ---- */

static const struct {
	const char *domain, *message;
	int signatures;
	const char *keys;
	const char *status;    /* "" for no fault */
	const char *note;      /* NULL: any */
} rows[] = {
	{ "example.org", HEADER "body\r\n", 2, "r._domainkey.example.org e._domainkey.example.org", "", "" },
	{ "sub.example.org", HEADER "body\r\n", 2, "r._domainkey.example.org e._domainkey.example.org", "", "" },
	{ "mail.example.org", HEADER "body\r\n", 1, "m._domainkey.mail.example.org", "", "" },
	{ "deep.mail.example.org", HEADER, 1, "m._domainkey.mail.example.org", "", "" },
	{ "example.net", HEADER "body\r\n", 0, "", "", "unsigned: no key signs for its From (example.net)" },
	{ "", HEADER "body\r\n", 0, "", "", "unsigned: no key signs for its From ()" },
	{ "broken.example", HEADER "body\r\n", 0, "", "4.3.5", "" },
	{ "never.example", HEADER "body\r\n", 0, "", "4.3.5", "" },
	{ "example.org", "Subject: no From\r\n\r\n", 0, "", "5.6.0", "" },
	{ "example.org", "From: a\r\nFrom: b\r\n\r\n", 0, "", "5.6.0", "" },
	{ "example.org", "", 0, "", "5.6.0", "" },
	{ "old.example", "From: a@old.example\r\n\r\n", 2, "dk._domainkey.old.example(domainkeys) r._domainkey.old.example", "", "" },
	{ "old.example", "Sender: x@example.net\r\nFrom: a@old.example\r\n\r\n", 1, "r._domainkey.old.example", "",
	  "no DomainKeys signature by dk of old.example: d= is not the domain of the sender or above it" },
	{ "unable.example", HEADER, 1, "e._domainkey.unable.example", "4.3.5", "" },
	{ "a.customers.example", HEADER, 1, "r._domainkey.a.customers.example", "", "" },
	{ "customers.example", HEADER, 0, "", "", "unsigned: no key signs for its From (customers.example)" },
	{ "one.tenants.example", HEADER, 2, "r._domainkey.one.tenants.example e._domainkey.one.tenants.example", "", "" },
	{ "two.tenants.example", HEADER, 1, "e._domainkey.two.tenants.example", "4.3.5", "" },
};

static void check_answer(struct started_role *r, size_t i, uint64_t ticket)
{
	struct signed_fields got = receive(r);

	is_int(got.ticket, ticket, "%s: its ticket", rows[i].domain);
	is_text(got.fault.status, rows[i].status, "fault: %s", got.fault.text);
	is_text(got.keys, rows[i].keys, "keys");
	is_text(got.note, rows[i].note, "what the log says");
	is_int(passing(got.fields ? got.fields : "", span_of(rows[i].message)), rows[i].signatures, "signatures that pass");
	signed_fields_free(&got);
}

static void inline_jobs(struct started_role *r)
{
	size_t count = sizeof rows / sizeof rows[0];

	for (size_t i = 0; i < count; i++)
		put_job(r, 100 + i, rows[i].domain, span_of(rows[i].message), -1, strlen(rows[i].message));
	for (size_t i = 0; i < count; i++)
		check_answer(r, i, 100 + i);
}

static int file_of(struct span bytes)
{
	char name[] = "/tmp/signer_test_XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	if (fd < 0 || io_write_all(fd, bytes.at, bytes.len, IO_FOREVER) < 0)
		abort();
	return fd;
}

static void file_jobs(struct started_role *r)
{
	struct buf message = { 0 };

	buf_add_text(&message, HEADER);
	while (message.len < 3 * 1024 * 1024)
		buf_add_text(&message, "A line of the body,  with blanks. \r\n");
	put_job(r, 1, "example.org", SPAN(""), file_of(buf_span(&message)), message.len);
	struct signed_fields got = receive(r);
	is_int(passing(got.fields, buf_span(&message)), 2, "a message in a file, wherever its descriptor stands");
	signed_fields_free(&got);
	put_job(r, 2, "example.org", SPAN(""), file_of(buf_span(&message)), message.len + 1);
	got = receive(r);
	is_int(got.fault.kind, FAULT_TEMPORARY, "a file that is too short: %s", got.fault.text);
	is_text(got.fields, "", "is not signed");
	signed_fields_free(&got);

	struct checksum stored = { 0 };
	checksum_add(&stored, buf_span(&message));
	stored_checksum = checksum_of(&stored);
	put_job(r, 3, "example.org", SPAN(""), file_of(buf_span(&message)), message.len);
	got = receive(r);
	ok(!got.damaged && got.fields[0], "a file with the bytes that were stored is signed");
	signed_fields_free(&got);
	message.at[2 * 1024 * 1024] ^= 1;
	put_job(r, 4, "example.org", SPAN(""), file_of(buf_span(&message)), message.len);
	got = receive(r);
	ok(got.damaged && got.fault.kind == FAULT_TEMPORARY, "one with another bit is damaged: %s", got.fault.text);
	is_text(got.fields, "", "and not signed");
	signed_fields_free(&got);
	stored_checksum = 0;
	buf_free(&message);
}

static int end_with_parent(struct started_role *r)
{
	channel_free(r->parent);
	r->parent = NULL;
	return role_wait(r);
}

/* Settings that replace what is usual. */
static void other_settings(const char *path)
{
	struct started_role r;

	set(&settings.on_foreign_from, "sender");
	text_list_add(&settings.signed_fields, SPAN("x-mine"));
	text_list_add(&settings.oversigned_fields, SPAN("from"));
	settings.dkim[0].expires_ms = INT64_C(20) * 24 * 3600 * 1000;
	r = start_role(path);
	struct sign_job job = { .ticket = 1, .from_domain = mem_text("example.net"), .sender_domain = mem_text("old.example"),
	                        .message = SPAN("X-Mine: 1\r\n" HEADER) };
	struct buf payload = { 0 };
	sign_job_encode(&job, &payload);
	channel_send(r.queue, FRAME_SIGN, buf_span(&payload), -1);
	struct signed_fields got = receive(&r);
	is_text(got.note, "no key signs for its From (example.net); signed for its sender, old.example; no DomainKeys signature by dk of "
	        "old.example: d= is not the domain of the sender or above it", "the sender's key signs, and it is said");
	ok(strstr(got.fields, " h=from:from:x-mine;") != NULL, "what is covered: %s", got.fields);
	signed_fields_free(&got);
	put_job(&r, 2, "example.org", SPAN(HEADER), -1, strlen(HEADER));
	got = receive(&r);
	const char *t = strstr(got.fields, "t="), *x = strstr(got.fields, "x=");
	ok(t && x && atoll(x + 2) - atoll(t + 2) == 20 * 24 * 3600, "it expires: %s", got.fields);
	signed_fields_free(&got);
	buf_free(&payload);
	sign_job_free(&job);
	is_int(end_with_parent(&r), 0, "it ends");
	text_list_add(&settings.signed_fields, SPAN("received"));
	r = start_role(path);
	is_int(role_wait(&r), EX_CONFIG, "fields that cannot be covered are a fault of the settings");
}

int main(void)
{
	char path[300];

	if (!role_program("signer", path, sizeof path))
		return 0;
	tap_plan(103);
	make_settings();
	struct started_role r = start_role(path);
	inline_jobs(&r);
	file_jobs(&r);
	is_int(end_with_parent(&r), 0, "it ends with its parent");
	r = start_role(path);
	channel_send(r.queue, FRAME_SIGN, SPAN("nonsense"), -1);
	is_int(role_wait(&r), EX_PROTOCOL, "nonsense for a job ends it");
	other_settings(path);
	for (size_t i = 0; i < KEYS; i++)
		sign_key_free(keys[i]);
	settings_free(&settings);
	return tap_done();
}
