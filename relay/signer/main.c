/* SPDX-License-Identifier: ISC */
/*
 * signer - the role that holds the keys: signs what the queue hands over, and
 * can do nothing else. No files, no network.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "relay/confine.h"
#include "relay/role.h"
#include "relay/signer/work.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

/* A clock that says less (the start of 2024) was never set: no t= is better than a wrong one. */
#define CLOCK_SET_S INT64_C(1704067200)

struct signer_role {
	struct role_start start;
	struct ring ring;
};

static void take_key(void *context, const struct frame *frame)
{
	struct signer_role *role = context;
	struct signing_key key;
	struct fault f = { 0 };

	if (frame->type != FRAME_KEY)
		return;
	if (role->ring.items == NULL && ring_begin(&role->ring, &role->start.settings, &f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		exit(EX_CONFIG);
	}
	if (signing_key_decode(frame->payload, &key) < 0 || ring_add(&role->ring, &role->start.settings, &key) < 0) {
		log_line(LOG_LEVEL_ERROR, "a key from the parent is malformed");
		exit(EX_PROTOCOL);
	}
	signing_key_free(&key);
}

/* Answers what has come, each as soon as it is made. */
static void answer_jobs(struct signer_role *role)
{
	struct channel *queue = role->start.queue;
	struct frame frame;

	while (channel_next(queue, &frame)) {
		struct sign_job job;
		struct signed_fields result;
		struct buf payload = { 0 };
		int64_t now_s = clock_wall_ms() / 1000;
		if (frame.type != FRAME_SIGN || sign_job_decode(frame.payload, &job) < 0) {
			log_line(LOG_LEVEL_ERROR, "the queue sent something that is not a job");
			exit(EX_PROTOCOL);
		}
		work_sign(&role->ring, &role->start.settings, &job, frame.fd, now_s < CLOCK_SET_S ? -1 : now_s, &result);
		if (result.fault.kind != FAULT_NONE)
			log_line(LOG_LEVEL_WARNING, "mail from %s%s: %s", job.from_domain,
			         result.fields[0] ? " lacks a signature" : " goes unsigned", result.fault.text);
		signed_fields_encode(&result, &payload);
		channel_put(queue, FRAME_SIGNED, buf_span(&payload), -1);
		channel_flush(queue);
		buf_free(&payload);
		signed_fields_free(&result);
		sign_job_free(&job);
		if (frame.fd >= 0)
			close(frame.fd);
	}
}

enum { POLL_PARENT, POLL_QUEUE, POLL_COUNT };

/* False when the parent or the queue is gone. */
static bool signer_turn(struct signer_role *role)
{
	struct channel *queue = role->start.queue, *parent = role->start.parent;
	struct pollfd polls[POLL_COUNT] = {
		[POLL_PARENT] = { .fd = channel_fd(parent), .events = POLLIN },
		[POLL_QUEUE] = { .fd = channel_fd(queue),
		                 .events = (short)(POLLIN | (channel_wants_write(queue) ? POLLOUT : 0)) },
	};
	struct frame ignored;

	if (poll(polls, POLL_COUNT, -1) < 0)
		return errno == EINTR;
	if (polls[POLL_PARENT].revents && channel_fill(parent) < 0)
		return false;
	while (channel_next(parent, &ignored))
		;
	bool gone = (polls[POLL_QUEUE].revents & (POLLIN | POLLHUP | POLLERR)) && channel_fill(queue) < 0;
	answer_jobs(role);
	return channel_flush(queue) == 0 && !gone;
}

int main(int argc, char **argv)
{
	static struct signer_role role;
	struct fault f = { 0 };

	(void)argc;
	memory_expect_secrets();
	role_begin(ROLE_SIGNER, argv, take_key, &role, &role.start);
	for (size_t i = 0; i < role.ring.count; i++)
		for (int scheme = SIGN_DKIM; scheme <= SIGN_DOMAINKEYS; scheme++) {
			const struct ring_key *k = ring_find(&role.ring, &role.start.settings, i, (enum sign_scheme)scheme);
			if (k && k->key == NULL && k->fault.kind != FAULT_NONE)
				log_line(LOG_LEVEL_ERROR, "mail goes unsigned by this key: %s", k->fault.text);
		}
	memory_find_heap();
	if (confine(ROLE_SIGNER, 0, NULL, 0, &f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		exit(EX_TEMPFAIL);
	}
	memory_give_back();
	if (memory_lock_heap(&f) < 0 && memory_has_swap())
		log_line(LOG_LEVEL_WARNING, "%s", f.text);
	while (signer_turn(&role))
		;
	ring_free(&role.ring);
	return 0;
}
