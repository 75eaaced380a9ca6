/* SPDX-License-Identifier: ISC */
#include "base/mail/alias_file.h"

#include "base/escape.h"
#include "base/mail/address.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHOWN_MAX = 100 };     /* bytes of what a fault quotes */

struct reading {
	struct alias_file *out;
	size_t room;                /* of out->items */
	struct buf entry;           /* lines that belong together; those that count nowhere are empty */
	unsigned first_line;        /* of entry */
};

/* Takes over text. */
static void add_fault(struct alias_file *out, unsigned line, char *text)
{
	if (out->fault_count++ >= ALIAS_FAULTS_SHOWN) {
		free(text);
		return;
	}
	out->faults = mem_resize(out->faults, out->fault_count, sizeof *out->faults);
	out->faults[out->fault_count - 1] = (struct alias_fault){ line, text };
}

/* What stands there, and what is wrong with it. */
static char *complaint(struct span written, const char *what)
{
	struct buf text = { 0 };

	buf_add_byte(&text, '"');
	escape(&text, (struct span){ written.at, written.len < SHOWN_MAX ? written.len : SHOWN_MAX });
	buf_printf(&text, "%s\": %s", written.len > SHOWN_MAX ? " ..." : "", what);
	return buf_take(&text);
}

/* ---- one member ---- */

static bool has_control_byte(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
			return true;
	return false;
}

/* The whole is one quoted string: what is in it, appended. */
static bool unquote(struct span text, struct buf *out)
{
	size_t i = 1;

	if (text.len < 2 || text.at[0] != '"')
		return false;
	for (; i < text.len && text.at[i] != '"'; i++) {
		if (text.at[i] == '\\' && i + 1 < text.len)
			i++;
		buf_add_byte(out, text.at[i]);
	}
	return i + 1 == text.len && text.at[i] == '"';
}

static void add_member(struct alias *to, enum alias_kind kind, struct span text, unsigned line)
{
	if ((to->count & (to->count - 1)) == 0)
		to->members = mem_resize(to->members, to->count ? 2 * to->count : 1, sizeof *to->members);
	to->members[to->count++] = (struct alias_member){ .kind = kind, .text = mem_text_span(text), .line = line };
}

/* Takes over why. */
static void add_bad(struct reading *r, struct alias *to, struct span written, unsigned line, char *why)
{
	struct buf shown = { 0 };

	escape(&shown, (struct span){ written.at, written.len < SHOWN_MAX ? written.len : SHOWN_MAX });
	add_member(to, ALIAS_BAD, buf_span(&shown), line);
	to->members[to->count - 1].why = why;
	add_fault(r->out, line, mem_text(why));
	buf_free(&shown);
}

/* Names and comments around it are left out. */
static void read_address(struct reading *r, struct alias *to, struct span written, unsigned line)
{
	bool itself = written.at[0] == '\\';
	struct address_list list = { 0 };
	struct fault f = { 0 };
	bool fine = address_list_parse(written, &list, &f) == 0;

	for (size_t i = 0; fine && i < list.count; i++)
		fine = address_check(span_of(list.items[i].address), &f) == 0;
	if (!fine) {
		struct buf why = { 0 };
		escape(&why, span_of(f.text));
		add_bad(r, to, written, line, buf_take(&why));
	} else if (list.count == 0) {
		add_bad(r, to, written, line, complaint(written, "there is no address in it"));
	}
	for (size_t i = 0; fine && i < list.count; i++) {
		struct span address = span_of(list.items[i].address);
		/* In brackets, too, a program is a program. */
		bool is_program = span_starts_nocase(address, SPAN("|")) || span_starts_nocase(address, SPAN("\"|"));
		bool is_file = address.at[0] == '/' && address_domain(address).len == 0;
		add_member(to, is_program ? ALIAS_PROGRAM : is_file ? ALIAS_FILE : itself ? ALIAS_ITSELF : ALIAS_ADDRESS, address, line);
	}
	address_list_free(&list);
}

static struct span after(struct span text, size_t bytes)
{
	return span_trim((struct span){ text.at + bytes, text.len - bytes });
}

/* What is not an address says so by how it begins, in quotes or without. */
static void read_member(struct reading *r, struct alias *to, struct span written, unsigned line)
{
	const struct span include = SPAN(":include:");
	struct buf inner = { 0 };
	bool is_quoted = unquote(written, &inner);
	struct span text = is_quoted ? span_trim(buf_span(&inner)) : written;
	char first = text.len > 0 ? text.at[0] : '\0';

	/* A program is never mailed to, whatever comes after its quotes. */
	if (written.len > 1 && written.at[0] == '"' && written.at[1] == '|')
		first = '|';
	if (has_control_byte(text)) {
		add_bad(r, to, written, line, complaint(written, "a control character"));
	} else if (first == '|') {
		add_member(to, ALIAS_PROGRAM, text.at[0] == '|' ? after(text, 1) : text, line);
	} else if (first == '/' && (is_quoted || memchr(text.at, '@', text.len) == NULL)) {
		add_member(to, ALIAS_FILE, text, line);
	} else if (span_starts_nocase(text, include)) {
		struct buf path = { 0 };
		struct span named = after(text, include.len);
		if (unquote(named, &path))
			named = buf_span(&path);
		if (named.len > 1 && named.at[0] == '/')
			add_member(to, ALIAS_INCLUDE, named, line);
		else
			add_bad(r, to, written, line, complaint(written, "after :include: comes the whole path of a file, such as "
			                                        "/etc/mail/staff"));
		buf_free(&path);
	} else if (first == ':') {
		add_bad(r, to, written, line, complaint(written, "of what begins with a colon, only :include:/PATH is supported"));
	} else {
		read_address(r, to, written, line);
	}
	buf_free(&inner);
}

/* ---- members ---- */

/* Where the member at the front of text ends: at a comma, or at a fault in it; *why is the fault, or NULL. */
static size_t member_end(struct span text, const char **why)
{
	bool quoted = false;
	size_t comments = 0, brackets = 0, i = 0;

	for (; i < text.len; i++) {
		char c = text.at[i];
		if (c == '\\' && i + 1 < text.len)
			i++;
		else if (c == '"' && comments == 0)
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (c == '(')
			comments++;
		else if (c == ')' && comments > 0)
			comments--;
		else if (comments == 0 && c == '<')
			brackets = 1;
		else if (comments == 0 && c == '>')
			brackets = 0;
		else if (comments == 0 && brackets == 0 && c == ',')
			break;
	}
	*why = quoted ? "the quotes are not closed" : comments ? "the comment is not closed" : brackets ? "no > after the <" : NULL;
	return i;
}

static unsigned count_lines(struct span text)
{
	unsigned lines = 0;

	for (size_t i = 0; i < text.len; i++)
		lines += text.at[i] == '\n';
	return lines;
}

/* line: where text begins. Line ends in it are blanks. */
static void read_members(struct reading *r, struct alias *to, struct span text, unsigned line)
{
	while (text.len > 0) {
		const char *why;
		size_t len = member_end(text, &why);
		struct span all = { text.at, len }, member = span_trim(all);
		unsigned begins = line + count_lines(span_between(all.at, member.at));
		struct buf joined = { 0 };
		for (size_t i = 0; i < member.len; i++)
			buf_add_byte(&joined, member.at[i] == '\n' || member.at[i] == '\t' ? ' ' : member.at[i]);
		if (member.len > 0 && why)
			add_bad(r, to, member, begins, complaint(member, why));
		else if (member.len > 0)
			read_member(r, to, buf_span(&joined), begins);
		buf_free(&joined);
		line += count_lines(all);
		text = len < text.len ? (struct span){ text.at + len + 1, text.len - len - 1 } : (struct span){ text.at, 0 };
	}
}

/* ---- one alias ---- */

/* Cuts name and colon off entry; *why is what is wrong. The name is in lower case. */
static bool cut_name(struct span *entry, struct buf *name, const char **why)
{
	size_t len = 0;

	*why = "there is no colon after the name; an alias is written NAME: ADDRESS, ADDRESS";
	if (entry->at[0] == '"') {
		for (len = 1; len < entry->len && entry->at[len] != '"'; len++)
			len += entry->at[len] == '\\';
		if (len >= entry->len) {
			*why = "the quotes of the name are not closed";
			return false;
		}
		unquote((struct span){ entry->at, ++len }, name);
	} else {
		while (len < entry->len && entry->at[len] != ':' && !byte_is_white(entry->at[len]))
			buf_add_byte(name, entry->at[len++]);
	}
	while (len < entry->len && byte_is_blank(entry->at[len]))
		len++;
	if (len == entry->len || entry->at[len] != ':')
		return false;
	*entry = (struct span){ entry->at + len + 1, entry->len - len - 1 };
	for (size_t i = 0; i < name->len; i++)
		name->at[i] = byte_lower(name->at[i]);
	if (name->len == 0)
		*why = "there is no name before the colon";
	else if (has_control_byte(buf_span(name)))
		*why = "a control character in the name";
	else if (memchr(name->at, '@', name->len))
		*why = "the name of an alias has no @: it is a local name";
	else
		return true;
	return false;
}

static struct alias *add_alias(struct reading *r, struct span name, unsigned line)
{
	struct alias_file *out = r->out;

	if (out->count == r->room) {
		r->room = r->room ? 2 * r->room : 16;
		out->items = mem_resize(out->items, r->room, sizeof *out->items);
	}
	out->items[out->count] = (struct alias){ .name = mem_text_span(name), .line = line };
	return &out->items[out->count++];
}

static void end_entry(struct reading *r)
{
	struct span rest = buf_span(&r->entry), shown = rest;
	struct buf name = { 0 };
	const char *why;

	if (r->entry.len > 0 && !cut_name(&rest, &name, &why)) {
		add_fault(r->out, r->first_line, complaint(span_cut(&shown, '\n'), why));
	} else if (r->entry.len > 0) {
		struct alias *a = add_alias(r, buf_span(&name), r->first_line);
		read_members(r, a, rest, r->first_line);
		if (a->count == 0)
			add_fault(r->out, r->first_line, complaint(buf_span(&name), "the alias has no members; write an address after the colon"));
	}
	buf_clear(&r->entry);
	buf_free(&name);
}

/* ---- lines ---- */

static struct span cut_line(struct span *rest)
{
	struct span line = span_cut(rest, '\n');

	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

static bool counts_nowhere(struct span line)
{
	struct span text = span_trim(line);

	return text.len == 0 || text.at[0] == '#';
}

static struct span without_mark(struct span text)
{
	return span_starts_nocase(text, SPAN("\xef\xbb\xbf")) ? (struct span){ text.at + 3, text.len - 3 } : text;
}

static void take_line(struct reading *r, struct span line, unsigned number, bool *goes_on)
{
	bool is_more = *goes_on || (line.len > 0 && byte_is_blank(line.at[0]));

	if (counts_nowhere(line)) {
		*goes_on = false;
		if (r->entry.len > 0)
			buf_add_byte(&r->entry, '\n');
		return;
	}
	*goes_on = line.at[line.len - 1] == '\\';
	if (*goes_on)
		line.len--;
	if (is_more && r->entry.len == 0) {
		add_fault(r->out, number, complaint(span_trim(line), "a line that begins with a blank goes on with the alias before it, "
		                                    "and there is none"));
		return;
	}
	if (!is_more) {
		end_entry(r);
		r->first_line = number;
	} else {
		buf_add_byte(&r->entry, '\n');
	}
	buf_add_span(&r->entry, line);
}

static int by_name(const void *left, const void *right)
{
	const struct alias *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : (a->line > b->line) - (a->line < b->line);
}

static void alias_free(struct alias *a)
{
	for (size_t i = 0; i < a->count; i++) {
		free(a->members[i].text);
		free(a->members[i].why);
	}
	free(a->members);
	free(a->name);
}

void alias_file_read(struct span text, struct alias_file *out)
{
	struct reading r = { .out = out };
	unsigned number = 0;
	bool goes_on = false;

	*out = (struct alias_file){ 0 };
	text = without_mark(text);
	while (text.at)
		take_line(&r, cut_line(&text), ++number, &goes_on);
	end_entry(&r);
	buf_free(&r.entry);
	if (out->count > 0)
		qsort(out->items, out->count, sizeof *out->items, by_name);
	/* Of those of one name the first counts. */
	size_t left = 0;
	for (size_t i = 0; i < out->count; i++) {
		struct alias *first = left > 0 ? &out->items[left - 1] : NULL;
		char what[80];
		if (first == NULL || strcmp(first->name, out->items[i].name) != 0) {
			out->items[left++] = out->items[i];
			continue;
		}
		snprintf(what, sizeof what, "there is an alias of that name in line %u, which counts", first->line);
		add_fault(out, out->items[i].line, complaint(span_of(first->name), what));
		alias_free(&out->items[i]);
	}
	out->count = left;
}

void alias_list_read(struct span text, struct alias_file *out)
{
	struct reading r = { .out = out };
	unsigned number = 0;

	*out = (struct alias_file){ 0 };
	struct alias *list = add_alias(&r, SPAN(""), 1);
	text = without_mark(text);
	while (text.at) {
		struct span line = cut_line(&text);
		number++;
		if (!counts_nowhere(line))
			read_members(&r, list, line, number);
	}
}

void alias_file_free(struct alias_file *f)
{
	for (size_t i = 0; i < f->count; i++)
		alias_free(&f->items[i]);
	for (size_t i = 0; i < f->fault_count && i < ALIAS_FAULTS_SHOWN; i++)
		free(f->faults[i].text);
	free(f->items);
	free(f->faults);
	*f = (struct alias_file){ 0 };
}

const struct alias *alias_find(const struct alias_file *f, struct span name)
{
	size_t low = 0, high = f->count;
	struct buf key = { 0 };
	const struct alias *found = NULL;

	for (size_t i = 0; i < name.len; i++)
		buf_add_byte(&key, byte_lower(name.at[i]));
	while (low < high && found == NULL) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(buf_text(&key), f->items[middle].name);
		if (order == 0)
			found = &f->items[middle];
		else if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	buf_free(&key);
	return found;
}
