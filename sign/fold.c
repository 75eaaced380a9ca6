/* SPDX-License-Identifier: ISC */
#include "sign/fold.h"

enum { LINE_MAX_COLUMN = 78 };

static void add_bytes(struct fold *f, struct span s)
{
	buf_add_span(f->out, s);
	f->column += s.len;
}

static void break_line(struct fold *f)
{
	buf_add_text(f->out, "\r\n ");
	f->column = 1;
}

struct fold fold_begin(struct buf *out, const char *name_and_colon)
{
	struct fold f = { .out = out };

	add_bytes(&f, span_of(name_and_colon));
	return f;
}

void fold_word(struct fold *f, struct span word)
{
	if (f->column == 1)
		;   /* the line's own blank separates */
	else if (f->column + 1 + word.len > LINE_MAX_COLUMN)
		break_line(f);
	else
		add_bytes(f, SPAN(" "));
	add_bytes(f, word);
}

void fold_piece(struct fold *f, struct span piece)
{
	if (f->column > 1 && f->column + piece.len > LINE_MAX_COLUMN)
		break_line(f);
	add_bytes(f, piece);
}

void fold_run(struct fold *f, struct span run)
{
	while (run.len > 0) {
		if (f->column >= LINE_MAX_COLUMN)
			break_line(f);
		size_t room = LINE_MAX_COLUMN - f->column;
		size_t len = run.len < room ? run.len : room;
		add_bytes(f, (struct span){ run.at, len });
		run = span_between(run.at + len, run.at + run.len);
	}
}

void fold_line(struct fold *f)
{
	break_line(f);
}

void fold_end(struct fold *f)
{
	buf_add_text(f->out, "\r\n");
}
