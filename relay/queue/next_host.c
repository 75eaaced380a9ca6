/* SPDX-License-Identifier: ISC */
#include "relay/queue/next_host.h"

bool next_host_is_asked(const struct recipient_outcome *o)
{
	static const bool leads[REFUSAL_COUNT] = {
		[REFUSAL_UNKNOWN] = true, [REFUSAL_PROTOCOL] = true, [REFUSAL_TLS] = true,
	};

	return o->reply.kind == FAULT_TEMPORARY && !o->unknown && leads[reply_about(&o->reply)];
}

bool next_host_comes_first(const struct reply *r)
{
	return r->kind == FAULT_TEMPORARY && (r->code == 0 || r->code == 421 || r->step == STEP_MAIL);
}
