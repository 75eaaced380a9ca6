/* SPDX-License-Identifier: ISC */
/*
 * SPF: each line is a record, a text or a sender. What is taken of a record stands in it, errors have a column there, and
 * an evaluation ends whatever the records of its zone are, with few look-ups.
 */
#include "base/buf.h"
#include "tests/fuzz/printable.h"
#include "trust/spf.h"
#include "trust/spf_macro.h"
#include "trust/spf_merge.h"

#include <stdlib.h>

enum { ROUNDS_MAX = 120, QUESTIONS_MAX = 400, LINES_MAX = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(const char *z)
{
	must_be_printable(&(struct buf){ (char *)(uintptr_t)z, strlen(z), 0 });
}

static void check_inside(struct span part, struct span whole)
{
	if (part.len > 0 && (part.at < whole.at || part.at + part.len > whole.at + whole.len))
		abort();
}

static void check_macro(struct span text)
{
	struct spf_macro_values values = {
		.sender = SPAN("a-b@example.org"), .local = SPAN("a-b"), .sender_domain = SPAN("example.org"), .domain = text, .helo = SPAN("mx"),
		.validated = SPAN("unknown"), .receiver = SPAN("here"), .client = { .family = 6 },
	};
	struct buf out = { 0 };
	size_t at = 0;

	for (int place = SPF_MACRO_DOMAIN; place <= SPF_MACRO_EXPLAIN; place++)
		if (spf_macro_check(text, place, &at) && at > text.len)
			abort();
	spf_macro_has(text, 'p');
	if (text.len < 2000)
		spf_macro_expand(text, &values, &out);
	buf_free(&out);
}

static void check_record(struct span text)
{
	struct text_list more = { 0 };
	struct spf_record r;
	struct buf merged = { 0 };

	if (!spf_is_record(text))
		return;
	spf_record_parse(text, &r);
	for (size_t i = 0; i < r.count; i++) {
		check_inside(r.terms[i].text, text);
		check_inside(r.terms[i].domain, r.terms[i].text);
		if (r.terms[i].column != (size_t)(r.terms[i].text.at - text.at) + 1)
			abort();
	}
	for (size_t i = 0; i < r.error_count; i++) {
		check_inside(r.errors[i].term, text);
		if (r.errors[i].column == 0 || r.errors[i].column > text.len + 1)
			abort();
		check_printable(r.errors[i].text);
	}
	text_list_add(&more, SPAN("ip4:192.0.2.1"));
	if (spf_merge(text, &more, &merged, NULL) == 0) {
		struct spf_record after;
		spf_record_parse(buf_span(&merged), &after);
		if (r.error_count > 0 || after.error_count > 0 || after.count < r.count || after.count > r.count + 1)
			abort();
		spf_record_free(&after);
	} else if (r.error_count == 0) {
		abort();
	}
	spf_record_free(&r);
	text_list_free(&more);
	buf_free(&merged);
}

/* Whatever is asked has one of the lines for an answer, or no answer at all. */
static void answer_one(struct answers *a, const struct answer *q, const struct span *lines, size_t count)
{
	static const char addresses[16] = { (char)192, 0, 2, 1 };
	size_t pick = strlen(q->name) + (unsigned char)q->name[0];
	enum dns_type type = q->type;

	if (pick % 7 == 6) {
		answers_put(a, q->name, type, pick % 2 ? ANSWER_TROUBLE : ANSWER_NO_NAME);
		return;
	}
	struct answer *r = answers_put(a, q->name, type, ANSWER_NO_DATA);
	if (type == DNS_TXT)
		answer_add(r, lines[pick % count]);
	else if (type == DNS_A || type == DNS_AAAA)
		answer_add(r, (struct span){ addresses, type == DNS_A ? 4 : 16 });
	else
		for (size_t i = 0; i < pick % 12; i++)
			answer_add(r, lines[i % count].len < 200 ? lines[i % count] : SPAN("a.example"));
}

static void check_evaluation(const struct span *lines, size_t count, bool all)
{
	char *from = mem_text_span(lines[0]);
	struct spf_question q = { .mail_from = from, .helo = "mx.example.org", .client = { .family = count % 2 ? 4 : 6 }, .count_all = all };
	struct answers a = { 0 };
	struct spf_verdict v;
	int rounds = 0;

	for (; !spf_check(&q, &a, &v); rounds++) {
		struct answer *open;
		if (a.open == 0 || (!all && (rounds > ROUNDS_MAX || a.count > QUESTIONS_MAX)))
			abort();
		for (size_t index = 0; (open = answers_next_open(&a, &index)) != NULL;)
			answer_one(&a, open, lines, count);
	}
	if (v.lookups > (all ? SPF_COUNT_MAX : SPF_LOOKUPS_MAX) + 1 || (v.result == SPF_NONE && v.step_count > 0))
		abort();
	spf_verdict_free(&v);
	answers_free(&a);
	free(from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size }, lines[LINES_MAX];
	size_t count = 0;

	while (rest.at && count < LINES_MAX) {
		lines[count++] = span_cut(&rest, '\n');
		check_macro(lines[count - 1]);
		check_record(lines[count - 1]);
	}
	if (size < 4096) {
		check_evaluation(lines, count, false);
		check_evaluation(lines, count, true);
	}
	return 0;
}
