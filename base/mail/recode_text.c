/* SPDX-License-Identifier: ISC */
#include "base/mail/recode_text.h"

#include "base/base64.h"

#include <stdint.h>

enum {
	HELD_MAX = 64 * 1024,
	QP_MAX = 75,                 /* and the '=' of a soft line break: RFC 2045 section 6.7 (5) */
	BASE64_MAX = 76,
};

/* ---- a look ---- */

static bool has_high_bits(struct span s)
{
	uint64_t word, bits = 0;
	size_t i = 0;

	for (; i + sizeof word <= s.len; i += sizeof word) {
		memcpy(&word, s.at + i, sizeof word);
		bits |= word;
	}
	for (; i < s.len; i++)
		bits |= (unsigned char)s.at[i] & 0x80u;
	return bits & UINT64_C(0x8080808080808080);
}

/* Where the line is cut too early to tell, it may. Its value may be folded. */
static bool may_say_eight_bit(struct span line)
{
	struct span name = SPAN("Content-Transfer-Encoding");

	if (line.len <= name.len)
		return span_starts_nocase(name, line);
	if (!span_starts_nocase(line, name))
		return false;
	for (size_t i = name.len; i < line.len; i++)
		if (!byte_is_blank(line.at[i]) && line.at[i] != ':')
			return strchr("7qQ", line.at[i]) == NULL && !span_starts_nocase(span_between(line.at + i, line.at + line.len), SPAN("base"));
	return true;
}

void recode_look(struct recode_look *l, struct span piece)
{
	if (piece.len == 0)
		return;
	l->nul = l->nul || memchr(piece.at, '\0', piece.len);
	l->eight_bit = l->eight_bit || has_high_bits(piece);
	while (piece.len > 0) {
		if (l->line_bytes == 0 && byte_lower(piece.at[0]) == 'c')
			l->says_eight_bit = l->says_eight_bit || may_say_eight_bit(piece);
		const char *lf = memchr(piece.at, '\n', piece.len);
		l->line_bytes += lf ? (size_t)(lf - piece.at) : piece.len;
		/* Each CR of the line, or of what there is of it, must stand before the LF. */
		struct span line = span_between(piece.at, lf ? lf : piece.at + piece.len);
		bool ended = lf != NULL;
		const char *cr = line.len > 0 ? memchr(line.at, '\r', line.len) : NULL;
		l->bare_cr = l->bare_cr || (l->ended_in_cr && (line.len > 0 || !ended)) || (cr && cr + 1 < line.at + line.len);
		l->ended_in_cr = cr && !ended;
		if (lf == NULL)
			return;
		size_t without_cr = l->line_bytes - (l->line_bytes > 0);
		if (without_cr > l->longest_bytes)
			l->longest_bytes = without_cr;
		l->line_bytes = 0;
		piece = span_between(lf + 1, piece.at + piece.len);
	}
}

/* ---- out ---- */

static void flush_out(struct recode_out *o)
{
	if (!o->failed && o->held.len > 0 && o->sink(o->context, buf_span(&o->held), o->fault) < 0)
		o->failed = true;
	buf_clear(&o->held);
}

void recode_out_add(struct recode_out *o, struct span bytes)
{
	if (bytes.len >= HELD_MAX) {
		flush_out(o);
		if (!o->failed && o->sink(o->context, bytes, o->fault) < 0)
			o->failed = true;
		return;
	}
	buf_add_span(&o->held, bytes);
	if (o->held.len >= HELD_MAX)
		flush_out(o);
}

int recode_out_end(struct recode_out *o)
{
	flush_out(o);
	buf_free(&o->held);
	return o->failed ? -1 : 0;
}

/* ---- quoted-printable ---- */

struct quoted {
	struct recode_out *out;
	size_t column;
	char held;                   /* a blank, a CR or the first '-' of a line: what follows decides; 0: none */
};

static void emit_token(struct quoted *q, struct span token)
{
	if (q->column + token.len > QP_MAX) {
		recode_out_add(q->out, SPAN("=\r\n"));
		q->column = 0;
	}
	recode_out_add(q->out, token);
	q->column += token.len;
}

static void emit_hex(struct quoted *q, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char byte = (unsigned char)c;
	const char token[] = { '=', digits[byte >> 4], digits[byte & 15] };

	emit_token(q, (struct span){ token, sizeof token });
}

/* next: what follows what is held; at the end CR, before which a blank has no place either. */
static void release_held(struct quoted *q, char next)
{
	char held = q->held;

	q->held = '\0';
	if (held == '\r' || (byte_is_blank(held) && next == '\r') || (held == '-' && next == '-'))
		emit_hex(q, held);
	else if (held)
		emit_token(q, (struct span){ &held, 1 });
}

static bool is_plain(char c)
{
	return c > ' ' && c <= '~' && c != '=';
}

/* CRLF stays a line break, CR and LF alone do not; no line begins as a boundary may. */
static void put_quoted(struct quoted *q, char c)
{
	if (q->held == '\r' && c == '\n') {
		q->held = '\0';
		recode_out_add(q->out, SPAN("\r\n"));
		q->column = 0;
		return;
	}
	release_held(q, c);
	bool begins = q->column == 0 || q->column == QP_MAX;
	if (byte_is_blank(c) || c == '\r' || (c == '-' && begins))
		q->held = c;
	else if (is_plain(c))
		emit_token(q, (struct span){ &c, 1 });
	else
		emit_hex(q, c);
}

static void put_span(struct quoted *q, struct span s)
{
	while (s.len > 0) {
		/* What fits into the line as it is: no byte that put_quoted() has to look at, and no blank at the end of a line. */
		size_t n = 0, most = q->held || q->column == 0 ? 0 : QP_MAX - q->column;
		while (n < most && n + 1 < s.len && (is_plain(s.at[n]) || (byte_is_blank(s.at[n]) && is_plain(s.at[n + 1]))))
			n++;
		recode_out_add(q->out, (struct span){ s.at, n });
		q->column += n;
		s = span_between(s.at + n, s.at + s.len);
		put_quoted(q, s.at[0]);
		s = span_between(s.at + 1, s.at + s.len);
	}
}

static size_t blanks_at(struct span s)
{
	size_t n = 0;

	while (n < s.len && byte_is_blank(s.at[n]))
		n++;
	return n;
}

static bool ends_line(struct span s)
{
	return s.len == 0 || s.at[0] == '\n' || (s.len > 1 && s.at[0] == '\r' && s.at[1] == '\n');
}

/* What begins with '=': a byte, a soft line break, or an '=' that should not stand there. Returns its length. */
static size_t put_escape(struct quoted *q, struct span s)
{
	if (s.len >= 3 && byte_hex_value(s.at[1]) >= 0 && byte_hex_value(s.at[2]) >= 0) {
		release_held(q, '=');
		emit_hex(q, (char)(byte_hex_value(s.at[1]) << 4 | byte_hex_value(s.at[2])));
		return 3;
	}
	size_t len = 1 + blanks_at(span_between(s.at + 1, s.at + s.len));
	struct span rest = span_between(s.at + len, s.at + s.len);
	if (!ends_line(rest)) {
		put_quoted(q, '=');
		return 1;
	}
	return len + (rest.len > 0 && rest.at[0] == '\r' ? 2 : rest.len > 0);
}

/* Quoted-printable already: what it escapes stays escaped, blanks at the ends of lines are not part of it. */
static void quote_again(struct quoted *q, struct span s)
{
	size_t len;

	for (; s.len > 0; s = span_between(s.at + len, s.at + s.len)) {
		size_t blanks = blanks_at(s);
		len = blanks ? blanks : 1;
		if (s.at[0] == '=')
			len = put_escape(q, s);
		else if (blanks == 0 || !ends_line(span_between(s.at + blanks, s.at + s.len)))
			put_span(q, (struct span){ s.at, len });
	}
}

/* ---- base64 ---- */

struct groups {
	struct recode_out *out;
	char line[BASE64_MAX];
	size_t column;
};

static void put_group(struct groups *g, const char group[4])
{
	if (g->column == BASE64_MAX) {
		recode_out_add(g->out, (struct span){ g->line, g->column });
		recode_out_add(g->out, SPAN("\r\n"));
		g->column = 0;
	}
	memcpy(g->line + g->column, group, 4);
	g->column += 4;
}

/* Base64 already, up to its padding: the same groups in other lines, without what is not of the alphabet. */
static void wrap_base64(struct groups *g, struct span s)
{
	char group[4];
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '=' && n >= 2)
			break;
		if (s.at[i] == '=' || !base64_is_digit(s.at[i]))
			continue;
		group[n++] = s.at[i];
		if (n == 4) {
			put_group(g, group);
			n = 0;
		}
	}
	if (n < 2)
		return;
	memset(group + n, '=', 4 - n);
	put_group(g, group);
}

/* ---- a part's content ---- */

void recode_encode(struct recode_out *o, struct span content, enum recode_encoding from, enum recode_encoding to,
                   bool last)
{
	struct quoted q = { .out = o };
	struct groups g = { .out = o };
	char group[4];

	if (to == RECODE_QUOTED_PRINTABLE) {
		if (from == RECODE_QUOTED_PRINTABLE)
			quote_again(&q, content);
		else
			put_span(&q, content);
		release_held(&q, '\r');
		if (last && q.column > 0)
			recode_out_add(q.out, SPAN("=\r\n"));
		return;
	}
	if (from == RECODE_BASE64)
		wrap_base64(&g, content);
	for (size_t len; from != RECODE_BASE64 && content.len > 0; content = span_between(content.at + len, content.at + content.len)) {
		len = content.len < 3 ? content.len : 3;
		base64_group(content, group);
		put_group(&g, group);
	}
	recode_out_add(g.out, (struct span){ g.line, g.column });
	if (last && g.column > 0)
		recode_out_add(g.out, SPAN("\r\n"));
}

/* Quoted-printable makes three bytes of what it escapes, base64 four of any three. */
enum recode_encoding recode_shorter(struct span content)
{
	size_t escaped = 0;

	for (size_t i = 0; i < content.len; i++) {
		char c = content.at[i];
		escaped += (c < ' ' && !byte_is_white(c)) || c > '~' || c == '=';
	}
	return escaped > content.len / 6 ? RECODE_BASE64 : RECODE_QUOTED_PRINTABLE;
}

/* ---- lines that are broken ---- */

struct breaking {
	struct recode_out *out;
	bool eight_bit_too;
};

static bool is_gap(char c)
{
	return byte_is_blank(c) || c == '\0' || c == '\r';
}

static void put_clean(struct breaking *b, struct span s)
{
	while (s.len > 0) {
		size_t n = 0;
		while (n < s.len && s.at[n] != '\0' && s.at[n] != '\r' && (!b->eight_bit_too || (unsigned char)s.at[n] < 0x80))
			n++;
		recode_out_add(b->out, (struct span){ s.at, n });
		if (n < s.len)
			recode_out_add(b->out, is_gap(s.at[n]) ? SPAN(" ") : SPAN("?"));
		n += n < s.len;
		s = span_between(s.at + n, s.at + s.len);
	}
}

static void break_line(struct breaking *b, struct span line)
{
	size_t most = RECODE_LINE_MAX;

	/* In a line that is too long, runs of blanks where it begins and breaks become one, and go at its end, so that none is blank. */
	if (line.len > most) {
		while (line.len > 0 && is_gap(line.at[line.len - 1]))
			line.len--;
		while (line.len > 1 && is_gap(line.at[0]) && is_gap(line.at[1]))
			line = span_between(line.at + 1, line.at + line.len);
	}
	while (line.len > most) {
		/* Before the last gap that fits with something before it; else where it must. */
		size_t len = most;
		while (len > 0 && (!is_gap(line.at[len]) || is_gap(line.at[len - 1])))
			len--;
		if (len == 0)
			len = most;
		put_clean(b, (struct span){ line.at, len });
		recode_out_add(b->out, SPAN("\r\n "));
		while (len < line.len && is_gap(line.at[len]))
			len++;
		line = span_between(line.at + len, line.at + line.len);
		most = RECODE_LINE_MAX - 1;
	}
	put_clean(b, line);
}

void recode_break(struct recode_out *o, struct span text, bool eight_bit_too)
{
	struct breaking b = { o, eight_bit_too };

	while (text.len > 0) {
		const char *end = memchr(text.at, '\n', text.len);
		struct span line = span_between(text.at, end ? end : text.at + text.len);
		text = span_between(line.at + line.len + (end != NULL), text.at + text.len);
		if (end && line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		break_line(&b, line);
		if (end)
			recode_out_add(o, SPAN("\r\n"));
	}
}
