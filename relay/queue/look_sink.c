/* SPDX-License-Identifier: ISC */
#include "relay/queue/look_sink.h"

#include "base/pack.h"
#include "base/shape.h"
#include "relay/queue/control_server.h"
#include "relay/queue/out.h"
#include "relay/queue/peers.h"

enum { UNSENT_MAX = 256 * 1024 };      /* bytes on their way to one asker */

bool look_sink_is_there(struct queue *q, const struct look_sink *to)
{
	return to->client || peers_find(q, to->peer);
}

bool look_sink_has_room(struct queue *q, const struct look_sink *to)
{
	struct peer_channel *p = peers_find(q, to->peer);

	if (to->client)
		return control_unsent_bytes(to->client) <= UNSENT_MAX;
	return p == NULL || channel_unsent_bytes(p->channel) <= UNSENT_MAX;
}

static void answer(struct queue *q, const struct look_sink *to, bool row, struct span text)
{
	struct peer_channel *p = peers_find(q, to->peer);

	if (to->client) {
		control_reply(to->client, row ? SUBMIT_ROW : SUBMIT_END, text);
	} else if (p) {
		buf_clear(&q->scratch);
		pack_u64(&q->scratch, to->ticket);
		pack_span(&q->scratch, text);
		out_ask(p, row ? OUT_ROW : OUT_QUERY_END, &q->scratch, -1);
	}
}

void look_sink_row(struct queue *q, const struct look_sink *to, struct span row)
{
	answer(q, to, true, row);
}

void look_sink_end(struct queue *q, const struct look_sink *to, const char *text)
{
	answer(q, to, false, span_of(text));
}

void look_sink_refuse(struct queue *q, const struct look_sink *to, const struct fault *f)
{
	struct peer_channel *p = peers_find(q, to->peer);

	if (to->client) {
		control_refuse(to->client, f);
	} else if (p) {
		buf_clear(&q->scratch);
		pack_u64(&q->scratch, to->ticket);
		shape_encode(&fault_shape, f, &q->scratch);
		out_ask(p, OUT_QUERY_REFUSED, &q->scratch, -1);
	}
}
