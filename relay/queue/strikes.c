#include "relay/queue/strikes.h"

#include <stdlib.h>

struct strike {
	enum role role;
	unsigned count;
	uint64_t passed_before;       /* how many messages had come through the role when the first death came */
};

void strikes_add(struct queue *q, uint64_t message, enum role role)
{
	struct strike *s = table_get(&q->strikes, message);

	if (s == NULL) {
		s = mem_alloc(sizeof *s);
		table_put(&q->strikes, message, s);
	}
	if (s->count == 0 || s->role != role)
		*s = (struct strike){ .role = role, .passed_before = q->passed[role] };
	s->count++;
}

void strikes_passed(struct queue *q, uint64_t message, enum role role)
{
	const struct strike *s = table_get(&q->strikes, message);

	q->passed[role]++;
	if (s && s->role == role)
		strikes_forget(q, message);
}

void strikes_forget(struct queue *q, uint64_t message)
{
	free(table_get(&q->strikes, message));
	table_remove(&q->strikes, message);
}

bool strikes_wants_alone(const struct queue *q, uint64_t message, enum role role)
{
	const struct strike *s = table_get(&q->strikes, message);

	return s && s->role == role && s->count >= STRIKES_ALONE;
}

/* Messages at which the role has died so often. */
static unsigned count_blamed(const struct queue *q, enum role role)
{
	unsigned blamed = 0;

	for (size_t i = 0; i < q->strikes.room; i++) {
		const struct strike *s = q->strikes.slots[i].value;
		blamed += s && s->role == role && s->count >= STRIKES_HELD;
	}
	return blamed;
}

enum strikes_verdict strikes_judge(const struct queue *q, uint64_t message, struct fault *why)
{
	const struct strike *s = table_get(&q->strikes, message);

	if (s == NULL || s->count < STRIKES_HELD)
		return STRIKES_GO_ON;
	fault_set(why, FAULT_TEMPORARY, "4.3.0", "%s ended unexpectedly %u times over this message, the last time with nothing "
	          "else in its hands", s->role == ROLE_SMTP ? "smtp or esmtp" : role_name(s->role), s->count);
	bool is_to_blame = q->passed[s->role] > s->passed_before || count_blamed(q, s->role) <= STRIKES_BLAMED;
	return is_to_blame || s->count >= STRIKES_LONELY ? STRIKES_HOLD : STRIKES_WAIT;
}
