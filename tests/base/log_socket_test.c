/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/io.h"
#include "base/log_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char folder[] = "/tmp/signet-log-test.XXXXXX";
static char journal[100], syslog_path[100];

static int listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
		perror(path);
	return fd;
}

/* ---- which ---- */

enum { ABSENT, PLAIN, BESIDE, ELSEWHERE };

static const struct {
	const char *name;
	bool journal;
	int syslog;
	bool uses_journal, there;
} choices[] = {
	{ "nothing",                   false, ABSENT,    false, false },
	{ "syslog alone",              false, PLAIN,     false, true },
	{ "journal alone",             true,  ABSENT,    true,  true },
	{ "the journal's syslog",      true,  BESIDE,    true,  true },
	{ "a syslog beside a journal", true,  PLAIN,     false, true },
	{ "a link to somewhere else",  true,  ELSEWHERE, false, false },
};

static void choosing(void)
{
	char beside[120];

	snprintf(beside, sizeof beside, "%s/dev-log", folder);
	for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
		struct log_socket s;
		int a = choices[i].journal ? listen_at(journal) : -1, b = choices[i].syslog == PLAIN ? listen_at(syslog_path) : -1;
		if (choices[i].syslog >= BESIDE && symlink(choices[i].syslog == BESIDE ? beside : "/nowhere/log", syslog_path) < 0)
			perror(syslog_path);
		is_int(log_socket_open(&s, journal, syslog_path), choices[i].there, "%s: %s there", choices[i].name,
		       choices[i].there ? "" : "not");
		is_int(s.journal, choices[i].uses_journal, "%s: the protocol", choices[i].name);
		log_socket_close(&s);
		io_close(&a);
		io_close(&b);
		unlink(journal);
		unlink(syslog_path);
	}
}

/* ---- what ---- */

static void got(int fd, const char *want, const char *name)
{
	char bytes[4096];
	ssize_t n = recv(fd, bytes, sizeof bytes, 0);

	is_span(((struct span){ bytes, n > 0 ? (size_t)n : 0 }), span_of(want), "%s", name);
}

static void journal_entries(void)
{
	char want[500];
	struct log_about about = { .queue_id = "1A2B", .recipient = "x\nMESSAGE=forged@example.org", .relay = "mx[192.0.2.1]:25",
		.tls = "TLSv1.3/verified", .dsn = "2.0.0", .status = "sent" };
	struct log_entry e = { .level = LOG_LEVEL_INFO, .program = "signet/smtp", .text = SPAN("1A2B: to=..."), .about = &about };
	int fd = listen_at(journal);
	struct log_socket s;

	log_socket_open(&s, journal, syslog_path);
	ok(log_socket_send(&s, &e), "an entry is taken");
	snprintf(want, sizeof want, "PRIORITY=6\nSYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=signet/smtp\nSYSLOG_PID=%d\n"
	         "SIGNET_QUEUE_ID=1A2B\nSIGNET_RECIPIENT=x\\x0aMESSAGE=forged@example.org\nSIGNET_RELAY=mx[192.0.2.1]:25\n"
	         "SIGNET_TLS=TLSv1.3/verified\nSIGNET_DSN=2.0.0\nSIGNET_STATUS=sent\nMESSAGE=1A2B: to=...\n", (int)getpid());
	got(fd, want, "with its fields, of which none can be forged");
	e.about = NULL;
	e.level = LOG_LEVEL_ERROR;
	log_socket_send(&s, &e);
	snprintf(want, sizeof want, "PRIORITY=3\nSYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=signet/smtp\nSYSLOG_PID=%d\n"
	         "MESSAGE=1A2B: to=...\n", (int)getpid());
	got(fd, want, "or without");
	log_socket_close(&s);
	close(fd);
	unlink(journal);
}

static void syslog_lines(void)
{
	char want[200];
	struct log_entry e = { .level = LOG_LEVEL_WARNING, .program = "signet/smtp", .text = SPAN("odd"),
		.wall_ms = 1772359205123 };
	int fd = listen_at(syslog_path);
	struct log_socket s;

	log_socket_open(&s, journal, syslog_path);
	snprintf(want, sizeof want, "<20>Mar  1 10:00:05 signet/smtp[%d]: odd", (int)getpid());
	log_socket_send(&s, &e);
	got(fd, want, "a line as syslog(3) writes it");

	unsigned sent = 0;
	while (log_socket_send(&s, &e) && sent < 100000)
		sent++;
	ok(errno == EAGAIN && sent > 0, "one that is full says so");
	close(fd);
	ok(!log_socket_send(&s, &e) && errno != EAGAIN, "one that is gone is no wait");
	unlink(syslog_path);
	ok(!log_socket_send(&s, &e), "nor is one that is not there");
	fd = listen_at(syslog_path);
	ok(log_socket_send(&s, &e), "one that was started anew is found");
	got(fd, want, "and gets the line");
	log_socket_close(&s);
	close(fd);
	unlink(syslog_path);
}

int main(void)
{
	tap_plan(21);
	setenv("TZ", "UTC", 1);
	scratch_make(folder);
	snprintf(journal, sizeof journal, "%s/socket", folder);
	snprintf(syslog_path, sizeof syslog_path, "%s/log", folder);
	choosing();
	journal_entries();
	syslog_lines();
	return tap_done();
}
