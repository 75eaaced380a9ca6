/*
 * What the roles say to each other: every decoder takes any bytes, what it
 * takes can be said again and means the same, and a channel survives any
 * stream.
 */
#include "relay/channel.h"
#include "relay/protocol.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decoded, said, decoded and said again: the two sayings are the same. */
#define ROUND_TRIP(type, prefix) \
	static void try_##prefix(struct span in) \
	{ \
		struct type first, second; \
		struct buf once = { 0 }, twice = { 0 }; \
		if (prefix##_decode(in, &first) < 0) \
			return; \
		prefix##_encode(&first, &once); \
		if (prefix##_decode(buf_span(&once), &second) < 0) \
			abort(); \
		prefix##_encode(&second, &twice); \
		if (!span_eq(buf_span(&once), buf_span(&twice))) \
			abort(); \
		prefix##_free(&first); \
		prefix##_free(&second); \
		buf_free(&once); \
		buf_free(&twice); \
	}

ROUND_TRIP(spawn, spawn)
ROUND_TRIP(signing_key, signing_key)
ROUND_TRIP(submit, submit)
ROUND_TRIP(submitted, submitted)
ROUND_TRIP(query, query)
ROUND_TRIP(sign_job, sign_job)
ROUND_TRIP(signed_fields, signed_fields)
ROUND_TRIP(plan_job, plan_job)
ROUND_TRIP(plan, plan)
ROUND_TRIP(sts_job, sts_job)
ROUND_TRIP(sts_fetched, sts_fetched)
ROUND_TRIP(session, session)
ROUND_TRIP(transcript_line, transcript_line)
ROUND_TRIP(session_ready, session_ready)
ROUND_TRIP(delivery, delivery)
ROUND_TRIP(outcome, outcome)
ROUND_TRIP(session_end, session_end)
ROUND_TRIP(bounce_job, bounce_job)

static void try_peer(struct span in)
{
	struct peer p;

	if (peer_decode(in, &p) == 0 && p.role >= ROLE_COUNT)
		abort();
}

static void try_channel(struct span in)
{
	int pair[2];
	struct frame frame;
	size_t payload = 0;

	if (in.len > 60000 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return;
	if (write(pair[1], in.at, in.len) != (ssize_t)in.len)
		abort();
	close(pair[1]);
	struct channel *c = channel_new(pair[0]);
	while (channel_fill(c) == 0)
		;
	while (channel_next(c, &frame)) {
		payload += frame.payload.len;
		if (frame.fd >= 0)
			abort();           /* none was sent */
	}
	if (payload > in.len)
		abort();
	channel_free(c);
}

static void (*const tries[])(struct span) = {
	try_spawn, try_signing_key, try_submit, try_submitted, try_query, try_sign_job, try_signed_fields, try_plan_job,
	try_plan, try_session, try_transcript_line, try_session_ready, try_delivery, try_outcome, try_session_end, try_bounce_job, try_peer,
	try_channel, try_sts_job, try_sts_fetched,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	tries[data[0] % (sizeof tries / sizeof tries[0])]((struct span){ (const char *)data + 1, size - 1 });
	return 0;
}
