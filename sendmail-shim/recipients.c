/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/recipients.h"

#include "base/escape.h"
#include "base/mail/address.h"
#include "base/mail/duplicates.h"
#include "base/mail/message.h"

#include <stdlib.h>

/* What is passed on unparsed is for a person to read, in a bounce. */
enum { UNPARSED_MAX = 500 };

static bool has_control(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < 0x20 || s.at[i] == 0x7f)
			return true;
	return false;
}

static int pass_unparsed(struct record *r, struct span raw, uint8_t notify, struct buf *warnings)
{
	struct buf text = { 0 };

	/* Line ends of folds go; tabs, and CR that end no line, become blanks. */
	for (size_t i = 0; i < raw.len; i++)
		if (raw.at[i] == '\t' || (raw.at[i] == '\r' && i + 1 < raw.len && raw.at[i + 1] != '\n' && raw.at[i + 1] != '\r'))
			buf_add_byte(&text, ' ');
		else if (raw.at[i] != '\r' && raw.at[i] != '\n')
			buf_add_byte(&text, raw.at[i]);
	struct span whole = buf_span(&text);
	int result = has_control(whole) ? -1 : 0;
	if (result < 0) {
		buf_add_text(warnings, "a recipient with control characters is left out: ");
		escape(warnings, whole.len > UNPARSED_MAX ? (struct span){ whole.at, UNPARSED_MAX } : whole);
		buf_add_byte(warnings, '\n');
	} else if (whole.len > 0) {
		if (whole.len > UNPARSED_MAX)
			whole.len = UNPARSED_MAX;
		record_add_recipient(r, whole, notify, SPAN(""));
	}
	buf_free(&text);
	return result;
}

/* Every address of a list; -1 when one was left out. Empty brackets in a field are what programs write that have no recipient. */
static int add_list(struct record *r, struct span value, bool is_field, uint8_t notify, struct buf *warnings)
{
	struct buf text = { 0 };
	buf_add_span(&text, value);
	address_plain_blanks(text.at, text.len);
	struct address_reader reader = address_reader_of(buf_span(&text), ADDRESS_BLANKS_TOO);
	struct address address;
	struct span raw;
	int got, result = 0;

	while ((got = address_next(&reader, &address, &raw, NULL)) != 0) {
		if (got < 0 && is_field && address_is_nobody(raw))
			continue;
		if (got < 0) {
			result |= pass_unparsed(r, raw, notify, warnings);
			continue;
		}
		record_add_recipient(r, span_of(address.address), notify, SPAN(""));
		free(address.address);
	}
	buf_free(&text);
	return result;
}

static int refuse_control(struct fault *f, const char *status, const char *what, const char *argument)
{
	struct buf escaped = { 0 };

	escape(&escaped, span_of(argument));
	fault_set(f, FAULT_PERMANENT, status, "the %s \"%.200s\" has a control character in it; nothing was sent",
	          what, buf_text(&escaped));
	buf_free(&escaped);
	return -1;
}

int recipients_from_argument(struct record *r, const char *argument, uint8_t notify, struct fault *f)
{
	struct span list = span_trim(span_of(argument));     /* line ends too, as of an address that was read from a file */
	struct buf warnings = { 0 };

	if (has_control(list))
		return refuse_control(f, "5.1.3", "recipient", argument);
	add_list(r, list, false, notify, &warnings);
	buf_free(&warnings);
	return 0;
}

/* ---- the header section ---- */

static bool is_one_of(struct span name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_eq_nocase(name, span_of(names[i])))
			return true;
	return false;
}

#define IS_ONE_OF(name, list) is_one_of(name, list, sizeof (list) / sizeof (list)[0])

static const char *const destination[] = { "To", "Cc", "Bcc" };
static const char *const resent_destination[] = { "Resent-To", "Resent-Cc", "Resent-Bcc" };
static bool is_resent_message(struct span rest)
{
	struct field field;
	struct resent block = { 0 };

	while (message_next_field(&rest, &field))
		if (message_resent(&block, field.name) != RESENT_NOT)
			return true;
	return false;
}

void recipients_from_header(struct record *r, struct span message, uint8_t notify, struct buf *warnings)
{
	struct span rest = message_skip_mbox(message);
	struct resent block = { 0 };
	bool resent = is_resent_message(rest);
	unsigned blocks = 0;
	struct field field;

	while (message_next_field(&rest, &field)) {
		blocks += message_resent(&block, field.name) == RESENT_BEGINS;
		if (blocks > 1)
			break;
		if (resent ? IS_ONE_OF(field.name, resent_destination) : IS_ONE_OF(field.name, destination))
			add_list(r, field.value, true, notify, warnings);
	}
}

/* ---- each once ---- */

void recipients_unite(struct record *r)
{
	struct span *addresses = mem_resize(NULL, r->recipient_count + 1, sizeof *addresses);
	size_t *first = mem_resize(NULL, r->recipient_count + 1, sizeof *first), kept = 0;

	for (size_t i = 0; i < r->recipient_count; i++)
		addresses[i] = span_of(r->recipients[i].address);
	duplicates_find(addresses, r->recipient_count, first);
	for (size_t i = 0; i < r->recipient_count; i++) {
		if (first[i] == i) {
			r->recipients[kept++] = r->recipients[i];
			continue;
		}
		free(r->recipients[i].address);
		free(r->recipients[i].orcpt);
	}
	r->recipient_count = kept;
	free(addresses);
	free(first);
}

/* ---- the sender ---- */

static int read_sender(struct record *r, struct span trimmed, struct fault *f)
{
	struct address_list list;
	int result = 0;

	r->sender_given = true;
	if (trimmed.len == 0 || span_eq(trimmed, SPAN("<>"))) {
		r->sender = mem_text("");
		return 0;
	}
	if (address_list_parse(trimmed, &list, NULL) == 0 && list.count == 1)
		r->sender = mem_text(list.items[0].address);
	else if (address_check(trimmed, NULL) == 0)
		r->sender = mem_text_span(trimmed);
	else
		result = fault_set(f, FAULT_PERMANENT, "5.1.7", "the sender \"%.*s\" is not a mail address; nothing was sent",
		                   trimmed.len < 200 ? (int)trimmed.len : 200, trimmed.at);
	address_list_free(&list);
	return result;
}

int sender_from_argument(struct record *r, const char *argument, struct fault *f)
{
	char *text = mem_text(argument);

	address_plain_blanks(text, strlen(text));
	struct span trimmed = span_trim(span_of(text));
	int result = has_control(trimmed) ? refuse_control(f, "5.1.7", "sender", argument) : read_sender(r, trimmed, f);
	free(text);
	return result;
}
