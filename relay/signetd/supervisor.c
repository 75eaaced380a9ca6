/* SPDX-License-Identifier: ISC */
#include "relay/signetd/supervisor.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pack.h"
#include "base/view/stopping.h"
#include "relay/named_files.h"
#include "relay/signetd/check.h"
#include "relay/signetd/commands.h"
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
	MATE_END_MS = 10 * 1000,       /* for the other of smtp and esmtp */
	IDLE_MS = 60 * 1000,           /* for which a template that is kept on demand stays without copies */
	IDLE_LEAST_MS = 2 * 1000,
	ASKS_MAX = 2,                  /* for a secret, and for another when that is refused */
	EARLY_MAX = 256,
	EARLY_MS = 60 * 1000,          /* a template says of a copy sooner */
	RENEW_MS = 60 * 60 * 1000,     /* for which a template serves: then its certificates and its memory are read and laid out again */
	RENEW_LEAST_MS = 10 * 1000,
	FIRST_PROCESS_SLOT = 2,        /* in the poll set, after signals and the check */
};

enum phase {
	RUNNING,
	RESTARTING,                    /* the queue is gone: all others are being killed */
	CLOSING,                       /* smtpd, then pickups finish what callers have begun */
	DRAINING,                      /* the queue finishes what sessions have begun */
	ENDING,                        /* all but the queue end */
	ENDING_QUEUE,
	ENDED,
};

struct supervisor {
	struct supervisor_options options;
	struct slot *slots;
	size_t slot_count;
	struct processes processes;
	enum phase phase;
	int64_t phase_deadline_ms;
	enum supervisor_end end;
	struct check check;            /* of a new configuration */
	struct commands *commands;     /* that print secrets */
	struct watchdog watchdog;      /* of the queue */
	struct early_end {
		pid_t pid;
		int status;
		int64_t at_ms;
	} early[EARLY_MAX];            /* of processes that nobody knows yet */
	size_t early_count;
	bool is_ready;                 /* the service manager has been told: the queue has begun its work */
	int signals;
	struct pollfd *set;
};

static int64_t in_scaled_ms(const struct supervisor *s, int64_t ms)
{
	return clock_boot_ms() + clock_scaled_ms(s->options.starter.settings->time_scale, ms, 1);
}

/* ---- processes ---- */

static int64_t idle_ends_ms(const struct supervisor *s, const struct process *p)
{
	return p->idle_ms + clock_scaled_ms(s->options.starter.settings->time_scale, IDLE_MS, IDLE_LEAST_MS);
}

static struct process *queue_of(const struct supervisor *s)
{
	return processes_find(&s->processes, ROLE_QUEUE, 0);
}

/*
 * The end of its channel asks a role to end; after ms it has no choice. A session without a secret has no channel and is
 * ended here; esmtp, which has none either, ends with its smtp.
 */
static void ask_to_end(struct supervisor *s, struct process *p, int64_t ms)
{
	if (p->channel == NULL && p->kill_ms == 0 && p->role == ROLE_SMTP)
		process_kill(p);
	channel_free(p->channel);
	p->channel = NULL;
	if (p->kill_ms == 0)
		p->kill_ms = in_scaled_ms(s, ms);
}

static void ask_all_to_end(struct supervisor *s, enum role role, int64_t ms)
{
	for (size_t i = 0; i < s->processes.count; i++)
		if (s->processes.items[i]->role == role)
			ask_to_end(s, s->processes.items[i], ms);
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

/* The queue is the first slot: without it no other begins. */
static bool is_to_begin(const struct supervisor *s, const struct slot *slot)
{
	/* While sessions end, what they wait for may still begin. */
	bool may = s->phase == RUNNING || (role_is_disposable(slot->role) && (s->phase == CLOSING || s->phase == DRAINING));

	return may && !slot->running && (slot == s->slots || s->slots[0].running) &&
	       (!slot->on_demand || processes_wait_for(&s->processes, slot->role));
}

static void begin_due(struct supervisor *s)
{
	int64_t now = clock_boot_ms();

	for (size_t i = 0; i < s->slot_count; i++) {
		struct slot *slot = &s->slots[i];
		int queue, control;
		if (!is_to_begin(s, slot) || slot->begin_ms > now)
			continue;
		if (starter_execute(&s->options.starter, &s->processes, slot, &queue) == NULL) {
			slot_ended(slot, 0, false, clock_boot_ms());
			continue;
		}
		slot->running = true;
		if (queue >= 0)
			tell_queue(s, FRAME_PEER, slot->role, slot->instance, queue);
		if (slot->role == ROLE_SMTPD || (slot->role == ROLE_PICKUP && slot->instance == 0))
			starter_join(&s->processes);
		if (slot->role != ROLE_QUEUE)
			continue;
		watchdog_queue_begins(&s->watchdog);
		control = dup(s->options.starter.held->control);
		if (control >= 0)
			tell_queue(s, FRAME_PEER, ROLE_CONTROL, 0, control);
	}
}

static void add_slots(struct supervisor *s, enum role role, size_t count)
{
	s->slots = mem_resize(s->slots, s->slot_count + count, sizeof *s->slots);
	for (size_t i = 0; i < count; i++)
		s->slots[s->slot_count++] = (struct slot){ .role = role, .instance = i };
}

/* ---- what the queue asks for ---- */

/* The queue gets its channel to it, where there is one. */
static struct process *begin_copy(struct supervisor *s, enum role role, const struct spawn *spawn, int jobs, int dialogue)
{
	struct peer copy = { role, spawn->ticket };
	int queue;
	struct process *p = starter_copy(&s->options.starter, &s->processes, &copy, jobs, dialogue,
	                                 role == ROLE_SMTP ? spawn->smarthost : "", &queue);

	if (p && queue >= 0)
		tell_queue(s, FRAME_PEER, role, spawn->ticket, queue);
	return p;
}

/* smtp and esmtp share a channel (5) and the dialogue (6). */
static struct process *begin_session(struct supervisor *s, const struct spawn *spawn)
{
	int jobs[2], dialogue[2] = { -1, -1 };
	struct fault f = { 0 };

	if (starter_pair(jobs, &f) < 0 || starter_pair(dialogue, &f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		io_close(&jobs[0]);
		io_close(&jobs[1]);
		return NULL;
	}
	struct process *smtp = begin_copy(s, ROLE_SMTP, spawn, jobs[0], dialogue[0]);
	if (smtp == NULL) {
		io_close(&jobs[1]);
		io_close(&dialogue[1]);
	} else if (begin_copy(s, ROLE_ESMTP, spawn, jobs[1], dialogue[1]) == NULL) {
		process_kill(smtp);
	}
	return smtp;
}

static void begin_asked(struct supervisor *s, struct span payload)
{
	struct spawn spawn;

	if (spawn_decode(payload, &spawn) < 0) {
		log_line(LOG_LEVEL_ERROR, "the queue sent a malformed request");
		return;
	}
	bool known = spawn.role == ROLE_SMTP || spawn.role == ROLE_BOUNCE || spawn.role == ROLE_STS || spawn.role == ROLE_LOCAL;
	if (!known || s->phase != RUNNING || processes_find(&s->processes, spawn.role, spawn.ticket))
		tell_queue(s, FRAME_EXITED, spawn.role, spawn.ticket, -1);
	else if ((spawn.role == ROLE_SMTP ? begin_session(s, &spawn) : begin_copy(s, spawn.role, &spawn, -1, -1)) == NULL)
		tell_queue(s, FRAME_EXITED, spawn.role, spawn.ticket, -1);
	spawn_free(&spawn);
}

/* ---- secrets that commands print ---- */

static void tell_secret(void *context, uint64_t session, uint64_t number, struct span secret, const struct fault *f)
{
	struct supervisor *s = context;
	struct process *p = processes_find(&s->processes, ROLE_SMTP, session);

	if (p == NULL || p->channel == NULL)
		return;
	p->secret = number ? number : p->secret;
	if (number)
		channel_put(p->channel, FRAME_SECRET, secret, -1);
	else
		channel_put(p->channel, FRAME_NO_SECRET, span_of(f->text), -1);
	channel_flush(p->channel);
}

static int begin_refresher(void *context, size_t hop, struct span job, struct fault *f)
{
	struct supervisor *s = context;

	if (processes_find(&s->processes, ROLE_OAUTH, hop))
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "the process that asks the token server has not ended yet");
	return starter_ask_oauth(&s->options.starter, &s->processes, hop, job, f);
}

static void cancel_refresher(void *context, size_t hop)
{
	struct supervisor *s = context;
	struct process *p = processes_find(&s->processes, ROLE_OAUTH, hop);

	if (p)
		process_kill(p);
}

/* Its end is a temporary fault of what it worked on. */
static void end_rogue(struct process *p)
{
	log_line(LOG_LEVEL_ERROR, "%s %llu (process %d) sent something that it may not: it is ended", role_name(p->role),
	         (unsigned long long)p->instance, (int)p->pid);
	process_kill(p);
	p->deaf = true;
}

/* It reads foreign bytes, so it may say one thing only, and that not often; all but smtp and oauth nothing at all. */
static void hear_role(struct supervisor *s, struct process *p)
{
	struct refreshed r;
	struct frame frame;

	p->deaf = channel_fill(p->channel) < 0;
	while (p->channel && channel_next(p->channel, &frame)) {
		if (p->role == ROLE_OAUTH && frame.type == FRAME_REFRESHED && refreshed_decode(frame.payload, &r) == 0) {
			/* One answer, with which its work is done. */
			commands_refreshed(s->commands, (size_t)p->instance, &r);
			refreshed_free(&r);
			ask_to_end(s, p, ROLE_END_MS);
			return;
		}
		bool asks = frame.type == FRAME_ASK_SECRET && frame.payload.len == 0 && p->role == ROLE_SMTP && p->smarthost[0];
		io_close(&frame.fd);
		if (asks && p->asked++ < ASKS_MAX) {
			commands_ask(s->commands, p->smarthost, p->instance, p->secret);
		} else {
			end_rogue(p);
			return;
		}
	}
	if (p->channel && channel_is_malformed(p->channel))
		end_rogue(p);
}

static bool may_ask_for_file(struct process *p, int64_t now)
{
	if (now - p->files_since_ms >= 1000) {
		p->files_since_ms = now;
		p->files_asked = 0;
	}
	/* Who does not take its answers wants no files, but our descriptors. */
	return p->files_asked++ < NAMED_FILES_A_SECOND && !channel_wants_write(p->files);
}

/* Also when all else is asked to end: what callers have begun is finished. */
static void hear_files(struct supervisor *s, struct process *p)
{
	const struct starter *starter = &s->options.starter;
	bool gone = channel_fill(p->files) < 0;
	struct frame frame;

	while (channel_next(p->files, &frame)) {
		struct unpack u = unpack_from(frame.payload);
		const char *path = named_files_path(starter->settings, unpack_u32(&u));
		struct buf answer = { 0 };
		if (frame.type != FRAME_FILE || u.bad || path == NULL || !may_ask_for_file(p, clock_boot_ms())) {
			end_rogue(p);
			gone = true;
			break;
		}
		int fd = run_as_open(starter->run_as, path);
		pack_u32(&answer, fd < 0 ? (uint32_t)errno : 0);
		channel_put(p->files, FRAME_FILE, buf_span(&answer), fd);
		channel_flush(p->files);
		buf_free(&answer);
	}
	if (channel_is_malformed(p->files))
		end_rogue(p);
	if (!gone)
		return;
	channel_free(p->files);
	p->files = NULL;
}

/* ---- ends ---- */

/* The queue hears of a session once, when both its processes are gone. */
static void tell_ended(struct supervisor *s, const struct process *p)
{
	if (p->role == ROLE_OAUTH) {
		commands_refresh_ended(s->commands, (size_t)p->instance);
		return;
	}
	if (p->role != ROLE_SMTP && p->role != ROLE_ESMTP) {
		tell_queue(s, FRAME_EXITED, p->role, p->instance, -1);
		return;
	}
	struct process *mate = processes_find(&s->processes, p->role == ROLE_SMTP ? ROLE_ESMTP : ROLE_SMTP, p->instance);
	if (mate == NULL)
		tell_queue(s, FRAME_EXITED, ROLE_SMTP, p->instance, -1);
	else if (p->pid == 0)
		process_kill(mate);    /* before it has anything in hand: it would have nobody to speak with */
	else if (mate->kill_ms == 0)
		mate->kill_ms = in_scaled_ms(s, MATE_END_MS);
}

/* A copy that will not be made counts as ended. */
static void drop_copy(struct supervisor *s, struct process *p)
{
	processes_take(&s->processes, p);
	tell_ended(s, p);
	process_free(p);
}

/* Drops the copies that wait for a template, once nothing more is to begin. */
static void drop_waiting(struct supervisor *s)
{
	for (size_t i = s->processes.count; i-- > 0;) {
		struct process *p = s->processes.items[i];
		if (p->pid == 0 && !p->is_ordered)
			drop_copy(s, p);
	}
}

/* ---- phases ---- */

static void enter_ending(struct supervisor *s)
{
	s->phase = ENDING;
	drop_waiting(s);
	for (size_t i = 0; i < s->processes.count; i++)
		if (s->processes.items[i]->role != ROLE_QUEUE)
			ask_to_end(s, s->processes.items[i], ROLE_END_MS);
}

/* Enters the next phase once what this one waits for has happened. */
static void step_phase(struct supervisor *s)
{
	struct process *queue = queue_of(s);

	if (s->phase == RESTARTING && s->processes.count == 0) {
		s->phase = RUNNING;
		for (size_t i = 1; i < s->slot_count; i++)
			s->slots[i].begin_ms = 0;
	}
	if (s->phase == CLOSING && processes_of_role(&s->processes, ROLE_SMTPD) == 0)
		ask_all_to_end(s, ROLE_PICKUP, PICKUP_END_MS);
	if (s->phase == CLOSING && processes_of_role(&s->processes, ROLE_PICKUP) == 0) {
		s->phase = DRAINING;
		s->phase_deadline_ms = in_scaled_ms(s, DRAIN_MS);
		if (queue && queue->channel) {
			channel_put(queue->channel, FRAME_DRAIN, (struct span){ 0 }, -1);
			channel_flush(queue->channel);
		} else {
			enter_ending(s);
		}
	}
	if (s->phase == DRAINING && s->phase_deadline_ms <= clock_boot_ms()) {
		log_line(LOG_LEVEL_WARNING, "sessions are still open when the time to finish them is over; they are cut");
		enter_ending(s);
	}
	if (s->phase == ENDING && s->processes.count == (queue != NULL)) {
		s->phase = ENDING_QUEUE;
		if (queue)
			ask_to_end(s, queue, ROLE_END_MS);
	}
	if (s->phase == ENDING_QUEUE && s->processes.count == 0)
		s->phase = ENDED;
}

static void begin_stopping(struct supervisor *s, enum supervisor_end end)
{
	s->end = end;
	check_cancel(&s->check);
	if (end == SUPERVISOR_STOPPED)
		notify_tell("STOPPING=1");
	if (end == SUPERVISOR_STOPPED)
		sockets_remove(s->options.starter.settings, s->options.starter.held);
	if (s->phase == RESTARTING)
		s->phase = ENDING_QUEUE;
	if (s->phase != RUNNING)
		return;
	s->phase = CLOSING;
	ask_all_to_end(s, ROLE_SMTPD, SMTPD_END_MS);
}

static void begin_reload(struct supervisor *s)
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

/* ---- reaping ---- */

static void log_end(const struct supervisor *s, const struct process *p, int status)
{
	bool wanted = s->phase != RUNNING && (WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
	bool asked = process_is_template(p) && WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (wanted || asked || s->phase == RESTARTING)
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

static void process_reaped(struct supervisor *s, pid_t pid, int status);

static bool ended_early(struct supervisor *s, pid_t pid, int *status)
{
	bool found = false;

	/* In their order. One that is old was another process, whose number this one has. */
	for (size_t i = s->early_count; i-- > 0;) {
		bool is_it = s->early[i].pid == pid;
		if (is_it && !found && clock_boot_ms() - s->early[i].at_ms < EARLY_MS) {
			*status = s->early[i].status;
			found = true;
		}
		if (is_it)
			memmove(&s->early[i], &s->early[i + 1], (--s->early_count - i) * sizeof *s->early);
	}
	return found;
}

/* What a template says of the copies that were ordered. */
static void hear_template(struct supervisor *s, struct process *template)
{
	struct frame frame;

	template->deaf = channel_fill(template->channel) < 0;
	while (channel_next(template->channel, &frame)) {
		struct cloned cloned = { 0 };
		struct process *p = NULL;
		io_close(&frame.fd);
		if (frame.type == FRAME_CLONED && cloned_decode(frame.payload, &cloned) == 0)
			p = processes_find(&s->processes, template->role, cloned.instance);
		if (p == NULL || p->pid != 0) {
			end_rogue(template);
			return;
		}
		if (cloned.pid == 0) {
			log_line(LOG_LEVEL_ERROR, "cannot begin %s: no copy of it could be made", role_name(p->role));
			drop_copy(s, p);
			continue;
		}
		int status;
		p->pid = (pid_t)cloned.pid;
		if (ended_early(s, p->pid, &status))
			process_reaped(s, p->pid, status);
		else if (p->doomed)
			process_kill(p);
	}
	if (!processes_await_copies(&s->processes))
		s->early_count = 0;
}

static void slot_process_ended(struct supervisor *s, struct process *p, int status)
{
	slot_ended(p->slot, clock_boot_ms() - p->began_ms, WIFSIGNALED(status), clock_boot_ms());
	if (s->phase == RUNNING && WIFEXITED(status) && WEXITSTATUS(status) == EX_CONFIG) {
		log_line(LOG_LEVEL_ERROR, "%s cannot work as things are (see above); signetd ends", role_name(p->role));
		s->end = SUPERVISOR_CONFIG;
		enter_ending(s);
	}
	if (p->role == ROLE_QUEUE) {
		drop_waiting(s);
		processes_kill(&s->processes);
		if (s->phase == RUNNING) {
			log_line(LOG_LEVEL_ERROR, "the queue has ended: all roles are ended and begin again");
			s->phase = RESTARTING;
		} else if (s->phase != RESTARTING) {
			s->phase = ENDING;
		}
	} else if (process_is_template(p)) {
		/* What it said before it ended counts: those copies live. One that it made all the same finds its channels closed. */
		p->pid = 0;
		if (p->channel)
			hear_template(s, p);
		for (size_t i = s->processes.count; i-- > 0;) {
			struct process *copy = s->processes.items[i];
			if (copy->role == p->role && copy->pid == 0 && copy->is_ordered)
				drop_copy(s, copy);
		}
	} else {
		tell_ended(s, p);
	}
}

static void process_reaped(struct supervisor *s, pid_t pid, int status)
{
	struct process *p = processes_of_pid(&s->processes, pid);

	if (p) {
		bool crashed = WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL;
		processes_take(&s->processes, p);    /* before anything is said about it */
		log_end(s, p, status);
		if (p->slot)
			slot_process_ended(s, p, status);
		else
			tell_ended(s, p);
		/* Whoever made a copy crash has learned something about the memory that all copies of that template share. */
		struct process *template = p->slot ? NULL : processes_template(&s->processes, p->role);
		if (template && crashed)
			template->is_stale = true;
		process_free(p);
	} else if (check_is(&s->check, pid)) {
		int verdict = check_reap(&s->check, status);
		if (verdict == 0) {
			log_line(LOG_LEVEL_INFO, "the new configuration is good: finishing what is open, then restarting");
			begin_stopping(s, SUPERVISOR_RELOAD);
		} else if (verdict < 0) {
			log_line(LOG_LEVEL_ERROR, "the new configuration is refused (see above); the old one stays in force");
			notify_tell("READY=1\nSTATUS=The new configuration is refused; the log says why");
		}
	} else if (!commands_reaped(s->commands, pid, status) && processes_await_copies(&s->processes)) {
		/* An unknown process: perhaps a copy that its template has not reported yet. */
		if (s->early_count == EARLY_MAX)
			memmove(s->early, s->early + 1, --s->early_count * sizeof *s->early);
		s->early[s->early_count++] = (struct early_end){ pid, status, clock_boot_ms() };
	}
}

/* ---- events ---- */

static void hear_signals(struct supervisor *s)
{
	struct signalfd_siginfo signal;

	while (read(s->signals, &signal, sizeof signal) == sizeof signal) {
		if (signal.ssi_signo == SIGHUP)
			begin_reload(s);
		else if (signal.ssi_signo != SIGCHLD)
			begin_stopping(s, SUPERVISOR_STOPPED);
	}
	/* The queue first: when it has ended, that is why others have. */
	const struct process *queue = queue_of(s);
	int status;
	pid_t pid = queue ? waitpid(queue->pid, &status, WNOHANG) : 0;
	if (pid > 0)
		process_reaped(s, pid, status);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		process_reaped(s, pid, status);
}

static void hear_queue(struct supervisor *s, struct process *queue)
{
	struct frame frame;
	struct peer peer;

	if (channel_fill(queue->channel) < 0)
		queue->kill_ms = queue->kill_ms ? queue->kill_ms : in_scaled_ms(s, ROLE_END_MS);
	while (queue->channel && channel_next(queue->channel, &frame)) {
		io_close(&frame.fd);
		if (frame.type == FRAME_SPAWN) {
			begin_asked(s, frame.payload);
		} else if (frame.type == FRAME_KILL && peer_decode(frame.payload, &peer) == 0) {
			struct process *p = processes_find(&s->processes, peer.role, peer.instance);
			if (p && p->role != ROLE_QUEUE)
				process_kill(p);
		} else if (frame.type == FRAME_HEARTBEAT) {
			/* The first says that the store is open: what is handed over is taken. */
			watchdog_hear(&s->watchdog, clock_boot_ms());
			if (!s->is_ready)
				notify_tell("READY=1\nSTATUS=");
			s->is_ready = true;
		} else if (frame.type == FRAME_RELOAD) {
			begin_reload(s);
		} else if (frame.type == FRAME_DRAINED && s->phase == DRAINING) {
			enter_ending(s);
		}
	}
}

static bool is_heard(const struct process *p)
{
	return p->channel && p->kill_ms == 0 && !p->deaf;
}

static void prepare_poll(struct supervisor *s)
{
	s->set = mem_resize(s->set, FIRST_PROCESS_SLOT + 2 * s->processes.count, sizeof *s->set);
	s->set[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
	s->set[1] = (struct pollfd){ .fd = check_fd(&s->check), .events = POLLIN };
	for (size_t i = 0; i < s->processes.count; i++) {
		const struct process *p = s->processes.items[i];
		bool hears = is_heard(p);
		bool writes = p->channel && p->kill_ms == 0 && channel_wants_write(p->channel);
		s->set[FIRST_PROCESS_SLOT + i] = (struct pollfd){
			.fd = p->channel && (hears || writes) ? channel_fd(p->channel) : -1,
			.events = (short)((hears ? POLLIN : 0) | (writes ? POLLOUT : 0)) };
		s->set[FIRST_PROCESS_SLOT + s->processes.count + i] = (struct pollfd){
			.fd = p->files ? channel_fd(p->files) : -1, .events = POLLIN };
	}
}

static void sooner(int64_t *first, int64_t candidate)
{
	if (candidate < *first)
		*first = candidate;
}

static int next_wait_ms(const struct supervisor *s)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < s->processes.count; i++) {
		const struct process *p = s->processes.items[i];
		if (p->kill_ms)
			sooner(&first, p->kill_ms);
		if (p->pid == 0)
			sooner(&first, p->answer_ms);
		if (p->idle_ms && p->channel)
			sooner(&first, idle_ends_ms(s, p));
	}
	for (size_t i = 0; i < s->slot_count; i++)
		if (is_to_begin(s, &s->slots[i]))
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

	for (size_t i = 0; i < s->processes.count; i++) {
		struct process *p = s->processes.items[i];
		if (p->kill_ms == 0 || p->kill_ms > now)
			continue;
		process_kill(p);
		p->overdue = p->pid > 0;
		p->kill_ms = now + ROLE_END_MS;      /* it is dying; do not ask again at once */
	}
	/* Copies that did not come in time; from the end, as those that are given up leave the list. */
	for (size_t i = s->processes.count; i-- > 0;) {
		struct process *p = s->processes.items[i], *template = processes_template(&s->processes, p->role);
		if (p->pid != 0 || p->answer_ms > now)
			continue;
		p->answer_ms = now + ROLE_END_MS;
		if (template) {
			/* It stands still, and its end ends what it was told to make. */
			log_line(LOG_LEVEL_ERROR, "the template of %s (process %d) makes no copies: it is ended",
			         role_name(template->role), (int)template->pid);
			process_kill(template);
		} else {
			log_line(LOG_LEVEL_ERROR, "cannot begin %s: its template does not begin", role_name(p->role));
			drop_copy(s, p);
		}
	}
}

/* Ends templates that nobody needs any more, and those that a new one is to replace. */
static void end_templates(struct supervisor *s)
{
	int64_t now = clock_boot_ms();

	for (size_t i = 0; i < s->processes.count; i++) {
		struct process *p = s->processes.items[i];
		int64_t stayed_ms = now - p->began_ms;
		bool is_old = stayed_ms >= RENEW_MS || (p->is_stale && stayed_ms >= RENEW_LEAST_MS);
		if (!process_is_template(p) || p->channel == NULL)
			continue;
		if (is_old && !processes_await_copies(&s->processes))
			ask_to_end(s, p, ROLE_END_MS);
		if (p->channel == NULL || !p->slot->on_demand)
			continue;
		if (processes_of_role(&s->processes, p->role) > 1)
			p->idle_ms = 0;
		else if (p->idle_ms == 0)
			p->idle_ms = now;
		else if (idle_ends_ms(s, p) <= now)
			ask_to_end(s, p, ROLE_END_MS);
	}
}

/* Nothing is lost when a new queue begins: callers have been told only of what was committed. */
static void watch_queue(struct supervisor *s)
{
	struct process *queue = queue_of(s);
	int64_t now = clock_boot_ms();

	if (queue == NULL)
		return;
	if (watchdog_is_over(&s->watchdog, now)) {
		log_line(LOG_LEVEL_ERROR, "the queue (process %d) has stood still for %lld s: it is ended", (int)queue->pid,
		         (long long)(now - s->watchdog.queue.heard_ms) / 1000);
		process_kill(queue);
		watchdog_queue_begins(&s->watchdog);
	}
	watchdog_tell(&s->watchdog, now);
}

static void hear_roles(struct supervisor *s, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct process *p = s->processes.items[i];
		p->speaks = is_heard(p) && (s->set[FIRST_PROCESS_SLOT + i].revents & (POLLIN | POLLHUP));
		if (p->speaks && p->role != ROLE_QUEUE && !process_is_template(p))
			hear_role(s, p);
	}
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		struct process *template = processes_template(&s->processes, role);
		if (template && template->speaks)
			hear_template(s, template);
	}
}

static void supervisor_turn(struct supervisor *s)
{
	size_t count = s->processes.count;
	struct fault ignored = { 0 };

	prepare_poll(s);
	if (poll(s->set, FIRST_PROCESS_SLOT + 2 * count, next_wait_ms(s)) < 0)
		return;
	bool check_speaks = s->set[1].revents, signalled = s->set[0].revents;
	/* A role whose channel breaks is about to be reaped: that says more than the channel. */
	for (size_t i = 0; i < count; i++) {
		struct process *p = s->processes.items[i];
		short events = s->set[FIRST_PROCESS_SLOT + i].revents;
		if (p->channel && (events & (POLLOUT | POLLERR | POLLHUP)) && channel_flush(p->channel) < 0 && p->kill_ms == 0)
			p->kill_ms = in_scaled_ms(s, ROLE_END_MS);
	}
	for (size_t i = 0; i < count; i++)
		if (s->set[FIRST_PROCESS_SLOT + count + i].revents)
			hear_files(s, s->processes.items[i]);
	hear_roles(s, count);
	struct process *queue = queue_of(s);
	if (queue && queue->speaks)
		hear_queue(s, queue);
	if (check_speaks)
		check_hear(&s->check);
	if (signalled)
		hear_signals(s);
	kill_due(s);
	end_templates(s);
	watch_queue(s);
	check_enforce(&s->check);
	commands_enforce(s->commands);
	step_phase(s);
	begin_due(s);
	/* It has grown by keys and passwords on their way to roles. A limit that is too low has been logged before. */
	memory_lock_heap(&ignored);
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
	const struct settings *settings = o->starter.settings;
	struct supervisor s = { .options = *o, .phase = RUNNING, .check = CHECK_NONE, .signals = listen_to_signals() };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	watchdog_begin(&s.watchdog, settings->time_scale);
	s.commands = commands_new(settings, &(struct commands_user){ tell_secret, begin_refresher, cancel_refresher, &s });
	add_slots(&s, ROLE_QUEUE, 1);
	add_slots(&s, ROLE_RESOLVER, 1);
	if (settings->dkim_count > 0)
		add_slots(&s, ROLE_SIGNER, settings->signers ? settings->signers : cores > 0 ? (size_t)cores : 1);
	add_slots(&s, ROLE_PICKUP, settings->pickups ? settings->pickups : 1);
	for (size_t i = 0; i < LISTEN_PLACES_MAX; i++)
		if (o->starter.held->listen[i] >= 0) {
			add_slots(&s, ROLE_SMTPD, 1);
			break;
		}
	if (settings->event_command[0])
		add_slots(&s, ROLE_EVENT, 1);
	add_slots(&s, ROLE_SMTP, 1);
	add_slots(&s, ROLE_ESMTP, 1);
	for (enum role role = ROLE_BOUNCE; role <= ROLE_LOCAL; role++) {    /* rarely needed, and sts holds five megabytes */
		add_slots(&s, role, 1);
		s.slots[s.slot_count - 1].on_demand = true;
	}
	begin_due(&s);
	while (s.phase != ENDED)
		supervisor_turn(&s);
	check_cancel(&s.check);
	commands_free(s.commands);
	io_close(&s.signals);
	free(s.set);
	free(s.slots);
	processes_free(&s.processes);
	return s.end;
}
