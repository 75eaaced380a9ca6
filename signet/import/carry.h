/* SPDX-License-Identifier: ISC */
/*
 * carry - the table of a program: what each of its keys means, and which
 * setting of ours it becomes. To learn another program is to write a table,
 * and code for what no row can say.
 */
#ifndef SIGNET_IMPORT_CARRY_H
#define SIGNET_IMPORT_CARRY_H

#include "signet/import/foreign.h"
#include "signet/import/plan.h"

enum carry_way {
	CARRY_AS_IS,      /* its value is ours */
	CARRY_LIST,       /* each of its pieces is added */
	CARRY_TIME,       /* a time as Postfix writes it; a number alone is of unit */
	CARRY_BY_CODE,    /* by the program's reader, together with other keys */
	CARRY_NOTHING,    /* nobody will miss it */
	CARRY_TOLD,       /* is not carried over: words say what to do */
};

struct carry_row {
	const char *key;       /* a "*" at its end stands for any more */
	enum carry_way way;
	const char *setting;   /* of the file, or "smarthost.NAME" for the smarthost at hand; NULL: none */
	const char *words;     /* what it means, or what to do */
	char unit;
};

struct carry_table {
	const struct carry_row *rows;
	size_t count;
	const char *separators;  /* of lists */
	bool bare;               /* a key without a value says something */
};

#define CARRY_TABLE(rows, separators, bare) { rows, sizeof (rows) / sizeof (rows)[0], separators, bare }

/* NULL: the table does not know the key; letters' case does not matter, and the first row counts. */
const struct carry_row *carry_row_of(const struct carry_table *t, const char *key);

/* Does what the row says; an empty value sets nothing, and is told of where the table says so. smarthost may be NULL where no row is of one. */
void carry_item(struct import_plan *p, struct import_group *smarthost, const struct carry_table *t, const struct carry_row *row,
                const struct foreign_item *item, const char *file);

/* The same for all items; keys that the table does not know are told. */
void carry_items(struct import_plan *p, struct import_group *smarthost, const struct carry_table *t, const struct foreign_items *items,
                 const char *file);

#endif
