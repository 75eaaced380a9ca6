/* SPDX-License-Identifier: ISC */
#include "base/mail/smtp_arguments.h"

#include "base/mail/address.h"
#include "base/mail/esmtp_words.h"
#include "base/mail/xtext.h"

#include <stdlib.h>

enum { QUOTED_MAX = 200 };    /* bytes of what was said, in a fault's text */

static int quoted(struct span s)
{
	return s.len < QUOTED_MAX ? (int)s.len : QUOTED_MAX;
}

/* ---- parameters ---- */

/* Where the values go: those of MAIL, or that of RCPT. */
struct envelope {
	struct record *record;
	uint64_t *size;
	struct record_recipient *recipient;
};

typedef bool value_reader(const struct envelope *e, struct span value);

static bool read_size(const struct envelope *e, struct span value)
{
	unsigned long long size;
	bool fine = span_number(value, UINT64_MAX, &size);

	if (fine)
		*e->size = size;
	return fine;
}

static bool read_body(const struct envelope *e, struct span value)
{
	return esmtp_words_body(value, &e->record->body_type);
}

static bool read_ret(const struct envelope *e, struct span value)
{
	return esmtp_words_ret(value, &e->record->ret);
}

static bool read_envid(const struct envelope *e, struct span value)
{
	if (!esmtp_words_envid(value))
		return false;
	free(e->record->envid);
	e->record->envid = mem_text_span(value);
	return true;
}

/* RFC 4954 section 5: the kernel says who is on this host, so AUTH= is not used. */
static bool read_auth(const struct envelope *e, struct span value)
{
	(void)e;
	return value.len > 0 && xtext_is_valid(value);
}

static bool read_nothing(const struct envelope *e, struct span value)
{
	(void)e;
	return value.at == NULL;
}

static bool read_require_tls(const struct envelope *e, struct span value)
{
	e->record->require_tls = true;
	return value.at == NULL;
}

static bool read_notify(const struct envelope *e, struct span value)
{
	return esmtp_words_notify(value, &e->recipient->notify);
}

static bool read_orcpt(const struct envelope *e, struct span value)
{
	struct buf text = { 0 };
	bool fine = esmtp_words_orcpt(value, &text);

	if (fine) {
		free(e->recipient->orcpt);
		e->recipient->orcpt = buf_take(&text);
	}
	buf_free(&text);
	return fine;
}

/* value.at is NULL where a parameter has none. */
struct parameter {
	const char *name;
	value_reader *read;
	const char *values;    /* for a person */
};

static const struct parameter of_mail[] = {
	{ "SIZE",       read_size,        "=, a number of bytes" },
	{ "BODY",       read_body,        "=7BIT or =8BITMIME" },
	{ "SMTPUTF8",   read_nothing,     " without a value" },
	{ "RET",        read_ret,         "=FULL or =HDRS" },
	{ "ENVID",      read_envid,       "=, xtext of at most 100 bytes" },
	{ "AUTH",       read_auth,        "=, xtext" },
	{ "REQUIRETLS", read_require_tls, " without a value" },
};

static const struct parameter of_rcpt[] = {
	{ "NOTIFY",     read_notify,      "=NEVER or a list of SUCCESS, FAILURE and DELAY" },
	{ "ORCPT",      read_orcpt,       "=TYPE;, then xtext, at most 500 bytes" },
};

static unsigned read_parameters(struct span rest, const struct parameter *known, size_t count, const struct envelope *e,
                                struct fault *f)
{
	for (struct span word = span_word(&rest); word.len > 0; word = span_word(&rest)) {
		struct span value = word, name = span_cut(&value, '=');
		const struct parameter *p = known;
		while (p < known + count && !span_eq_nocase(name, span_of(p->name)))
			p++;
		if (p == known + count) {
			fault_set(f, FAULT_PERMANENT, "5.5.4", "the parameter \"%.*s\" is not known here", quoted(name), name.at);
			return 555;
		}
		if (!p->read(e, value)) {
			fault_set(f, FAULT_PERMANENT, "5.5.4", "it must be %s%s, not \"%.*s\"", p->name, p->values, quoted(word), word.at);
			return 501;
		}
	}
	return 0;
}

/* ---- paths ---- */

static struct span without_blanks(struct span s)
{
	while (s.len > 0 && byte_is_blank(s.at[0]))
		s = span_between(s.at + 1, s.at + s.len);
	return s;
}

/* Behind the first `end`, or blank if end is a blank, that does not stand in quotes; NULL: there is none. */
static const char *find_end(struct span s, char end)
{
	bool quotes = false;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '\\')
			i++;
		else if (s.at[i] == '"')
			quotes = !quotes;
		else if (!quotes && (s.at[i] == end || (end == ' ' && byte_is_blank(s.at[i]))))
			return s.at + i;
	}
	return NULL;
}

/* "FROM:" off the front, and then the path, without brackets. False: it does not have this form. */
static bool cut_path(struct span *rest, struct span keyword, struct span *path)
{
	const char *end = rest->at + rest->len, *behind;

	if (!span_starts_nocase(*rest, keyword))
		return false;
	*rest = without_blanks(span_between(rest->at + keyword.len, end));
	if (rest->len == 0 || rest->at[0] != ':')
		return false;
	*rest = without_blanks(span_between(rest->at + 1, end));
	if (rest->len == 0)
		return false;
	if (rest->at[0] == '<') {
		*rest = span_between(rest->at + 1, end);
		const char *closing = find_end(*rest, '>');
		behind = closing ? closing + 1 : NULL;
		if (behind == NULL || (behind < end && !byte_is_blank(*behind)))
			return false;
		*path = span_trim(span_between(rest->at, closing));
	} else {
		behind = find_end(*rest, ' ');
		behind = behind ? behind : end;
		*path = span_between(rest->at, behind);
	}
	*rest = span_between(behind, end);
	return true;
}

/* The address in normal form, owned; NULL with a fault. */
static char *read_address(struct span path, struct fault *f)
{
	struct buf whole = { 0 };
	struct address_list list;

	buf_add_byte(&whole, '<');
	buf_add_span(&whole, path);
	buf_add_byte(&whole, '>');
	char *address = NULL;
	int result = address_list_parse(buf_span(&whole), &list, f);
	if (result == 0 && (list.count != 1 || list.groups != 0))
		result = fault_set(f, FAULT_PERMANENT, "5.1.3", "\"%.*s\" is not one mail address", quoted(path), path.at);
	if (result == 0 && address_check(span_of(list.items[0].address), f) == 0)
		address = mem_text(list.items[0].address);
	address_list_free(&list);
	buf_free(&whole);
	return address;
}

/* ---- both commands ---- */

unsigned smtp_arguments_mail(struct span arguments, struct record *out, uint64_t *size, struct fault *f)
{
	struct envelope e = { .record = out, .size = size };
	struct span rest = without_blanks(arguments), path;

	*out = (struct record){ .sender_given = true, .envid = mem_text("") };
	*size = 0;
	if (!cut_path(&rest, SPAN("FROM"), &path)) {
		fault_set(f, FAULT_PERMANENT, "5.5.4", "it must be MAIL FROM:<address>, or MAIL FROM:<> for the null sender");
		return 501;
	}
	out->sender = path.len == 0 ? mem_text("") : read_address(path, f);
	if (out->sender == NULL) {
		memcpy(f->status, "5.1.7", sizeof "5.1.7");
		return 501;
	}
	return read_parameters(rest, of_mail, sizeof of_mail / sizeof of_mail[0], &e, f);
}

unsigned smtp_arguments_rcpt(struct span arguments, struct record_recipient *out, struct fault *f)
{
	struct envelope e = { .recipient = out };
	struct span rest = without_blanks(arguments), path;

	*out = (struct record_recipient){ .orcpt = mem_text("") };
	if (!cut_path(&rest, SPAN("TO"), &path)) {
		fault_set(f, FAULT_PERMANENT, "5.5.4", "it must be RCPT TO:<address>");
		return 501;
	}
	out->address = read_address(path, f);
	if (out->address == NULL)
		return 501;
	return read_parameters(rest, of_rcpt, sizeof of_rcpt / sizeof of_rcpt[0], &e, f);
}
