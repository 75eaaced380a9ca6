/* SPDX-License-Identifier: ISC */
#include "trust/auth_results.h"

#include <stdlib.h>

/* One word, comment or separator off the front. */
enum piece { PIECE_END, PIECE_WORD, PIECE_QUOTED, PIECE_COMMENT, PIECE_EQUALS, PIECE_SEMICOLON };

static void add_byte(struct buf *out, char c)
{
	if (out->len < AUTH_TEXT_MAX)
		buf_add_byte(out, (unsigned char)c < ' ' || c == 0x7f ? ' ' : c);
}

static void take_comment(struct span *s, struct buf *out)
{
	unsigned depth = 0;

	for (; s->len > 0; s->at++, s->len--) {
		char c = s->at[0];
		if (c == '\\' && s->len > 1) {
			s->at++;
			s->len--;
			add_byte(out, s->at[0]);
		} else if (c == '(') {
			if (depth++ > 0)
				add_byte(out, c);
		} else if (c == ')' && --depth == 0) {
			s->at++;
			s->len--;
			return;
		} else if (c != '\r' && c != '\n') {
			add_byte(out, c);
		}
	}
}

static void take_quoted(struct span *s, struct buf *out)
{
	for (s->at++, s->len--; s->len > 0 && s->at[0] != '"'; s->at++, s->len--) {
		if (s->at[0] == '\\' && s->len > 1) {
			s->at++;
			s->len--;
		}
		if (s->at[0] != '\r' && s->at[0] != '\n')
			add_byte(out, s->at[0]);
	}
	if (s->len > 0) {
		s->at++;
		s->len--;
	}
}

static enum piece take_piece(struct span *s, struct buf *out)
{
	buf_clear(out);
	while (s->len > 0 && (byte_is_white(s->at[0]) || s->at[0] == '\0'))
		*s = (struct span){ s->at + 1, s->len - 1 };
	if (s->len == 0)
		return PIECE_END;
	switch (s->at[0]) {
	case '(':
		take_comment(s, out);
		return PIECE_COMMENT;
	case '"':
		take_quoted(s, out);
		return PIECE_QUOTED;
	case '=':
	case ';':
		*s = (struct span){ s->at + 1, s->len - 1 };
		return s->at[-1] == '=' ? PIECE_EQUALS : PIECE_SEMICOLON;
	}
	for (; s->len > 0 && !byte_is_white(s->at[0]) && strchr("=;(\"", s->at[0]) == NULL && s->at[0]; s->at++, s->len--)
		add_byte(out, s->at[0]);
	return PIECE_WORD;
}

static char *lower(struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		b->at[i] = byte_lower(b->at[i]);
	return buf_take(b);
}

static void take_pair(struct auth_results *out, struct auth_result **open, char *name, char *value)
{
	struct auth_result *r = *open;

	if (r == NULL) {
		name[strcspn(name, "/")] = '\0';         /* "dkim/1": its version */
		for (char *c = value; *c; c++)
			*c = byte_lower(*c);
		if (out->count == AUTH_RESULTS_MAX || name[0] == '\0') {
			free(name);
			free(value);
			return;
		}
		out->items = mem_resize(out->items, out->count + 1, sizeof *out->items);
		*open = &out->items[out->count++];
		**open = (struct auth_result){ .method = name, .result = value, .reason = mem_text(""), .comment = mem_text("") };
	} else if (strcmp(name, "reason") == 0 && r->reason[0] == '\0') {
		free(r->reason);
		free(name);
		r->reason = value;
	} else if (r->property_count < AUTH_PROPERTIES_MAX) {
		r->properties[r->property_count++] = (struct auth_property){ name, value };
	} else {
		free(name);
		free(value);
	}
}

static void take_remark(struct auth_result *r, const struct buf *text)
{
	struct buf all = { 0 };

	if (strlen(r->comment) + text->len > AUTH_TEXT_MAX)
		return;
	buf_printf(&all, "%s%s%.*s", r->comment, r->comment[0] && text->len ? "; " : "", (int)text->len, text->len ? text->at : "");
	free(r->comment);
	r->comment = buf_take(&all);
}

bool auth_results_read(struct span value, struct auth_results *out)
{
	struct buf text = { 0 }, name = { 0 };
	struct auth_result *open = NULL;
	bool first_segment = true, valued = false, has_name = false;
	enum piece piece;

	*out = (struct auth_results){ .server = mem_text("") };
	while ((piece = take_piece(&value, &text)) != PIECE_END) {
		switch (piece) {
		case PIECE_SEMICOLON:
			open = NULL;
			first_segment = has_name = valued = false;
			break;
		case PIECE_COMMENT:
			if (open)
				take_remark(open, &text);
			break;
		case PIECE_EQUALS:
			valued = has_name;
			break;
		default:
			if (valued) {
				take_pair(out, &open, lower(&name), buf_take(&text));
				has_name = valued = false;
				break;
			}
			/* A word that no value follows: the server's name in the first place, "none" or a version elsewhere. */
			struct span ahead = value;
			struct buf next = { 0 };
			if (first_segment && out->server[0] == '\0' && out->count == 0 && take_piece(&ahead, &next) != PIECE_EQUALS) {
				free(out->server);
				out->server = lower(&text);
			} else {
				/* Blanks and comments may stand around the "/" and the "." in a name. */
				bool goes_on = has_name && text.len > 0 && name.len > 0 &&
				               (strchr("/.", text.at[0]) || strchr("/.", name.at[name.len - 1]));
				if (!goes_on)
					buf_clear(&name);
				buf_add_span(&name, buf_span(&text));
				has_name = true;
			}
			buf_free(&next);
		}
	}
	buf_free(&text);
	buf_free(&name);
	return out->server[0] || out->count > 0;
}

void auth_results_free(struct auth_results *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct auth_result *item = &r->items[i];
		free(item->method);
		free(item->result);
		free(item->reason);
		free(item->comment);
		for (size_t k = 0; k < item->property_count; k++) {
			free(item->properties[k].name);
			free(item->properties[k].value);
		}
	}
	free(r->items);
	free(r->server);
	*r = (struct auth_results){ 0 };
}

const char *auth_property(const struct auth_result *r, const char *name)
{
	for (size_t i = 0; i < r->property_count; i++)
		if (strcmp(r->properties[i].name, name) == 0)
			return r->properties[i].value;
	return "";
}
