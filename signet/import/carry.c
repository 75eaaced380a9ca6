/* SPDX-License-Identifier: ISC */
#include "signet/import/carry.h"

#include "signet/import/main_cf.h"

const struct carry_row *carry_row_of(const struct carry_table *t, const char *key)
{
	for (size_t i = 0; i < t->count; i++) {
		size_t len = strlen(t->rows[i].key);
		bool open = len > 0 && t->rows[i].key[len - 1] == '*';
		if (open ? span_starts_nocase(span_of(key), (struct span){ t->rows[i].key, len - 1 })
		         : span_eq_nocase(span_of(key), span_of(t->rows[i].key)))
			return &t->rows[i];
	}
	return NULL;
}

static void say_value(struct import_plan *p, struct import_group *smarthost, const char *setting, struct span value, struct import_at at)
{
	bool inside = strncmp(setting, "smarthost.", 10) == 0;

	import_say(p, inside ? smarthost : &p->top, inside ? setting + 10 : setting, value, at);
}

void carry_item(struct import_plan *p, struct import_group *smarthost, const struct carry_table *t, const struct carry_row *row,
                const struct foreign_item *item, const char *file)
{
	struct import_at at = { file, item->line };
	struct text_list pieces = { 0 };
	struct buf value = { 0 };

	switch (row->way) {
	case CARRY_AS_IS:
		if (item->value[0])
			say_value(p, smarthost, row->setting, span_of(item->value), at);
		break;
	case CARRY_LIST:
		foreign_pieces(span_of(item->value), t->separators, &pieces);
		for (size_t i = 0; i < pieces.count; i++)
			say_value(p, smarthost, row->setting, span_of(pieces.items[i]), at);
		break;
	case CARRY_TIME:
		if (main_cf_time(span_of(item->value), row->unit, &value))
			say_value(p, smarthost, row->setting, buf_span(&value), at);
		else
			import_note(p, at, "%s: is not a time; set %s by hand", item->key, row->setting);
		break;
	case CARRY_TOLD:
		if (item->value[0] || t->bare)
			import_note(p, at, "%s: %s", row->key, row->words);
		break;
	case CARRY_BY_CODE:
	case CARRY_NOTHING:
		break;
	}
	text_list_free(&pieces);
	buf_free(&value);
}

void carry_items(struct import_plan *p, struct import_group *smarthost, const struct carry_table *t, const struct foreign_items *items,
                 const char *file)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct carry_row *row = carry_row_of(t, items->items[i].key);
		if (row)
			carry_item(p, smarthost, t, row, &items->items[i], file);
		else
			import_note(p, (struct import_at){ file, items->items[i].line }, "%s: not known here; see signet.conf(5) whether you miss it",
			            items->items[i].key);
	}
}
