#include "relay/signetd/supervisor.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "relay/signetd/check.h"
#include "relay/signetd/child.h"
#include "relay/signetd/commands.h"
#include "relay/signetd/keys.h"
#include "relay/signetd/notify.h"
#include "relay/signetd/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	BACKOFF_LEAST_MS = 100,
	QUICK_MS = 20,                 /* for a role that some mail kills: the others' must not wait for it */
	QUICK_MAX = 10,                /* times in a row */
	BACKOFF_MOST_MS = 10 * 1000,
	STEADY_MS = 10 * 1000,         /* after this long a role begins with the least pause again */
	DRAIN_MS = 30 * 1000,
	PICKUP_END_MS = 5 * 1000,      /* for callers in the middle of a submission */
	MATE_END_MS = 10 * 1000,       /* for the other of smtp and esmtp */
	ROLE_END_MS = 5 * 1000,
	QUEUE_SAYS_MAX = 64 * 1024,    /* bytes of a frame */
	ROLE_SAYS_MAX = 64,
	ASKS_MAX = 2,                  /* for a secret, and for another when that is refused */
	FIRST_PROCESS_SLOT = 2,        /* in the poll set, after signals and the check */
};

struct slot {                      /* a long-lived role's place */
	enum role role;
	uint64_t instance;
	bool running;
	int64_t begin_ms;              /* boot time, when not running */
	int64_t pause_ms;
	unsigned quick;                /* times in a row that it began again almost at once */
};

struct process {
	enum role role;
	uint64_t instance;
	pid_t pid;
	struct channel *channel;       /* NULL once it has been asked to end */
	struct slot *slot;             /* NULL: begun for one piece of work */
	int64_t began_ms;
	int64_t kill_ms;               /* 0: may stay */
	const char *smarthost;         /* smtp: whose secret it may ask for; "" for none. owned by the settings */
	uint64_t secret;               /* the number of the one it was given; 0: none yet */
	unsigned asked;                /* times that it asked for it */
	bool deaf;                     /* it is not heard any more */
	bool overdue;                  /* it was asked to end and did not in time */
};

enum phase {
	RUNNING,
	RESTARTING,                    /* the queue is gone: all others are being killed */
	CLOSING,                       /* pickups finish what callers have begun */
	DRAINING,                      /* the queue finishes what sessions have begun */
	ENDING,                        /* all but the queue end */
	ENDING_QUEUE,
	ENDED,
};

struct supervisor {
	struct supervisor_options options;
	struct slot *slots;
	size_t slot_count;
	struct process **processes;
	size_t process_count;
	enum phase phase;
	int64_t phase_deadline_ms;
	enum supervisor_end end;
	struct check check;            /* of a new configuration */
	struct commands *commands;     /* that print secrets */
	struct watchdog watchdog;      /* of the queue */
	bool is_ready;                 /* the service manager has been told: the queue has begun its work */
	int signals;
	struct pollfd *set;
};

static int64_t in_scaled_ms(const struct supervisor *s, int64_t ms)
{
	return clock_boot_ms() + clock_scaled_ms(s->options.settings->time_scale, ms, 1);
}

/* ---- processes ---- */

static struct process *find(const struct supervisor *s, enum role role, uint64_t instance)
{
	for (size_t i = 0; i < s->process_count; i++)
		if (s->processes[i]->role == role && s->processes[i]->instance == instance)
			return s->processes[i];
	return NULL;
}

static struct process *queue_of(const struct supervisor *s)
{
	return find(s, ROLE_QUEUE, 0);
}

static size_t count_of(const struct supervisor *s, enum role role)
{
	size_t n = 0;

	for (size_t i = 0; i < s->process_count; i++)
		n += s->processes[i]->role == role;
	return n;
}

static void kill_now(const struct process *p)
{
	kill(p->pid, SIGKILL);
}

/* The end of its channel asks a role to end; after ms it has no choice. */
static void ask_to_end(struct supervisor *s, struct process *p, int64_t ms)
{
	channel_free(p->channel);
	p->channel = NULL;
	if (p->kill_ms == 0)
		p->kill_ms = in_scaled_ms(s, ms);
}

static void tell_queue(struct supervisor *s, enum frame_type type, enum role role, uint64_t instance, int fd)
{
	struct process *queue = queue_of(s);
	struct peer peer = { role, instance };
	struct buf packed = { 0 };

	peer_encode(&peer, &packed);
	if (queue && queue->channel) {
		channel_put(queue->channel, (uint16_t)type, buf_span(&packed), fd);
		channel_flush(queue->channel);
	} else {
		io_close(&fd);
	}
	buf_free(&packed);
}

/* ---- beginning ---- */

/* The tables were read once; each who routes maps the same memory. */
static void tell_routes(const struct supervisor *s, struct process *p)
{
	int image = routes_image(s->options.routes);
	int fd = image >= 0 ? fcntl(image, F_DUPFD_CLOEXEC, 0) : -1;

	if (fd >= 0)
		channel_put(p->channel, FRAME_ROUTES, (struct span){ 0 }, fd);
}

static void tell_start(struct supervisor *s, struct process *p, const char *smarthost)
{
	child_tell_settings(p->channel, s->options.settings);
	if (p->role == ROLE_SIGNER)
		keys_tell(p->channel, s->options.settings, s->options.secrets);
	if (p->role == ROLE_QUEUE || p->role == ROLE_PICKUP)
		tell_routes(s, p);
	struct span password = secrets_password(s->options.secrets, s->options.settings, smarthost);
	if (p->role == ROLE_SMTP && password.len > 0)
		channel_put(p->channel, FRAME_SECRET, password, -1);
	channel_put(p->channel, FRAME_START, (struct span){ 0 }, -1);
	channel_flush(p->channel);
}

static void close_pair(int pair[2])
{
	io_close(&pair[0]);
	io_close(&pair[1]);
}

static int make_pair(int pair[2], struct fault *f)
{
	pair[0] = pair[1] = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "no channel for a role: %s", strerror(errno));
	return 0;
}

static struct process *add_process(struct supervisor *s, enum role role, uint64_t instance, pid_t pid, int fd)
{
	struct process *p = mem_alloc(sizeof *p);

	*p = (struct process){ .role = role, .instance = instance, .pid = pid, .channel = channel_new(fd),
		.began_ms = clock_boot_ms() };
	channel_limit(p->channel, role == ROLE_QUEUE ? QUEUE_SAYS_MAX : ROLE_SAYS_MAX, false);
	s->processes = mem_resize(s->processes, s->process_count + 1, sizeof(struct process *));
	s->processes[s->process_count++] = p;
	s->set = mem_resize(s->set, FIRST_PROCESS_SLOT + s->process_count, sizeof *s->set);
	return p;
}

/*
 * Begins one process; dialogue is what it gets at descriptors 5 and 6, -1 for
 * none. On success the queue knows of it.
 */
static struct process *begin(struct supervisor *s, enum role role, uint64_t instance, const int dialogue[2],
                             const char *smarthost)
{
	bool has_queue = role != ROLE_QUEUE && role != ROLE_ESMTP;
	int parent[2] = { -1, -1 }, queue[2] = { -1, -1 };
	struct process *p = NULL;
	struct fault f = { 0 };
	pid_t pid = -1;

	if (make_pair(parent, &f) == 0 && (!has_queue || make_pair(queue, &f) == 0))
		pid = child_start(&(struct child_plan){
			.settings = s->options.settings, .owner = s->options.owner, .role = role, .instance = instance,
			.fds = { parent[1], queue[1], dialogue[0], dialogue[1] }, .lock = s->options.held->lock }, &f);
	if (pid < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		close_pair(parent);
		close_pair(queue);
		return NULL;
	}
	io_close(&parent[1]);
	io_close(&queue[1]);
	p = add_process(s, role, instance, pid, parent[0]);
	const struct smarthost *host = settings_smarthost(s->options.settings, smarthost);
	p->smarthost = host ? host->name : "";
	tell_start(s, p, smarthost);
	if (has_queue)
		tell_queue(s, FRAME_PEER, role, instance, queue[0]);
	return p;
}

static void offer_control(struct supervisor *s)
{
	int fd = dup(s->options.held->control);

	if (fd >= 0)
		tell_queue(s, FRAME_PEER, ROLE_CONTROL, 0, fd);
}

/* Killed by a signal: by what it worked on, as far as known. Ending by itself it would do so again. */
static bool begins_quickly(struct slot *slot, bool crashed)
{
	return crashed && slot->role != ROLE_QUEUE && slot->quick++ < QUICK_MAX;
}

/* The pause before the next time: doubled for one that did not stay. */
static void set_pause(struct slot *slot, int64_t stayed_ms, bool crashed)
{
	if (stayed_ms >= STEADY_MS)
		slot->quick = 0;
	if (begins_quickly(slot, crashed))
		slot->pause_ms = QUICK_MS;
	else if (stayed_ms >= STEADY_MS || slot->pause_ms < BACKOFF_LEAST_MS)
		slot->pause_ms = BACKOFF_LEAST_MS;
	else if (slot->pause_ms < BACKOFF_MOST_MS)
		slot->pause_ms = slot->pause_ms * 2 < BACKOFF_MOST_MS ? slot->pause_ms * 2 : BACKOFF_MOST_MS;
	slot->begin_ms = clock_boot_ms() + slot->pause_ms;
}

static void begin_slot(struct supervisor *s, struct slot *slot)
{
	int listener = slot->role == ROLE_PICKUP ? s->options.held->submission : -1;
	struct process *p = begin(s, slot->role, slot->instance, (int[2]){ listener, -1 }, "");

	if (p == NULL) {
		set_pause(slot, 0, false);
		return;
	}
	p->slot = slot;
	slot->running = true;
	if (slot->role == ROLE_QUEUE) {
		watchdog_queue_begins(&s->watchdog);
		offer_control(s);
	}
}

/* The queue is the first slot: without it no other begins. */
static void begin_due(struct supervisor *s)
{
	int64_t now = clock_boot_ms();

	for (size_t i = 0; s->phase == RUNNING && i < s->slot_count; i++) {
		struct slot *slot = &s->slots[i];
		if (!slot->running && slot->begin_ms <= now && (i == 0 || s->slots[0].running))
			begin_slot(s, slot);
	}
}

static void add_slots(struct supervisor *s, enum role role, size_t count)
{
	s->slots = mem_resize(s->slots, s->slot_count + count, sizeof *s->slots);
	for (size_t i = 0; i < count; i++)
		s->slots[s->slot_count++] = (struct slot){ .role = role, .instance = i };
}

static size_t cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (size_t)n : 1;
}

/* ---- what the queue asks for ---- */

/* smtp and esmtp share a channel (5) and the dialogue (6). */
static void begin_session(struct supervisor *s, const struct spawn *spawn)
{
	int jobs[2] = { -1, -1 }, dialogue[2] = { -1, -1 };
	struct process *smtp = NULL, *esmtp = NULL;
	struct fault f = { 0 };

	if (make_pair(jobs, &f) < 0 || make_pair(dialogue, &f) < 0)
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
	else if ((smtp = begin(s, ROLE_SMTP, spawn->ticket, (int[2]){ jobs[0], dialogue[0] }, spawn->smarthost)) != NULL)
		esmtp = begin(s, ROLE_ESMTP, spawn->ticket, (int[2]){ jobs[1], dialogue[1] }, "");
	close_pair(jobs);
	close_pair(dialogue);
	if (smtp && esmtp == NULL)
		kill_now(smtp);
	if (smtp == NULL)
		tell_queue(s, FRAME_EXITED, ROLE_SMTP, spawn->ticket, -1);
}

static void begin_asked(struct supervisor *s, struct span payload)
{
	struct spawn spawn;

	if (spawn_decode(payload, &spawn) < 0) {
		log_line(LOG_LEVEL_ERROR, "the queue sent a malformed request");
		return;
	}
	bool known = spawn.role == ROLE_SMTP || spawn.role == ROLE_BOUNCE || spawn.role == ROLE_STS;
	if (!known || s->phase != RUNNING || find(s, spawn.role, spawn.ticket))
		tell_queue(s, FRAME_EXITED, spawn.role, spawn.ticket, -1);
	else if (spawn.role == ROLE_SMTP)
		begin_session(s, &spawn);
	else if (begin(s, spawn.role, spawn.ticket, (int[2]){ -1, -1 }, "") == NULL)
		tell_queue(s, FRAME_EXITED, spawn.role, spawn.ticket, -1);
	spawn_free(&spawn);
}

/* ---- secrets that commands print ---- */

static void tell_secret(void *context, uint64_t session, uint64_t number, struct span secret, const struct fault *f)
{
	struct supervisor *s = context;
	struct process *p = find(s, ROLE_SMTP, session);

	if (p == NULL || p->channel == NULL)
		return;
	p->secret = number ? number : p->secret;
	if (number)
		channel_put(p->channel, FRAME_SECRET, secret, -1);
	else
		channel_put(p->channel, FRAME_NO_SECRET, span_of(f->text), -1);
	channel_flush(p->channel);
}

/* Its end is a temporary fault of what it worked on. */
static void end_rogue(struct process *p)
{
	log_line(LOG_LEVEL_ERROR, "%s %llu (process %d) sent what it may not: it is ended", role_name(p->role),
	         (unsigned long long)p->instance, (int)p->pid);
	kill_now(p);
	p->deaf = true;
}

static bool asks_for_secret(const struct process *p, const struct frame *frame)
{
	return frame->type == FRAME_ASK_SECRET && frame->payload.len == 0 && p->role == ROLE_SMTP && p->smarthost[0];
}

/* It reads foreign bytes, so it may say one thing only, and that not often; all but smtp nothing at all. */
static void hear_role(struct supervisor *s, struct process *p)
{
	struct frame frame;

	p->deaf = channel_fill(p->channel) < 0;
	while (p->channel && channel_next(p->channel, &frame)) {
		io_close(&frame.fd);
		if (asks_for_secret(p, &frame) && p->asked++ < ASKS_MAX) {
			commands_ask(s->commands, p->smarthost, p->instance, p->secret);
		} else {
			end_rogue(p);
			return;
		}
	}
	if (p->channel && channel_is_malformed(p->channel))
		end_rogue(p);
}

/* By the queue's word. */
static void kill_asked(const struct supervisor *s, struct span payload)
{
	struct peer peer;
	const struct process *p = peer_decode(payload, &peer) == 0 ? find(s, peer.role, peer.instance) : NULL;

	if (p && p->role != ROLE_QUEUE)
		kill_now(p);
}

/* ---- phases ---- */

static void kill_all(struct supervisor *s)
{
	for (size_t i = 0; i < s->process_count; i++)
		kill_now(s->processes[i]);
}

static void enter_ending(struct supervisor *s)
{
	s->phase = ENDING;
	for (size_t i = 0; i < s->process_count; i++)
		if (s->processes[i]->role != ROLE_QUEUE)
			ask_to_end(s, s->processes[i], ROLE_END_MS);
}

static void enter_draining(struct supervisor *s)
{
	struct process *queue = queue_of(s);

	s->phase = DRAINING;
	s->phase_deadline_ms = in_scaled_ms(s, DRAIN_MS);
	if (queue == NULL || queue->channel == NULL) {
		enter_ending(s);
		return;
	}
	channel_put(queue->channel, FRAME_DRAIN, (struct span){ 0 }, -1);
	channel_flush(queue->channel);
}

static void enter_closing(struct supervisor *s)
{
	s->phase = CLOSING;
	for (size_t i = 0; i < s->process_count; i++)
		if (s->processes[i]->role == ROLE_PICKUP)
			ask_to_end(s, s->processes[i], PICKUP_END_MS);
}

static void enter_ending_queue(struct supervisor *s)
{
	struct process *queue = queue_of(s);

	s->phase = ENDING_QUEUE;
	if (queue)
		ask_to_end(s, queue, ROLE_END_MS);
}

static void restart_all(struct supervisor *s)
{
	s->phase = RUNNING;
	for (size_t i = 1; i < s->slot_count; i++)
		s->slots[i].begin_ms = 0;
}

/* Goes on when what the phase waits for has come. */
static void step_phase(struct supervisor *s)
{
	if (s->phase == RESTARTING && s->process_count == 0)
		restart_all(s);
	if (s->phase == CLOSING && count_of(s, ROLE_PICKUP) == 0)
		enter_draining(s);
	if (s->phase == DRAINING && s->phase_deadline_ms <= clock_boot_ms()) {
		log_line(LOG_LEVEL_WARNING, "sessions are still open after the time to finish them; they are cut");
		enter_ending(s);
	}
	if (s->phase == ENDING && s->process_count == (queue_of(s) != NULL))
		enter_ending_queue(s);
	if (s->phase == ENDING_QUEUE && s->process_count == 0)
		s->phase = ENDED;
}

static void stop(struct supervisor *s, enum supervisor_end end)
{
	s->end = end;
	check_cancel(&s->check);
	if (end == SUPERVISOR_STOPPED)
		notify_tell("STOPPING=1");
	if (end == SUPERVISOR_STOPPED)
		sockets_remove(s->options.settings, s->options.held);
	if (s->phase == RUNNING)
		enter_closing(s);
	else if (s->phase == RESTARTING)
		s->phase = ENDING_QUEUE;
}

static void reload(struct supervisor *s)
{
	struct fault f = { 0 };

	if (s->phase != RUNNING && s->phase != RESTARTING)
		return;
	notify_reloading();
	if (check_begin(&s->check, s->options.check_argv, &f) == 0) {
		log_line(LOG_LEVEL_INFO, "checking the new configuration");
	} else {
		log_line(LOG_LEVEL_ERROR, "no reload: %s", f.text);
		notify_tell("READY=1");
	}
}

static void check_ended(struct supervisor *s, int status)
{
	int verdict = check_reap(&s->check, status);

	if (verdict == 0) {
		log_line(LOG_LEVEL_INFO, "the new configuration is good: finishing what is open, then starting anew");
		stop(s, SUPERVISOR_RELOAD);
	} else if (verdict < 0) {
		log_line(LOG_LEVEL_ERROR, "the new configuration is not taken (see above); the old one stays in force");
		notify_tell("READY=1\nSTATUS=The new configuration is not taken; the log says why");
	}
}

/* ---- reaping ---- */

static void log_end(const struct supervisor *s, const struct process *p, int status)
{
	bool wanted = s->phase != RUNNING && (WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);

	if (wanted || s->phase == RESTARTING)
		return;
	if (p->overdue && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		log_line(LOG_LEVEL_WARNING, "%s %llu (process %d) was slow to end and has been ended", role_name(p->role),
		         (unsigned long long)p->instance, (int)p->pid);
	else if (WIFSIGNALED(status))
		log_line(LOG_LEVEL_ERROR, "%s %llu (process %d) ended by signal %d (%s)", role_name(p->role),
		         (unsigned long long)p->instance, (int)p->pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) != 0 || p->slot)
		log_line(LOG_LEVEL_ERROR, "%s %llu (process %d) ended with exit code %d", role_name(p->role),
		         (unsigned long long)p->instance, (int)p->pid, WEXITSTATUS(status));
}

/* The queue hears of a session once, when both its processes are gone. */
static void session_half_ended(struct supervisor *s, const struct process *p)
{
	struct process *mate = find(s, p->role == ROLE_SMTP ? ROLE_ESMTP : ROLE_SMTP, p->instance);

	if (mate == NULL)
		tell_queue(s, FRAME_EXITED, ROLE_SMTP, p->instance, -1);
	else if (mate->kill_ms == 0)
		mate->kill_ms = in_scaled_ms(s, MATE_END_MS);
}

static void queue_ended(struct supervisor *s)
{
	kill_all(s);
	if (s->phase == RUNNING) {
		log_line(LOG_LEVEL_ERROR, "the queue is gone: all roles are ended and begin anew");
		s->phase = RESTARTING;
	} else if (s->phase != RESTARTING) {
		s->phase = ENDING;
	}
}

static void ended(struct supervisor *s, const struct process *p, int status)
{
	log_end(s, p, status);
	if (p->slot) {
		p->slot->running = false;
		set_pause(p->slot, clock_boot_ms() - p->began_ms, WIFSIGNALED(status));
	}
	if (p->slot && s->phase == RUNNING && WIFEXITED(status) && WEXITSTATUS(status) == EX_CONFIG) {
		log_line(LOG_LEVEL_ERROR, "%s cannot work as things are (see above); signetd ends", role_name(p->role));
		s->end = SUPERVISOR_CONFIG;
		enter_ending(s);
	}
	if (p->role == ROLE_QUEUE)
		queue_ended(s);
	else if (p->role == ROLE_SMTP || p->role == ROLE_ESMTP)
		session_half_ended(s, p);
	else
		tell_queue(s, FRAME_EXITED, p->role, p->instance, -1);
}

/* Out of the list before anything is said about it. */
static struct process *take_process(struct supervisor *s, pid_t pid)
{
	for (size_t i = 0; i < s->process_count; i++) {
		struct process *p = s->processes[i];
		if (p->pid != pid)
			continue;
		s->process_count--;
		memmove(&s->processes[i], &s->processes[i + 1], (s->process_count - i) * sizeof p);
		return p;
	}
	return NULL;
}

static void fetched(struct supervisor *s, pid_t pid, int status)
{
	struct process *p = take_process(s, pid);

	if (p) {
		ended(s, p, status);
		channel_free(p->channel);
		free(p);
	} else if (check_is(&s->check, pid)) {
		check_ended(s, status);
	} else {
		commands_reaped(s->commands, pid, status);
	}
}

/* The queue first: when it is gone, that is why others are. */
static void reap(struct supervisor *s)
{
	const struct process *queue = queue_of(s);
	int status;
	pid_t pid = queue ? waitpid(queue->pid, &status, WNOHANG) : 0;

	if (pid > 0)
		fetched(s, pid, status);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		fetched(s, pid, status);
}

/* ---- events ---- */

static void hear_signals(struct supervisor *s)
{
	struct signalfd_siginfo signal;

	while (read(s->signals, &signal, sizeof signal) == sizeof signal) {
		if (signal.ssi_signo == SIGHUP)
			reload(s);
		else if (signal.ssi_signo != SIGCHLD)
			stop(s, SUPERVISOR_STOPPED);
	}
	reap(s);
}

/* The first says that the store is open: what is handed over is taken. */
static void hear_sign(struct supervisor *s)
{
	watchdog_hear(&s->watchdog, clock_boot_ms());
	if (!s->is_ready)
		notify_tell("READY=1\nSTATUS=");
	s->is_ready = true;
}

static void hear_queue(struct supervisor *s)
{
	struct process *queue = queue_of(s);
	struct frame frame;

	if (channel_fill(queue->channel) < 0)
		queue->kill_ms = queue->kill_ms ? queue->kill_ms : in_scaled_ms(s, ROLE_END_MS);
	while (queue->channel && channel_next(queue->channel, &frame)) {
		io_close(&frame.fd);
		if (frame.type == FRAME_SPAWN)
			begin_asked(s, frame.payload);
		else if (frame.type == FRAME_KILL)
			kill_asked(s, frame.payload);
		else if (frame.type == FRAME_ALIVE)
			hear_sign(s);
		else if (frame.type == FRAME_RELOAD)
			reload(s);
		else if (frame.type == FRAME_DRAINED && s->phase == DRAINING)
			enter_ending(s);
	}
}

static bool is_heard(const struct process *p)
{
	return p->channel && p->kill_ms == 0 && !p->deaf;
}

static void prepare(struct supervisor *s)
{
	s->set[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
	s->set[1] = (struct pollfd){ .fd = check_fd(&s->check), .events = POLLIN };
	for (size_t i = 0; i < s->process_count; i++) {
		const struct process *p = s->processes[i];
		bool hears = is_heard(p);
		bool writes = p->channel && p->kill_ms == 0 && channel_wants_write(p->channel);
		s->set[FIRST_PROCESS_SLOT + i] = (struct pollfd){
			.fd = p->channel && (hears || writes) ? channel_fd(p->channel) : -1,
			.events = (short)((hears ? POLLIN : 0) | (writes ? POLLOUT : 0)) };
	}
}

static void sooner(int64_t *first, int64_t candidate)
{
	if (candidate < *first)
		*first = candidate;
}

static int wait_ms(const struct supervisor *s)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < s->process_count; i++)
		if (s->processes[i]->kill_ms)
			sooner(&first, s->processes[i]->kill_ms);
	for (size_t i = 0; s->phase == RUNNING && i < s->slot_count; i++)
		if (!s->slots[i].running && (i == 0 || s->slots[0].running))
			sooner(&first, s->slots[i].begin_ms);
	if (s->phase == DRAINING)
		sooner(&first, s->phase_deadline_ms);
	if (queue_of(s))
		sooner(&first, watchdog_deadline_ms(&s->watchdog));
	sooner(&first, check_deadline_ms(&s->check));
	sooner(&first, commands_deadline_ms(s->commands));
	return clock_wait_ms(first);
}

static void kill_due(struct supervisor *s)
{
	int64_t now = clock_boot_ms();

	for (size_t i = 0; i < s->process_count; i++) {
		struct process *p = s->processes[i];
		if (p->kill_ms == 0 || p->kill_ms > now)
			continue;
		kill_now(p);
		p->overdue = true;
		p->kill_ms = now + ROLE_END_MS;      /* it is dying; do not ask again at once */
	}
}

/* Nothing is lost by a new one: what it committed is all that anyone was told. */
static void watch_queue(struct supervisor *s)
{
	const struct process *queue = queue_of(s);
	int64_t now = clock_boot_ms();

	if (queue == NULL)
		return;
	if (watchdog_is_over(&s->watchdog, now)) {
		log_line(LOG_LEVEL_ERROR, "the queue (process %d) has stood still for %lld s: it is ended", (int)queue->pid,
		         (long long)(now - s->watchdog.queue.heard_ms) / 1000);
		kill_now(queue);
		watchdog_queue_begins(&s->watchdog);
	}
	watchdog_tell(&s->watchdog, now);
}

/* A role whose channel breaks is about to be reaped: that says more than the channel. */
static void flush_channels(struct supervisor *s, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct process *p = s->processes[i];
		short events = s->set[FIRST_PROCESS_SLOT + i].revents;
		if (p->channel && (events & (POLLOUT | POLLERR | POLLHUP)) && channel_flush(p->channel) < 0 && p->kill_ms == 0)
			p->kill_ms = in_scaled_ms(s, ROLE_END_MS);
	}
}

static void hear_roles(struct supervisor *s, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (s->processes[i]->role != ROLE_QUEUE && is_heard(s->processes[i]) &&
		    (s->set[FIRST_PROCESS_SLOT + i].revents & (POLLIN | POLLHUP)))
			hear_role(s, s->processes[i]);
}

static void turn(struct supervisor *s)
{
	size_t count = s->process_count;
	bool queue_speaks = false;

	prepare(s);
	if (poll(s->set, FIRST_PROCESS_SLOT + count, wait_ms(s)) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		queue_speaks |= s->processes[i]->role == ROLE_QUEUE && (s->set[FIRST_PROCESS_SLOT + i].revents & (POLLIN | POLLHUP));
	bool check_speaks = s->set[1].revents, signalled = s->set[0].revents;
	flush_channels(s, count);
	hear_roles(s, count);
	if (queue_speaks)
		hear_queue(s);
	if (check_speaks)
		check_hear(&s->check);
	if (signalled)
		hear_signals(s);
	kill_due(s);
	watch_queue(s);
	check_enforce(&s->check);
	commands_enforce(s->commands);
	step_phase(s);
	begin_due(s);
}

static int listen_to_signals(void)
{
	sigset_t heard;

	sigemptyset(&heard);
	sigaddset(&heard, SIGTERM);
	sigaddset(&heard, SIGINT);
	sigaddset(&heard, SIGHUP);
	sigaddset(&heard, SIGCHLD);
	sigprocmask(SIG_BLOCK, &heard, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &heard, SFD_NONBLOCK | SFD_CLOEXEC);
}

enum supervisor_end supervisor_run(const struct supervisor_options *o)
{
	struct supervisor s = { .options = *o, .phase = RUNNING, .check = CHECK_NONE, .signals = listen_to_signals() };

	watchdog_begin(&s.watchdog, o->settings->time_scale);
	s.commands = commands_new(o->settings, tell_secret, &s);
	s.set = mem_alloc((FIRST_PROCESS_SLOT + 1) * sizeof *s.set);
	add_slots(&s, ROLE_QUEUE, 1);
	add_slots(&s, ROLE_RESOLVER, 1);
	add_slots(&s, ROLE_SIGNER, o->settings->signers ? o->settings->signers : cores());
	add_slots(&s, ROLE_PICKUP, o->settings->pickups ? o->settings->pickups : 1);
	begin_due(&s);
	while (s.phase != ENDED)
		turn(&s);
	check_cancel(&s.check);
	commands_free(s.commands);
	io_close(&s.signals);
	free(s.set);
	free(s.slots);
	free(s.processes);
	return s.end;
}
