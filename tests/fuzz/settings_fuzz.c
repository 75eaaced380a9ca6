/* SPDX-License-Identifier: ISC */
/* Packed settings: what is accepted packs to the same bytes. Texts of values: never more than refused. */
#include "base/conf/settings.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void each_row(const struct setting_group *table, void *group, struct span text)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		if (row->kind == SETTING_GROUPS)
			each_row(row->group, setting_add_group(row, group), text);
		else if (row->kind == SETTING_INSIDE)
			each_row(row->group, group, text);
		else
			setting_set(row, group, text, NULL);
	}
}

static void unpack_and_pack(struct span in)
{
	struct settings s, again;
	struct buf packed = { 0 }, twice = { 0 };

	if (settings_unpack(in, &s) < 0)
		return;
	settings_pack(&s, &packed);
	if (settings_unpack(buf_span(&packed), &again) < 0)
		abort();
	settings_pack(&again, &twice);
	if (!span_eq(buf_span(&packed), buf_span(&twice)))
		abort();
	buf_free(&packed);
	buf_free(&twice);
	settings_free(&s);
	settings_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { (const char *)data, size };
	struct settings s;
	struct buf packed = { 0 };

	unpack_and_pack(in);
	settings_begin(&s);
	each_row(&settings_table, &s, in);
	settings_complete(&s);
	settings_pack(&s, &packed);
	buf_free(&packed);
	settings_free(&s);
	return 0;
}
