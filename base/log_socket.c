/* SPDX-License-Identifier: ISC */
#include "base/log_socket.h"

#include "base/escape.h"
#include "base/io.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

static struct buf datagram;       /* kept from line to line (base/log.h) */

/* ---- which ---- */

static bool is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* systemd makes /dev/log a link to a socket beside the journal's own. */
static bool leads_beside(const char *link, const char *journal)
{
	char target[PATH_MAX];
	ssize_t len = readlink(link, target, sizeof target);
	const char *name = strrchr(journal, '/');

	return len > 0 && name && len > name - journal && memcmp(target, journal, (size_t)(name - journal) + 1) == 0;
}

bool log_socket_open(struct log_socket *s, const char *journal, const char *syslog)
{
	struct stat st;
	bool journal_serves = is_socket(journal) && (lstat(syslog, &st) < 0 || leads_beside(syslog, journal));

	buf_reserve(&datagram, 2 * LOG_LINE_MAX);
	*s = (struct log_socket){ .journal = journal_serves, .to.sun_family = AF_UNIX };
	snprintf(s->to.sun_path, sizeof s->to.sun_path, "%s", s->journal ? journal : syslog);
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return s->fd >= 0 && is_socket(s->to.sun_path);
}

void log_socket_close(struct log_socket *s)
{
	io_close(&s->fd);
}

/* ---- what ---- */

static void add_field(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, "%s=", name);
	escape(out, span_of(value));
	buf_add_byte(out, '\n');
}

/* systemd.io, "Native Journal Protocol": a field a line, for no value here has a line end. */
static void add_journal_entry(struct buf *out, const struct log_entry *e)
{
	buf_printf(out, "PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=%s\nSYSLOG_PID=%d\n", priorities[e->level],
	           LOG_MAIL >> 3, e->program, (int)getpid());
	if (e->about) {
		add_field(out, "SIGNET_QUEUE_ID", e->about->queue_id);
		add_field(out, "SIGNET_RECIPIENT", e->about->recipient);
		add_field(out, "SIGNET_RELAY", e->about->relay);
		add_field(out, "SIGNET_TLS", e->about->tls);
		add_field(out, "SIGNET_DSN", e->about->dsn);
		add_field(out, "SIGNET_STATUS", e->about->status);
	}
	buf_printf(out, "MESSAGE=%.*s\n", (int)e->text.len, e->text.at);
}

/* What syslog(3) sends: local time, whose file has been read before confinement. */
static void add_syslog_line(struct buf *out, const struct log_entry *e)
{
	time_t seconds = (time_t)(e->wall_ms / 1000);
	struct tm local;
	char stamp[32];

	localtime_r(&seconds, &local);
	strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &local);
	buf_printf(out, "<%d>%s %s[%d]: %.*s", LOG_MAIL | priorities[e->level], stamp, e->program, (int)getpid(),
	           (int)e->text.len, e->text.at);
}

bool log_socket_send(const struct log_socket *s, const struct log_entry *e)
{
	buf_clear(&datagram);
	if (s->journal)
		add_journal_entry(&datagram, e);
	else
		add_syslog_line(&datagram, e);
	ssize_t sent = sendto(s->fd, datagram.at, datagram.len, MSG_DONTWAIT | MSG_NOSIGNAL,
	                      (const struct sockaddr *)&s->to, sizeof s->to);
	return sent >= 0;
}
