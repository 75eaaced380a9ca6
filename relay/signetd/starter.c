/* SPDX-License-Identifier: ISC */
#include "relay/signetd/starter.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "relay/signetd/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

enum {
	QUEUE_SAYS_MAX = 64 * 1024,    /* bytes of a frame */
	ROLE_SAYS_MAX = 64,
	OAUTH_SAYS_MAX = 64 * 1024,
	FILES_SAYS_MAX = 4,            /* the number of one */
	COPY_MS = 60 * 1000,           /* for a template to make a copy */
	COPY_LEAST_MS = 10 * 1000,
};

int starter_pair(int pair[2], struct fault *f)
{
	pair[0] = pair[1] = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "no channel for a role: %s", strerror(errno));
	return 0;
}

static void close_pair(int pair[2])
{
	io_close(&pair[0]);
	io_close(&pair[1]);
}

static struct process *add_process(struct processes *list, const struct process *as, int fd)
{
	struct process *p = processes_add(list, as, fd);

	p->began_ms = clock_boot_ms();
	if (p->channel)
		channel_limit(p->channel, p->role == ROLE_QUEUE ? QUEUE_SAYS_MAX : p->role == ROLE_OAUTH ? OAUTH_SAYS_MAX : ROLE_SAYS_MAX,
		              false);
	return p;
}

/* ---- those that are executed ---- */

static bool reads_named_files(enum role role)
{
	return role == ROLE_QUEUE || role == ROLE_PICKUP;
}

/* files: the role's end of its channel for them, taken over; -1: it has none. */
static void tell_start(const struct starter *s, const struct process *p, int files)
{
	child_tell_settings(p->channel, s->settings);
	if (p->role == ROLE_SIGNER)
		keys_tell(p->channel, s->settings, s->secrets);
	if (files >= 0)
		channel_put(p->channel, FRAME_FILES, (struct span){ 0 }, files);
	if (p->role == ROLE_QUEUE || p->role == ROLE_PICKUP) {
		/* The tables were read once; each who routes maps the same memory. */
		int image = routes_image(s->routes);
		int fd = image >= 0 ? fcntl(image, F_DUPFD_CLOEXEC, 0) : -1;
		if (fd >= 0)
			channel_put(p->channel, FRAME_ROUTES, (struct span){ 0 }, fd);
	}
	for (size_t i = 0; p->role == ROLE_SMTPD && i < LISTEN_PLACES_MAX; i++) {
		int fd = s->held->listen[i] >= 0 ? fcntl(s->held->listen[i], F_DUPFD_CLOEXEC, 0) : -1;
		if (fd >= 0)
			channel_put(p->channel, FRAME_LISTENER, (struct span){ 0 }, fd);
	}
	channel_put(p->channel, FRAME_START, (struct span){ 0 }, -1);
	channel_flush(p->channel);
}

/* With the descriptors that were kept for it. */
static void order_copy(const struct starter *s, struct process *template, struct process *p)
{
	struct peer copy = { p->role, p->instance };
	struct buf payload = { 0 };

	for (int i = 0; i < ROLE_PLACES; i++) {
		char place = (char)(ROLE_FD_PARENT + i);
		if (p->fds[i] >= 0)
			channel_put(template->channel, FRAME_PLACE, (struct span){ &place, 1 }, p->fds[i]);
		p->fds[i] = -1;
	}
	peer_encode(&copy, &payload);
	channel_put(template->channel, FRAME_CLONE, buf_span(&payload), -1);
	channel_flush(template->channel);
	buf_free(&payload);
	p->is_ordered = true;
	p->answer_ms = clock_boot_ms() + clock_scaled_ms(s->settings->time_scale, COPY_MS, COPY_LEAST_MS);
}

struct process *starter_execute(const struct starter *s, struct processes *list, struct slot *slot, int *queue)
{
	bool is_template = role_is_disposable(slot->role), has_queue = slot->role != ROLE_QUEUE && slot->role != ROLE_SMTPD && !is_template;
	int parent_ends[2] = { -1, -1 }, queue_ends[2] = { -1, -1 }, files_ends[2] = { -1, -1 };
	struct fault f = { 0 };
	pid_t pid = -1;

	*queue = -1;
	if (starter_pair(parent_ends, &f) == 0 && (!has_queue || starter_pair(queue_ends, &f) == 0) &&
	    (!reads_named_files(slot->role) || starter_pair(files_ends, &f) == 0))
		pid = child_start(&(struct child_plan){
			.settings = s->settings, .run_as = s->run_as, .role = slot->role, .instance = slot->instance,
			.fds = { parent_ends[1], queue_ends[1], slot->role == ROLE_PICKUP ? s->held->submission : -1, -1 },
			.lock = s->held->lock }, &f);
	if (pid < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		close_pair(parent_ends);
		close_pair(queue_ends);
		close_pair(files_ends);
		return NULL;
	}
	io_close(&parent_ends[1]);
	io_close(&queue_ends[1]);
	struct process *p = add_process(list, &(struct process){ .role = slot->role, .instance = slot->instance, .pid = pid,
	                                                         .slot = slot, .smarthost = "", .fds = { -1, -1, -1, -1 } },
	                                 parent_ends[0]);
	if (files_ends[0] >= 0) {
		p->files = channel_new(files_ends[0]);
		channel_limit(p->files, FILES_SAYS_MAX, false);
	}
	tell_start(s, p, files_ends[1]);
	/* Copies that wait for a template get this one. */
	for (size_t i = 0; is_template && i < list->count; i++) {
		struct process *copy = list->items[i];
		if (copy->role == p->role && copy->pid == 0 && !copy->is_ordered)
			order_copy(s, p, copy);
	}
	*queue = queue_ends[0];
	return p;
}

void starter_join(const struct processes *list)
{
	struct process *smtpd = processes_find(list, ROLE_SMTPD, 0), *pickup = processes_find(list, ROLE_PICKUP, 0);
	struct fault f = { 0 };
	int ends[2];

	if (smtpd == NULL || pickup == NULL || smtpd->channel == NULL || pickup->channel == NULL)
		return;
	if (starter_pair(ends, &f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		return;
	}
	for (int i = 0; i < 2; i++) {
		struct process *p = i ? pickup : smtpd;
		struct peer other = { i ? ROLE_SMTPD : ROLE_PICKUP, 0 };
		struct buf payload = { 0 };
		peer_encode(&other, &payload);
		channel_put(p->channel, FRAME_PEER, buf_span(&payload), ends[i]);
		channel_flush(p->channel);
		buf_free(&payload);
	}
}

int starter_ask_oauth(const struct starter *s, struct processes *list, size_t hop, struct span job, struct fault *f)
{
	int ends[2];

	if (starter_pair(ends, f) < 0)
		return -1;
	pid_t pid = child_start(&(struct child_plan){ .settings = s->settings, .run_as = s->run_as, .role = ROLE_OAUTH, .instance = hop,
	                                              .fds = { ends[1], -1, -1, -1 }, .lock = s->held->lock }, f);
	if (pid < 0) {
		close_pair(ends);
		return -1;
	}
	io_close(&ends[1]);
	struct process *p = add_process(list, &(struct process){ .role = ROLE_OAUTH, .instance = hop, .pid = pid, .smarthost = "",
	                                                         .fds = { -1, -1, -1, -1 } }, ends[0]);
	child_tell_settings(p->channel, s->settings);
	channel_put(p->channel, FRAME_START, (struct span){ 0 }, -1);
	channel_put(p->channel, FRAME_REFRESH, job, -1);
	channel_flush(p->channel);
	return 0;
}

/* ---- copies ---- */

struct process *starter_copy(const struct starter *s, struct processes *list, const struct peer *copy, int jobs, int dialogue,
                             const char *smarthost, int *queue)
{
	struct process *template = processes_template(list, copy->role);
	const struct smarthost *host = copy->role == ROLE_SMTP ? settings_smarthost(s->settings, smarthost) : NULL;
	const char *hop = host ? host->name : "";
	struct span proxy = { 0 };
	int parent_ends[2] = { -1, -1 }, queue_ends[2] = { -1, -1 };
	struct fault f = { 0 };

	*queue = -1;
	if (copy->role == ROLE_SMTP)
		proxy = secrets_proxy_password(s->secrets, s->settings, hop);
	bool has_secret = proxy.len > 0 || (host && host->user[0]);
	if ((has_secret && starter_pair(parent_ends, &f) < 0) ||
	    (copy->role != ROLE_ESMTP && starter_pair(queue_ends, &f) < 0)) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		close_pair(parent_ends);
		io_close(&jobs);
		io_close(&dialogue);
		return NULL;
	}
	struct process *p = add_process(list, &(struct process){
		.role = copy->role, .instance = copy->instance, .smarthost = hop,
		.answer_ms = clock_boot_ms() + clock_scaled_ms(s->settings->time_scale, COPY_MS, COPY_LEAST_MS),
		.fds = { parent_ends[1], queue_ends[1], jobs, dialogue } }, parent_ends[0]);
	if (template && template->channel)
		order_copy(s, template, p);
	if (p->channel) {
		/* Passwords go to the session alone, past the template. */
		struct span password = secrets_password(s->secrets, s->settings, hop);
		if (password.len > 0)
			channel_put(p->channel, FRAME_SECRET, password, -1);
		if (proxy.len > 0)
			channel_put(p->channel, FRAME_PROXY_SECRET, proxy, -1);
		channel_put(p->channel, FRAME_START, (struct span){ 0 }, -1);
		channel_flush(p->channel);
	}
	*queue = queue_ends[0];
	return p;
}
