/* SPDX-License-Identifier: ISC */
#include "tests/process.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "trust/greet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *answer;
	uint8_t family;
	const char *address;    /* NULL: none */
} addresses[] = {
	{ "250-mx.google.com at your service, [192.0.2.1]\r\n250 PIPELINING\r\n", 4, "192.0.2.1" },
	{ "250-mx.google.com at your service, [2001:db8::1]\r\n", 6, "2001:db8::1" },
	{ "250-mail.example.org Hello me.example.net [192.0.2.7]\r\n", 4, "192.0.2.7" },
	{ "250-host Hello me [IPv6:2001:db8::7], pleased to meet you\r\n", 6, "2001:db8::7" },
	{ "250 hello 192.0.2.9.\r\n", 4, "192.0.2.9" },
	{ "250-mx.example.org\r\n250-[192.0.2.1]\r\n", 4, NULL },
	{ "250-host1.2.3.4.example at your service\r\n", 4, NULL },
	{ "250-mx at your service, [192.0.2.1]\r\n", 6, NULL },
	{ "250-mx at 12:34:56 [999.1.1.1]\r\n", 4, NULL },
	{ "", 4, NULL },
};

static const struct {
	const char *greeting;
	int64_t s;              /* -1: none */
} times[] = {
	{ "220 mail.example.org ESMTP Exim 4.96 Fri, 13 Feb 2009 23:31:30 +0000\r\n", 1234567890 },
	{ "220 mail.example.org ESMTP Sendmail 8.17; Sat, 14 Feb 2009 00:31:30 +0100\r\n", 1234567890 },
	{ "220 mail.example.org ESMTP Sendmail 8.17; Fri, 13 Feb 2009 18:31:30 -0500 (EST)\r\n", 1234567890 },
	{ "220 mail.example.org ESMTP Postfix\r\n", -1 },
	{ "220 Sun, shine\r\n", -1 },
};

/* A server for one connection, in a process of its own: says each text, and hears a line after each that "+" does not begin. */
static uint16_t serve(const char *const *says, pid_t *pid)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(listener, (struct sockaddr *)&at, len) < 0 || getsockname(listener, (struct sockaddr *)&at, &len) < 0 ||
	    listen(listener, 5) < 0)
		exit(1);
	*pid = fork();
	if (*pid == 0) {
		char heard[512];
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int fd = accept(listener, NULL, NULL);
		for (; *says; says++) {
			bool goes_on = (*says)[0] == '+';
			if (write(fd, *says + goes_on, strlen(*says) - goes_on) < 0)
				_exit(1);
			if (strcmp(*says, "") == 0)
				pause();
			if (goes_on)
				usleep(200 * 1000);     /* so that it comes apart */
			else if (read(fd, heard, sizeof heard) <= 0)
				_exit(0);
		}
		_exit(0);
	}
	close(listener);
	return ntohs(at.sin_port);
}

static const struct {
	const char *what;
	const char *says[5];
	const char *status;     /* "" is none */
} servers[] = {
	{ "a server", { "220 hello\r\n", "250-[127.0.0.1]\r\n250 HELP\r\n" }, "" },
	{ "that says it in pieces", { "+220-hel", "lo\r\n220 again\r\n", "+250-[127.0.0.1]\r\n", "250 HELP\r\n" }, "" },
	{ "that goes away", { "220 hello\r\n" }, "4.4.2" },
	{ "that is silent", { "" }, "4.4.7" },
	{ "that refuses", { "554 no\r\n", "221 bye\r\n" }, "" },
};

int main(void)
{
	enum { SERVERS = TAP_ROWS(servers) };
	struct greet greets[SERVERS + 1] = { 0 };
	pid_t pids[SERVERS];

	tap_plan(TAP_ROWS(addresses) + TAP_ROWS(times) + SERVERS + 5);
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		struct ip_address a;
		struct buf text = { 0 };
		if (greet_read_address(span_of(addresses[i].answer), addresses[i].family, &a))
			ip_address_print(&a, &text);
		is_text(buf_text(&text), addresses[i].address ? addresses[i].address : "", "%s", addresses[i].answer);
		buf_free(&text);
	}
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		int64_t s = -1;
		greet_read_time(span_of(times[i].greeting), &s);
		is_int(s, times[i].s, "%s", times[i].greeting);
	}
	for (size_t i = 0; i < SERVERS; i++)
		greets[i] = (struct greet){ .address = { 4, { 127, 0, 0, 1 } }, .port = serve(servers[i].says, &pids[i]), .helo = "me.example" };
	/* Nobody listens at what was just somebody's. */
	greets[SERVERS] = (struct greet){ .address = { 4, { 127, 0, 0, 1 } }, .port = 1, .helo = "me.example" };
	int64_t began = clock_boot_ms();
	greet_all(greets, SERVERS + 1, 1500);
	ok(clock_boot_ms() - began < 30000, "the silent one holds up nobody for long");
	for (size_t i = 0; i < SERVERS; i++)
		is_text(greets[i].fault.kind == FAULT_NONE ? "" : greets[i].fault.status, servers[i].status, "%s: %s", servers[i].what,
		        greets[i].fault.text);
	is_text(greets[SERVERS].fault.status, "4.4.1", "nobody is there: %s", greets[SERVERS].fault.text);
	is_text(buf_text(&greets[0].answer), "250-[127.0.0.1]\r\n250 HELP\r\n", "the whole answer");
	is_text(buf_text(&greets[1].answer), "250-[127.0.0.1]\r\n250 HELP\r\n", "that comes in pieces, too");
	is_int(greets[0].own.family, 4, "and our own end");
	for (size_t i = 0; i < SERVERS; i++) {
		process_signal(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	for (size_t i = 0; i <= SERVERS; i++)
		greet_free(&greets[i]);
	return tap_done();
}
