/* SPDX-License-Identifier: ISC */
/*
 * zone - a zone in memory that answers what trust/answers.h has open. A name
 * with a row exists; CNAMEs are followed; "TROUBLE" is a type that makes every
 * look-up of the name fail, "SOME" one that makes a name exist.
 */
#ifndef TESTS_TRUST_ZONE_H
#define TESTS_TRUST_ZONE_H

#include "trust/answers.h"

#include <arpa/inet.h>
#include <stdlib.h>

struct zone_row {
	const char *name, *type, *value;   /* MX: the host alone */
	size_t len;                        /* of a TXT value with a NUL in it; 0: strlen */
};

static inline const char *zone_type_name(enum dns_type type)
{
	return type == DNS_A ? "A" : type == DNS_AAAA ? "AAAA" : type == DNS_MX ? "MX" : type == DNS_PTR ? "PTR" : type == DNS_TXT ? "TXT" : "?";
}

static inline bool zone_same(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);

	la -= la > 0 && a[la - 1] == '.';
	lb -= lb > 0 && b[lb - 1] == '.';
	return span_eq_nocase((struct span){ a, la }, (struct span){ b, lb });
}

static inline void zone_add(struct answer *r, const struct zone_row *row)
{
	struct span value = { row->value, row->len ? row->len : strlen(row->value) };
	char bytes[16];

	if (r->type == DNS_A || r->type == DNS_AAAA) {
		if (inet_pton(r->type == DNS_A ? AF_INET : AF_INET6, row->value, bytes) == 1)
			answer_add(r, (struct span){ bytes, r->type == DNS_A ? 4 : 16 });
	} else {
		answer_add(r, value);
	}
}

static inline void zone_answer_one(struct answers *a, const char *asked, enum dns_type type, const struct zone_row *rows, size_t count)
{
	const char *name = asked;
	enum answer_state state = ANSWER_NO_NAME;

	for (int hops = 0; hops < 10; hops++) {
		const char *next = NULL;
		for (size_t i = 0; i < count; i++) {
			if (!zone_same(rows[i].name, name))
				continue;
			if (strcmp(rows[i].type, "TROUBLE") == 0) {
				struct answer *r = answers_put(a, asked, type, ANSWER_TROUBLE);
				r->trouble = mem_text("SERVFAIL");
				return;
			}
			state = ANSWER_NO_DATA;
			if (strcmp(rows[i].type, "CNAME") == 0)
				next = rows[i].value;
		}
		if (next == NULL)
			break;
		name = next;
		state = hops == 9 ? ANSWER_TROUBLE : ANSWER_NO_NAME;
	}
	struct answer *r = answers_put(a, asked, type, state);
	for (size_t i = 0; i < count; i++)
		if (zone_same(rows[i].name, name) && strcmp(rows[i].type, zone_type_name(type)) == 0)
			zone_add(r, &rows[i]);
}

static inline void zone_answer(struct answers *a, const struct zone_row *rows, size_t count)
{
	struct answer *q;

	for (size_t index = 0; (q = answers_next_open(a, &index)) != NULL;)
		zone_answer_one(a, q->name, q->type, rows, count);
}

#endif
