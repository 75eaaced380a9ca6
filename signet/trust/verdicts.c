/* SPDX-License-Identifier: ISC */
#include "signet/trust/verdicts.h"

#include <inttypes.h>
#include <stdlib.h>

#define FILE_NAME "verdicts"
#define FIRST_LINE "signet-verdicts 1"

enum { FIELDS = 10, VERDICTS_MAX = 500 };

/* The texts in the order of a line, but for the time, which is the second, and whether it is a test, which is the last. */
static char **text_at(struct verdict_note *v, size_t i)
{
	char **const texts[] = { &v->receiver, &v->message_id, &v->recipient, &v->address, &v->place, &v->spf, &v->dkim, &v->dmarc };

	return i < sizeof texts / sizeof texts[0] ? texts[i] : NULL;
}

static void add_text(struct buf *out, const char *text)
{
	for (; text && *text; text++)
		buf_add_byte(out, (unsigned char)*text < ' ' ? ' ' : *text);
}

void verdict_print(const struct verdict_note *v, struct buf *out)
{
	struct verdict_note copy = *v;
	char **text;

	for (size_t i = 0; (text = text_at(&copy, i)) != NULL; i++) {
		add_text(out, *text);
		buf_add_byte(out, '\t');
		if (i == 0)
			buf_printf(out, "%" PRId64 "\t", v->when_s);
	}
	buf_printf(out, "%s\n", v->is_test ? "test" : "mail");
}

bool verdict_parse(struct span line, struct verdict_note *out)
{
	struct span rest = line, fields[FIELDS];
	unsigned long long when;
	size_t n = 0;
	char **text;

	*out = (struct verdict_note){ 0 };
	while (rest.at && n < FIELDS)
		fields[n++] = span_cut(&rest, '\t');
	if (n != FIELDS || rest.at || fields[0].len == 0 || !span_number(fields[1], INT64_MAX, &when))
		return false;
	out->when_s = (int64_t)when;
	for (size_t i = 0; (text = text_at(out, i)) != NULL; i++)
		*text = mem_text_span(fields[i == 0 ? 0 : i + 1]);
	out->is_test = span_eq(fields[FIELDS - 1], SPAN("test"));
	return true;
}

void verdict_free(struct verdict_note *v)
{
	char **text;

	for (size_t i = 0; (text = text_at(v, i)) != NULL; i++)
		free(*text);
	*v = (struct verdict_note){ 0 };
}

static void keep_in(void *context, struct span old, struct buf *text)
{
	const struct verdict_note *v = context;
	struct span rest = old;
	size_t kept = 0;

	buf_add_text(text, FIRST_LINE "\n");
	verdict_print(v, text);
	while (rest.len > 0 && kept < VERDICTS_MAX) {
		struct verdict_note other;
		if (verdict_parse(span_cut(&rest, '\n'), &other)) {
			if (strcmp(other.receiver, v->receiver) != 0) {
				verdict_print(&other, text);
				kept++;
			}
			verdict_free(&other);
		}
	}
}

int verdict_keep(const struct settings *s, const struct verdict_note *v, struct fault *f)
{
	struct verdict_note copy = *v;

	return notes_change(s, FILE_NAME, keep_in, &copy, f);
}

int verdict_list_read(const struct settings *s, struct verdict_list *out, struct fault *f)
{
	struct buf text = { 0 };

	*out = (struct verdict_list){ 0 };
	if (notes_read(s, FILE_NAME, &text, f) < 0)
		return -1;
	struct span rest = buf_span(&text);
	while (rest.len > 0 && out->count < VERDICTS_MAX) {
		struct verdict_note v;
		if (!verdict_parse(span_cut(&rest, '\n'), &v))
			continue;
		out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
		out->items[out->count++] = v;
	}
	buf_free(&text);
	return 0;
}

void verdict_list_free(struct verdict_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		verdict_free(&l->items[i]);
	free(l->items);
	*l = (struct verdict_list){ 0 };
}
