/* SPDX-License-Identifier: ISC */
/*
 * All that has a shape: any bytes are read or refused, and what is read is
 * written as the same bytes; where texts may have been cut to their room, as
 * bytes that are. The first byte chooses the shape.
 */
#include "base/mail/record.h"
#include "base/mail/reply.h"
#include "base/mail/submit.h"
#include "base/view/control.h"
#include "base/view/history.h"
#include "base/view/listing.h"
#include "base/view/trace.h"
#include "relay/protocol.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* New ones at the end: the corpus counts on the order. */
static const struct shape *const shapes[] = {
	&peer_shape, &cloned_shape, &spawn_shape, &signing_key_shape, &refresh_job_shape, &refreshed_shape, &submission_shape, &submit_shape, &submitted_shape, &query_shape,
	&sign_job_shape, &signed_fields_shape, &plan_job_shape, &plan_shape, &sts_job_shape, &sts_fetched_shape,
	&session_shape, &transcript_line_shape, &session_ready_shape, &delivery_shape, &outcome_shape, &session_end_shape,
	&bounce_job_shape, &tls_ticket_shape, &control_act_shape, &control_sticky_shape, &control_policy_shape,
	&control_event_shape, &record_shape, &submit_query_shape, &submit_reply_shape, &listing_entry_shape,
	&trace_entry_shape, &reply_shape, &fault_shape, &control_destination_shape, &caller_shape, &history_count_shape,
	&control_suppressed_shape, &control_standing_shape, &control_detour_shape,
};

/* No text of it is cut, and no name replaced that is not known here. */
static bool is_kept_whole(const struct shape *shape)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct shape_field *f = &shape->fields[i];
		if (f->kind == SHAPE_CHARS || f->kind == SHAPE_OWN || (f->kind >= SHAPE_VALUE && !is_kept_whole(f->of)))
			return false;
	}
	return true;
}

/* Into memory of its own size, so that a byte written beyond it is seen. */
static bool recoded(const struct shape *shape, struct span in, struct buf *out)
{
	void *value = malloc(shape->bytes);
	bool taken = value && shape_decode(shape, in, value) == 0;

	if (taken) {
		shape_encode(shape, value, out);
		shape_free(shape, value);
	}
	for (size_t i = 0; value && i < shape->bytes; i++)
		if (((const char *)value)[i])
			abort();
	free(value);
	return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once = { 0 }, twice = { 0 };

	if (size == 0)
		return 0;
	const struct shape *shape = shapes[data[0] % (sizeof shapes / sizeof shapes[0])];
	struct span in = { (const char *)data + 1, size - 1 };
	if (recoded(shape, in, &once)) {
		if (is_kept_whole(shape) && !span_eq(buf_span(&once), in))
			abort();
		if (!recoded(shape, buf_span(&once), &twice) || !span_eq(buf_span(&once), buf_span(&twice)))
			abort();
	}
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
