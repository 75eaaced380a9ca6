/*
 * responder - a small name server for tests, on a UDP port of 127.0.0.1, in
 * a process of its own that dies with the test.
 *
 * It knows the rows it is given; a name that neither is in a row nor lies
 * above one does not exist. A row of type "SILENT" is never answered,
 * "GARBAGE" is answered with noise, "RCODE" with that code.
 */
#ifndef TESTS_DNS_RESPONDER_H
#define TESTS_DNS_RESPONDER_H

#include "base/buf.h"
#include "base/pack.h"
#include "dns/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
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
	char server[32];    /* "127.0.0.1@PORT" */
};

static const struct {
	const char *name;
	uint16_t number;
} responder_types[] = {
	{ "A", 1 }, { "NS", 2 }, { "CNAME", 5 }, { "SOA", 6 }, { "MX", 15 }, { "TXT", 16 }, { "AAAA", 28 },
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

static void responder_rdata(struct buf *out, const struct responder_row *row)
{
	struct span value = span_of(row->value);
	struct ip_address a;

	if (strcmp(row->type, "MX") == 0) {
		pack_u16(out, (uint16_t)atoi(row->value));
		span_cut(&value, ' ');
		responder_name(out, value);
	} else if (strcmp(row->type, "CNAME") == 0) {
		responder_name(out, value);
	} else if (strcmp(row->type, "TXT") == 0) {
		pack_u8(out, (uint8_t)value.len);
		buf_add_span(out, value);
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
	bool exists, silent, garbage;
	struct buf records;
};

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
		r->silent |= strcmp(rows[i].type, "SILENT") == 0;
		r->garbage |= strcmp(rows[i].type, "GARBAGE") == 0;
		if (strcmp(rows[i].type, "RCODE") == 0)
			r->rcode = (uint16_t)atoi(rows[i].value);
		if (!alias && responder_type(rows[i].type) != type)
			continue;
		struct buf rdata = { 0 };
		responder_rdata(&rdata, &rows[i]);
		responder_record(&r->records, name, responder_type(rows[i].type), buf_span(&rdata));
		r->answers++;
		buf_free(&rdata);
		if (alias) {
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

static void responder_answer(const struct responder_row *rows, size_t count, struct span packet, struct buf *out)
{
	struct buf name = { 0 };
	struct responder_reply r = { 0 };
	uint16_t type;
	size_t end;

	if (responder_question(packet, &name, &type, &end)) {
		responder_look_up(rows, count, buf_span(&name), type, &r, 0);
		if (r.garbage) {
			buf_add(out, packet.at, 2);
			buf_add_text(out, "\x84\x80 this is no DNS message at all");
		} else if (!r.silent) {
			if (!r.exists)
				r.rcode = 3;
			buf_add(out, packet.at, 2);
			pack_u16(out, (uint16_t)(0x8580 | r.rcode));
			pack_u16(out, 1);
			pack_u16(out, r.answers);
			pack_u16(out, r.answers ? 0 : 1);
			pack_u16(out, 0);
			buf_add(out, packet.at + 12, end - 12);
			buf_add_span(out, buf_span(&r.records));
			if (r.answers == 0)
				responder_soa(out);
		}
	}
	buf_free(&r.records);
	buf_free(&name);
}

__attribute__((noreturn))
static void responder_run(int fd, const struct responder_row *rows, size_t count)
{
	char packet[4096];
	struct sockaddr_in from;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		socklen_t from_len = sizeof from;
		struct buf out = { 0 };
		ssize_t n = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &from_len);
		if (n < 12)
			continue;
		responder_answer(rows, count, (struct span){ packet, (size_t)n }, &out);
		if (out.len > 0)
			sendto(fd, out.at, out.len, 0, (struct sockaddr *)&from, from_len);
		buf_free(&out);
	}
}

static struct responder responder_start(const struct responder_row *rows, size_t count)
{
	struct responder r = { 0 };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 || getsockname(fd, (struct sockaddr *)&at, &len) < 0) {
		perror("responder");
		exit(1);
	}
	snprintf(r.server, sizeof r.server, "127.0.0.1@%d", ntohs(at.sin_port));
	fflush(NULL);
	r.pid = fork();
	if (r.pid == 0)
		responder_run(fd, rows, count);
	close(fd);
	return r;
}

static void responder_stop(struct responder *r)
{
	kill(r->pid, SIGKILL);
	waitpid(r->pid, NULL, 0);
}

#endif
