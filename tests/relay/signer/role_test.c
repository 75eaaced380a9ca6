#include "tests/relay/role_start.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "sign/sign.h"

#include <sysexits.h>

static struct sign_key *keys[3];   /* of example.org: RSA and ed25519; of mail.example.org: ed25519 */
static struct settings settings;

#define HEADER "From: Joe <joe@example.org>\r\nSubject: x\r\n\r\n"

/* ---- set-up ---- */

static void add_key(const char *domain, const char *selector, const char *canon)
{
	settings.dkim = mem_resize(settings.dkim, settings.dkim_count + 1, sizeof *settings.dkim);
	settings.dkim[settings.dkim_count++] = (struct dkim_key){
		.domain = mem_text(domain), .selector = mem_text(selector), .file = mem_text("/a/key.pem"),
		.header_canon = mem_text(canon), .body_canon = mem_text(canon),
		.password_command = mem_text(""), .identity = mem_text(""), .domainkeys_selector = mem_text(""),
		.domainkeys_file = mem_text(""), .domainkeys_canon = mem_text("nofws"),
	};
}

static void make_settings(void)
{
	settings_defaults(&settings);
	free(settings.log);
	settings.log = mem_text("stderr");
	add_key("example.org", "r", "relaxed");
	add_key("example.org", "e", "simple");
	add_key("mail.example.org", "m", "relaxed");
	add_key("broken.example", "b", "relaxed");
	add_key("never.example", "n", "relaxed");
	keys[0] = sign_key_generate(KEY_RSA, 1024, NULL);
	keys[1] = sign_key_generate(KEY_ED25519, 0, NULL);
	keys[2] = sign_key_generate(KEY_ED25519, 0, NULL);
}

static void send_key(struct started_role *r, size_t number, struct span pem)
{
	struct signing_key key = { .number = (uint32_t)number, .pem = pem };
	struct buf packed = { 0 };

	signing_key_encode(&key, &packed);
	channel_send(r->parent, FRAME_KEY, buf_span(&packed), -1);
	buf_free(&packed);
}

/* As signetd does it; the last configured key is kept back. */
static struct started_role start_role(const char *path)
{
	struct started_role r = role_begin_start(path, &settings);

	for (size_t i = 0; i < 3; i++) {
		struct buf pem = { 0 };
		sign_key_to_pem(keys[i], &pem);
		send_key(&r, i, buf_span(&pem));
		buf_free(&pem);
	}
	send_key(&r, 3, SPAN("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
	channel_send(r.parent, FRAME_START, SPAN(""), -1);
	return r;
}

static void put_job(struct started_role *r, uint64_t ticket, const char *domain, struct span message, int fd,
                    uint64_t size_bytes)
{
	struct sign_job job = {
		.ticket = ticket, .from_domain = mem_text(domain), .sender_domain = mem_text("other.example"),
		.size_bytes = size_bytes, .message = message,
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
	{ "r._domainkey.example.org", 0 }, { "e._domainkey.example.org", 1 }, { "m._domainkey.mail.example.org", 2 },
};

static int look_up(void *context, const char *name, struct text_records *out)
{
	(void)context;
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
		if (strcmp(published[i].name, name) != 0)
			continue;
		struct buf text = { 0 };
		sign_key_record(keys[published[i].key], SIGN_DKIM, &text);
		out->items = mem_resize(NULL, 1, sizeof *out->items);
		out->items[0] = buf_take(&text);
		out->count = 1;
	}
	return 0;
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
} rows[] = {
	{ "example.org", HEADER "body\r\n", 2, "r._domainkey.example.org e._domainkey.example.org", "" },
	{ "sub.example.org", HEADER "body\r\n", 2, "r._domainkey.example.org e._domainkey.example.org", "" },
	{ "mail.example.org", HEADER "body\r\n", 1, "m._domainkey.mail.example.org", "" },
	{ "deep.mail.example.org", HEADER, 1, "m._domainkey.mail.example.org", "" },
	{ "example.net", HEADER "body\r\n", 0, "", "" },
	{ "", HEADER "body\r\n", 0, "", "" },
	{ "broken.example", HEADER "body\r\n", 0, "", "4.3.5" },
	{ "never.example", HEADER "body\r\n", 0, "", "4.3.5" },
	{ "example.org", "Subject: no From\r\n\r\n", 0, "", "5.6.0" },
	{ "example.org", "From: a\r\nFrom: b\r\n\r\n", 0, "", "5.6.0" },
	{ "example.org", "", 0, "", "5.6.0" },
};

static void check_answer(struct started_role *r, size_t i, uint64_t ticket)
{
	struct signed_fields got = receive(r);

	is_int(got.ticket, ticket, "%s: its ticket", rows[i].domain);
	is_text(got.fault.status, rows[i].status, "fault: %s", got.fault.text);
	is_text(got.keys, rows[i].keys, "keys");
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
	buf_free(&message);
}

static int end_with_parent(struct started_role *r)
{
	channel_free(r->parent);
	r->parent = NULL;
	return role_wait(r);
}

int main(void)
{
	char path[300];

	if (!role_program("signer", path, sizeof path))
		return 0;
	make_settings();
	struct started_role r = start_role(path);
	inline_jobs(&r);
	file_jobs(&r);
	is_int(end_with_parent(&r), 0, "it ends with its parent");
	r = start_role(path);
	channel_send(r.queue, FRAME_SIGN, SPAN("nonsense"), -1);
	is_int(role_wait(&r), EX_PROTOCOL, "nonsense for a job ends it");
	for (size_t i = 0; i < 3; i++)
		sign_key_free(keys[i]);
	settings_free(&settings);
	return tap_done();
}
