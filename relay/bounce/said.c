#include "relay/bounce/said.h"

#include "base/reply.h"

/* "RELAY said: " is what stands before. */
static bool is_of_relay(const struct bounce_recipient *r, struct span reply)
{
	const struct span said = SPAN(" said: ");
	struct span relay = span_of(r->relay), before = span_between(r->fault.text, reply.at);

	if (relay.len == 0 || before.len < relay.len + said.len)
		return false;
	return memcmp(reply.at - said.len - relay.len, relay.at, relay.len) == 0;
}

struct span said_by_server(const struct bounce_recipient *r)
{
	if (r->fault.kind == FAULT_NONE)
		return span_of(r->fault.text);
	struct span reply = reply_in(span_of(r->fault.text));
	return reply.len > 0 && is_of_relay(r, reply) ? reply : SPAN("");
}

bool said_as_last_of_many(const struct bounce_recipient *r)
{
	struct span relay = span_of(r->relay), text = span_of(r->fault.text);
	bool refused = said_by_server(r).len > 0 && span_starts_nocase(text, relay);

	return r->fault.kind == FAULT_TEMPORARY || (strcmp(r->fault.status, "5.4.7") == 0 && !refused);
}
