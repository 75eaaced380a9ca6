/* SPDX-License-Identifier: ISC */
/*
 * What lies in the drop folder, any bytes: a record is taken or returned, and
 * whatever becomes of it somebody hears. What is returned has a reader, a
 * reason for each recipient, at most a hundred of them, and a message with
 * CRLF line ends that travels inline. The first byte chooses settings and the
 * cut.
 */
#include "relay/pickup/envelope.h"
#include "relay/pickup/intake.h"
#include "relay/pickup/returned.h"
#include "relay/route/route.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct submitter user = { .uid = 1000, .login = (char *)(uintptr_t)"user" };
static struct settings settings;
static struct routes *routes;

static void prepare(uint8_t choice)
{
	if (routes == NULL) {
		settings_defaults(&settings);
		routes = routes_open(&settings, -1);
	}
	free(settings.root);
	settings.root = mem_text(choice & 1 ? "me@isp.example" : choice & 2 ? "me" : "");
	settings.recipient_limit = choice & 4 ? 3 : 50000;
	settings.size_limit = choice & 8 ? 20 : 1024 * 1024;
}

static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			return false;
	return true;
}

static void check_refused(const struct submission *p)
{
	must(p->recipient_count > 0 && p->recipient_count <= ENVELOPE_REFUSED_MAX && p->sender[0] != '\0');
	for (size_t i = 0; i < p->recipient_count; i++) {
		const struct submission_recipient *r = &p->recipients[i];
		must(r->refused[0] != '\0' && strncmp(r->refused_status, "5.", 2) == 0);
		must(r->address[0] == '\0' || is_printable(r->address));
	}
}

static void check_message(struct span s)
{
	must(s.len > 0 && s.len <= MESSAGE_INLINE_MAX);
	for (size_t i = 0; i < s.len; i++)
		must(s.at[i] != '\n' || (i > 0 && s.at[i - 1] == '\r'));
}

static void check_submit(struct buf *packed, bool returned)
{
	struct submit s;

	must(submit_decode(buf_span(packed), &s) == 0 && s.count > 0);
	for (size_t i = 0; i < s.count; i++) {
		const struct submission *p = &s.parts[i];
		must(p->recipient_count > 0);
		if (p->recipients[0].refused[0])
			check_refused(p);
		must(!returned || p->recipients[0].refused[0]);
		if (returned)
			check_message(p->message);
	}
	submit_free(&s);
}

/* 1 taken, 0 cut short or with more behind it, -1 the fault. */
static int take(struct span in, size_t step, struct buf *out, struct fault *f)
{
	struct intake_place place = { .settings = &settings, .routes = routes, .body_folder = -1 };
	struct intake *intake = intake_new(&place, &user);
	int result = 0;

	while (in.len > 0 && result == 0) {
		struct span piece = { in.at, in.len < step ? in.len : step };
		size_t len = piece.len;
		result = intake_feed(intake, &piece, f);
		in = (struct span){ in.at + (len - piece.len), in.len - (len - piece.len) };
		if (result == 0 && piece.len > 0)
			abort();
	}
	if (result > 0 && in.len > 0)
		result = 0;
	else if (result > 0 && intake_finish(intake, 1, out, f) < 0)
		result = -1;
	intake_free(intake, false);
	return result;
}

static int give_back(struct span in, const struct fault *why, struct buf *out)
{
	struct fault f = { 0 };
	struct returned r = { .fd = memfd_create("record", MFD_CLOEXEC), .who = &user, .why = why, .ticket = 1 };

	must(r.fd >= 0 && write(r.fd, in.at, in.len) == (ssize_t)in.len);
	int result = returned_make(&settings, &r, out, &f);
	close(r.fd);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = { 0 };
	struct fault f = { 0 }, ignored;
	struct record head;

	if (size < 1)
		return 0;
	prepare(data[0]);
	struct span in = { (const char *)data + 1, size - 1 };
	int result = take(in, 1 + (data[0] >> 4), &out, &f);
	if (result > 0)
		check_submit(&out, false);
	buf_clear(&out);
	ssize_t head_bytes = in.len > 0 ? record_decode_head(in, &head, &ignored) : 0;
	if (head_bytes > 0)
		record_free(&head);
	if (result < 0 && f.kind != FAULT_TEMPORARY) {
		int back = give_back(in, &f, &out);
		must((back == 0) == (head_bytes > 0));
		if (back == 0)
			check_submit(&out, true);
	}
	buf_free(&out);
	return 0;
}
