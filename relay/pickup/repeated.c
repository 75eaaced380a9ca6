#include "relay/pickup/repeated.h"

#include "base/address.h"

enum worth { NOTHING, UNREADABLE, READABLE };

static enum worth worth_of(const struct kept_field *kept)
{
	struct address_list list = { 0 };
	enum worth worth = READABLE;

	if (span_trim(kept->field.value).len == 0)
		return NOTHING;
	if (kept->again == KEPT_JOINED) {
		worth = address_list_parse(kept->field.value, &list, NULL) < 0 ? UNREADABLE : list.count > 0 ? READABLE : NOTHING;
		address_list_free(&list);
	}
	return worth;
}

/* The fields of one name so far: the one that stands for them, and the last that joined it. */
struct several {
	size_t first, last;
	enum worth worth;
};

static void lose(struct kept_field *kept, enum worth worth)
{
	kept->action = worth == NOTHING ? KEPT_NOT : KEPT_AS_IS;
	kept->aside = true;
}

static void unite(struct kept *k, struct several *s, size_t number)
{
	struct kept_field *kept = &k->fields[number];
	enum worth worth = worth_of(kept);

	if (s->first != KEPT_NO_FIELD && s->worth == READABLE && worth == READABLE && kept->again == KEPT_JOINED) {
		k->fields[s->last].joined = number;
		s->last = number;
		kept->action = KEPT_NOT;             /* the first carries it */
	} else if (s->first != KEPT_NO_FIELD && s->worth >= worth) {
		lose(kept, worth);
	} else {
		if (s->first != KEPT_NO_FIELD)
			lose(&k->fields[s->first], s->worth);
		*s = (struct several){ number, number, worth };
	}
}

void repeated_unite(struct kept *k)
{
	struct several several[KEPT_KNOWN_COUNT];

	for (size_t i = 0; i < KEPT_KNOWN_COUNT; i++)
		several[i].first = KEPT_NO_FIELD;
	for (size_t i = 0; i < k->count; i++)
		if (k->fields[i].again != KEPT_ANY_NUMBER)
			unite(k, &several[k->fields[i].known], i);
}
