/* SPDX-License-Identifier: ISC */
#include "dns/texts.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

struct asked {
	struct texts_lookup *lookup;
	size_t *open;
};

static void take_answer(void *context, struct dns_answer *answer)
{
	struct asked *a = context;
	struct buf text = { 0 };

	a->lookup->fault = answer->fault;
	for (size_t i = 0; i < answer->count; i++) {
		buf_clear(&text);
		if (dns_read_txt(answer->records[i], &text))
			text_list_add(&a->lookup->texts, buf_span(&text));
	}
	buf_free(&text);
	dns_answer_free(answer);
	--*a->open;
}

void texts_ask(struct dns *d, struct texts_lookup *lookups, size_t count, int64_t patience_ms)
{
	struct asked *asked = mem_alloc((count + 1) * sizeof *asked);
	size_t open = 0;

	for (size_t i = 0; i < count; i++) {
		lookups[i].fault = (struct fault){ 0 };
		lookups[i].texts = (struct text_list){ 0 };
		asked[i] = (struct asked){ &lookups[i], &open };
		open += dns_start_within(d, lookups[i].name, DNS_TXT, patience_ms, take_answer, &asked[i], &lookups[i].fault) == 0;
	}
	while (open > 0) {
		struct pollfd p = { .fd = dns_fd(d), .events = POLLIN };
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			abort();
		dns_process(d);
	}
	free(asked);
}
