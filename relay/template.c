/* SPDX-License-Identifier: ISC */
#include "relay/template.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pack.h"
#include "relay/confine.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

/* By number of place; -1 for none. */
struct places {
	int fd[ROLE_PLACES];
};

static void places_close(struct places *p)
{
	for (int i = 0; i < ROLE_PLACES; i++)
		io_close(&p->fd[i]);
}

static void end_misunderstood(void)
{
	log_line(LOG_LEVEL_ERROR, "signetd ordered a copy in a way that this role does not know");
	exit(EX_PROTOCOL);
}

/* The kernel takes the stack first on one architecture. The process's own parent becomes the copy's. */
static pid_t copy_process(void)
{
#ifdef __s390__
	return (pid_t)syscall(SYS_clone, 0, CONFINE_COPY_FLAGS, 0, 0, 0);
#else
	return (pid_t)syscall(SYS_clone, CONFINE_COPY_FLAGS, 0, 0, 0, 0);
#endif
}

/* signetd may have died before the copy asked to die with it. */
static void become_copy(pid_t parent, enum template_copies how, struct places *p, uint64_t instance, struct role_start *out)
{
	bool has_parent = p->fd[0] >= 0, has_queue = p->fd[ROLE_FD_QUEUE - ROLE_FD_PARENT] >= 0;
	struct fault f = { 0 };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		_exit(EX_TEMPFAIL);
	/* In the template these numbers are occupied (relay/signetd/child.h), so none of the order's descriptors has one of them. */
	for (int i = 0; i < ROLE_PLACES; i++) {
		if (p->fd[i] < 0)
			close(ROLE_FD_PARENT + i);
		else if (dup2(p->fd[i], ROLE_FD_PARENT + i) < 0)
			_exit(EX_OSERR);
	}
	places_close(p);
	if (how == TEMPLATE_CONFINES && confine_copy(&f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		_exit(EX_TEMPFAIL);
	}
	out->instance = instance;
	out->parent = has_parent ? channel_new(ROLE_FD_PARENT) : NULL;
	out->queue = has_queue ? channel_new(ROLE_FD_QUEUE) : NULL;
}

static void keep_place(struct places *p, struct frame *frame)
{
	struct unpack u = unpack_from(frame->payload);
	unsigned place = unpack_u8(&u);

	if (!unpack_ok(&u) || frame->fd < 0 || place < ROLE_FD_PARENT || place >= ROLE_FD_END ||
	    p->fd[place - ROLE_FD_PARENT] >= 0)
		end_misunderstood();
	p->fd[place - ROLE_FD_PARENT] = frame->fd;
}

static void answer(struct channel *parent, uint64_t instance, pid_t pid)
{
	struct cloned cloned = { .instance = instance, .pid = pid > 0 ? (uint32_t)pid : 0 };
	struct buf payload = { 0 };

	cloned_encode(&cloned, &payload);
	if (channel_send(parent, FRAME_CLONED, buf_span(&payload), -1) < 0)
		exit(EXIT_SUCCESS);
	buf_free(&payload);
}

void template_copy_end(int code)
{
#ifdef SANITIZE
	exit(code);
#else
	_exit(code);
#endif
}

/* ps(1) shows it in place of the template's name. By hand: for printf(3) a copy would have to map ten pages of the C library. */
static void show_number(char name[static sizeof TEMPLATE_NAME], uint64_t number)
{
	size_t len = 1;

	for (uint64_t rest = number; rest > 9; rest /= 10)
		len++;
	memset(name, 0, sizeof TEMPLATE_NAME);
	for (size_t i = len; i-- > 0; number /= 10)
		name[i] = (char)('0' + number % 10);
}

/* A copy leaves it as it is: to free what the template allocated would take pages of the copy's own. */
static struct channel *of_template;

void template_serve(char **argv, enum template_copies how, bool lacks, role_frame *on_frame, void *context, struct role_start *out)
{
	const struct places none = { { -1, -1, -1, -1 } };
	struct places places = none;
	pid_t parent = getppid();
	int64_t until = lacks ? clock_boot_ms() + TEMPLATE_LACKING_MS : IO_FOREVER;
	struct frame frame;

	of_template = out->parent;
	memory_give_back();
	memory_fill_holes();
	while (channel_receive(of_template, &frame, until) == 1) {
		struct peer copy;
		if (frame.type == FRAME_PLACE) {
			keep_place(&places, &frame);
			continue;
		}
		if (frame.type != FRAME_CLONE || frame.fd >= 0 || peer_decode(frame.payload, &copy) < 0)
			end_misunderstood();
		pid_t pid = copy_process();
		if (pid == 0) {
			become_copy(parent, how, &places, copy.instance, out);
			if (argv[0] && argv[1] && strlen(argv[1]) >= sizeof TEMPLATE_NAME - 1)
				show_number(argv[1], copy.instance);
			if (out->parent)
				role_hear_start(out, on_frame, context);
			return;
		}
		places_close(&places);
		answer(of_template, copy.instance, pid);
	}
	exit(EXIT_SUCCESS);
}
