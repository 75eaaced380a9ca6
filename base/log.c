#include "base/log.h"

#include "base/clock.h"
#include "base/escape.h"
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

static const char *const prefixes[] = { "error: ", "warning: ", "", "" };

bool log_open(const char *program, const char *target)
{
	struct stat st;

	log_program = program;
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

static bool write_line(const struct log_entry *e)
{
	struct buf line = { 0 };
	time_t seconds = (time_t)(e->wall_ms / 1000);
	struct tm utc;
	char stamp[32];

	/* RFC 3339, then what syslog's files have: the host's name without its domain, and who says it. */
	gmtime_r(&seconds, &utc);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
	buf_printf(&line, "%s.%03dZ ", stamp, (int)(e->wall_ms % 1000));
	escape(&line, span_of(host));
	buf_printf(&line, " %s[%d]: ", e->program, (int)getpid());
	buf_add_span(&line, e->text);
	if (line.len >= LOG_LINE_MAX)
		line.len = LOG_LINE_MAX - 1;
	buf_add_byte(&line, '\n');
	bool written = write_at_once(line.at, line.len);
	buf_free(&line);
	return written;
}

/* ---- lines ---- */

/*
 * A log that is alive takes ten datagrams and is then full until it has read
 * them: one that is full gets a moment, and one that did not use it gets none.
 */
static bool put_entry(const struct log_entry *e)
{
	static const struct timespec step = { .tv_nsec = 1000 * 1000 };

	for (int i = 0; !(system_log.fd >= 0 ? log_socket_send(&system_log, e) : write_line(e)); i++) {
		if (errno != EAGAIN || dropped > 0 || i == MOMENT_MS)
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

static bool say_dropped(int64_t wall_ms)
{
	struct log_entry e = { .level = LOG_LEVEL_WARNING, .program = log_program, .wall_ms = wall_ms };
	struct buf text = { 0 };

	buf_printf(&text, "warning: %lu line%s dropped: the log did not take %s", dropped, dropped == 1 ? " was" : "s were",
	           dropped == 1 ? "it" : "them");
	e.text = buf_span(&text);
	bool said = put_entry(&e);
	buf_free(&text);
	return said;
}

static void say_entry(enum log_level level, const struct log_about *about, const char *format, va_list ap)
{
	struct log_entry e = {
		.level = level, .wall_ms = clock_wall_ms(), .about = about,
		.program = about && about->program ? about->program : log_program,
	};
	struct buf text = { 0 }, line = { 0 }, recipient = { 0 };
	struct log_about hidden;

	buf_vprintf(&line, format, ap);
	log_addresses_hide(addresses, buf_span(&line), &text);
	buf_clear(&line);
	if (about && about->recipient && addresses != LOG_ADDRESSES_FULL) {
		log_addresses_hide_one(addresses, span_of(about->recipient), &recipient);
		hidden = *about;
		hidden.recipient = buf_text(&recipient);
		e.about = &hidden;
	}
	buf_add_text(&line, prefixes[level]);
	escape(&line, buf_span(&text));
	e.text = buf_span(&line);
	if (e.text.len > LOG_LINE_MAX)
		e.text.len = LOG_LINE_MAX;
	if (dropped > 0 && say_dropped(e.wall_ms))
		dropped = 0;
	if (dropped > 0 || !put_entry(&e))
		dropped++;
	buf_free(&text);
	buf_free(&line);
	buf_free(&recipient);
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
