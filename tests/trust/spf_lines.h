/* SPDX-License-Identifier: ISC */
/*
 * spf_lines - answers SPF questions from standard input by a zone that stands
 * there too: "spf_test lines", for the scripts that compare (spf_suite.py,
 * spf_beside.py). Fields are parted by tabs, and each but the first is in
 * hexadecimal:
 *
 *	rr NAME TYPE VALUE        a row of the zone (tests/trust/zone.h)
 *	ask ADDRESS HELO FROM     prints "RESULT LOOKUPS VOIDS EXPLANATION REASON"; the last two in hexadecimal
 *	end                       empties the zone
 */
#ifndef TESTS_TRUST_SPF_LINES_H
#define TESTS_TRUST_SPF_LINES_H

#include "tests/trust/zone.h"
#include "trust/spf.h"

#include <stdio.h>

enum { LINES_ROUNDS_MAX = 1000, LINES_FIELDS = 4 };

static struct zone_row *lines_rows;
static size_t lines_count;

static char *lines_unhex(struct span s, size_t *len)
{
	struct buf out = { 0 };

	for (size_t i = 0; i + 1 < s.len; i += 2)
		buf_add_byte(&out, (char)(byte_hex_value(s.at[i]) << 4 | byte_hex_value(s.at[i + 1])));
	*len = out.len;
	return buf_take(&out);
}

static void lines_print_hex(const char *z)
{
	putchar('\t');
	for (; *z; z++)
		printf("%02x", (unsigned char)*z);
}

static void lines_ask(char **field)
{
	struct spf_question q = { .helo = field[2], .mail_from = field[3], .now_s = 1700000000 };
	struct answers a = { 0 };
	struct spf_verdict v;
	int rounds = 0;

	if (!ip_address_parse(span_of(field[1]), &q.client))
		abort();
	while (!spf_check(&q, &a, &v)) {
		if (a.open == 0 || ++rounds > LINES_ROUNDS_MAX)
			abort();
		zone_answer(&a, lines_rows, lines_count);
	}
	printf("%s\t%u\t%u", spf_result_name(v.result), v.lookups, v.voids);
	lines_print_hex(v.explanation);
	lines_print_hex(v.reason);
	putchar('\n');
	fflush(stdout);
	spf_verdict_free(&v);
	answers_free(&a);
}

static void lines_forget(void)
{
	for (size_t i = 0; i < lines_count; i++) {
		free((char *)lines_rows[i].name);
		free((char *)lines_rows[i].type);
		free((char *)lines_rows[i].value);
	}
	lines_count = 0;
}

static int spf_lines(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t got;

	while ((got = getline(&line, &cap, stdin)) > 0) {
		struct span rest = { line, (size_t)got - (line[got - 1] == '\n') };
		char *field[LINES_FIELDS] = { 0 };
		size_t len[LINES_FIELDS] = { 0 };
		struct span verb = span_cut(&rest, '\t');
		for (int i = 1; i < LINES_FIELDS; i++)
			field[i] = lines_unhex(rest.at ? span_cut(&rest, '\t') : SPAN(""), &len[i]);
		if (span_eq(verb, SPAN("rr"))) {
			lines_rows = mem_resize(lines_rows, lines_count + 1, sizeof *lines_rows);
			lines_rows[lines_count++] = (struct zone_row){ field[1], field[2], field[3], len[3] };
			continue;
		}
		if (span_eq(verb, SPAN("ask")))
			lines_ask(field);
		else
			lines_forget();
		for (int i = 1; i < LINES_FIELDS; i++)
			free(field[i]);
	}
	lines_forget();
	free(lines_rows);
	free(line);
	return 0;
}

#endif
