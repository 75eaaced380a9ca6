/* SPDX-License-Identifier: ISC */
#include "relay/queue/event.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "relay/queue/out.h"
#include "relay/queue/peers.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

static int event_fd = -1;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static bool has_program;              /* event_command is set */
static struct peer_channel *program;  /* NULL: it is not there */

struct losses {
	unsigned lost;                /* in a row */
};

enum { UNSENT_MAX = 1024 * 1024 };    /* bytes on their way to the program */

void event_open(const char *path, const char *command)
{
	size_t len = strlen(path);

	has_program = command[0] != '\0';
	if (len == 0 || len >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, len + 1);
	event_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (event_fd < 0)
		log_line(LOG_LEVEL_ERROR, "no socket for on_event: %s", strerror(errno));
}

void event_print(const struct event *e, int64_t now_ms, struct buf *out)
{
	static const char *const names[] = { "delivered", "bounced", "held" };
	struct json j = { .out = out };
	struct buf said = { 0 };

	reply_print_words(e->reply, &said);
	json_object(&j, NULL);
	json_text(&j, "event", names[e->kind]);
	json_number(&j, "time", now_ms / 1000);
	json_text(&j, "queue_id", e->queue_id);
	json_text(&j, "address", e->address);
	json_text(&j, "original", e->original);
	json_text(&j, "relay", e->reply->relay);
	json_text(&j, "status", e->reply->status);
	json_text(&j, "reply", buf_text(&said));
	json_end(&j);
	buf_free(&said);
}

/* Said once, until it is over. */
static void count(struct losses *l, bool is_lost, const char *setting, const char *to, const char *why)
{
	if (is_lost && l->lost++ == 0)
		log_line(LOG_LEVEL_WARNING, "%s: %s does not take events, which are lost until it does: %s", setting, to, why);
	if (!is_lost && l->lost > 0) {
		log_line(LOG_LEVEL_INFO, "%s: %s takes events again; %u were lost", setting, to, l->lost);
		l->lost = 0;
	}
}

/* To its path each time, for whoever listens there now. */
static void tell_socket(const struct buf *text)
{
	static struct losses losses;

	ssize_t sent = sendto(event_fd, text->at, text->len, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address, sizeof address);
	count(&losses, sent < 0, "on_event", address.sun_path, strerror(errno));
}

static void tell_program(const struct committed *c, const struct buf *text)
{
	static struct losses losses;
	bool is_full = program && channel_unsent_bytes(program->channel) > UNSENT_MAX;

	if (program && !is_full)
		out_tell(c, program, OUT_EVENT, text, -1);
	count(&losses, program == NULL || is_full, "event_command", "the program", is_full ? "it is too slow" : "it has not begun yet");
}

void event_program_came(struct peer_channel *p)
{
	program = p;
}

void event_program_lost(const struct peer_channel *p)
{
	if (program == p)
		program = NULL;
}

void event_tell(const struct committed *c, const struct event *e)
{
	struct buf text = { 0 };

	if (event_fd < 0 && !has_program)
		return;
	event_print(e, clock_wall_ms(), &text);
	if (event_fd >= 0)
		tell_socket(&text);
	if (has_program)
		tell_program(c, &text);
	buf_free(&text);
}
