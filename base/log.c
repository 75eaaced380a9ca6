#include "base/log.h"

#include "base/clock.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static const char *log_program = "signet";
static bool to_syslog;

static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void log_open(const char *program, const char *target)
{
	log_program = program;
	to_syslog = strcmp(target, "syslog") == 0;
	if (to_syslog)
		openlog(program, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

void log_escape(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if (c >= 0x20 && c < 0x7f && c != '\\')
			buf_add_byte(out, (char)c);
		else
			buf_printf(out, "\\x%02x", c);
	}
}

static void add_stamp(struct buf *line)
{
	int64_t now_ms = clock_wall_ms();
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm utc;
	char stamp[32];

	gmtime_r(&seconds, &utc);
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
	buf_printf(line, "%s.%03dZ %s[%d]: ", stamp, (int)(now_ms % 1000), log_program, (int)getpid());
}

/*
 * Descriptor 2 is shared with who started us, so it stays as it is: waiting is
 * avoided by looking first. A pipe that has room takes PIPE_BUF bytes at once.
 */
static void write_line(struct buf *line)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (line->len > PIPE_BUF)
		line->len = PIPE_BUF;
	line->at[line->len - 1] = '\n';
	if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) && write(STDERR_FILENO, line->at, line->len) < 0)
		buf_clear(line);  /* nowhere left to say it */
}

void log_line(enum log_level level, const char *format, ...)
{
	struct buf text = { 0 }, line = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	if (!to_syslog)
		add_stamp(&line);
	log_escape(&line, buf_span(&text));
	if (to_syslog) {
		syslog(priorities[level], "%s", buf_text(&line));
	} else {
		buf_add_byte(&line, '\n');
		write_line(&line);
	}
	buf_free(&text);
	buf_free(&line);
}
