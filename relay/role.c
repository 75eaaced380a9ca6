/* SPDX-License-Identifier: ISC */
#include "relay/role.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sysexits.h>

enum { START_DEADLINE_MS = 30 * 1000 };

bool role_is_disposable(enum role role)
{
	return role == ROLE_SMTP || role == ROLE_ESMTP || role == ROLE_BOUNCE || role == ROLE_STS ||
	       role == ROLE_LOCAL;
}

static void end(const char *why)
{
	log_line(LOG_LEVEL_ERROR, "%s; roles are started by signetd, not by hand", why);
	exit(EX_PROTOCOL);
}

void role_hear_start(struct role_start *out, role_frame *on_frame, void *context)
{
	int64_t deadline = clock_boot_ms() + START_DEADLINE_MS;
	struct frame frame;

	while (channel_receive(out->parent, &frame, deadline) == 1) {
		if (frame.type == FRAME_START)
			return;
		if (on_frame)
			on_frame(context, &frame);
	}
	end("no start from the parent");
}

void role_keep_given(void *context, const struct frame *frame)
{
	struct role_given *given = context;
	int *fd = frame->type == FRAME_ROUTES ? &given->tables : frame->type == FRAME_FILES ? &given->files : NULL;

	if (fd == NULL)
		return;
	io_close(fd);
	*fd = frame->fd;
}

void role_begin(enum role role, char **argv, role_frame *on_frame, void *context, struct role_start *out)
{
	static char log_name[32];
	struct frame frame = { .fd = -1 };

	*out = (struct role_start){ 0 };
	signal(SIGPIPE, SIG_IGN);
	/* Before it hears a secret. A leak check needs what this takes away. */
#ifndef SANITIZE
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	/* Postfix's name for the one that its users' tools look for. */
	snprintf(log_name, sizeof log_name, "signet/%s", role == ROLE_QUEUE ? "qmgr" : role_name(role));
	log_open(log_name, "stderr");
	if (argv[0] && argv[1])
		out->instance = strtoull(argv[1], NULL, 10);
	out->parent = channel_new(ROLE_FD_PARENT);
	if (channel_receive(out->parent, &frame, clock_boot_ms() + START_DEADLINE_MS) != 1 || frame.type != FRAME_SETTINGS)
		end("no settings from the parent");
	if (settings_unpack(frame.payload, &out->settings) < 0)
		end("settings from the parent are malformed");
	role_hear_start(out, on_frame, context);
	/* "stderr" and a file are both descriptor 2 here: the parent opened the file. */
	log_open(log_name, strcmp(out->settings.log, "syslog") == 0 ? "syslog" : "stderr");
	log_as_json(strcmp(out->settings.log_format, "json") == 0);
	log_show_addresses(log_addresses_named(out->settings.log_addresses));
	if (role != ROLE_QUEUE && role != ROLE_SMTPD && role != ROLE_OAUTH && !role_is_disposable(role))
		out->queue = channel_new(ROLE_FD_QUEUE);
}
