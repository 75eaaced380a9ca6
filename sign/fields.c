#include "sign/fields.h"

#include <stdlib.h>

enum cover { SIGN_IT, OVERSIGN, SIGN_PREFIX, NEVER };

/*
 * First row that fits decides; what fits none is not signed. Lists add
 * Sender and List-*, relays add Received, Return-Path, Authentication-Results
 * and ARC-*: none of these may break a signature by coming anew.
 */
static const struct {
	const char *name;
	enum cover cover;
} table[] = {
	{ "from",                      OVERSIGN },
	{ "reply-to",                  OVERSIGN },
	{ "subject",                   OVERSIGN },
	{ "date",                      OVERSIGN },
	{ "message-id",                OVERSIGN },
	{ "to",                        OVERSIGN },
	{ "cc",                        OVERSIGN },
	{ "mime-version",              OVERSIGN },
	{ "content-type",              OVERSIGN },
	{ "content-transfer-encoding", OVERSIGN },
	{ "sender",                    SIGN_IT },
	{ "in-reply-to",               SIGN_IT },
	{ "references",                SIGN_IT },
	{ "resent-bcc",                NEVER },
	{ "content-",                  SIGN_PREFIX },
	{ "resent-",                   SIGN_PREFIX },
	{ "list-",                     SIGN_PREFIX },   /* List-Unsubscribe-Post must be covered: RFC 8058 */
};

enum { ROWS = sizeof table / sizeof table[0] };

static int add(struct field_names *names, struct span name, size_t times, struct fault *f)
{
	if (names->count + times > FIELDS_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "more than %d header fields would have to be signed", FIELDS_MAX);
	names->items = mem_resize(names->items, names->count + times, sizeof *names->items);
	while (times-- > 0)
		names->items[names->count++] = name;
	return 0;
}

static enum cover cover_of(struct span name)
{
	for (size_t i = 0; i < ROWS; i++) {
		struct span row = span_of(table[i].name);
		if (table[i].cover == SIGN_PREFIX ? span_starts_nocase(name, row) : span_eq_nocase(name, row))
			return table[i].cover;
	}
	return NEVER;
}

int fields_to_sign(const struct header *h, struct field_names *out, struct fault *f)
{
	int result = 0;

	*out = (struct field_names){ 0 };
	for (size_t i = 0; i < ROWS && result == 0; i++) {
		struct span name = span_of(table[i].name);
		if (table[i].cover == OVERSIGN || table[i].cover == SIGN_IT)
			result = add(out, name, header_instances(h, name) + (table[i].cover == OVERSIGN), f);
	}
	for (size_t i = 0; i < header_count(h) && result == 0; i++)
		if (cover_of(header_at(h, i)->name) == SIGN_PREFIX)
			result = add(out, header_at(h, i)->name, 1, f);
	if (result < 0)
		field_names_free(out);
	return result;
}

void field_names_free(struct field_names *names)
{
	free(names->items);
	*names = (struct field_names){ 0 };
}
