/* SPDX-License-Identifier: ISC */
#include "trust/facts.h"

#include "base/hash.h"
#include "base/mail/address.h"
#include "trust/reverse.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 256 };

/* ---- making and freeing ---- */

struct fact_answer *fact_add(struct fact *fact, const char *server)
{
	fact->answers = mem_resize(fact->answers, fact->count + 1, sizeof *fact->answers);
	fact->answers[fact->count] = (struct fact_answer){ .server = mem_text(server) };
	return &fact->answers[fact->count++];
}

static void free_fact(struct fact *fact)
{
	for (size_t i = 0; i < fact->count; i++) {
		struct fact_answer *a = &fact->answers[i];
		free(a->server);
		free(a->alias);
		text_list_free(&a->values);
		text_list_free(&a->quoted);
	}
	free(fact->answers);
	free(fact->name);
	free(fact);
}

void fact_egress_free(struct fact_egress *e)
{
	free(e->by);
	control_detour_free(&e->detour);
	*e = (struct fact_egress){ 0 };
}

bool fact_egress_is_known(const struct fact_egress *e)
{
	return e->wanted && e->address.family && (e->heard || !address_is_private(&e->address));
}

void facts_free(struct facts *f)
{
	for (size_t i = 0; i < f->count; i++)
		free_fact(f->items[i]);
	free(f->items);
	free(f->slots);
	free(f->silent);
	free(f->root.text);
	root_keys_free(&f->root.heard);
	for (size_t i = 0; i < f->mx_count; i++) {
		free(f->mxs[i].host);
		free(f->mxs[i].address);
		peer_chain_free(&f->mxs[i].chain);
	}
	for (size_t i = 0; i < f->policy_count; i++) {
		free(f->policies[i].domain);
		free(f->policies[i].text);
	}
	free(f->mxs);
	free(f->policies);
	fact_egress_free(&f->egress[0]);
	fact_egress_free(&f->egress[1]);
	*f = (struct facts){ 0 };
}

/* In the form of zone files (RFC 1035 section 5.1): what is not plain is \DDD. */
static void add_quoted(struct buf *out, struct span string)
{
	buf_add_text(out, out->len ? " \"" : "\"");
	for (size_t i = 0; i < string.len; i++) {
		unsigned char c = (unsigned char)string.at[i];
		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			buf_printf(out, "\\%03u", c);
		else
			buf_add_byte(out, (char)c);
	}
	buf_add_byte(out, '"');
}

bool fact_add_txt(struct fact_answer *a, struct span rdata)
{
	struct buf joined = { 0 }, quoted = { 0 };
	bool sound = dns_read_txt(rdata, &joined);

	for (size_t at = 0; sound && at < rdata.len;) {
		size_t len = (unsigned char)rdata.at[at++];
		add_quoted(&quoted, (struct span){ rdata.at + at, len });
		at += len;
	}
	/* A text ends at a NUL byte, and a record that goes on there must not look whole. */
	for (size_t i = 0; i < joined.len; i++)
		joined.at[i] = joined.at[i] ? joined.at[i] : '\001';
	if (sound) {
		text_list_add(&a->values, buf_span(&joined));
		text_list_add(&a->quoted, buf_span(&quoted));
	}
	buf_free(&joined);
	buf_free(&quoted);
	return sound;
}

/* ---- asking ---- */

/* Lower case, without the final dot. */
static char *plain_name(const char *name)
{
	char *plain = mem_text(name);
	size_t len = strlen(plain);

	if (len > 1 && plain[len - 1] == '.')
		plain[len - 1] = '\0';
	for (char *at = plain; *at; at++)
		*at = byte_lower(*at);
	return plain;
}

/* Where it is, or would be. */
static size_t *find_slot(const struct facts *f, enum fact_view view, const char *plain, unsigned type)
{
	uint64_t hash = hash_bytes(hash_bytes(HASH_BEGIN, &view, sizeof view), &type, sizeof type);

	for (size_t i = (size_t)hash_span(hash, span_of(plain)) % f->slot_count;; i = (i + 1) % f->slot_count) {
		const struct fact *fact = f->slots[i] ? f->items[f->slots[i] - 1] : NULL;
		if (fact == NULL || (fact->view == view && fact->type == type && strcmp(fact->name, plain) == 0))
			return &f->slots[i];
	}
}

/* At least half of the slots are free. */
static void index_items(struct facts *f, size_t slot_count)
{
	free(f->slots);
	f->slots = mem_alloc(slot_count * sizeof *f->slots);
	f->slot_count = slot_count;
	for (size_t i = 0; i < f->count; i++)
		*find_slot(f, f->items[i]->view, f->items[i]->name, f->items[i]->type) = i + 1;
}

struct fact *facts_find(struct facts *f, enum fact_view view, const char *name, unsigned type)
{
	if (!dns_name_is_valid(name))
		return NULL;
	if (2 * (f->count + 1) > f->slot_count)
		index_items(f, f->slot_count ? 2 * f->slot_count : SLOTS_FIRST);
	char *plain = plain_name(name);
	size_t *slot = find_slot(f, view, plain, type);
	if (*slot || f->count >= (f->most ? f->most : FACTS_QUESTIONS_MAX)) {
		free(plain);
		return *slot ? f->items[*slot - 1] : NULL;
	}
	struct fact *fact = mem_alloc(sizeof *fact);
	*fact = (struct fact){ .view = view, .name = plain, .type = type };
	if (f->count == f->room) {
		f->room = f->room ? 2 * f->room : SLOTS_FIRST;
		f->items = mem_resize(f->items, f->room, sizeof *f->items);
	}
	f->items[f->count++] = fact;
	*slot = f->count;
	f->wanted++;
	return fact;
}

void facts_forget(struct facts *f, const struct text_list *domains)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->count; i++) {
		bool is_within = false;
		for (size_t k = 0; k < domains->count && !is_within; k++)
			is_within = domain_is_within(span_of(f->items[i]->name), span_of(domains->items[k]));
		if (is_within)
			free_fact(f->items[i]);
		else
			f->items[kept++] = f->items[i];
	}
	f->count = kept;
	if (f->slot_count)
		index_items(f, f->slot_count);
}

/* Why there is no such fact. */
static void refuse_name(struct fault *f, const char *name)
{
	if (dns_name_is_valid(name))
		fault_set(f, FAULT_TEMPORARY, "4.4.3", "there are more questions than %d, and %.200s is not asked any more", FACTS_QUESTIONS_MAX, name);
	else
		fault_set(f, FAULT_PERMANENT, "5.1.2", "\"%.200s\" is not a domain name", name);
}

const struct fact_answer *facts_system(struct facts *f, const char *name, unsigned type)
{
	const struct fact *fact = facts_find(f, FACT_SYSTEM, name, type);

	f->missed += fact && !fact->known;
	if (fact)
		return fact->known ? &fact->answers[0] : NULL;
	f->unanswerable = (struct fact_answer){ .server = "" };
	refuse_name(&f->unanswerable.fault, name);
	return &f->unanswerable;
}

const struct fact *facts_fresh(struct facts *f, const char *name, unsigned type)
{
	char *at = mem_text(name);
	bool waits = false, found = false;
	const struct fact *fact = NULL;

	f->unaskable = (struct fact){ .known = true, .name = "" };
	fault_set(&f->unaskable.fault, FAULT_TEMPORARY, "4.4.3", "the CNAMEs of %.200s lead through too many names, or in a circle", name);
	for (int i = 0; i <= FACTS_CNAMES_MAX && !found && !waits; i++) {
		fact = facts_find(f, FACT_FRESH, at, type);
		if (fact == NULL) {
			refuse_name(&f->unaskable.fault, at);
			break;
		}
		const struct fact_answer *one = fact->known ? fact_one(fact) : NULL;
		waits = !fact->known;
		found = fact->known && (one == NULL || one->alias == NULL || one->values.count > 0);
		if (!waits && !found) {
			free(at);
			at = mem_text(one->alias);
		}
	}
	free(at);
	f->missed += waits;
	return waits ? NULL : found ? fact : &f->unaskable;
}

/* ---- a fresh fact ---- */

const struct fact_answer *fact_one(const struct fact *fact)
{
	for (size_t i = 0; i < fact->count; i++)
		if (fact->answers[i].fault.kind == FAULT_NONE)
			return &fact->answers[i];
	return NULL;
}

size_t fact_answered(const struct fact *fact)
{
	size_t answered = 0;

	for (size_t i = 0; i < fact->count; i++)
		answered += fact->answers[i].fault.kind == FAULT_NONE;
	return answered;
}

/* In whatever order. */
static bool same_values(const struct text_list *a, const struct text_list *b)
{
	size_t found = 0;

	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		for (size_t k = 0; k < b->count; k++)
			if (strcmp(a->items[i], b->items[k]) == 0) {
				found++;
				break;
			}
	return a->count == b->count && found == a->count;
}

size_t fact_agreed(const struct fact *fact, const struct fact_answer *with)
{
	size_t agreed = 0;

	for (size_t i = 0; i < fact->count; i++)
		agreed += fact->answers[i].fault.kind == FAULT_NONE && same_values(&fact->answers[i].values, &with->values);
	return agreed;
}

uint32_t fact_ttl_s(const struct fact *fact)
{
	uint32_t ttl_s = 0;

	for (size_t i = 0; i < fact->count; i++)
		ttl_s = fact->answers[i].ttl_s > ttl_s ? fact->answers[i].ttl_s : ttl_s;
	return ttl_s;
}

const char *fact_why(const struct fact *fact)
{
	if (fact->fault.kind != FAULT_NONE)
		return fact->fault.text;
	for (size_t i = 0; i < fact->count; i++)
		if (fact->answers[i].fault.kind != FAULT_NONE)
			return fact->answers[i].fault.text;
	return "no server was asked";
}
