/* SPDX-License-Identifier: ISC */
/*
 * Three texts, apart by NUL: opendkim.conf, a key table, a signing table. What
 * is planned has a name for DNS, a selector and a path; the tables' other
 * values, in which a private key may stand, are in no complaint.
 */
#include "base/mail/address.h"
#include "signet/keys/opendkim.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(const struct opendkim_entry *e)
{
	const char *domain = e->domain[0] == '*' && e->domain[1] == '.' ? e->domain + 2 : e->domain;
	struct buf name = { 0 };

	if (strcmp(domain, "*") != 0 && domain_normalise(span_of(domain), &name) < 0)
		abort();
	if (e->key->path[0] != '/' || domain_normalise(span_of(e->key->selector), &name) < 0)
		abort();
	buf_free(&name);
}

static void plan(struct span keys_text, struct span rows_text, enum opendkim_kind kind, bool multiple)
{
	struct opendkim_keys keys;
	struct opendkim_rows rows;
	struct opendkim_plan p;
	struct buf complaints = { 0 };

	opendkim_read_keys(keys_text, "keys", kind, &keys, &complaints);
	opendkim_read_rows(rows_text, "rows", kind, &rows, &complaints);
	for (int with_rows = 0; with_rows < 2; with_rows++) {
		opendkim_make_plan(&keys, "keys", with_rows ? &rows : NULL, "rows", multiple, &p);
		for (size_t i = 0; i < p.count; i++)
			check_entry(&p.items[i]);
		opendkim_plan_free(&p);
	}
	opendkim_keys_free(&keys);
	opendkim_rows_free(&rows);
	buf_free(&complaints);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size }, conf = span_cut(&rest, '\0'), keys = span_cut(&rest, '\0');
	struct opendkim_conf c;
	struct buf complaints = { 0 };
	const char *list = "";

	opendkim_read_conf(conf, "conf", &c, &complaints);
	enum opendkim_kind kind = c.key_table ? opendkim_dataset(c.key_table, &list) : OPENDKIM_EITHER;
	plan(keys, rest, kind, c.multiple);
	opendkim_conf_free(&c);
	buf_free(&complaints);
	return 0;
}
