/* SPDX-License-Identifier: ISC */
#include "relay/queue/strikes.h"

#include <stdlib.h>

struct strike {
	enum role role;
	unsigned count;
	uint64_t passed_before;       /* how many messages had come through the role when the first death came */
};

struct strikes {
	struct table by_message;
	uint64_t passed[ROLE_COUNT];  /* messages that came through that role */
};

void strikes_begin(struct queue *q)
{
	q->strikes = mem_alloc(sizeof *q->strikes);
}

void strikes_end(struct queue *q)
{
	table_free(&q->strikes->by_message);
	free(q->strikes);
}

size_t strikes_count(const struct queue *q)
{
	return q->strikes->by_message.count;
}

void strikes_add(struct queue *q, uint64_t message, enum role role)
{
	struct strike *s = table_get(&q->strikes->by_message, message);

	if (s == NULL) {
		s = mem_alloc(sizeof *s);
		table_put(&q->strikes->by_message, message, s);
	}
	if (s->count == 0 || s->role != role)
		*s = (struct strike){ .role = role, .passed_before = q->strikes->passed[role] };
	s->count++;
	q->all_sites_changed = true;
}

void strikes_passed(struct queue *q, uint64_t message, enum role role)
{
	const struct strike *s = table_get(&q->strikes->by_message, message);

	q->strikes->passed[role]++;
	q->all_sites_changed |= strikes_count(q) > 0;    /* it may tell who is to blame */
	if (s && s->role == role)
		strikes_forget(q, message);
}

void strikes_forget(struct queue *q, uint64_t message)
{
	struct strike *s = table_get(&q->strikes->by_message, message);

	if (s == NULL)
		return;
	q->all_sites_changed = true;
	free(s);
	table_remove(&q->strikes->by_message, message);
}

bool strikes_has(const struct queue *q, uint64_t message)
{
	return table_get(&q->strikes->by_message, message) != NULL;
}

bool strikes_wants_alone(const struct queue *q, uint64_t message, enum role role)
{
	const struct strike *s = table_get(&q->strikes->by_message, message);

	return s && s->role == role && s->count >= STRIKES_ALONE;
}

/* Messages at which the role has died so often. */
static unsigned count_blamed(const struct queue *q, enum role role)
{
	unsigned blamed = 0;

	for (size_t i = 0; i < q->strikes->by_message.room; i++) {
		const struct strike *s = q->strikes->by_message.slots[i].value;
		blamed += s && s->role == role && s->count >= STRIKES_HELD;
	}
	return blamed;
}

enum strikes_verdict strikes_judge(const struct queue *q, uint64_t message, struct fault *why)
{
	const struct strike *s = table_get(&q->strikes->by_message, message);

	if (s == NULL || s->count < STRIKES_HELD)
		return STRIKES_GO_ON;
	fault_set(why, FAULT_TEMPORARY, "4.3.0", "%s ended unexpectedly %u times over this message, the last time with nothing "
	          "else in its hands", s->role == ROLE_SMTP ? "smtp or esmtp" : role_name(s->role), s->count);
	bool is_to_blame = q->strikes->passed[s->role] > s->passed_before || count_blamed(q, s->role) <= STRIKES_BLAMED;
	return is_to_blame || s->count >= STRIKES_LONELY ? STRIKES_HOLD : STRIKES_WAIT;
}
