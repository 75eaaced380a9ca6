/* SPDX-License-Identifier: ISC */
#include "signet/queue/traced.h"

#include "base/view/trace.h"
#include "signet/talk/ask.h"

#include <stdlib.h>

/* ---- printing ---- */

static void put_text(struct traced *t, struct buf *out)
{
	if (out->len > 0)
		fwrite(out->at, 1, out->len, t->to);
	buf_free(out);
}

void traced_end(struct traced *t)
{
	struct buf out = { 0 };

	if (t->queue_id == NULL)
		return;
	t->writer.out = &out;
	if (t->json)
		trace_json_end(&t->writer);
	put_text(t, &out);
	put_text(t, &t->header);
	free(t->queue_id);
	t->queue_id = NULL;
}

int traced_row(void *context, struct span text)
{
	struct traced *t = context;
	struct trace_entry e;
	struct buf out = { 0 };

	if (trace_decode(text, &e) < 0)
		return ask_skip_row();
	if (t->queue_id == NULL || strcmp(t->queue_id, e.queue_id) != 0) {
		traced_end(t);
		t->queue_id = mem_text(e.queue_id);
		if (t->json) {
			t->writer.out = &out;
			trace_json_message(&t->writer, &e);
		} else {
			if (t->messages > 0)
				buf_add_byte(&out, '\n');
			trace_print_message(&out, &e);
			trace_print_header(&t->header, &e);
		}
		t->messages++;
	}
	t->writer.out = &out;
	if (t->json)
		trace_json_recipients(&t->writer, &e);
	else
		trace_print_recipients(&out, &e);
	put_text(t, &out);
	trace_entry_free(&e);
	return 0;
}
