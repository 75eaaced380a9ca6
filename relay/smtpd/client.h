/* SPDX-License-Identifier: ISC */
/*
 * client - who an SMTP client is, and whether it may use the places of listen.
 *
 * On this host the kernel knows the user whose socket the other end of a
 * connection is (sock_diag(7)): asked by netlink, over a socket that was opened
 * before this role confined itself. What it does not know, or what has left
 * already, has no user: it is served where "loopback" is, and nobody's name is
 * put to its mail but that of the user of the roles.
 */
#ifndef RELAY_SMTPD_CLIENT_H
#define RELAY_SMTPD_CLIENT_H

#include "base/conf/settings.h"
#include "base/ip_network.h"

struct client {
	uint8_t family;              /* 4 or 6; 0: not known */
	uint8_t bytes[16];           /* network order; 4 or 16 used */
	uint16_t port;
	bool has_uid;
	uint32_t uid;
};

struct client_rules {                /* listen_for, with users looked up */
	bool loopback;
	struct ip_network *networks;
	size_t network_count;
	uint32_t *users;
	size_t user_count;
};

/* Looks users up, so before confine(); one that does not exist is logged, and counts for nobody. */
void client_rules_read(const struct settings *s, struct client_rules *out);
void client_rules_free(struct client_rules *r);

/* Pure. */
bool client_may(const struct client_rules *r, const struct client *c);

/* Whose places it takes (relay/seats.h): its user's, else its address's, or that of its network of 64 bits. Pure. */
uint32_t client_seat(const struct client *c);

/* The socket to ask by; -1: this kernel does not say, and nobody has a user. */
int client_open_diag(void);

/* Fills out of a connected TCP socket. Never waits. */
void client_find(int fd, int diag, struct client *out);

/* "[127.0.0.1]" or "[IPv6:::1]" (RFC 5321 section 4.1.3). */
void client_print_literal(const struct client *c, struct buf *out);

/* For a log line: "[127.0.0.1]:43210 (uid 33)". */
void client_print(const struct client *c, struct buf *out);

#endif
