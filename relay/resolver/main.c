/* SPDX-License-Identifier: ISC */
/*
 * resolver - the role that plans: a recipient domain or a smarthost's name
 * goes in, the hosts to dial come out. Network, but no files and no mail.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "relay/confine.h"
#include "relay/resolver/planner.h"
#include "relay/role.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sysexits.h>

enum { CHECK_MS = 5 * 1000, CHECK_IDLE_MS = 5 * 60 * 1000 };

struct resolver {
	struct role_start start;
	struct dns *dns;
	struct planner *planner;
	int64_t checked_ms;  /* boot: whether they have changed */
	bool outdated;       /* resolv.conf or hosts changed: end when idle, and be started again */
};

enum { POLL_PARENT, POLL_QUEUE, POLL_DNS, POLL_COUNT };

/* Before a question is taken, and while some are open; who is asked nothing need not know at once. */
static int64_t next_check_ms(const struct resolver *r, bool idle)
{
	return r->checked_ms + clock_scaled_ms(r->start.settings.time_scale, idle ? CHECK_IDLE_MS : CHECK_MS, 1);
}

/* False when the parent or the queue is gone. */
static bool resolver_turn(struct resolver *r)
{
	struct channel *queue = r->start.queue;
	bool reading = !r->outdated && planner_has_room(r->planner);
	struct pollfd polls[POLL_COUNT] = {
		[POLL_PARENT] = { .fd = channel_fd(r->start.parent), .events = POLLIN },
		[POLL_QUEUE] = { .fd = channel_fd(queue),
		                 .events = (short)((reading ? POLLIN : 0) | (channel_wants_write(queue) ? POLLOUT : 0)) },
		[POLL_DNS] = { .fd = dns_fd(r->dns), .events = POLLIN },
	};
	struct frame ignored;

	bool idle = planner_is_idle(r->planner);
	if (poll(polls, POLL_COUNT, r->outdated ? -1 : clock_wait_ms(next_check_ms(r, idle))) < 0 && errno != EINTR)
		return false;
	if (polls[POLL_PARENT].revents && channel_fill(r->start.parent) < 0)
		return false;
	while (channel_next(r->start.parent, &ignored))
		;
	if (polls[POLL_DNS].revents)
		dns_process(r->dns);
	bool gone = (polls[POLL_QUEUE].revents & (POLLIN | POLLHUP | POLLERR)) && channel_fill(queue) < 0;
	int64_t now_ms = clock_boot_ms();
	if (!r->outdated && now_ms >= next_check_ms(r, false)) {
		/* Which files name the servers was settled before confinement, so a change needs another process. */
		r->checked_ms = now_ms;
		r->outdated = dns_system_changed(r->dns);
		if (r->outdated)
			log_line(LOG_LEVEL_INFO, "resolv.conf or hosts changed: restarting");
	}
	if (!r->outdated && planner_take(r->planner) < 0) {
		log_line(LOG_LEVEL_ERROR, "the queue sent something that is not a job");
		return false;
	}
	return channel_flush(queue) == 0 && !gone;
}

int main(int argc, char **argv)
{
	static struct resolver r;

	(void)argc;
	struct fault f = { 0 };
	role_begin(ROLE_RESOLVER, argv, NULL, NULL, &r.start);
	r.dns = dns_new(&r.start.settings, &f);
	if (r.dns == NULL || confine(ROLE_RESOLVER, CONFINE_NETWORK | CONFINE_THREADS, NULL, 0, &f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		exit(strstr(f.status, ".3.5") ? EX_CONFIG : EX_TEMPFAIL);
	}
	r.planner = planner_new(r.dns, &r.start.settings, r.start.queue);
	memory_give_back();
	while (resolver_turn(&r))
		if (r.outdated && planner_is_idle(r.planner) && !channel_wants_write(r.start.queue))
			return EX_TEMPFAIL;
	return 0;
}
