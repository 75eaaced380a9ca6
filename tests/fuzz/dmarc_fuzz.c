/* SPDX-License-Identifier: ISC */
/* A DMARC record: URIs that are taken stand in it and have no blank, notes have a column there and can be printed. */
#include "base/buf.h"
#include "tests/fuzz/printable.h"
#include "trust/dmarc.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(const char *z)
{
	must_be_printable(&(struct buf){ (char *)(uintptr_t)z, strlen(z), 0 });
}

static void check_uris(const struct text_list *uris, struct span record)
{
	for (size_t i = 0; i < uris->count; i++) {
		struct span uri = span_of(uris->items[i]), host = dmarc_uri_domain(uri);
		check_printable(uris->items[i]);
		if (memmem(record.at, record.len, uri.at, uri.len) == NULL || memchr(uri.at, ' ', uri.len) || host.len > uri.len)
			abort();
	}
}

/* The same record at every name. */
static void check_walk(struct span text)
{
	struct answers a = { 0 };
	struct dmarc_walk w;
	struct answer *open;

	while (!dmarc_walk(&a, "a.b.c.d.e.f.g.h.example.org", &w))
		for (size_t index = 0; (open = answers_next_open(&a, &index)) != NULL;)
			answer_add(answers_put(&a, open->name, open->type, ANSWER_NO_DATA), text);
	if (a.count > DMARC_QUERIES_MAX || w.count > DMARC_QUERIES_MAX || w.organizational == NULL || (w.policy == NULL) != (w.count == 0))
		abort();
	dmarc_walk_free(&w);
	answers_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct dmarc_record r;

	check_walk(text);
	if (!dmarc_is_record(text))
		return 0;
	dmarc_record_parse(text, &r);
	check_uris(&r.rua, text);
	check_uris(&r.ruf, text);
	for (size_t i = 0; i < r.note_count; i++) {
		if (r.notes[i].column == 0 || r.notes[i].column > text.len + 1)
			abort();
		check_printable(r.notes[i].text);
	}
	if (r.p == DMARC_ABSENT || strchr("ynu", r.psd) == NULL || r.fo[0] == '\0')
		abort();
	dmarc_record_free(&r);
	return 0;
}
