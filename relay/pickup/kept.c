/* SPDX-License-Identifier: ISC */
#include "relay/pickup/kept.h"

#include "base/mail/encoded_word.h"
#include "base/utf8.h"

#include <stdlib.h>

enum { FIELDS_STEP = 32 };

static const struct {
	const char *name;
	enum kept_known known;
	enum kept_action action;
	enum kept_again again;
} rules[] = {
	{ "Bcc",           KEPT_OTHER,       KEPT_NOT,       KEPT_ANY_NUMBER },
	{ "Resent-Bcc",    KEPT_OTHER,       KEPT_NOT,       KEPT_ANY_NUMBER },
	{ "Return-Path",   KEPT_OTHER,       KEPT_NOT,       KEPT_ANY_NUMBER },  /* RFC 5321 section 4.4: only the last hop adds it */
	{ "Content-Length", KEPT_OTHER,      KEPT_NOT,       KEPT_ANY_NUMBER },  /* of a mailbox, as those below */
	{ "Lines",         KEPT_OTHER,       KEPT_NOT,       KEPT_ANY_NUMBER },
	{ "Status",        KEPT_OTHER,       KEPT_NOT,       KEPT_ANY_NUMBER },
	{ "X-Status",      KEPT_OTHER,       KEPT_NOT,       KEPT_ANY_NUMBER },
	{ "From",          KEPT_FROM,        KEPT_REWRITTEN, KEPT_ANY_NUMBER },  /* a second one is refused */
	{ "Sender",        KEPT_SENDER,      KEPT_REWRITTEN, KEPT_ASIDE },
	{ "Resent-From",   KEPT_OTHER,       KEPT_REWRITTEN, KEPT_ANY_NUMBER },
	{ "Resent-Sender", KEPT_OTHER,       KEPT_REWRITTEN, KEPT_ANY_NUMBER },
	{ "Reply-To",      KEPT_REPLY_TO,    KEPT_QUALIFIED, KEPT_JOINED },
	{ "To",            KEPT_TO,          KEPT_QUALIFIED, KEPT_JOINED },
	{ "Cc",            KEPT_CC,          KEPT_QUALIFIED, KEPT_JOINED },
	{ "Date",          KEPT_DATE,        KEPT_AS_IS,     KEPT_ASIDE },
	{ "Message-ID",    KEPT_MESSAGE_ID,  KEPT_AS_IS,     KEPT_ASIDE },
	{ "Subject",       KEPT_SUBJECT,     KEPT_AS_IS,     KEPT_ASIDE },
	{ "In-Reply-To",   KEPT_IN_REPLY_TO, KEPT_AS_IS,     KEPT_JOINED },
	{ "References",    KEPT_REFERENCES,  KEPT_AS_IS,     KEPT_JOINED },
	{ "MIME-Version",  KEPT_MIME_VERSION, KEPT_AS_IS,    KEPT_ONCE },
	{ "Content-Type",  KEPT_CONTENT_TYPE, KEPT_AS_IS,    KEPT_ONCE },
	{ "Content-Transfer-Encoding", KEPT_TRANSFER_ENCODING, KEPT_AS_IS, KEPT_ONCE },
	{ "List-Id",       KEPT_LIST,        KEPT_AS_IS,     KEPT_ANY_NUMBER },
	{ "List-Unsubscribe", KEPT_UNSUBSCRIBE, KEPT_AS_IS,  KEPT_JOINED },      /* RFC 2369 section 3: one with several URLs */
	{ "Precedence",    KEPT_PRECEDENCE,  KEPT_AS_IS,     KEPT_ANY_NUMBER },
	{ "TLS-Required",  KEPT_TLS_REQUIRED, KEPT_AS_IS,    KEPT_ANY_NUMBER },
	{ "Received",      KEPT_RECEIVED,    KEPT_AS_IS,     KEPT_ANY_NUMBER },
};

bool kept_has_addresses(const struct kept_field *kept)
{
	return kept->grammar == FIELD_ADDRESSES || kept->grammar == FIELD_MAILBOXES;
}

enum address_separators kept_separators(const struct kept_field *kept)
{
	return kept->grammar == FIELD_MAILBOXES ? ADDRESS_AUTHORS : ADDRESS_BLANKS_TOO;
}

static void add_field(struct kept *k, const struct field *field)
{
	struct kept_field kept = { .field = *field, .known = KEPT_OTHER, .joined = KEPT_NO_FIELD,
	                           .grammar = field_grammar_of(field->name) };

	if (kept_has_addresses(&kept))
		kept.action = KEPT_QUALIFIED;
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		if (!span_eq_nocase(field->name, span_of(rules[i].name)))
			continue;
		kept.known = rules[i].known;
		kept.action = rules[i].action;
		kept.again = rules[i].again;
	}
	k->seen[kept.known]++;
	if (k->count % FIELDS_STEP == 0)
		k->fields = mem_resize(k->fields, k->count + FIELDS_STEP, sizeof *k->fields);
	k->fields[k->count++] = kept;
}

bool kept_is_bare_id(const struct kept_field *kept)
{
	struct span id = span_trim(kept->field.value);
	bool bare = kept->grammar == FIELD_IDS && id.len > 0 && memchr(id.at, '@', id.len);

	for (size_t i = 0; bare && i < id.len; i++)
		bare = !byte_is_white(id.at[i]) && !memchr("<>(),\"", id.at[i], 6);
	return bare;
}

bool kept_is_writable(const struct address *a)
{
	struct span domain = address_domain(span_of(a->address));
	struct buf name = { 0 };
	bool fine = utf8_is_valid(span_of(a->address)) &&
	            (domain.len == 0 || domain.at[0] == '[' || domain_normalise(domain, &name) == 0);

	buf_free(&name);
	return fine;
}

/* An address list with at least one address in it, and none that nobody can read. */
static bool names_address(const struct kept_field *kept, struct span value)
{
	struct address_list list = { 0 };
	bool named = address_list_read(value, kept_separators(kept), &list, NULL) == 0 && list.count > 0;

	for (size_t i = 0; named && i < list.count; i++)
		named = list.items[i].address[0] != '\0' && kept_is_writable(&list.items[i]);
	address_list_free(&list);
	return named;
}

/* One word or several for the name and its address, as programs write it that encode a whole field. */
static void read_encoded(struct kept_field *kept)
{
	struct address_list list = { 0 };
	struct buf said = { 0 };
	bool whole = memmem(kept->field.value.at, kept->field.value.len, "=?", 2) && !names_address(kept, kept->field.value) &&
	             encoded_text_read(kept->field.value, &said) && names_address(kept, buf_span(&said)) &&
	             address_list_read(buf_span(&said), kept_separators(kept), &list, NULL) == 0;

	/* Nothing that is not text, and no bare word that might be a part of a name. */
	for (size_t i = 0; whole && i < said.len; i++)
		whole = (unsigned char)said.at[i] >= ' ' && said.at[i] != 0x7f;
	for (size_t i = 0; whole && i < list.count; i++)
		whole = address_domain(span_of(list.items[i].address)).len > 0;
	if (whole) {
		kept->said = buf_take(&said);
		kept->field.value = span_of(kept->said);
	}
	address_list_free(&list);
	buf_free(&said);
}

/* As kept_read() leaves it: blanks, and what becomes one. */
static bool becomes_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\0' || c == '\r';
}

/* A fold of blanks alone may be read and not be sent (RFC 5322 sections 3.2.2 and 4.2): some take it for the end of the header. */
static void drop_blank_lines(struct buf *header)
{
	size_t kept = 0;

	for (struct span rest = buf_span(header); rest.len > 0;) {
		const char *end = memchr(rest.at, '\n', rest.len);
		struct span line = { rest.at, end ? (size_t)(end - rest.at) + 1 : rest.len };
		size_t blanks = 0;
		while (blanks < line.len && becomes_blank(line.at[blanks]))
			blanks++;
		rest = span_between(rest.at + line.len, rest.at + rest.len);
		if (end && blanks + 1 == line.len)
			continue;
		memmove(header->at + kept, line.at, line.len);
		kept += line.len;
	}
	if (header->len > 0)
		header->at[kept] = '\0';
	header->len = kept;
}

int kept_read(struct buf header, struct kept *out, struct fault *f)
{
	struct field field;

	drop_blank_lines(&header);
	struct span rest = message_skip_mbox(buf_span(&header));
	out->header = header;
	while (message_next_field(&rest, &field))
		add_field(out, &field);
	if (out->seen[KEPT_FROM] > 1)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "the header section has %zu From fields; one is allowed "
		                 "(RFC 5322 section 3.6)", out->seen[KEPT_FROM]);
	if (out->seen[KEPT_RECEIVED] >= KEPT_RECEIVED_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.4.6", "mail loop: the message has passed %zu hosts (Received fields)",
		                 out->seen[KEPT_RECEIVED]);
	/* White space is SP and HTAB (RFC 6376 section 2.8). */
	for (size_t i = 0; i < header.len; i++) {
		char c = header.at[i];
		bool bare = c == '\r' && (i + 1 == header.len || header.at[i + 1] != '\n');
		if (c == '\v' || c == '\f' || c == '\0' || bare)
			header.at[i] = ' ';
	}
	/* A From that is empty counts as missing, one that cannot be read is replaced. */
	for (size_t i = 0; i < out->count; i++) {
		struct kept_field *kept = &out->fields[i];
		if (kept->action == KEPT_QUALIFIED || kept->action == KEPT_REWRITTEN) {
			address_plain_blanks(header.at + (kept->field.value.at - header.at), kept->field.value.len);
			read_encoded(kept);
		}
		if (kept->known != KEPT_FROM || names_address(kept, kept->field.value))
			continue;
		out->from_is_broken = true;
		kept->action = span_trim(kept->field.value).len ? KEPT_AS_IS : KEPT_NOT;
	}
	return 0;
}

void kept_free(struct kept *k)
{
	buf_free(&k->header);
	for (size_t i = 0; i < k->count; i++)
		free(k->fields[i].said);
	free(k->fields);
	*k = (struct kept){ 0 };
}

size_t kept_held_bytes(const struct kept *k)
{
	size_t said = 0;

	for (size_t i = 0; i < k->count; i++)
		said += k->fields[i].said ? strlen(k->fields[i].said) + 1 : 0;
	return k->header.cap + k->count * sizeof *k->fields + said;
}
