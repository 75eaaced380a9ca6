/* SPDX-License-Identifier: ISC */
#include "relay/pickup/repeated.h"

#include "base/mail/date.h"
#include "base/mail/message.h"
#include "base/utf8.h"

#include <stdlib.h>

enum worth { NOTHING, UNREADABLE, EMPTY_GROUP, READABLE };

/* Nothing in it but empty brackets. */
static bool names_nobody(const struct kept_field *kept, enum address_separators separators)
{
	struct address_reader reader = address_reader_of(kept->field.value, separators);
	struct address address;
	struct span raw;
	int got;

	while ((got = address_next(&reader, &address, &raw, NULL)) < 0)
		if (!address_is_nobody(raw))
			return false;
	free(address.address);
	return got == 0;
}

static enum worth worth_of_addresses(const struct kept_field *kept)
{
	enum address_separators separators = kept_separators(kept);
	struct address_list list = { 0 };
	enum worth worth = READABLE;

	if (address_list_read(kept->field.value, separators, &list, NULL) < 0)
		worth = names_nobody(kept, separators) ? NOTHING : UNREADABLE;
	else if (list.count == 0)
		worth = list.groups > 0 ? EMPTY_GROUP : NOTHING;
	for (size_t i = 0; i < list.count; i++)
		if (!kept_is_writable(&list.items[i]))
			worth = UNREADABLE;
	address_list_free(&list);
	return worth;
}

static bool is_version(struct span s)
{
	unsigned long long number;
	struct span minor = s, major = span_cut(&minor, '.');

	return minor.at && span_number(major, 9, &number) && span_number(minor, 9, &number);
}

static bool is_media_type(struct span s)
{
	struct span subtype = s, type = span_cut(&subtype, '/');

	return subtype.at && message_is_token(type) && message_is_token(subtype);
}

static bool is_transfer_encoding(struct span s)
{
	static const char *const known[] = { "7bit", "8bit", "binary", "quoted-printable", "base64" };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (span_eq_nocase(s, span_of(known[i])))
			return true;
	return false;
}

/* Fields that say who gets the message: readers are to see them as they were written. */
static bool names_recipients(const struct kept_field *kept)
{
	return kept->known == KEPT_TO || kept->known == KEPT_CC || span_eq_nocase(kept->field.name, SPAN("Resent-To")) ||
	       span_eq_nocase(kept->field.name, SPAN("Resent-Cc"));
}

/* In brackets, or what only lacks them; beyond ASCII that alone, since what stands beside it may not be read. */
static bool has_id(const struct kept_field *kept)
{
	struct span value = span_trim(kept->field.value);
	const char *opening = memchr(value.at, '<', value.len), *end = value.at + value.len;
	const char *closing = opening ? memchr(opening, '>', (size_t)(end - opening)) : NULL;
	bool alone = opening == value.at && closing == end - 1;

	return kept_is_bare_id(kept) || (closing && (alone || utf8_is_ascii(value)));
}

static bool is_readable(const struct kept_field *kept)
{
	struct buf words = { 0 };
	bool readable = true;
	struct span value = kept->field.value;
	size_t depth = 0;

	if (kept->known == KEPT_DATE)
		return date_is_valid(value);
	if (kept->known == KEPT_MESSAGE_ID)
		return has_id(kept);
	/* Read the words without comments and blanks, up to the parameters. */
	for (size_t i = 0; i < value.len && (depth > 0 || value.at[i] != ';'); i++) {
		if (value.at[i] == '(')
			depth++;
		else if (value.at[i] == ')' && depth > 0)
			depth--;
		else if (depth == 0 && !byte_is_white(value.at[i]))
			buf_add_byte(&words, value.at[i]);
	}
	if (kept->known == KEPT_MIME_VERSION)
		readable = is_version(buf_span(&words));
	else if (kept->known == KEPT_CONTENT_TYPE)
		readable = is_media_type(buf_span(&words));
	else if (kept->known == KEPT_TRANSFER_ENCODING)
		readable = is_transfer_encoding(buf_span(&words));
	buf_free(&words);
	return readable;
}

/* "<>" where an id belongs. */
static bool names_nothing(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!byte_is_white(value.at[i]) && value.at[i] != '<' && value.at[i] != '>')
			return false;
	return true;
}

static enum worth worth_of(const struct kept_field *kept)
{
	if (kept_has_addresses(kept))
		return worth_of_addresses(kept);
	if (span_trim(kept->field.value).len == 0 || (kept->grammar == FIELD_IDS && names_nothing(kept->field.value)))
		return NOTHING;
	return is_readable(kept) ? READABLE : UNREADABLE;
}

/* The fields of one name so far: the one that stands for them, and the last that joined it. */
struct several {
	size_t first, last;
	enum worth worth;
};

static bool says_the_same(const struct kept_field *a, const struct kept_field *b)
{
	return a->again != KEPT_ASIDE && !kept_has_addresses(a) &&
	       span_eq_nocase(span_trim(a->field.value), span_trim(b->field.value));
}

/* Another stands for it. */
static void lose_field(struct kept_field *kept, enum worth worth, const struct kept_field *winner)
{
	bool needless = worth == NOTHING || worth == EMPTY_GROUP || says_the_same(kept, winner);

	kept->action = needless ? KEPT_NOT : KEPT_AS_IS;
	kept->aside = true;
}

static void unite_field(struct kept *k, struct several *s, size_t number, enum worth worth)
{
	struct kept_field *kept = &k->fields[number];
	bool is_first = s->first == KEPT_NO_FIELD;

	if (!is_first && s->worth == READABLE && worth == READABLE && kept->again == KEPT_JOINED &&
	    !says_the_same(kept, &k->fields[s->first])) {
		k->fields[s->last].joined = number;
		s->last = number;
		kept->action = KEPT_NOT;             /* the first carries it */
	} else if (!is_first && s->worth >= worth) {
		lose_field(kept, worth, &k->fields[s->first]);
	} else {
		if (!is_first)
			lose_field(&k->fields[s->first], s->worth, kept);
		*s = (struct several){ number, number, worth };
	}
}

/* RFC 5322 section 3.6.6: what was sent before stays as it was. */
static bool is_resent(const struct kept *k)
{
	for (size_t i = 0; i < k->count; i++)
		if (span_starts_nocase(k->fields[i].field.name, SPAN("Resent-")))
			return true;
	return false;
}

void repeated_unite(struct kept *k)
{
	struct several several[KEPT_KNOWN_COUNT];
	bool resent = is_resent(k);

	for (size_t i = 0; i < KEPT_KNOWN_COUNT; i++)
		several[i].first = KEPT_NO_FIELD;
	for (size_t i = 0; i < k->count; i++) {
		struct kept_field *kept = &k->fields[i];
		if (kept->action == KEPT_NOT || (kept->again == KEPT_ANY_NUMBER && !kept_has_addresses(kept)))
			continue;
		enum worth worth = worth_of(kept);
		/* Servers refuse what is not an address in such a field; encoded, it would even look like one. */
		if (kept_has_addresses(kept) && kept->known != KEPT_FROM && worth == UNREADABLE &&
		    (!names_recipients(kept) || !utf8_is_ascii(kept->field.value))) {
			kept->action = KEPT_AS_IS;
			kept->aside = true;
			continue;
		}
		/* A right one is made. */
		if ((kept->known == KEPT_DATE || kept->known == KEPT_MESSAGE_ID) && worth == UNREADABLE && !resent) {
			kept->aside = true;
			continue;
		}
		if (kept->again != KEPT_ANY_NUMBER)
			unite_field(k, &several[kept->known], i, worth);
		/* An empty Subject says that there is none; others that are empty are not fields of their grammar. */
		if (worth == NOTHING && kept->known != KEPT_SUBJECT)
			kept->action = KEPT_NOT;
	}
}
