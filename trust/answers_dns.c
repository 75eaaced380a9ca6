/* SPDX-License-Identifier: ISC */
#include "trust/answers.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

struct asked {
	struct answers *answers;
	struct answer *question;
	size_t *running;
};

/* By preference; those of one preference in the order of the answer. */
static void add_exchangers(struct answer *r, const struct dns_answer *from)
{
	struct buf host = { 0 };

	for (long done = -1; done < UINT16_MAX;) {
		long next = UINT16_MAX + 1L;
		uint16_t preference;
		for (size_t i = 0; i < from->count; i++, buf_clear(&host))
			if (dns_read_mx(from->records[i], &preference, &host) && preference > done && preference < next)
				next = preference;
		for (size_t i = 0; i < from->count; i++, buf_clear(&host))
			if (dns_read_mx(from->records[i], &preference, &host) && preference == next)
				answer_add(r, (struct span){ buf_text(&host), host.len });
		done = next;
	}
	buf_free(&host);
}

static void add_record(struct answer *r, struct span rdata)
{
	struct buf read = { 0 };

	if (r->type == DNS_A || r->type == DNS_AAAA) {
		if (rdata.len == (r->type == DNS_A ? 4 : 16))
			answer_add(r, rdata);
	} else if (r->type == DNS_TXT ? dns_read_txt(rdata, &read) : dns_read_name(rdata, &read)) {
		answer_add(r, (struct span){ buf_text(&read), read.len });
	}
	buf_free(&read);
}

static void take_answer(void *context, struct dns_answer *answer)
{
	struct asked *a = context;
	struct answer *q = a->question;
	bool is_trouble = answer->fault.kind != FAULT_NONE;

	answers_put(a->answers, q->name, q->type,
	            is_trouble ? ANSWER_TROUBLE : answer->nxdomain ? ANSWER_NO_NAME : ANSWER_NO_DATA);
	q->trouble = is_trouble ? mem_text(answer->fault.text) : NULL;
	q->ttl_s = answer->ttl_s;
	if (q->type == DNS_MX)
		add_exchangers(q, answer);
	else
		for (size_t i = 0; i < answer->count; i++)
			add_record(q, answer->records[i]);
	dns_answer_free(answer);
	--*a->running;
}

void answers_ask(struct answers *a, struct dns *d, int64_t patience_ms)
{
	struct asked *asked = mem_alloc((a->open + 1) * sizeof *asked);
	size_t running = 0, count = 0, index = 0;
	struct answer *question;

	while ((question = answers_next_open(a, &index)) != NULL) {
		asked[count] = (struct asked){ a, question, &running };
		if (dns_start_within(d, question->name, question->type, patience_ms, take_answer, &asked[count], NULL) == 0)
			running++;
		else
			answers_put(a, question->name, question->type, ANSWER_NO_NAME);
		count++;
	}
	while (running > 0) {
		struct pollfd p = { .fd = dns_fd(d), .events = POLLIN };
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			abort();
		dns_process(d);
	}
	free(asked);
}
