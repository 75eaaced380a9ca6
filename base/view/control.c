/* SPDX-License-Identifier: ISC */
#include "base/view/control.h"

#include "base/clock.h"
#include "base/io.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Progress is what counts: a long listing may take its time, a silent signetd may not. */
enum { SILENCE_MS = 30 * 1000, CONNECT_MS = 10 * 1000, STEP_BYTES = 65536 };

static int no_signetd(struct fault *f, const char *path, int error)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		return fault_set(f, FAULT_TEMPORARY, "4.3.2",
		                 "no signetd answers at %s; start it: systemctl start signetd", path);
	case EACCES:
	case EPERM:
		return fault_set(f, FAULT_PERMANENT, "5.7.1", "%s: not permitted; ask as root or as who started signetd", path);
	case ETIMEDOUT:
	case EAGAIN:
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "signetd at %s does not answer in time; see its log", path);
	default:
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "%s: %s", path, strerror(error));
	}
}

/* On a Unix socket connect does not wait for the peer; EAGAIN is a full backlog, which signetd empties. */
static int connect_by(int fd, const struct sockaddr_un *to, int64_t deadline_ms)
{
	while (connect(fd, (const struct sockaddr *)to, sizeof *to) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -1;
		if (clock_wait_ms(deadline_ms) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		poll(NULL, 0, 20);
	}
	return 0;
}

static int open_socket(const char *path, struct fault *f)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof to.sun_path)
		return fault_set(f, FAULT_PERMANENT, "5.3.5", "%s: too long for a socket's path", path);
	memcpy(to.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect_by(fd, &to, clock_boot_ms() + CONNECT_MS) == 0)
		return fd;
	int error = errno;
	io_close(&fd);
	return no_signetd(f, path, error);
}

/* Hands over every whole reply in what was read; 1 when it was the last. */
static int take_replies(struct buf *in, control_row *row, void *context, struct buf *end, int *result, struct fault *f)
{
	struct span rest = buf_span(in);
	bool over = false;

	while (!over) {
		struct submit_reply reply = { 0 };
		ssize_t taken = submit_decode_reply(rest, &reply, f);
		if (taken == 0)
			break;
		if (taken < 0) {
			*result = -1;
			return 1;
		}
		*result = 0;
		over = reply.kind == SUBMIT_ROW ? row && row(context, reply.text) != 0 : true;
		if (reply.kind == SUBMIT_REFUSED || reply.kind == SUBMIT_BUSY) {
			*f = reply.fault;
			*result = -1;
		} else if (end && (reply.kind == SUBMIT_ACCEPTED || reply.kind == SUBMIT_END)) {
			buf_add_span(end, reply.text);
		}
		rest = (struct span){ rest.at + taken, rest.len - (size_t)taken };
	}
	buf_drop_front(in, in->len - rest.len);
	return over;
}

static int read_replies(int fd, const char *path, int64_t silence_ms, control_row *row, void *context,
                        struct buf *end, struct fault *f)
{
	struct buf in = { 0 };
	int result = 0;

	do {
		buf_reserve(&in, STEP_BYTES);
		ssize_t n = io_read(fd, in.at + in.len, STEP_BYTES, clock_boot_ms() + silence_ms);
		if (n < 0)
			result = no_signetd(f, path, errno);
		else if (n == 0)
			result = fault_set(f, FAULT_TEMPORARY, "4.3.2", "signetd at %s hung up before the end of its answer", path);
		if (n <= 0)
			break;
		in.len += (size_t)n;
	} while (!take_replies(&in, row, context, end, &result, f));
	buf_free(&in);
	return result;
}

static const struct shape_field control_act_fields[] = {
	FIELD(control_act, queue_id),
	FIELD(control_act, done),
	FIELD(control_act, in_delivery),
};
const struct shape control_act_shape = SHAPE_OF(control_act, control_act_fields);

static const struct shape_field control_sticky_fields[] = {
	FIELD(control_sticky, site),
	FIELD(control_sticky, since_ms),
	FIELD(control_sticky, until_ms),
	FIELD(control_sticky, times),
	FIELD(control_sticky, trial),
	FIELD(control_sticky, domain),
	FIELD(control_sticky, address),
	FIELD(control_sticky, alone),
	FIELD_VALUE(control_sticky, reply, reply),
};
const struct shape control_sticky_shape = SHAPE_OF(control_sticky, control_sticky_fields);

static const struct shape_field control_standing_fields[] = {
	FIELD(control_standing, family),
	FIELD(control_standing, address),
	FIELD(control_standing, before),
	FIELD_BELOW(control_standing, standing, STANDINGS),
	FIELD(control_standing, why),
};
static bool standing_fits(const void *value)
{
	const struct control_standing *s = value;

	return s->family == 4 || s->family == 6;
}

const struct shape control_standing_shape = SHAPE_OF(control_standing, control_standing_fields, .fits = standing_fits);

static const struct shape_field control_detour_fields[] = {
	FIELD(control_detour, family),
	FIELD(control_detour, address),
	FIELD(control_detour, before),
	FIELD(control_detour, via),
	FIELD(control_detour, since_ms),
	FIELD(control_detour, why),
};
const struct shape control_detour_shape = SHAPE_OF(control_detour, control_detour_fields);

static const struct shape_field control_destination_fields[] = {
	FIELD(control_destination, domain),
	FIELD(control_destination, via),
	FIELD(control_destination, held),
	FIELD(control_destination, waits),
	FIELD(control_destination, sessions),
	FIELD(control_destination, failures),
	FIELD(control_destination, tried_ms),
	FIELD(control_destination, next_try_ms),
	FIELD(control_destination, status),
	FIELD(control_destination, reply),
};
const struct shape control_destination_shape = SHAPE_OF(control_destination, control_destination_fields);

static const struct shape_field control_policy_fields[] = {
	FIELD(control_policy, id),
	FIELD(control_policy, policy),
	FIELD(control_policy, expires_ms),
	FIELD(control_policy, barred_id),
};
const struct shape control_policy_shape = SHAPE_OF(control_policy, control_policy_fields);

static const struct shape_field control_suppressed_fields[] = {
	FIELD(control_suppressed, address),
	FIELD(control_suppressed, queue_id),
	FIELD(control_suppressed, refused_ms),
	FIELD(control_suppressed, until_ms),
	FIELD_VALUE(control_suppressed, reply, reply),
};
const struct shape control_suppressed_shape = SHAPE_OF(control_suppressed, control_suppressed_fields);

static const struct shape_field control_event_fields[] = {
	FIELD(control_event, after_ms),
	FIELD_BELOW(control_event, side, CONTROL_THEIRS + 1),
	FIELD(control_event, text),
};
const struct shape control_event_shape = SHAPE_OF(control_event, control_event_fields);

int control_ask(const char *socket_path, struct submit_query query, control_row *row, void *context,
                struct buf *end, struct fault *f)
{
	return control_follow(socket_path, query, SILENCE_MS, row, context, end, f);
}

int control_follow(const char *socket_path, struct submit_query query, int64_t silence_ms, control_row *row,
                   void *context, struct buf *end, struct fault *f)
{
	struct buf out = { 0 };
	struct fault none;
	int result = -1;

	f = f ? f : &none;
	int fd = open_socket(socket_path, f);
	if (fd < 0)
		return -1;
	submit_encode_query(&query, &out);
	if (io_write_all(fd, out.at, out.len, clock_boot_ms() + SILENCE_MS) < 0)
		no_signetd(f, socket_path, errno);
	else
		result = read_replies(fd, socket_path, silence_ms, row, context, end, f);
	buf_free(&out);
	io_close(&fd);
	return result;
}
