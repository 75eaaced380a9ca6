/* SPDX-License-Identifier: ISC */
#include "tests/dns/responder.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "dns/dns.h"
#include "dns/dns_wire.h"
#include "dns/talk.h"

#include <sys/resource.h>

enum { MANY = 1500, PATIENCE_MS = 400, LONG_MS = 20 * 1000 };

static const struct responder_row rows[] = {
	{ "here.example", "A", "192.0.2.1" },
	{ "cut.example", "CUT", "" },
	{ "cut.example", "A", "192.0.2.2" },
	{ "silent.example", "SILENT", "" },
};

/* A port on which nobody reads, over UDP, and nobody accepts, over TCP. */
static int mute(int type, uint16_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(*port) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || (type == SOCK_STREAM && listen(fd, 100) < 0) ||
	    getsockname(fd, (struct sockaddr *)&at, &len) < 0)
		abort();
	*port = ntohs(at.sin_port);
	return fd;
}

static struct talk talk_to(uint16_t port, const struct buf *message)
{
	struct talk t = { .port = port, .message = buf_span(message) };

	ip_address_parse(SPAN("127.0.0.1"), &t.address);
	return t;
}

static void question(const char *name, struct buf *out)
{
	struct fault f = { 0 };

	if (dns_wire_question(name, DNS_A, out, &f) < 0)
		abort();
}

static int64_t ms_of(struct talk *talks, size_t count)
{
	int64_t began_ms = clock_boot_ms();

	talk_all(talks, count, PATIENCE_MS);
	return clock_boot_ms() - began_ms;
}

static void free_talks(struct talk *talks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		talk_free(&talks[i]);
	free(talks);
}

/* More than there may be descriptors: they take turns. */
static void takes_turns(const struct responder *r)
{
	struct talk *talks = mem_alloc(MANY * sizeof *talks);
	struct buf here = { 0 }, cut = { 0 };
	size_t answered = 0, over_tcp = 0;

	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ TALKS_AT_ONCE + 20, TALKS_AT_ONCE + 20 });
	question("here.example", &here);
	question("cut.example", &cut);
	for (size_t i = 0; i < MANY; i++)
		talks[i] = talk_to(r->port, i % 10 ? &here : &cut);
	talk_all(talks, MANY, LONG_MS);
	for (size_t i = 0; i < MANY; i++) {
		answered += talks[i].fault.kind == FAULT_NONE && talks[i].answer.len > 0;
		over_tcp += talks[i].tcp;
	}
	is_int(answered, MANY, "%d questions are answered", MANY);
	is_int(over_tcp, MANY / 10, "those whose answers are cut over TCP");
	ok(!talks[0].silent, "their server is not silent");
	free_talks(talks, MANY);
	buf_free(&here);
	buf_free(&cut);
}

/* A server that has answered nothing is asked no more: the rest costs no time. */
static void knows_the_silent(void)
{
	struct talk *talks = mem_alloc(MANY * sizeof *talks);
	struct buf here = { 0 };
	uint16_t port = 0;
	int fd = mute(SOCK_DGRAM, &port);
	size_t silent = 0;

	question("here.example", &here);
	for (size_t i = 0; i < MANY; i++)
		talks[i] = talk_to(port, &here);
	int64_t ms = ms_of(talks, MANY);
	for (size_t i = 0; i < MANY; i++)
		silent += talks[i].silent && strcmp(talks[i].fault.status, "4.4.7") == 0;
	is_int(silent, MANY, "a silent server: all are silence");
	ok(ms >= PATIENCE_MS - 50 && ms < MANY / TALKS_AT_ONCE * PATIENCE_MS, "which the first of them tell (%lld ms)", (long long)ms);
	free_talks(talks, MANY);
	close(fd);
	buf_free(&here);
}

/* One name that is not answered does not make its server silent. */
static void waits_for_each(const struct responder *r)
{
	struct talk *talks = mem_alloc(2 * sizeof *talks);
	struct buf here = { 0 }, silent = { 0 };

	question("here.example", &here);
	question("silent.example", &silent);
	talks[0] = talk_to(r->port, &silent);
	talks[1] = talk_to(r->port, &here);
	ms_of(talks, 2);
	is_text(talks[0].fault.status, "4.4.7", "a question that is not answered");
	ok(talks[1].fault.kind == FAULT_NONE && !talks[0].silent && !talks[1].silent, "beside one that is");
	free_talks(talks, 2);
	buf_free(&here);
	buf_free(&silent);
}

/* Ten at once over TCP, to one that never answers: not one after the other. */
static void waits_together_over_tcp(void)
{
	struct talk *talks = mem_alloc(10 * sizeof *talks);
	struct buf here = { 0 };
	uint16_t port = 0;
	int fd = mute(SOCK_STREAM, &port);

	question("here.example", &here);
	for (size_t i = 0; i < 10; i++) {
		talks[i] = talk_to(port, &here);
		talks[i].tcp = true;
	}
	int64_t ms = ms_of(talks, 10);
	is_text(talks[9].fault.text, "no answer over TCP in time", "silence over TCP");
	ok(ms < 5 * PATIENCE_MS, "all together (%lld ms)", (long long)ms);
	free_talks(talks, 10);
	close(fd);
	buf_free(&here);
}

static void heeds_the_deadline(void)
{
	struct talk *talks = mem_alloc(sizeof *talks);
	struct buf here = { 0 };
	uint16_t port = 0;
	int fd = mute(SOCK_DGRAM, &port);

	question("here.example", &here);
	talks[0] = talk_to(port, &here);
	int64_t began_ms = clock_boot_ms();
	talk_all_until(talks, 1, LONG_MS, began_ms + PATIENCE_MS);
	ok(clock_boot_ms() - began_ms < LONG_MS, "a deadline ends it");
	is_text(talks[0].fault.status, "4.4.7", "as silence");
	free_talks(talks, 1);
	close(fd);
	buf_free(&here);
}

int main(void)
{
	struct responder r = responder_start(rows, sizeof rows / sizeof rows[0]);

	tap_plan(11);
	takes_turns(&r);
	knows_the_silent();
	waits_for_each(&r);
	waits_together_over_tcp();
	heeds_the_deadline();
	responder_stop(&r);
	return tap_done();
}
