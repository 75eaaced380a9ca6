/* SPDX-License-Identifier: ISC */
#include "relay/queue/turn.h"

#include "relay/queue/queue.h"

#include <stdlib.h>

struct turn_entry {
	turn_done *done;
	turn_failed *failed;
	void *what;
	struct turn_entry *next;
};

void turn_after(struct queue *q, turn_done *done, turn_failed *failed, void *what)
{
	struct turn_entry *e = mem_alloc(sizeof *e);

	*e = (struct turn_entry){ done, failed, what, NULL };
	*(q->after ? q->after_end : &q->after) = e;
	q->after_end = &e->next;
}

bool turn_is_awaited(const struct queue *q)
{
	return q->after != NULL;
}

/* What is said meanwhile is of the next turn. */
static void end(struct queue *q, const struct committed *c, const struct fault *f)
{
	struct turn_entry *e = q->after, *next;

	q->after = NULL;
	for (; e; e = next) {
		next = e->next;
		if (c)
			e->done(q, c, e->what);
		else if (e->failed)
			e->failed(q, f, e->what);
		free(e);
	}
}

void turn_has_worked(struct queue *q, const struct committed *c)
{
	end(q, c, NULL);
}

void turn_has_failed(struct queue *q, const struct fault *f)
{
	end(q, NULL, f);
}
