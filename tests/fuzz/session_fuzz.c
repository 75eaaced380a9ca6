/* SPDX-License-Identifier: ISC */
/*
 * Any bytes are what a server says during one delivery to two recipients: the
 * session ends, and each recipient gets at most one outcome. A byte 0xff
 * waits for the client's next words (or a moment); the first byte is what the
 * server has offered, and whether TLS failed there. In libesmtp's place are its words, each when it is due.
 */
#include "base/io.h"
#include "relay/channel.h"
#include "relay/esmtp_job.h"
#include "relay/smtp/pump.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { WAITS_MAX = 10, WAIT_MS = 5, NO_TLS = 0x80 /* of the first byte */ };

#define MESSAGE "From: a@example.org\r\n\r\nhello\r\n"

static const struct {
	const char *words;
	unsigned lines;      /* of answers, before it goes on */
} said_by_library[] = {
	{ ESMTP_CONNECT "\r\n", 1 },
	{ "EHLO smtp\r\n", 1 },      /* of the words offered the last alone is counted */
	{ "MAIL FROM:<a@example.org>\r\n", 1 },
	{ "RCPT TO:<b@example.net>\r\nRCPT TO:<c@example.net>\r\nDATA\r\n", 3 },
	{ ESMTP_PREFACE ".\r\n", 1 },
	{ "QUIT\r\n", 1 },
};

/* The first digit of the last of so many answers; 0 at the end. */
static char hear(FILE *from, unsigned lines)
{
	char line[200] = "";

	while (lines > 0 && fgets(line, sizeof line, from))
		lines -= line[3] == ' ';
	return lines == 0 ? line[0] : '\0';
}

static void *be_library(void *context)
{
	FILE *dialogue = fdopen(dup(*(int *)context), "r");

	for (size_t i = 0; i < sizeof said_by_library / sizeof said_by_library[0]; i++) {
		const char *words = said_by_library[i].words;
		send(*(int *)context, words, strlen(words), MSG_NOSIGNAL);
		char class = hear(dialogue, said_by_library[i].lines);
		if (class != '2' && class != '3')
			break;
	}
	fclose(dialogue);
	return NULL;
}

struct server_words {
	int fd;
	struct span rest;
};

static void *speak(void *context)
{
	struct server_words *w = context;
	char heard[4096];

	for (int waits = 0; w->rest.at; waits++) {
		struct span part = span_cut(&w->rest, (char)0xff);
		struct pollfd client = { .fd = w->fd, .events = POLLIN };
		poll(&client, 1, waits < WAITS_MAX ? WAIT_MS : 0);
		if (recv(w->fd, heard, sizeof heard, MSG_DONTWAIT) == 0)
			break;
		send(w->fd, part.at, part.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	shutdown(w->fd, SHUT_WR);
	return NULL;
}

static void pair(int out[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out) < 0)
		abort();
}

static void put_delivery(struct channel *queue)
{
	struct delivery_recipient to[] = { { 1, (char *)"b@example.net", 0, (char *)"", NULL },
	                                   { 2, (char *)"c@example.net", 0, (char *)"", NULL } };
	struct delivery d = {
		.ticket = 7, .queue_id = (char *)"Q", .sender = (char *)"a@example.org", .envid = (char *)"",
		.size_bytes = sizeof MESSAGE - 1, .recipients = to, .recipient_count = 2, .message = SPAN(MESSAGE),
	};
	struct buf payload = { 0 };

	delivery_encode(&d, &payload);
	channel_send(queue, FRAME_DELIVER, buf_span(&payload), -1);
	buf_free(&payload);
}

static void check_outcomes(struct channel *queue)
{
	struct frame frame;
	struct outcome o;
	int outcomes = 0;

	channel_fill(queue);
	while (channel_next(queue, &frame)) {
		if (frame.type != FRAME_OUTCOME)
			continue;
		if (++outcomes > 1 || outcome_decode(frame.payload, &o) < 0 || o.ticket != 7 || o.recipient_count != 2)
			abort();
		outcome_free(&o);
	}
}

static void run(uint32_t capabilities, bool no_tls, struct span said)
{
	int wire[2], queue[2], jobs[2], dialogue[2], parent[2];

	pair(wire), pair(queue), pair(jobs), pair(dialogue), pair(parent);
	struct patience patience = { .scale = 0.01, .setup_until_ms = IO_FOREVER, .ours = { parent[0], queue[0] } };
	struct server server = { .patience = &patience, .wire = wire_new(wire[0]), .relay = mem_text("mx.example.net"),
		.tls = mem_text(""), .no_tls = no_tls ? mem_text("TLS failed") : NULL,
		.at = { "mx.example.net", "mx.example.net", "", "", false, false }, .ehlo = { .capabilities = capabilities } };
	struct pump_setup setup = { .server = &server, .queue = channel_new(queue[0]), .jobs = channel_new(jobs[0]),
		.dialogue = dialogue[0], .message_max = 1 };
	struct channel *ours = channel_new(queue[1]);
	struct server_words speaker = { wire[1], said };
	struct session_end end = { 0 };
	pthread_t server_thread, library_thread;

	put_delivery(ours);
	if (pthread_create(&server_thread, NULL, speak, &speaker) != 0 ||
	    pthread_create(&library_thread, NULL, be_library, &dialogue[1]) != 0)
		abort();
	pump_run(&setup, &end);
	shutdown(wire[0], SHUT_RDWR);
	shutdown(dialogue[0], SHUT_RDWR);
	pthread_join(server_thread, NULL);
	pthread_join(library_thread, NULL);
	check_outcomes(ours);
	session_end_free(&end);
	server_free(&server);
	channel_free(setup.queue);
	channel_free(setup.jobs);
	channel_free(ours);
	close(wire[1]), close(jobs[1]), close(dialogue[0]), close(dialogue[1]), close(parent[0]), close(parent[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len > 0 && len < 100 * 1000)
		run(bytes[0] & (CAP_PIPELINING | CAP_8BITMIME | CAP_SIZE | CAP_DSN), bytes[0] & NO_TLS,
		    (struct span){ (const char *)bytes + 1, len - 1 });
	return 0;
}
