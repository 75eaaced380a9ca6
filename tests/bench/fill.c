/* SPDX-License-Identifier: ISC */
/*
 * fill - a queue that is full: fill SPOOL COUNT puts COUNT messages into the
 * store of SPOOL by the store's own functions, as if each had been tried
 * twice and waits for an hour or more; ten more are due now. A thousand
 * recipient domains dN.scale.example share the first, due.scale.example has
 * the ten. No queue may have the store open.
 */
#include "base/clock.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/store_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { DOMAINS = 1000, SUBMITTERS = 20, BATCH = 1000, DUE = 10, HOUR_MS = 3600 * 1000 };

static const char text[] =
	"From: app@sender.example\r\nTo: user@scale.example\r\nSubject: one of many\r\n\r\nhello\r\n";

static void put_message(struct store *s, uint64_t serial, uint64_t destination, const char *domain, int64_t due_ms)
{
	int64_t now = clock_wall_ms();
	char address[100];
	struct submission m = {
		.uid = 1000 + (uint32_t)(serial % SUBMITTERS), .sender = "app@sender.example", .envid = "",
		.from_domain = "sender.example", .message_id = "one-of-many@sender.example", .program = "fill",
		.arrival_ms = now, .size_bytes = sizeof text - 1, .held = "", .body_file = "",
		.message = { text, sizeof text - 1 },
	};
	struct store_recipient r = {
		.destination = destination, .lane = m.uid, .address = address, .original = "", .orcpt = "",
		.failures = 2, .due_ms = due_ms, .expires_ms = now + 120 * (int64_t)HOUR_MS,
	};
	bool known;

	/* As random as real ones: the index they are in must not profit from their order. */
	if (getrandom(m.id, sizeof m.id, 0) < 0)
		exit(75);
	snprintf(address, sizeof address, "user%llu@%s", (unsigned long long)serial, domain);
	reply_set(&r.reply, FAULT_TEMPORARY, "4.2.0", STEP_RCPT, "mx.scale.example[192.0.2.10]:25", "4.2.0 mailbox is busy");
	r.reply.code = 450;
	store_put_message(s, &m, now, &r.message, &known);
	store_put_recipient(s, &r);
	store_put_waiting(s, r.message, 1, STORE_NEVER);
}

static uint64_t make_destination(struct store *s, const char *domain, int64_t wake_ms)
{
	struct via via;

	via_read(SPAN("mx"), span_of(domain), &via);
	uint64_t id = store_destination_id(s, domain, &via, NULL);
	via_free(&via);

	store_wake(s, id, wake_ms);
	return id;
}

static int commit(struct store *s)
{
	struct fault f;

	if (store_commit(s, &f) == 0)
		return 0;
	fprintf(stderr, "fill: %s\n", f.text);
	return -1;
}

static int fill(struct store *s, uint64_t count)
{
	static uint64_t ids[DOMAINS];
	char domain[64];
	int64_t later = clock_wall_ms() + HOUR_MS;

	store_begin(s);
	for (size_t i = 0; i < DOMAINS && i < count; i++) {
		snprintf(domain, sizeof domain, "d%zu.scale.example", i);
		ids[i] = make_destination(s, domain, later);
	}
	for (uint64_t i = 0; i < count; i++) {
		store_begin(s);
		snprintf(domain, sizeof domain, "d%llu.scale.example", (unsigned long long)(i % DOMAINS));
		put_message(s, i, ids[i % DOMAINS], domain, later + (int64_t)(i / DOMAINS));
		if (i % BATCH == BATCH - 1 && commit(s) < 0)
			return -1;
	}
	store_begin(s);
	uint64_t due = make_destination(s, "due.scale.example", clock_wall_ms());
	for (uint64_t i = 0; i < DUE; i++)
		put_message(s, count + i, due, "due.scale.example", clock_wall_ms());
	return commit(s);
}

int main(int argc, char **argv)
{
	struct fault f;

	if (argc != 3) {
		fprintf(stderr, "usage: fill SPOOL COUNT\n");
		return 64;
	}
	struct store *s = store_open(argv[1], &f);
	if (s == NULL) {
		fprintf(stderr, "fill: %s\n", f.text);
		return 75;
	}
	int result = fill(s, strtoull(argv[2], NULL, 10));
	store_close(s);
	return result < 0 ? 75 : 0;
}
