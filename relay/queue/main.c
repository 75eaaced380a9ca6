/* SPDX-License-Identifier: ISC */
/*
 * queue - the only opener of the store: it accepts, schedules, hands out and
 * remembers. One thread, one loop (relay/queue/queue.h says what a turn is);
 * no network, and nothing it sends can block it.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "relay/confine.h"
#include "relay/named_files.h"
#include "relay/queue/core.h"
#include "relay/queue/event.h"
#include "relay/role.h"
#include "relay/route/aliases.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { EVENTS_MAX = 64 };

static struct core_time now(void)
{
	return (struct core_time){ clock_wall_ms(), clock_boot_ms() };
}

static int run(struct queue *q, int epoll)
{
	struct epoll_event ready[EVENTS_MAX];
	struct core_time then;

	while (core_exit_status(q) < 0) {
		int n = epoll_wait(epoll, ready, EVENTS_MAX, clock_wait_ms(core_next_boot_ms(q)));
		if (n < 0 && errno != EINTR) {
			log_line(LOG_LEVEL_ERROR, "epoll_wait: %s", strerror(errno));
			return EX_OSERR;
		}
		then = now();
		core_step(q, &then, ready, n);
	}
	return core_exit_status(q);
}

static void give_up(const struct fault *f)
{
	log_line(LOG_LEVEL_ERROR, "%s", f->text);
	bool hopeless = fault_is_configuration(f) || f->kind == FAULT_PERMANENT;
	exit(hopeless ? EX_CONFIG : EX_TEMPFAIL);
}

static void open_all(const struct settings *s, int files, struct core_setup *out)
{
	struct text_list lists = { 0 };
	struct fault f;
	size_t count = 0;

	out->aliases = aliases_new(&s->aliases);
	aliases_open_by(out->aliases, named_files_open_alias, named_files_new(s, files));
	aliases_refresh(out->aliases);
	aliases_places(out->aliases, &lists);
	struct confine_path *paths = mem_alloc((2 + lists.count) * sizeof *paths);
	paths[count++] = (struct confine_path){ s->spool, true };
	if (access(s->drop, R_OK) == 0)
		paths[count++] = (struct confine_path){ s->drop, false };
	for (size_t i = 0; i < lists.count; i++)
		if (access(lists.items[i], F_OK) == 0)
			paths[count++] = (struct confine_path){ lists.items[i], false };
	umask(077);
	signal(SIGXFSZ, SIG_IGN);   /* a limit is a full disk: an error, not an end */
	out->store = store_open(s->spool, &f);
	if (out->store == NULL)
		give_up(&f);
	event_open(s->on_event, s->event_command);
	out->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (out->epoll < 0 || confine(ROLE_QUEUE, CONFINE_FILES | CONFINE_ACCEPT, paths, count, &f) < 0) {
		if (out->epoll < 0)
			fault_set(&f, FAULT_TEMPORARY, "4.3.0", "epoll_create1: %s", strerror(errno));
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		exit(EX_OSERR);
	}
	free(paths);
	text_list_free(&lists);
	if (getrandom(&out->random, sizeof out->random, 0) < 0 || out->random == 0)
		out->random = (uint64_t)clock_wall_ms() | 1;
}

int main(int argc, char **argv)
{
	static struct role_start start;
	static struct core_setup setup;
	static struct queue q;
	struct role_given given = ROLE_GIVEN_NONE;
	struct fault f;

	(void)argc;
	role_begin(ROLE_QUEUE, argv, role_keep_given, &given, &start);
	setup.settings = &start.settings;
	setup.routes = routes_open(&start.settings, given.tables);
	if (setup.routes == NULL) {    /* that they are not what they should be is our own fault, or a version's */
		fault_set(&f, FAULT_TEMPORARY, "4.3.0", "the routing tables did not come from signetd");
		give_up(&f);
	}
	setup.parent = start.parent;
	open_all(&start.settings, given.files, &setup);
	setup.now = now();
	core_begin(&q, &setup);
	memory_give_back();
	int status = run(&q, setup.epoll);
	store_close(setup.store);
	return status;
}
