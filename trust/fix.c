/* SPDX-License-Identifier: ISC */
#include "trust/fix.h"

enum { STRING_BYTES_MAX = 255 };   /* RFC 1035 section 3.3 */

void fix_delete_txt(struct finding *f, const char *name, const struct text_list *quoted)
{
	for (size_t i = 0; i < quoted->count; i++)
		finding_fix(f, "update delete %s. TXT %s", name, quoted->items[i]);
}

/* What is published is ours to write: printable ASCII. */
void fix_add_txt(struct finding *f, const char *name, const char *value)
{
	struct buf text = { 0 };

	for (size_t at = 0, len = strlen(value); at < len; at += STRING_BYTES_MAX)
		buf_printf(&text, " \"%.*s\"", STRING_BYTES_MAX, value + at);
	finding_fix(f, "update add %s. %d TXT%s", name, FIX_TTL_S, buf_text(&text));
	buf_free(&text);
}
