/* SPDX-License-Identifier: ISC */
/*
 * pickup - reads submissions from the socket and the drop folder, brings them
 * into normal form and hands them to the queue. Hostile bytes end here: it has
 * no network, no keys, and of the files only the folder of new bodies, from
 * which the queue takes what it has stored, the folders of lists that aliases include, of /proc what all users may read, and, as
 * instance 0, the drop folder. Of /etc it has what signetd opens for it: passwd and the aliases (relay/named_files.h).
 */
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pack.h"
#include "base/shape.h"
#include "relay/confine.h"
#include "relay/heartbeat.h"
#include "relay/named_files.h"
#include "relay/pickup/drop.h"
#include "relay/pickup/login_name.h"
#include "relay/pickup/submit_server.h"
#include "relay/queue_id.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
	FIRST_SERVER_SLOT = 4,      /* before it in the poll set: parent, queue, drop folder, smtpd */
	SMTPD_SAYS_MAX = 4 * 1024,  /* bytes of a frame */
};

struct role_state {
	struct role_start start;
	struct pickup pickup;
	struct named_files *files;
	struct submit_server *server;
	struct drop *drop;             /* NULL but for instance 0 */
	struct channel *smtpd;         /* NULL: there is none */
	bool ending;                   /* the parent is gone or wants us to end */
	int64_t next_heartbeat_ms;     /* boot: when to show the queue that it goes on */
	struct pollfd *set;
	size_t set_room;
};

/* ---- start ---- */

static void end_with(const struct fault *f)
{
	log_line(LOG_LEVEL_ERROR, "%s", f->text);
	exit(fault_exit_code(f));
}

static void give_up_the_rest(const struct role_state *r, const char *bodies)
{
	struct text_list lists = { 0 };
	struct fault f = { 0 };
	size_t count = 0;

	aliases_places(r->pickup.place.aliases, &lists);
	struct confine_path *paths = mem_alloc((3 + lists.count) * sizeof *paths);
	paths[count++] = (struct confine_path){ bodies, true };
	if (access("/proc", X_OK) == 0)
		paths[count++] = (struct confine_path){ "/proc", false };     /* relay/pickup/submitter.h */
	if (r->drop)
		paths[count++] = (struct confine_path){ r->start.settings.drop, true };
	for (size_t i = 0; i < lists.count; i++)
		if (access(lists.items[i], F_OK) == 0)
			paths[count++] = (struct confine_path){ lists.items[i], false };
	tzset();
	if (confine(ROLE_PICKUP, CONFINE_ACCEPT | CONFINE_FILES, paths, count, &f) < 0)
		end_with(&f);
	free(paths);
	text_list_free(&lists);
}

static void begin_pickup(struct role_state *r, char **argv)
{
	struct fault f = { 0 };

	struct role_given given = ROLE_GIVEN_NONE;
	role_begin(ROLE_PICKUP, argv, role_keep_given, &given, &r->start);
	struct buf path = { 0 };
	buf_printf(&path, "%s/body/new", r->start.settings.spool);
	char *bodies = buf_take(&path);
	r->pickup = (struct pickup){ .settings = &r->start.settings, .queue = r->start.queue };
	r->pickup.place.settings = &r->start.settings;
	r->pickup.place.routes = routes_open(&r->start.settings, given.tables);
	if (r->pickup.place.routes == NULL) {
		fault_set(&f, FAULT_TEMPORARY, "4.3.0", "the routing tables did not come from signetd");
		end_with(&f);
	}
	r->files = named_files_new(&r->start.settings, given.files);
	r->pickup.place.logins = (struct login_file){ named_files_open_passwd, r->files };
	r->pickup.place.aliases = aliases_new(&r->start.settings.aliases);
	aliases_open_by(r->pickup.place.aliases, named_files_open_alias, r->files);
	r->pickup.place.tells_aliases = r->start.instance == 0;
	intake_refresh_aliases(&r->pickup.place);
	r->pickup.place.maker = QUEUE_ID_PICKUP + (unsigned)r->start.instance;
	r->pickup.place.body_folder = open(bodies, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->pickup.place.body_folder < 0) {
		fault_set(&f, FAULT_TEMPORARY, "4.3.0", "cannot open the spool's folder %s: %s", bodies, strerror(errno));
		end_with(&f);
	}
	r->server = submit_server_new(&r->pickup, ROLE_FD_LISTEN);
	if (r->start.instance == 0 && (r->drop = drop_new(&r->pickup, &f)) == NULL)
		end_with(&f);
	give_up_the_rest(r, bodies);
	free(bodies);
}

/* ---- the queue's frames ---- */

static void take_frame(struct role_state *r, const struct frame *frame)
{
	struct unpack u = unpack_from(frame->payload);

	if (frame->fd >= 0)
		close(frame->fd);
	if (frame->type == FRAME_SUBMITTED) {
		struct submitted answer;
		if (submitted_decode(frame->payload, &answer) < 0) {
			log_line(LOG_LEVEL_ERROR, "a malformed answer from the queue");
			exit(EX_PROTOCOL);
		}
		if (!submit_server_submitted(r->server, &answer) && r->drop)
			drop_submitted(r->drop, &answer);
		submitted_free(&answer);
	} else if (frame->type == FRAME_ROW || frame->type == FRAME_QUERY_END) {
		uint64_t ticket = unpack_u64(&u);
		struct span text = unpack_span(&u);
		if (frame->type == FRAME_ROW)
			submit_server_row(r->server, ticket, text);
		else
			submit_server_query_end(r->server, ticket, text);
	} else if (frame->type == FRAME_QUERY_REFUSED) {
		uint64_t ticket = unpack_u64(&u);
		struct fault f;
		if (u.bad || shape_decode(&fault_shape, span_between(u.at, u.end), &f) < 0 || f.kind == FAULT_NONE) {
			log_line(LOG_LEVEL_ERROR, "a malformed refusal from the queue");
			exit(EX_PROTOCOL);
		}
		submit_server_query_refused(r->server, ticket, &f);
	}
}

/* ---- smtpd ---- */

/* What it says wrong, it says last. */
static void hear_smtpd(struct role_state *r)
{
	bool gone = channel_fill(r->smtpd) < 0;
	struct frame frame;
	struct caller who;

	while (!gone && channel_next(r->smtpd, &frame)) {
		if (frame.type != FRAME_CALLER || frame.fd < 0 || caller_decode(frame.payload, &who) < 0) {
			log_line(LOG_LEVEL_ERROR, "smtpd sent something that it may not: it is not heard any more");
			io_close(&frame.fd);
			gone = true;
			break;
		}
		submit_server_take(r->server, frame.fd, &who);
		caller_free(&who);
	}
	if (!gone)
		return;
	channel_free(r->smtpd);
	r->smtpd = NULL;
}

/* After START, and perhaps right behind it, signetd says who smtpd is. */
static void take_parents_frames(struct role_state *r)
{
	struct frame frame;

	while (channel_next(r->start.parent, &frame)) {
		struct peer peer;
		if (frame.type != FRAME_PEER || frame.fd < 0 || peer_decode(frame.payload, &peer) < 0 || peer.role != ROLE_SMTPD) {
			io_close(&frame.fd);
			continue;
		}
		channel_free(r->smtpd);    /* one that is still here leads to one that has ended */
		r->smtpd = channel_new(frame.fd);
		channel_limit(r->smtpd, SMTPD_SAYS_MAX, true);
	}
}

/* ---- the loop ---- */

static int wait_ms(const struct role_state *r)
{
	int64_t first = submit_server_deadline_ms(r->server);

	if (r->next_heartbeat_ms < first)
		first = r->next_heartbeat_ms;
	if (r->drop && !r->ending && drop_deadline_ms(r->drop) < first)
		first = drop_deadline_ms(r->drop);
	if (log_share_deadline_ms(&r->pickup.log_share) < first)
		first = log_share_deadline_ms(&r->pickup.log_share);
	return clock_wait_ms(first);
}

static void send_heartbeat(struct role_state *r)
{
	int64_t now = clock_boot_ms();

	if (now < r->next_heartbeat_ms)
		return;
	r->next_heartbeat_ms = now + heartbeat_every_ms(r->start.settings.time_scale);
	channel_put(r->start.queue, FRAME_HEARTBEAT, SPAN(""), -1);
	channel_flush(r->start.queue);    /* before what may make it stand still */
	if (r->pickup.place.tells_aliases)
		intake_refresh_aliases(&r->pickup.place);
}

static void pickup_turn(struct role_state *r)
{
	size_t needed = FIRST_SERVER_SLOT + submit_server_poll_max(r->server);
	int gone = 0;

	if (needed > r->set_room) {
		r->set_room = 2 * needed;
		r->set = mem_resize(r->set, r->set_room, sizeof *r->set);
	}
	send_heartbeat(r);
	r->set[0] = (struct pollfd){ .fd = r->ending ? -1 : channel_fd(r->start.parent), .events = POLLIN };
	r->set[1] = (struct pollfd){ .fd = channel_fd(r->start.queue) };
	r->set[1].events |= submit_server_is_behind(r->server) ? 0 : POLLIN;
	r->set[1].events |= channel_wants_write(r->start.queue) ? POLLOUT : 0;
	r->set[2] = (struct pollfd){ .fd = r->drop && !r->ending ? drop_fd(r->drop) : -1, .events = POLLIN };
	r->set[3] = (struct pollfd){ .fd = r->smtpd && !pickup_queue_is_full(&r->pickup) ? channel_fd(r->smtpd) : -1, .events = POLLIN };
	size_t count = submit_server_prepare(r->server, r->set + FIRST_SERVER_SLOT);

	if (poll(r->set, FIRST_SERVER_SLOT + count, wait_ms(r)) < 0)
		return;
	submit_server_work(r->server, r->set + FIRST_SERVER_SLOT, count);
	pickup_tell_left_out(&r->pickup);
	if (r->drop && !r->ending && (r->set[2].revents || drop_deadline_ms(r->drop) <= clock_boot_ms()))
		drop_work(r->drop);
	if (r->set[1].revents & (POLLIN | POLLHUP | POLLERR))
		gone = channel_fill(r->start.queue);
	for (struct frame frame; !submit_server_is_behind(r->server) && channel_next(r->start.queue, &frame);)
		take_frame(r, &frame);
	if (gone < 0 && !submit_server_is_behind(r->server))
		exit(r->ending ? EX_OK : EX_TEMPFAIL);
	if (r->smtpd && r->set[3].revents)
		hear_smtpd(r);
	if (r->set[0].revents) {
		if (channel_fill(r->start.parent) < 0) {    /* finish what is open, and end */
			r->ending = true;
			submit_server_stop(r->server);
		}
		take_parents_frames(r);
	}
	if (channel_flush(r->start.queue) < 0)
		exit(r->ending ? EX_OK : EX_TEMPFAIL);
}

int main(int argc, char **argv)
{
	static struct role_state r;

	(void)argc;
	begin_pickup(&r, argv);
	memory_give_back();
	take_parents_frames(&r);
	while (!r.ending || !submit_server_is_idle(r.server))
		pickup_turn(&r);
	if (r.drop)
		drop_end(r.drop);
	return EX_OK;
}
