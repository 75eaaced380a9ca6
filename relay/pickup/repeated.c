/* SPDX-License-Identifier: ISC */
#include "relay/pickup/repeated.h"

#include "base/mail/address.h"
#include "base/utf8.h"

#include <stdlib.h>

enum worth { NOTHING, UNREADABLE, EMPTY_GROUP, READABLE };

static bool has_addresses(const struct kept_field *kept)
{
	return kept->grammar == FIELD_ADDRESSES || kept->grammar == FIELD_MAILBOXES;
}

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
	enum address_separators separators = kept->grammar == FIELD_MAILBOXES ? ADDRESS_COMMAS : ADDRESS_BLANKS_TOO;
	struct address_list list = { 0 };
	enum worth worth = READABLE;

	if (address_list_read(kept->field.value, separators, &list, NULL) < 0)
		worth = names_nobody(kept, separators) ? NOTHING : UNREADABLE;
	else if (list.count == 0)
		worth = list.groups > 0 ? EMPTY_GROUP : NOTHING;
	for (size_t i = 0; i < list.count; i++)
		if (!utf8_is_valid(span_of(list.items[i].address)))
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

	return type.len > 0 && subtype.at && subtype.len > 0 && !memchr(subtype.at, '/', subtype.len);
}

static bool is_transfer_encoding(struct span s)
{
	static const char *const known[] = { "7bit", "8bit", "binary", "quoted-printable", "base64" };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (span_eq_nocase(s, span_of(known[i])))
			return true;
	return false;
}

static bool is_readable(const struct kept_field *kept)
{
	struct buf words = { 0 };
	bool readable = true;
	struct span value = kept->field.value;
	size_t depth = 0;

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
	if (has_addresses(kept))
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
	return a->again != KEPT_ASIDE && !has_addresses(a) &&
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

void repeated_unite(struct kept *k)
{
	struct several several[KEPT_KNOWN_COUNT];

	for (size_t i = 0; i < KEPT_KNOWN_COUNT; i++)
		several[i].first = KEPT_NO_FIELD;
	for (size_t i = 0; i < k->count; i++) {
		struct kept_field *kept = &k->fields[i];
		if (kept->action == KEPT_NOT || (kept->again == KEPT_ANY_NUMBER && !has_addresses(kept)))
			continue;
		enum worth worth = worth_of(kept);
		if (has_addresses(kept) && kept->known != KEPT_FROM && worth == UNREADABLE && !utf8_is_ascii(kept->field.value)) {
			kept->action = KEPT_AS_IS;    /* encoded, what is not an address would look like one */
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
