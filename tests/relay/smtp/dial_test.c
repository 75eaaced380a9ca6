/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "relay/smtp/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
	const char *families, *order;
} rows[] = {
	{ "", "" },
	{ "4", "0" },
	{ "64", "01" },
	{ "444", "012" },
	{ "666", "012" },
	{ "6644", "0213" },
	{ "4466", "0213" },
	{ "6444", "0123" },
	{ "66664", "04123" },
	{ "464646", "012345" },
};

static void orders(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ip_address addresses[8] = { 0 };
		struct target t = { .addresses = addresses, .address_count = strlen(rows[i].families) };
		size_t order[8];
		char got[9] = "";

		for (size_t k = 0; k < t.address_count; k++)
			addresses[k].family = (uint8_t)(rows[i].families[k] - '0');
		dial_order(&t, order);
		for (size_t k = 0; k < t.address_count; k++)
			got[k] = (char)('0' + order[k]);
		is_text(got, rows[i].order, "families %s", rows[i].families);
	}
}

/* ---- calls: 127.0.0.x, each good, refusing or silent (its backlog is full) ---- */

enum { HOSTS = 4, PLUGS = 3 };

static uint16_t port;
static int listeners[HOSTS], plugs[HOSTS][PLUGS];

static struct sockaddr_in host_address(size_t host)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
	                             .sin_addr.s_addr = htonl(0x7f000101 + (uint32_t)host) };
}

static int listen_at(size_t host, int backlog)
{
	struct sockaddr_in address = host_address(host);
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, backlog) < 0) {
		printf("Bail out! no listener: %s\n", strerror(errno));
		exit(1);
	}
	getsockname(fd, (struct sockaddr *)&address, &len);
	port = ntohs(address.sin_port);
	return fd;
}

static void arrange(const char *hosts)
{
	port = 0;
	for (size_t i = 0; i < HOSTS; i++)
		listeners[i] = -1;
	for (size_t i = 0; hosts[i]; i++) {
		listeners[i] = listen_at(i, hosts[i] == 's' ? 0 : 8);
		for (size_t k = 0; k < PLUGS; k++) {
			struct sockaddr_in address = host_address(i);
			plugs[i][k] = hosts[i] == 's' ? socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;
			if (plugs[i][k] >= 0 && connect(plugs[i][k], (struct sockaddr *)&address, sizeof address) < 0)
				continue;
		}
	}
	for (size_t i = 0; hosts[i]; i++)
		if (hosts[i] == 'r')
			io_close(&listeners[i]);
}

static void clear_away(void)
{
	for (size_t i = 0; i < HOSTS; i++) {
		io_close(&listeners[i]);
		for (size_t k = 0; k < PLUGS; k++)
			io_close(&plugs[i][k]);
	}
}

/* Times are a tenth of the real ones. */
static const struct {
	const char *name, *hosts, *told;   /* told: index and + or -, in the order told of */
	int64_t wait_ms, least_ms, most_ms;
} calls[] = {
	{ "the first answers", "gg", "0+", 30000, 0, 150 },
	{ "refused: the next at once", "rg", "0-1+", 30000, 0, 150 },
	{ "silent: the next after the stagger", "sg", "1+", 30000, 190, 600 },
	{ "two silent", "ssg", "2+", 30000, 390, 900 },
	{ "silent, then refused, then good", "srg", "1-2+", 30000, 190, 600 },
	{ "all refuse", "rr", "0-1-", 30000, 0, 150 },
	{ "all silent", "ss", "0-1-", 5000, 690, 1500 },
	{ "a short wait, one address", "s", "0-", 5000, 490, 1200 },
	{ "none", "", "", 30000, 0, 150 },
};

static void call_all(void)
{
	const struct patience patience = { .scale = 0.1, .setup_until_ms = IO_FOREVER, .ours = { -1, -1 } };

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		struct ip_address addresses[HOSTS] = { 0 };
		struct target t = { .addresses = addresses, .address_count = strlen(calls[i].hosts) };
		size_t order[HOSTS] = { 0, 1, 2, 3 };
		char told[2 * HOSTS + 1] = "";
		struct dialled call = { .fd = -1 };

		arrange(calls[i].hosts);
		for (size_t k = 0; k < t.address_count; k++)
			addresses[k] = (struct ip_address){ 4, { 127, 0, 1, (uint8_t)(k + 1) } };
		int64_t begin = clock_boot_ms();
		struct dialling *d = dialling_new(&t, order, t.address_count, port, calls[i].wait_ms, &patience);
		while (call.fd < 0 && dialling_next(d, &call))
			sprintf(told + strlen(told), "%zu%c", call.index, call.fd < 0 ? '-' : '+');
		int64_t ms = clock_boot_ms() - begin;
		dialling_free(d);
		is_text(told, calls[i].told, "%s", calls[i].name);
		ok(ms >= calls[i].least_ms && ms < calls[i].most_ms, "%s: in time (%d ms)", calls[i].name, (int)ms);
		io_close(&call.fd);
		clear_away();
	}
}

/* What the listener sees, or the fault. */
static void from_address(const char *own, const char *want)
{
	const struct patience patience = { .scale = 0.1, .setup_until_ms = IO_FOREVER, .ours = { -1, -1 } };
	struct ip_address address = { 4, { 127, 0, 1, 1 } }, source[2] = { 0 };
	struct target t = { .addresses = &address, .address_count = 1 };
	size_t order = 0;
	struct dialled call;
	struct sockaddr_in peer;
	socklen_t len = sizeof peer;
	struct buf seen = { 0 };

	ip_address_parse(span_of(own), &source[strchr(own, ':') != NULL]);
	arrange("g");
	struct dialling *d = dialling_new(&t, &order, 1, port, 5000, &patience);
	dialling_from(d, source);
	dialling_next(d, &call);
	dialling_free(d);
	int fd = call.fd >= 0 ? accept(listeners[0], (struct sockaddr *)&peer, &len) : -1;
	if (fd >= 0)
		ip_address_print(&(struct ip_address){ 4, { 127, 0, ((uint8_t *)&peer.sin_addr)[2], ((uint8_t *)&peer.sin_addr)[3] } }, &seen);
	is_text(fd >= 0 ? buf_text(&seen) : call.fault.text, want, "dialled from %s", own);
	buf_free(&seen);
	io_close(&fd);
	io_close(&call.fd);
	clear_away();
}

/* All of 127.0.0.0/8 and ::1 are here. */
static void knows_the_own_address(void)
{
	static const struct {
		const char *to, *source, *own;
	} ends[] = {
		{ "127.0.0.1", NULL, "127.0.0.1" },
		{ "::1", NULL, "::1" },
		{ "127.0.0.1", "127.0.9.9", "127.0.9.9" },
		{ "127.0.0.1", "2001:db8::1", "127.0.0.1" },
		{ "::1", "2001:db8::1", "2001:db8::1" },
		{ "::1", "127.0.9.9", "::1" },
	};

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		struct ip_address to, own, source[2] = { 0 };
		struct buf text = { 0 };

		ip_address_parse(span_of(ends[i].to), &to);
		if (ends[i].source)
			ip_address_parse(span_of(ends[i].source), &source[strchr(ends[i].source, ':') != NULL]);
		ok(dial_source(&to, 25, source, &own), "there is a way to %s", ends[i].to);
		ip_address_print(&own, &text);
		is_text(buf_text(&text), ends[i].own, "%s from %s", ends[i].to, ends[i].source ? ends[i].source : "any");
		buf_free(&text);
	}
}

int main(void)
{
	tap_plan(43);
	orders();
	knows_the_own_address();
	from_address("127.0.9.9", "127.0.9.9");
	from_address("::1", "127.0.0.1");
	from_address("192.0.2.77", "cannot send from 192.0.2.77: Cannot assign requested address; the setting source (for MX "
	             "hosts mx_source) has to name an address of this host");
	call_all();
	return tap_done();
}
