/* SPDX-License-Identifier: ISC */
/* Queries and replies of the submission socket: what is taken lies inside the input. */
#include "base/mail/submit.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(ssize_t taken, struct span part, struct span in)
{
	if (taken <= 0)
		return;
	if ((size_t)taken > in.len || (part.len > 0 && (part.at < in.at || part.at + part.len > in.at + in.len)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct submit_query query;
	struct submit_reply reply;
	struct fault f;

	ssize_t taken = submit_decode_query(in, &query, &f);
	check(taken, query.argument, in);
	taken = submit_decode_reply(in, &reply, &f);
	check(taken, reply.text, in);
	return 0;
}
