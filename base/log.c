/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/log_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { MOMENT_MS = 20 };

static const char *log_program = "signet";
static struct log_socket system_log = { .fd = -1 };   /* open: lines go there and not to descriptor 2 */
static mode_t stderr_type;                            /* of descriptor 2 */
static char host[65] = "localhost";                   /* without its domain */
static unsigned long dropped;
static enum log_addresses addresses;
static bool as_json;

/* Kept from line to line. */
static struct buf said, hidden_recipient, shown, written;

static const struct {
	const char *name, *prefix;
} levels[] = { { "error", "error: " }, { "warning", "warning: " }, { "info", "" }, { "debug", "" } };

bool log_open(const char *program, const char *target)
{
	struct stat st;

	log_program = program;
	buf_reserve(&said, LOG_LINE_MAX);
	buf_reserve(&shown, LOG_LINE_MAX);
	buf_reserve(&written, LOG_LINE_MAX);
	log_socket_close(&system_log);
	stderr_type = fstat(STDERR_FILENO, &st) == 0 ? st.st_mode & S_IFMT : 0;
	struct utsname name;
	if (uname(&name) == 0)
		snprintf(host, sizeof host, "%.*s", (int)strcspn(name.nodename, "."), name.nodename);
	if (strcmp(target, "syslog") != 0)
		return true;
	return log_socket_open(&system_log, LOG_SOCKET_JOURNAL, LOG_SOCKET_SYSLOG);
}

void log_show_addresses(enum log_addresses how)
{
	addresses = how;
}

void log_as_json(bool json)
{
	as_json = json;
}

/* ---- descriptor 2 ---- */

/*
 * The descriptor is shared with who started us, so it stays as it is: waiting
 * is avoided by asking a socket not to, and by looking first at what is not a file.
 * A pipe that has room takes PIPE_BUF bytes at once. False with errno.
 */
static bool write_at_once(const char *bytes, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (stderr_type == S_IFSOCK)
		return send(STDERR_FILENO, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
	if (stderr_type != S_IFREG && poll(&p, 1, 0) == 0) {
		errno = EAGAIN;
		return false;
	}
	return write(STDERR_FILENO, bytes, len) == (ssize_t)len;
}

/* After the time what syslog's files have: the host's name without its domain, and who says it. */
static void form_text(const struct log_entry *e, const char *time)
{
	buf_printf(&written, "%s ", time);
	escape(&written, span_of(host));
	buf_printf(&written, " %s[%d]: %s", e->program, (int)getpid(), levels[e->level].prefix);
	escape(&written, e->text);
	if (written.len >= LOG_LINE_MAX)
		written.len = LOG_LINE_MAX - 1;
}

static void add_known(struct json *j, const char *name, const char *value)
{
	if (value)
		json_text(j, name, value);
}

/* With len bytes of the message; where len is 0, also without what it is about, which may be as long as a server likes. */
static void form_json_of(const struct log_entry *e, const char *time, size_t len)
{
	struct json j = { .out = &written };

	buf_clear(&written);
	json_object(&j, NULL);
	json_text(&j, "time", time);
	json_text(&j, "level", levels[e->level].name);
	json_text(&j, "host", host);
	json_text(&j, "program", e->program);
	json_number(&j, "pid", getpid());
	if (e->about && len > 0) {
		add_known(&j, "queue_id", e->about->queue_id);
		add_known(&j, "recipient", e->about->recipient);
		add_known(&j, "relay", e->about->relay);
		add_known(&j, "tls", e->about->tls);
		add_known(&j, "dsn", e->about->dsn);
		add_known(&j, "status", e->about->status);
	}
	json_span(&j, "message", (struct span){ e->text.at, len });
	json_end(&j);
}

/* Cut until it fits: a byte of the message is up to six of the line. */
static void form_json(const struct log_entry *e, const char *time)
{
	size_t len = e->text.len;

	form_json_of(e, time, len);
	while (written.len >= LOG_LINE_MAX && len > 0) {
		size_t excess = (written.len - LOG_LINE_MAX) / 6 + 1;
		len -= excess < len ? excess : len;
		form_json_of(e, time, len);
	}
}

static bool write_line(const struct log_entry *e)
{
	time_t seconds = (time_t)(e->wall_ms / 1000);
	struct tm utc;
	char time[32];    /* RFC 3339 */

	gmtime_r(&seconds, &utc);
	size_t len = strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(time + len, sizeof time - len, ".%03dZ", (int)(e->wall_ms % 1000));
	buf_clear(&written);
	if (as_json)
		form_json(e, time);
	else
		form_text(e, time);
	buf_add_byte(&written, '\n');
	return write_at_once(written.at, written.len);
}

/* The system's log has a level of its own, and its readers the word. */
static bool send_line(const struct log_entry *e)
{
	struct log_entry line = *e;

	buf_clear(&written);
	buf_add_text(&written, levels[e->level].prefix);
	escape(&written, e->text);
	line.text = buf_span(&written);
	if (line.text.len > LOG_LINE_MAX)
		line.text.len = LOG_LINE_MAX;
	return log_socket_send(&system_log, &line);
}

/* ---- lines ---- */

/*
 * A log that is alive takes ten datagrams and is then full until it has read
 * them: one that is full gets a moment, and one that did not use it gets none.
 */
static bool put_entry(const struct log_entry *e)
{
	static const struct timespec step = { .tv_nsec = 1000 * 1000 };

	for (int i = 0; !(system_log.fd >= 0 ? send_line(e) : write_line(e)); i++) {
		if (errno != EAGAIN || dropped > 0 || i == MOMENT_MS)
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

static bool say_dropped(int64_t wall_ms)
{
	struct log_entry e = { .level = LOG_LEVEL_WARNING, .program = log_program, .wall_ms = wall_ms };
	char text[80];

	snprintf(text, sizeof text, "%lu line%s dropped: the log did not take %s", dropped, dropped == 1 ? " was" : "s were",
	         dropped == 1 ? "it" : "them");
	e.text = span_of(text);
	return put_entry(&e);
}

static void say_entry(enum log_level level, const struct log_about *about, const char *format, va_list ap)
{
	struct log_entry e = {
		.level = level, .wall_ms = clock_wall_ms(), .about = about,
		.program = about && about->program ? about->program : log_program,
	};
	struct log_about hidden;

	buf_clear(&said);
	buf_clear(&shown);
	buf_clear(&hidden_recipient);
	buf_vprintf(&said, format, ap);
	log_addresses_hide(addresses, buf_span(&said), &shown);
	if (about && about->recipient && addresses != LOG_ADDRESSES_FULL) {
		log_addresses_hide_one(addresses, span_of(about->recipient), &hidden_recipient);
		hidden = *about;
		hidden.recipient = buf_text(&hidden_recipient);
		e.about = &hidden;
	}
	e.text = buf_span(&shown);
	if (dropped > 0 && say_dropped(e.wall_ms))
		dropped = 0;
	if (dropped > 0 || !put_entry(&e))
		dropped++;
}

void log_line(enum log_level level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_entry(level, NULL, format, ap);
	va_end(ap);
}

void log_about(enum log_level level, const struct log_about *about, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_entry(level, about, format, ap);
	va_end(ap);
}
