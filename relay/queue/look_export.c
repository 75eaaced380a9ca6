/* SPDX-License-Identifier: ISC */
/* The bytes of a message as they are stored, piece by piece as the asker takes them; none of one that is not there. */
#include "relay/queue/look_state.h"

#include "base/view/control.h"
#include "relay/queue/spool.h"
#include "relay/queue_id.h"

#include <errno.h>
#include <unistd.h>

enum { PIECE = 32 * 1024, PIECES_A_TURN = 4 };

static int begin(struct queue *q, struct look *l, struct fault *f)
{
	const char *name = l->selection.ids.count == 1 ? l->selection.ids.items[0] : NULL;
	struct store_message m;
	uint64_t id;
	bool damaged;
	int result = 0;

	if (name == NULL)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "name one queue id");
	queue_id_parse(span_of(name), &id);
	if (!store_load_message(q->store, id, &m))
		return 0;
	if (m.body_file[0]) {
		l->body_fd = spool_open_body(q->settings->spool, m.body_file, m.size_bytes, &damaged, f);
		result = l->body_fd < 0 ? -1 : 0;
	} else {
		store_load_body(q->store, id, &l->body);
		if (l->body.len == 0)
			result = fault_set(f, FAULT_PERMANENT, "5.5.4", "%s is finished: its text is gone, signet trace %s has the rest",
			                   name, name);
	}
	store_message_free(&m);
	return result;
}

/* False: nothing is left. */
static bool say_piece(struct queue *q, struct look *l)
{
	char bytes[PIECE];
	struct fault f;
	size_t left = l->body.len - l->body_sent;
	struct span piece = { 0 };

	if (l->body_fd >= 0) {
		ssize_t n = read(l->body_fd, bytes, sizeof bytes);
		if (n < 0) {
			fault_set(&f, FAULT_TEMPORARY, "4.3.0", "the body file: %s", strerror(errno));
			look_sink_refuse(q, &l->sink, &f);
			l->over = true;
			return false;
		}
		piece = (struct span){ bytes, (size_t)n };
	} else if (left > 0) {
		piece = (struct span){ l->body.at + l->body_sent, left < PIECE ? left : PIECE };
		l->body_sent += piece.len;
	}
	if (piece.len > 0)
		look_sink_row(q, &l->sink, piece);
	return piece.len > 0;
}

static bool step(struct queue *q, struct look *l)
{
	for (int i = 0; i < PIECES_A_TURN && look_sink_has_room(q, &l->sink); i++)
		if (!say_piece(q, l))
			return true;
	return false;
}

const struct look_kind look_export = { .operation = CONTROL_EXPORT, .begin = begin, .step = step };
