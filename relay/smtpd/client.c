/* SPDX-License-Identifier: ISC */
#include "relay/smtpd/client.h"

#include "base/conf/listen.h"
#include "base/hash.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- who may ---- */

static void add_user(struct client_rules *r, struct span name)
{
	unsigned long long number;
	char *text = mem_text_span(name);
	const struct passwd *user = NULL;

	if (!span_number(name, UINT32_MAX, &number)) {
		user = getpwnam(text);
		if (user == NULL)
			log_line(LOG_LEVEL_ERROR, "listen_for \"user:%s\": there is no such user, so nobody is served by it", text);
		number = user ? user->pw_uid : UINT32_MAX;
	}
	if (number != UINT32_MAX) {
		r->users = mem_resize(r->users, r->user_count + 1, sizeof *r->users);
		r->users[r->user_count++] = (uint32_t)number;
	}
	free(text);
}

void client_rules_read(const struct settings *s, struct client_rules *out)
{
	struct listen_client c;

	*out = (struct client_rules){ 0 };
	for (size_t i = 0; i < s->listen_for.count; i++) {
		if (!listen_client_parse(span_of(s->listen_for.items[i]), &c))
			continue;
		if (c.kind == LISTEN_LOOPBACK) {
			out->loopback = true;
		} else if (c.kind == LISTEN_USER) {
			add_user(out, c.user);
		} else {
			out->networks = mem_resize(out->networks, out->network_count + 1, sizeof *out->networks);
			out->networks[out->network_count++] = c.network;
		}
	}
}

void client_rules_free(struct client_rules *r)
{
	free(r->networks);
	free(r->users);
	*r = (struct client_rules){ 0 };
}

bool client_may(const struct client_rules *r, const struct client *c)
{
	bool here = c->family && listen_is_loopback(c->family, c->bytes);

	if (here && r->loopback)
		return true;
	for (size_t i = 0; i < r->user_count; i++)
		if (here && c->has_uid && c->uid == r->users[i])
			return true;
	for (size_t i = 0; i < r->network_count; i++)
		if (ip_network_holds(&r->networks[i], c->family, c->bytes))
			return true;
	return false;
}

uint32_t client_seat(const struct client *c)
{
	if (c->has_uid)
		return c->uid;
	/* Nobody's, and never root's: no account is up there. */
	return (uint32_t)hash_bytes(HASH_BEGIN, c->bytes, c->family == 6 ? 8 : 4) | 0x80000000u;
}

/* ---- who it is ---- */

int client_open_diag(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
}

/* An address in IPv6 that stands for one in IPv4 is that one. */
static bool read_address(const struct sockaddr_storage *from, struct client *out)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;

	*out = (struct client){ 0 };
	if (from->ss_family == AF_INET) {
		out->family = 4;
		memcpy(out->bytes, &v4->sin_addr, 4);
		out->port = ntohs(v4->sin_port);
	} else if (from->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		out->family = 4;
		memcpy(out->bytes, v6->sin6_addr.s6_addr + 12, 4);
		out->port = ntohs(v6->sin6_port);
	} else if (from->ss_family == AF_INET6) {
		out->family = 6;
		memcpy(out->bytes, &v6->sin6_addr, 16);
		out->port = ntohs(v6->sin6_port);
	}
	return out->family != 0;
}

static bool ask_diag(int diag, const struct client *theirs, const struct client *ours, uint32_t number)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} ask = {
		.header = { .nlmsg_len = sizeof ask, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = number },
		.body = { .sdiag_family = theirs->family == 6 ? AF_INET6 : AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0U,
		          .id = { .idiag_sport = htons(theirs->port), .idiag_dport = htons(ours->port),
		                  .idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } } },
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	memcpy(ask.body.id.idiag_src, theirs->bytes, sizeof ask.body.id.idiag_src);
	memcpy(ask.body.id.idiag_dst, ours->bytes, sizeof ask.body.id.idiag_dst);
	return sendto(diag, &ask, sizeof ask, MSG_DONTWAIT, (const struct sockaddr *)&kernel, sizeof kernel) == (ssize_t)sizeof ask;
}

/*
 * Where no socket has both addresses the kernel tells of one that listens at the client's port, and one
 * that its program has closed belongs to uid 0: neither says who the client is.
 */
static bool has_owner(const struct inet_diag_msg *m, const struct client *theirs, const struct client *ours)
{
	return m->idiag_state != TCP_LISTEN && m->idiag_state != TCP_TIME_WAIT && m->idiag_inode != 0 &&
	       m->id.idiag_sport == htons(theirs->port) && m->id.idiag_dport == htons(ours->port);
}

/* The kernel has answered when the question has been sent. */
static void find_uid(int diag, const struct client *ours, struct client *theirs)
{
	static uint32_t number;
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;
	ssize_t n;

	if (diag < 0 || !ask_diag(diag, theirs, ours, ++number))
		return;
	while ((n = recv(diag, &answer, sizeof answer, MSG_DONTWAIT)) > 0 || (n < 0 && errno == EINTR)) {
		const struct inet_diag_msg *m = NLMSG_DATA(&answer.header);
		if (n < (ssize_t)NLMSG_LENGTH(sizeof *m) || answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		    answer.header.nlmsg_seq != number)
			continue;
		theirs->has_uid = has_owner(m, theirs, ours);
		theirs->uid = theirs->has_uid ? m->idiag_uid : 0;
	}
}

void client_find(int fd, int diag, struct client *out)
{
	struct sockaddr_storage theirs = { 0 }, ours = { 0 };
	socklen_t theirs_len = sizeof theirs, ours_len = sizeof ours;
	struct client own;

	*out = (struct client){ 0 };
	if (getpeername(fd, (struct sockaddr *)&theirs, &theirs_len) < 0 || getsockname(fd, (struct sockaddr *)&ours, &ours_len) < 0)
		return;
	if (read_address(&theirs, out) && read_address(&ours, &own) && listen_is_loopback(out->family, out->bytes))
		find_uid(diag, &own, out);
}

void client_print_literal(const struct client *c, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(c->family == 6 ? AF_INET6 : AF_INET, c->bytes, text, sizeof text))
		buf_printf(out, "[%s%s]", c->family == 6 ? "IPv6:" : "", text);
}

void client_print(const struct client *c, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(c->family == 6 ? AF_INET6 : AF_INET, c->bytes, text, sizeof text))
		buf_printf(out, "[%s]:%u", text, c->port);
	if (c->has_uid)
		buf_printf(out, " (uid %u)", c->uid);
}
