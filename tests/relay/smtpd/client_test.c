/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/conf/listen.h"
#include "relay/smtpd/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
	const char *from;      /* an address */
	long uid;              /* -1: not known */
	bool loopback, user, network;   /* whether "loopback", "user:33", and 192.0.2.0/24 with 2001:db8::/32 serve it */
} rows[] = {
	{ "127.0.0.1", 33, true, true, false },
	{ "127.0.0.1", 34, true, false, false },
	{ "127.0.0.1", -1, true, false, false },
	{ "127.9.9.9", 33, true, true, false },
	{ "::1", 33, true, true, false },
	{ "::1", -1, true, false, false },
	{ "192.0.2.1", -1, false, false, true },
	{ "192.0.2.255", -1, false, false, true },
	{ "192.0.3.1", -1, false, false, false },
	{ "2001:db8::1", -1, false, false, true },
	{ "2001:db9::1", -1, false, false, false },
	{ "::2", -1, false, false, false },
};

static struct client client_of(const char *from, long uid)
{
	struct client c = { .has_uid = uid >= 0, .uid = uid >= 0 ? (uint32_t)uid : 0 };
	struct ip_network n;

	if (!ip_network_parse(span_of(from), &n))
		abort();
	c.family = n.family;
	memcpy(c.bytes, n.bytes, sizeof c.bytes);
	return c;
}

static struct client_rules rules_of(const char *first, const char *second)
{
	struct settings s;
	struct client_rules r;

	settings_defaults(&s);
	text_list_free(&s.listen_for);
	text_list_add(&s.listen_for, span_of(first));
	text_list_add(&s.listen_for, span_of(second));
	client_rules_read(&s, &r);
	settings_free(&s);
	return r;
}

static void who_may(void)
{
	struct client_rules loopback = rules_of("loopback", "loopback"), user = rules_of("user:33", "user:no-such-user-here"),
	                    network = rules_of("192.0.2.0/24", "2001:db8::/32"), root = rules_of("user:root", "10.0.0.1");
	struct client nobody = { 0 }, c;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		c = client_of(rows[i].from, rows[i].uid);
		ok(client_may(&loopback, &c) == rows[i].loopback, "loopback: %s, uid %ld", rows[i].from, rows[i].uid);
		ok(client_may(&user, &c) == rows[i].user, "a user: %s, uid %ld", rows[i].from, rows[i].uid);
		ok(client_may(&network, &c) == rows[i].network, "networks: %s, uid %ld", rows[i].from, rows[i].uid);
	}
	ok(!client_may(&loopback, &nobody) && !client_may(&user, &nobody) && !client_may(&network, &nobody), "nobody known is not served");
	c = client_of("127.0.0.1", 0);
	ok(client_may(&root, &c), "a user by name");
	c = client_of("127.0.0.1", -1);
	ok(!client_may(&root, &c), "who has no user is not root");
	client_rules_free(&loopback);
	client_rules_free(&user);
	client_rules_free(&network);
	client_rules_free(&root);
}

static uint32_t seat_of(const char *from, long uid)
{
	struct client c = client_of(from, uid);

	return client_seat(&c);
}

static void seats(void)
{
	is_int(seat_of("127.0.0.1", 33), 33, "a user's places are the user's");
	ok(seat_of("127.0.0.1", -1) == seat_of("127.0.0.1", -1), "an address's places are its own");
	ok(seat_of("192.0.2.1", -1) != seat_of("192.0.2.2", -1), "another has others");
	ok(seat_of("2001:db8::1", -1) == seat_of("2001:db8::ffff", -1), "those of 64 bits are one");
	ok(seat_of("2001:db8::1", -1) != seat_of("2001:db8:0:1::1", -1), "beyond them is another");
	ok(seat_of("192.0.2.1", -1) != 0, "and none is root");
}

/* Both ends of a connection over this address. */
static void connect_over(const char *address, int *client, int *server)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	bool is_v6 = inet_pton(AF_INET, address, &v4.sin_addr) != 1 && inet_pton(AF_INET6, address, &v6.sin6_addr) == 1;
	struct sockaddr *a = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	socklen_t len = is_v6 ? sizeof v6 : sizeof v4;
	int listening = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*client = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*server = -1;
	if (bind(listening, a, len) == 0 && listen(listening, 1) == 0 && getsockname(listening, a, &len) == 0 && connect(*client, a, len) == 0)
		*server = accept(listening, NULL, NULL);
	close(listening);
}

static void who_it_is(const char *address, int diag)
{
	struct client c;
	struct buf text = { 0 };
	int client, server;

	connect_over(address, &client, &server);
	if (server < 0) {
		for (int i = 0; i < 5; i++)
			tap_skip(address, "no such address here");
		close(client);
		return;
	}
	client_find(server, diag, &c);
	ok(c.has_uid, "%s: the user is known", address);
	is_int(c.uid, getuid(), "%s: and is who asks", address);
	client_print_literal(&c, &text);
	is_text(buf_text(&text), strchr(address, ':') ? "[IPv6:::1]" : "[127.0.0.1]", "%s: in its form for a field", address);
	client_find(server, -1, &c);
	ok(!c.has_uid, "%s: without a socket to ask by, not", address);
	close(client);
	client_find(server, diag, &c);
	ok(!c.has_uid, "%s: nor of one that has left: the kernel says 0 then, which is not root", address);
	close(server);
	buf_free(&text);
}

int main(void)
{
	int diag = client_open_diag();

	tap_plan(3 * TAP_ROWS(rows) + 3 + 6 + 10);
	who_may();
	seats();
	who_it_is("127.0.0.1", diag);
	who_it_is("::1", diag);
	close(diag);
	return tap_done();
}
