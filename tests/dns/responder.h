/* SPDX-License-Identifier: ISC */
/*
 * responder - a small name server for tests, on a UDP and a TCP port of
 * 127.0.0.1, in a process of its own that dies with the test.
 *
 * It knows the rows it is given; a name that neither is in a row nor lies
 * above one does not exist. A row of type "SILENT" is never answered,
 * "GARBAGE" is answered with noise, "RCODE" with that code, "LAME" without
 * authority, "OTHER" to another question, "LATE" when asked for the second
 * time, "FORGED" with an answer of another id before it; "CUT" has its answer over TCP alone, and with "CLOSE" not even there.
 */
#ifndef TESTS_DNS_RESPONDER_H
#define TESTS_DNS_RESPONDER_H

#include "tests/process.h"
#include "base/buf.h"
#include "base/pack.h"
#include "dns/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct responder_row {
	const char *name, *type, *value;
};

struct responder {
	pid_t pid;
	uint16_t port;
	char server[32];    /* "127.0.0.1@PORT" */
};

static const struct {
	const char *name;
	uint16_t number;
} responder_types[] = {
	{ "A", 1 }, { "NS", 2 }, { "CNAME", 5 }, { "SOA", 6 }, { "MX", 15 }, { "TXT", 16 }, { "AAAA", 28 },
	{ "PTR", 12 }, { "SRV", 33 },
};

static uint16_t responder_type(const char *name)
{
	for (size_t i = 0; i < sizeof responder_types / sizeof responder_types[0]; i++)
		if (strcmp(responder_types[i].name, name) == 0)
			return responder_types[i].number;
	return 0;
}

static void responder_name(struct buf *out, struct span name)
{
	while (name.at && name.len > 0) {
		struct span label = span_cut(&name, '.');
		pack_u8(out, (uint8_t)label.len);
		buf_add_span(out, label);
	}
	pack_u8(out, 0);
}

static void responder_strings(struct buf *out, struct span value)
{
	do {
		size_t len = value.len < 255 ? value.len : 255;
		pack_u8(out, (uint8_t)len);
		buf_add(out, value.at, len);
		value = (struct span){ value.at + len, value.len - len };
	} while (value.len > 0);
}

static void responder_rdata(struct buf *out, const struct responder_row *row)
{
	struct span value = span_of(row->value);
	struct ip_address a;

	if (strcmp(row->type, "MX") == 0) {
		pack_u16(out, (uint16_t)atoi(row->value));
		span_cut(&value, ' ');
		responder_name(out, value);
	} else if (strcmp(row->type, "SRV") == 0) {
		for (int i = 0; i < 3; i++)
			pack_u16(out, (uint16_t)atoi(span_cut(&value, ' ').at));
		responder_name(out, value);
	} else if (strcmp(row->type, "CNAME") == 0 || strcmp(row->type, "NS") == 0 || strcmp(row->type, "PTR") == 0) {
		responder_name(out, value);
	} else if (strcmp(row->type, "TXT") == 0) {
		responder_strings(out, value);
	} else if (ip_address_parse(value, &a)) {
		buf_add(out, a.bytes, a.family == 4 ? 4 : 16);
	}
}

static void responder_record(struct buf *out, struct span name, uint16_t type, struct span rdata)
{
	responder_name(out, name);
	pack_u16(out, type);
	pack_u16(out, 1);
	pack_u32(out, 60);
	pack_u16(out, (uint16_t)rdata.len);
	buf_add_span(out, rdata);
}

static void responder_soa(struct buf *out)
{
	struct buf rdata = { 0 };

	responder_name(&rdata, SPAN("ns"));
	responder_name(&rdata, SPAN("hostmaster"));
	for (int i = 0; i < 5; i++)
		pack_u32(&rdata, 60);
	responder_record(out, SPAN(""), 6, buf_span(&rdata));
	buf_free(&rdata);
}

struct responder_reply {
	uint16_t rcode;
	uint16_t answers;
	bool exists, silent, garbage, lame, other, cut, closed, late, forged;
	struct buf records;
};

static const struct {
	const char *type;
	size_t flag;
} responder_manners[] = {
	{ "SILENT", offsetof(struct responder_reply, silent) },
	{ "GARBAGE", offsetof(struct responder_reply, garbage) },
	{ "LAME", offsetof(struct responder_reply, lame) },
	{ "OTHER", offsetof(struct responder_reply, other) },
	{ "CUT", offsetof(struct responder_reply, cut) },
	{ "CLOSE", offsetof(struct responder_reply, closed) },
	{ "LATE", offsetof(struct responder_reply, late) },
	{ "FORGED", offsetof(struct responder_reply, forged) },
};

static void responder_manner(struct responder_reply *r, const char *type)
{
	for (size_t i = 0; i < sizeof responder_manners / sizeof responder_manners[0]; i++)
		if (strcmp(responder_manners[i].type, type) == 0)
			*(bool *)((char *)r + responder_manners[i].flag) = true;
}

static void responder_look_up(const struct responder_row *rows, size_t count, struct span name, uint16_t type,
                              struct responder_reply *r, int depth)
{
	for (size_t i = 0; i < count && depth < 8; i++) {
		struct span owner = span_of(rows[i].name);
		r->exists |= name.len == 0 || span_eq_nocase(owner, name) ||
		             (span_ends_nocase(owner, name) && owner.at[owner.len - name.len - 1] == '.');
		if (!span_eq_nocase(owner, name))
			continue;
		bool alias = strcmp(rows[i].type, "CNAME") == 0;
		responder_manner(r, rows[i].type);
		if (strcmp(rows[i].type, "RCODE") == 0)
			r->rcode = (uint16_t)atoi(rows[i].value);
		if (!alias && responder_type(rows[i].type) != type)
			continue;
		struct buf rdata = { 0 };
		responder_rdata(&rdata, &rows[i]);
		responder_record(&r->records, name, responder_type(rows[i].type), buf_span(&rdata));
		r->answers++;
		buf_free(&rdata);
		if (alias && type != responder_type("CNAME")) {
			r->exists = false;
			responder_look_up(rows, count, span_of(rows[i].value), type, r, depth + 1);
			return;
		}
	}
}

static bool responder_question(struct span packet, struct buf *name, uint16_t *type, size_t *end)
{
	size_t at = 12;

	while (at < packet.len && packet.at[at] != 0) {
		size_t len = (unsigned char)packet.at[at++];
		if (len > 63 || len > packet.len - at)
			return false;
		if (name->len)
			buf_add_byte(name, '.');
		buf_add(name, packet.at + at, len);
		at += len;
	}
	if (packet.len < at + 5)
		return false;
	*type = (uint16_t)((unsigned char)packet.at[at + 1] << 8 | (unsigned char)packet.at[at + 2]);
	*end = at + 5;
	return true;
}

/* Header, question, records. */
static void responder_write(struct responder_reply *r, struct span packet, size_t end, bool cut, struct buf *out)
{
	if (!r->exists)
		r->rcode = 3;
	if (cut)
		r->answers = 0;
	buf_add(out, packet.at, 2);
	pack_u16(out, (uint16_t)((r->lame ? 0x8180 : 0x8580) | (cut ? 0x0200 : 0) | r->rcode));
	pack_u16(out, 1);
	pack_u16(out, r->answers);
	pack_u16(out, r->answers ? 0 : 1);
	pack_u16(out, 0);
	buf_add(out, packet.at + 12, end - 12);
	if (r->other)
		out->at[13] = 'z';
	if (!cut)
		buf_add_span(out, buf_span(&r->records));
	if (r->answers == 0)
		responder_soa(out);
}

/* True: an answer with another id is to go first. */
static bool responder_answer(const struct responder_row *rows, size_t count, struct span packet, bool tcp,
                             struct buf *out)
{
	static int times;
	struct buf name = { 0 };
	struct responder_reply r = { 0 };
	uint16_t type;
	size_t end;

	if (responder_question(packet, &name, &type, &end)) {
		responder_look_up(rows, count, buf_span(&name), type, &r, 0);
		r.silent |= (r.late && times++ == 0) || (r.closed && tcp);
		if (r.garbage) {
			buf_add(out, packet.at, 2);
			buf_add_text(out, "\x84\x80 this is no DNS message at all");
		} else if (!r.silent) {
			responder_write(&r, packet, end, (r.cut || r.closed) && !tcp, out);
		}
	}
	buf_free(&r.records);
	buf_free(&name);
	return r.forged;
}

static void responder_forge(int fd, const struct sockaddr_in *to, struct buf *answer)
{
	answer->at[0] ^= 1;
	sendto(fd, answer->at, answer->len, 0, (const struct sockaddr *)to, sizeof *to);
	answer->at[0] ^= 1;
}

static void responder_serve_udp(int fd, const struct responder_row *rows, size_t count)
{
	char packet[4096];
	struct sockaddr_in from;
	socklen_t from_len = sizeof from;
	struct buf out = { 0 };
	ssize_t n = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &from_len);

	if (n >= 12 && responder_answer(rows, count, (struct span){ packet, (size_t)n }, false, &out))
		responder_forge(fd, &from, &out);
	if (out.len > 0)
		sendto(fd, out.at, out.len, 0, (struct sockaddr *)&from, from_len);
	buf_free(&out);
}

/* One question a connection; it comes in one piece on the loopback interface. */
static void responder_serve_tcp(int listener, const struct responder_row *rows, size_t count)
{
	char packet[4096];
	struct buf out = { 0 }, framed = { 0 };
	int fd = accept(listener, NULL, NULL);
	ssize_t n = fd < 0 ? -1 : recv(fd, packet, sizeof packet, 0);

	if (n >= 14)
		responder_answer(rows, count, (struct span){ packet + 2, (size_t)n - 2 }, true, &out);
	if (out.len > 0) {
		pack_u16(&framed, (uint16_t)out.len);
		buf_add_span(&framed, buf_span(&out));
		send(fd, framed.at, framed.len, MSG_NOSIGNAL);
	}
	close(fd);
	buf_free(&framed);
	buf_free(&out);
}

__attribute__((noreturn))
static void responder_run(int udp, int tcp, const struct responder_row *rows, size_t count)
{
	struct pollfd fds[] = { { .fd = udp, .events = POLLIN }, { .fd = tcp, .events = POLLIN } };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		poll(fds, 2, -1);
		if (fds[0].revents)
			responder_serve_udp(udp, rows, count);
		if (fds[1].revents)
			responder_serve_tcp(tcp, rows, count);
	}
}

/* The same port for both, by trying. */
static void responder_bind(int *udp, int *tcp, struct sockaddr_in *at)
{
	for (int i = 0; i < 100; i++) {
		socklen_t len = sizeof *at;
		at->sin_port = 0;
		*udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		*tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (bind(*udp, (struct sockaddr *)at, len) == 0 && getsockname(*udp, (struct sockaddr *)at, &len) == 0 &&
		    bind(*tcp, (struct sockaddr *)at, len) == 0 && listen(*tcp, 20) == 0)
			return;
		close(*udp);
		close(*tcp);
	}
	perror("responder");
	exit(1);
}

static struct responder responder_start(const struct responder_row *rows, size_t count)
{
	struct responder r = { 0 };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int udp, tcp;

	responder_bind(&udp, &tcp, &at);
	r.port = ntohs(at.sin_port);
	snprintf(r.server, sizeof r.server, "127.0.0.1@%d", r.port);
	fflush(NULL);
	r.pid = fork();
	if (r.pid == 0)
		responder_run(udp, tcp, rows, count);
	close(udp);
	close(tcp);
	return r;
}

static void responder_stop(struct responder *r)
{
	process_signal(r->pid, SIGKILL);
	waitpid(r->pid, NULL, 0);
}

#endif
