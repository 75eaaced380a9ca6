/* SPDX-License-Identifier: ISC */
#include "relay/esmtp/library.h"

#include "base/io.h"
#include "relay/esmtp_job.h"
#include "relay/protocol.h"
#include "relay/template.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libesmtp.h>

/* ---- what libesmtp takes for the network ---- */

static int the_dialogue = -1;
static int lent = -1;     /* the copy that libesmtp has */

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict result)
{
	static struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	static struct addrinfo only = { .ai_socktype = SOCK_STREAM, .ai_addr = &nowhere, .ai_addrlen = sizeof nowhere };

	(void)node;
	(void)service;
	(void)hints;
	*result = &only;
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

/* A copy, for libesmtp closes it at the end of each of its sessions. */
int socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	lent = fcntl(the_dialogue, F_DUPFD_CLOEXEC, 0);
	return lent;
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
	static const char line[] = ESMTP_CONNECT "\r\n";

	(void)address;
	(void)len;
	return io_write_all(fd, line, sizeof line - 1, IO_FOREVER);
}

/*
 * At the end of the stream libesmtp goes on with the replies that it still
 * waits for and jumps through NULL. The end means that smtp has died, and
 * then there is nothing left to do here.
 */
ssize_t read(int fd, void *into, size_t len)
{
	ssize_t n = syscall(SYS_read, fd, into, len);

	if (n == 0 && fd == lent)
		template_copy_end(EXIT_SUCCESS);
	return n;
}

/* ---- one message ---- */

struct library {
	struct channel *jobs;
	struct delivery job;
	bool has_job, gone;
	bool sending;             /* libesmtp has asked for the message */
	size_t messages;          /* in this session */
	bool given;               /* and has it */
	struct fault fault;
};

static void forget_job(struct library *l)
{
	if (l->has_job)
		delivery_free(&l->job);
	l->has_job = false;
}

/* Waits for the next job; false when there will be none. */
static bool next_job(struct library *l)
{
	struct frame frame;

	forget_job(l);
	if (channel_receive(l->jobs, &frame, IO_FOREVER) != 1) {
		l->gone = true;
		return false;
	}
	io_close(&frame.fd);
	if (frame.type != ESMTP_JOB || delivery_decode(frame.payload, &l->job) < 0) {
		fault_set(&l->fault, FAULT_TEMPORARY, "4.3.0", "a job from smtp is malformed");
		l->gone = true;
		return false;
	}
	l->has_job = true;
	l->sending = false;
	return true;
}

/* libesmtp's smtp_messagecb_t: the preface, then its end. len NULL asks to begin again. */
static const char *give_bytes(void **context, int *len, void *arg)
{
	static const char preface[] = ESMTP_PREFACE;
	struct library *l = arg;

	(void)context;
	l->sending = true;
	errno = 0;    /* anything else makes libesmtp stop before the dot */
	if (len == NULL) {
		l->given = false;
		return NULL;
	}
	*len = l->given ? 0 : (int)sizeof preface - 1;
	const char *piece = l->given ? NULL : preface;
	l->given = true;
	return piece;
}

static const enum ret_flags ret_flags[] = {
	[DSN_RET_UNSET] = Ret_NOTSET, [DSN_RET_FULL] = Ret_FULL, [DSN_RET_HEADERS] = Ret_HDRS,
};

static enum notify_flags notify_flags(uint8_t notify)
{
	int flags = 0;

	if (notify & NOTIFY_NEVER)
		return Notify_NEVER;
	if (notify & NOTIFY_SUCCESS)
		flags |= Notify_SUCCESS;
	if (notify & NOTIFY_FAILURE)
		flags |= Notify_FAILURE;
	if (notify & NOTIFY_DELAY)
		flags |= Notify_DELAY;
	return (enum notify_flags)flags;
}

/* False when libesmtp is out of memory. */
static bool add_message(struct library *l, smtp_session_t session)
{
	smtp_message_t message = smtp_add_message(session);

	if (message == NULL || !smtp_set_messagecb(message, give_bytes, l) ||
	    !smtp_set_reverse_path(message, l->job.sender))
		return false;
	if (l->job.size_bytes > 0)
		smtp_size_set_estimate(message, (unsigned long)l->job.size_bytes);
	if (l->job.eight_bit)
		smtp_8bitmime_set_body(message, E8bitmime_8BITMIME);
	if (l->job.ret != DSN_RET_UNSET)
		smtp_dsn_set_ret(message, ret_flags[l->job.ret]);
	for (size_t i = 0; i < l->job.recipient_count; i++) {
		smtp_recipient_t r = smtp_add_recipient(message, l->job.recipients[i].address);
		if (r == NULL)
			return false;
		if (l->job.recipients[i].notify)
			smtp_dsn_set_notify(r, notify_flags(l->job.recipients[i].notify));
	}
	l->messages++;
	return true;
}

/*
 * libesmtp looks for its next message right after this event, but only when
 * the message was really sent; after a refusal before that it has already
 * decided to quit, and what is added now would be lost.
 */
static void on_event(smtp_session_t session, int event, void *arg, ...)
{
	struct library *l = arg;

	if (event != SMTP_EV_MESSAGESENT || !l->sending || l->fault.kind)
		return;
	if (l->messages >= ESMTP_MESSAGES_MAX) {
		forget_job(l);
		return;
	}
	if (next_job(l) && !add_message(l, session))
		fault_set(&l->fault, FAULT_TEMPORARY, "4.3.0", "libesmtp is out of memory");
	/* Nothing can be said to an smtp that is gone; libesmtp would try to. */
	if (l->gone)
		template_copy_end(l->fault.kind ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* ---- one session ---- */

static void wait_as_long_as_smtp_does(smtp_session_t session)
{
	static const int waits[] = {
		Timeout_GREETING, Timeout_ENVELOPE, Timeout_DATA, Timeout_TRANSFER, Timeout_DATA2,
	};

	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++)
		smtp_set_timeout(session, waits[i] | Timeout_OVERRIDE_RFC2822_MINIMUM, INT_MAX);
}

static int run_session(struct library *l)
{
	smtp_session_t session = smtp_create_session();

	l->messages = 0;
	bool ready = session && smtp_set_server(session, "smtp:25") && smtp_set_hostname(session, "esmtp") &&
	             smtp_set_eventcb(session, on_event, l) && add_message(l, session);
	if (ready) {
		wait_as_long_as_smtp_does(session);
		ready = smtp_start_session(session);
	}
	/* When smtp has gone, which it does in the order jobs, dialogue, all is as it should be. */
	if (!ready && l->fault.kind == FAULT_NONE && channel_fill(l->jobs) == 0) {
		char text[200];
		fault_set(&l->fault, FAULT_TEMPORARY, "4.3.0", "libesmtp gave up: %s",
		          smtp_strerror(smtp_errno(), text, sizeof text));
	}
	if (session)
		smtp_destroy_session(session);
	return l->fault.kind ? -1 : 0;
}

int library_speak(struct channel *jobs, int dialogue, struct fault *f)
{
	struct library l = { .jobs = jobs };
	int result = 0;

	the_dialogue = dialogue;
	while (result == 0 && next_job(&l))
		result = run_session(&l);
	if (l.fault.kind) {
		*f = l.fault;
		result = -1;
	}
	forget_job(&l);
	return result;
}
