/* SPDX-License-Identifier: ISC */
#include "relay/route/route_table.h"

#include "base/io.h"
#include "base/mail/address.h"
#include "base/mail/idn.h"

#include <errno.h>
#include <unistd.h>

enum { READ_STEP = 64 * 1024 };

void route_line_free(struct route_line *l)
{
	buf_free(&l->pattern);
	buf_free(&l->via);
}

/* ---- one line ---- */

static struct span without_comment(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] == '#' && (i == 0 || byte_is_blank(line.at[i - 1])))
			return (struct span){ line.at, i };
	return line;
}

static bool has_control_byte(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (((unsigned char)line.at[i] < 0x20 && line.at[i] != '\t') || line.at[i] == 0x7f)
			return true;
	return false;
}

static struct span cut_word(struct span *rest)
{
	struct span word = { rest->at, 0 };

	while (word.len < rest->len && !byte_is_blank(rest->at[word.len]))
		word.len++;
	*rest = span_trim((struct span){ rest->at + word.len, rest->len - word.len });
	return word;
}

static bool read_pattern(struct span word, struct buf *out)
{
	bool is_literal = word.len > 2 && word.at[0] == '[' && word.at[word.len - 1] == ']';

	if (is_literal || span_eq(word, SPAN("*"))) {
		for (size_t i = 0; i < word.len; i++)
			buf_add_byte(out, byte_lower(word.at[i]));
		return true;
	}
	if (word.len > 1 && word.at[0] == '.') {
		buf_add_byte(out, '.');
		word = (struct span){ word.at + 1, word.len - 1 };
	}
	/* Look-ups ask for A-labels. */
	struct buf ascii = { 0 };
	if (!address_needs_utf8(word))
		return domain_normalise(word, out) == 0;
	bool good = idn_domain(word, &ascii, NULL) == 0 && domain_normalise(buf_span(&ascii), out) == 0;
	buf_free(&ascii);
	return good;
}

static bool read_via(struct span rest, struct buf *out)
{
	while (rest.at) {
		struct span name = span_trim(span_cut(&rest, ','));
		if (name.len == 0 || memchr(name.at, ' ', name.len) || memchr(name.at, '\t', name.len))
			return false;
		if (out->len > 0)
			buf_add_byte(out, ',');
		buf_add_span(out, name);
	}
	return out->len > 0;
}

static const char *what_pattern(struct span word)
{
	if (span_starts_nocase(word, SPAN("mx:")))
		return "a table cannot contain a pattern of MX hosts; write a rule in routes for it";
	if (memchr(word.at, '@', word.len))
		return "a table cannot contain an address; write its domain or, for a sender, a rule in routes with from";
	return "the line does not begin with a domain, \".domain\" or \"*\"";
}

int route_line_read(struct span line, struct route_line *out, const char **why)
{
	struct span rest = span_trim(without_comment(line));

	buf_clear(&out->pattern);
	buf_clear(&out->via);
	*why = NULL;
	if (rest.len == 0)
		return 0;
	struct span word = cut_word(&rest);
	if (line.len > ROUTE_LINE_MAX)
		*why = "a line of more than 4096 bytes";
	else if (has_control_byte(span_trim(line)))
		*why = "a control character in the line";
	else if (!read_pattern(word, &out->pattern))
		*why = what_pattern(word);
	else if (rest.len == 0)
		*why = "no hop after the pattern; write \"mx\" or the name of a smarthost there";
	else if (!read_via(rest, &out->via))
		*why = "hops are separated by commas, with a hop on each side of a comma";
	return *why ? -1 : 1;
}

/* ---- the file ---- */

struct reading {
	route_table_line *each;
	void *context;
	struct route_line line;
	unsigned number;
	struct buf bytes;        /* read, and not yet whole lines */
	size_t scanned;          /* of them, without an end of line */
};

static void read_route_line(struct reading *r, struct span line)
{
	const char *why;

	if (++r->number == 1 && span_starts_nocase(line, SPAN("\xef\xbb\xbf")))
		line = (struct span){ line.at + 3, line.len - 3 };
	if (route_line_read(line, &r->line, &why) != 0)
		r->each(r->context, r->number, &r->line, why);
}

int route_table_read(const char *path, route_table_line *each, void *context, struct fault *f)
{
	struct reading r = { .each = each, .context = context };
	struct stat st;
	int fd = io_open_regular(path, &st);
	ssize_t n = 0;

	if (fd < 0)
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot be read: %s", io_error_text(errno));
	do {
		buf_reserve(&r.bytes, READ_STEP);
		n = read(fd, r.bytes.at + r.bytes.len, READ_STEP);
		if (n > 0) {
			r.bytes.len += (size_t)n;
			size_t begin = 0;
			const char *end;
			while ((end = memchr(r.bytes.at + r.scanned, '\n', r.bytes.len - r.scanned)) != NULL) {
				size_t at = (size_t)(end - r.bytes.at);
				read_route_line(&r, (struct span){ r.bytes.at + begin, at - begin });
				begin = r.scanned = at + 1;
			}
			buf_drop_front(&r.bytes, begin);
			/* Nothing more is kept of a line that is too long already. */
			if (r.bytes.len > 2 * ROUTE_LINE_MAX)
				r.bytes.len = ROUTE_LINE_MAX + 1;
			r.scanned = r.bytes.len;
		}
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n == 0 && r.bytes.len > 0)
		read_route_line(&r, buf_span(&r.bytes));
	if (n < 0)
		fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot be read: %s", strerror(errno));
	io_close(&fd);
	buf_free(&r.bytes);
	route_line_free(&r.line);
	return n < 0 ? -1 : 0;
}
