/*
 * life - how often a role shows that its loop goes on (FRAME_ALIVE), and after
 * how long without a sign it counts as standing still. Times are by time_scale, and no
 * less than a busy machine needs.
 */
#ifndef RELAY_LIFE_H
#define RELAY_LIFE_H

#include <stdbool.h>
#include <stdint.h>

int64_t life_sign_every_ms(double time_scale);

/* Of one process. Zeroed, or after life_begins: it has not given its first sign, for what it opens may take long. */
struct life {
	int64_t heard_ms;           /* boot: of its last sign; 0 none yet */
	int64_t doubted_ms;         /* boot: since when that is too long ago; 0 it is not */
};

void life_begins(struct life *l);
void life_heard(struct life *l, int64_t now_ms);

/*
 * True: it stands still. A machine that slept gets a second look, so call it
 * when the deadline has passed, after what came was heard.
 */
bool life_is_over(struct life *l, double time_scale, int64_t now_ms);
int64_t life_deadline_ms(const struct life *l, double time_scale);   /* boot; INT64_MAX: none */

#endif
