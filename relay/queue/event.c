#include "relay/queue/event.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

static int event_fd = -1;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static unsigned lost;

void event_open(const char *path)
{
	size_t len = strlen(path);

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

/* To its path each time, for whoever listens there now. */
void event_tell(const struct committed *c, const struct event *e)
{
	struct buf text = { 0 };

	(void)c;
	if (event_fd < 0)
		return;
	event_print(e, clock_wall_ms(), &text);
	ssize_t sent = sendto(event_fd, text.at, text.len, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&address, sizeof address);
	if (sent < 0 && lost++ == 0)
		log_line(LOG_LEVEL_WARNING, "on_event: %s does not take events, which are lost until it does: %s", address.sun_path,
		         strerror(errno));
	if (sent >= 0 && lost > 0) {
		log_line(LOG_LEVEL_INFO, "on_event: %s takes events again; %u were lost", address.sun_path, lost);
		lost = 0;
	}
	buf_free(&text);
}
