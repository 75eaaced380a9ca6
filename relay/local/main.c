/* SPDX-License-Identifier: ISC */
/*
 * local - the role that puts mail into the mailboxes of this host's users. A
 * copy holds one session, as smtp does, for one user, and becomes that user
 * before it touches a message. No network; no files but that mailbox.
 *
 * With local_command it hands the mail to a delivery agent. Then it is the
 * user and no more, but it is not confined: whatever confines a process binds
 * all that it starts, and an agent may be set-id. For the same reason
 * signetd starts the role without no_new_privs in that case alone
 * (relay/signetd/child.c). Root's mail is not for an agent to have.
 *
 * A program of the aliases (alias_programs) gets mail in the same way, as
 * command_user.
 */
#include "base/clock.h"
#include "base/conf/local_command.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mail/address.h"
#include "base/pack.h"
#include "base/program.h"
#include "relay/command_user.h"
#include "relay/confine.h"
#include "relay/local/maildir.h"
#include "relay/local/mbox.h"
#include "relay/mailbox_user.h"
#include "relay/role.h"
#include "relay/route/local_mail.h"
#include "relay/template.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	SESSION_FRAME_WAIT_MS = 60 * 1000,
	LOCK_WAIT_MS = 60 * 1000,
	LOCK_WAIT_LEAST_MS = 2 * 1000,
	AGENT_MS = 10 * 60 * 1000,
	AGENT_LEAST_MS = 2 * 1000,
};

struct work {
	const struct settings *settings;
	struct channel *queue;
	struct session session;
	struct mailbox_user user;
	struct buf maildir;         /* empty: an mbox */
	const char *program;        /* of the aliases, as it stands there; NULL: it is a user's mailbox */
	struct fault lacks;         /* why nothing can be delivered to that user */
};

/* ---- whose mailbox, and where ---- */

static bool has_agent(const struct settings *s)
{
	return s->local_command[0] != '\0';
}

/* A folder of mailboxes that its group may write to, as Debian's /var/mail, has its locks made by members of that group. */
static gid_t groups_wanted(const struct settings *s)
{
	struct stat st;

	if (has_agent(s))
		return MAILBOX_ALL_GROUPS;
	if (settings_use_maildirs(s) || stat(s->mail_folder, &st) < 0 || !(st.st_mode & S_IWGRP))
		return MAILBOX_NO_GROUP;
	return st.st_gid;
}

/* From then on the process is that user: the recipient for an agent, command_user for a program of the aliases. */
static int find_user_of_command(struct work *w)
{
	struct fault *f = &w->lacks;

	if (w->program && plain_command_is_among(w->program, &w->settings->alias_programs))
		command_user_become(w->settings, &w->user, f);
	else if (w->program)    /* the setting may have changed since the mail came */
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "the setting alias_programs does not allow \"|%s\": add it there and reload signetd, "
		          "or delete the message", w->program);
	else if (mailbox_user_find(w->session.domain, &w->user, f) < 0)
		return 0;
	else if (w->user.uid == 0)
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "mail for %s is not given to a delivery agent, which would run as root: set root = "
		          "\"you@example.org\" in the configuration and reload signetd, or make %s an alias of a person and send the message "
		          "again", w->user.name, w->user.name);
	else
		mailbox_user_become(&w->user, groups_wanted(w->settings), f);
	/* The user's other processes must not look into this one, which may speak to the queue. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
		return 0;
	log_line(LOG_LEVEL_ERROR, "cannot keep this process from being looked into: %s", strerror(errno));
	return -1;
}

/* From then on the process has rights to the mailbox alone. What is missing is reported for each message. */
static int find_mailbox(struct work *w)
{
	const struct settings *s = w->settings;
	struct confine_path path = { .path = s->mail_folder, .write = true };
	struct fault *f = &w->lacks;

	if (mailbox_user_find(w->session.domain, &w->user, f) == 0 &&
	    mailbox_user_become(&w->user, groups_wanted(s), f) == 0 && settings_use_maildirs(s)) {
		buf_printf(&w->maildir, "%s/%s", w->user.home, s->maildir);
		path.path = buf_text(&w->maildir);
		maildir_make(path.path, f);
	}
	if (f->kind == FAULT_NONE && access(path.path, X_OK) < 0)
		fault_set(f, FAULT_TEMPORARY, "4.2.0", "%s: %s; the setting mail_folder names the folder of all mailboxes, which has to be there",
		          path.path, strerror(errno));
	struct fault unconfined = { 0 };
	if (confine(ROLE_LOCAL, CONFINE_FILES, &path, f->kind == FAULT_NONE, &unconfined) == 0)
		return 0;
	log_line(LOG_LEVEL_ERROR, "%s", unconfined.text);
	return -1;
}

/* ---- messages ---- */

static int put_by_agent(struct work *w, const struct delivery *d, struct letter *l, struct fault *f)
{
	struct span address = span_of(l->address), domain = address_domain(address);
	char *local = mem_text_span(domain.len > 0 ? address_local(address) : address), *of_domain = mem_text_span(domain);
	const char *plus = strchr(local, '+');
	struct local_command_values values = { .sender = d->sender, .recipient = l->address, .local = local,
	                                       .extension = plus ? plus + 1 : "", .domain = of_domain, .user = w->user.name, .home = w->user.home };
	struct text_list words = { 0 }, environment = { 0 };
	int result = 0;

	if (w->program)
		result = plain_command_words(w->program, "the program of an alias", &words, f);
	else
		local_command_words(w->settings->local_command, &values, &words);
	local_command_environment(&values, &environment);
	program_environment(w->user.name, &environment);
	struct program agent = {
		.words = &words, .environment = &environment, .folder = w->program ? "/" : w->user.home,
		.named_by = w->program ? "an alias" : "local_command in the configuration",
		.patience_ms = clock_scaled_ms(w->settings->time_scale, AGENT_MS, AGENT_LEAST_MS), .until = -1,
		.processes_max = w->program ? COMMAND_USER_PROCESSES : 0,
	};
	letter_rewind(l, LETTER_MAILDIR);
	if (result == 0)
		result = program_run(&agent, letter_piece, l, f);
	text_list_free(&words);
	text_list_free(&environment);
	free(local);
	free(of_domain);
	return result;
}

static int put(struct work *w, const struct delivery *d, struct letter *l, struct fault *f)
{
	if (w->program || has_agent(w->settings))
		return put_by_agent(w, d, l, f);
	if (w->maildir.len > 0) {
		struct buf name = { 0 };
		/* Of this message and this recipient, and no other. */
		buf_printf(&name, "%s.R%llu.%s", d->queue_id, (unsigned long long)d->recipients[0].id, w->settings->hostname);
		int result = maildir_deliver(buf_text(&w->maildir), buf_text(&name), l, d->again, f);
		buf_free(&name);
		return result;
	}
	struct mbox m = {
		.folder = w->settings->mail_folder, .user = w->user.name,
		.lock_wait_ms = clock_scaled_ms(w->settings->time_scale, LOCK_WAIT_MS, LOCK_WAIT_LEAST_MS),
	};
	return mbox_deliver(&m, l, d->again, f);
}

static void describe(struct work *w, struct reply *out)
{
	int path = (int)strcspn(w->settings->local_command, " \t\"'");

	if (w->program)
		reply_set(out, FAULT_NONE, "2.0.0", STEP_NONE, LOCAL_HOP, "delivered to the program %s as %s", w->program, w->user.name);
	else if (has_agent(w->settings))
		reply_set(out, FAULT_NONE, "2.0.0", STEP_NONE, LOCAL_HOP, "delivered by %.*s", path, w->settings->local_command);
	else if (w->maildir.len > 0)
		reply_set(out, FAULT_NONE, "2.0.0", STEP_NONE, LOCAL_HOP, "delivered to %s", buf_text(&w->maildir));
	else
		reply_set(out, FAULT_NONE, "2.0.0", STEP_NONE, LOCAL_HOP, "delivered to %s/%s", w->settings->mail_folder, w->user.name);
}

/* -1: the queue has gone, or said what it should not. */
static int deliver(struct work *w, struct frame *frame)
{
	int64_t begun_ms = clock_boot_ms();
	struct fault f = w->lacks;
	struct buf payload = { 0 };
	struct delivery d;
	struct reply r;

	if (delivery_decode(frame->payload, &d) < 0)
		return -1;
	if (d.recipient_count != 1) {      /* the hop takes one at a time (base/conf/settings.c) */
		delivery_free(&d);
		return -1;
	}
	struct letter l = { .sender = d.sender, .address = w->program ? d.recipients[0].original : d.recipients[0].address,
	                    .fields = d.fields, .message = d.message, .fd = frame->fd, .checksum = d.checksum };
	if (f.kind == FAULT_NONE && put(w, &d, &l, &f) == 0)
		describe(w, &r);
	else
		r = reply_of_fault(&f, STEP_NONE, LOCAL_HOP);
	if (l.damaged) {
		pack_u64(&payload, d.ticket);
		pack_u8(&payload, TROUBLE_DAMAGED);
		channel_put(w->queue, FRAME_TROUBLE, buf_span(&payload), -1);
		buf_clear(&payload);
	}
	struct recipient_outcome to = { .id = d.recipients[0].id, .reply = r };
	struct outcome o = { .ticket = d.ticket, .transfer_ms = (uint32_t)(clock_boot_ms() - begun_ms), .recipients = &to, .recipient_count = 1 };
	outcome_encode(&o, &payload);
	int result = channel_send(w->queue, FRAME_OUTCOME, buf_span(&payload), -1);
	buf_free(&payload);
	letter_free(&l);
	delivery_free(&d);
	return result;
}

/* ---- the session ---- */

static void want_one(struct channel *queue)
{
	struct buf payload = { 0 };

	pack_u32(&payload, 1);
	channel_put(queue, FRAME_WANT, buf_span(&payload), -1);
	buf_free(&payload);
}

static int hold_session(struct work *w)
{
	struct session_ready ready = {
		.relay = (char *)(uintptr_t)LOCAL_HOP, .host = w->session.domain, .source = (char *)(uintptr_t)"",
		.tls = (char *)(uintptr_t)"", .tls_summary = (char *)(uintptr_t)"",
		.capabilities = CAP_SIZE | CAP_8BITMIME | CAP_SMTPUTF8 | CAP_REQUIRETLS,
	};
	struct session_end done = { .scope = SESSION_DONE };
	struct buf payload = { 0 };
	struct frame frame;
	bool is_over = false;

	session_ready_encode(&ready, &payload);
	channel_put(w->queue, FRAME_READY, buf_span(&payload), -1);
	buf_clear(&payload);
	want_one(w->queue);
	while (!is_over && channel_receive(w->queue, &frame, IO_FOREVER) == 1) {
		bool is_mail = frame.type == FRAME_DELIVER;
		int result = is_mail ? deliver(w, &frame) : 0;
		io_close(&frame.fd);
		if (result < 0 || (!is_mail && frame.type != FRAME_QUIT && frame.type != FRAME_COMMITTED))
			return EX_PROTOCOL;
		/* What was missing may be there when the next comes: a new session looks again. */
		is_over = frame.type == FRAME_QUIT || (is_mail && w->lacks.kind == FAULT_TEMPORARY);
		if (is_mail && !is_over)
			want_one(w->queue);
	}
	if (is_over) {
		session_end_encode(&done, &payload);
		channel_send(w->queue, FRAME_SESSION_END, buf_span(&payload), -1);
	}
	buf_free(&payload);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct role_start start;
	static struct work w;
	struct frame frame = { .fd = -1 };

	(void)argc;
	role_begin(ROLE_LOCAL, argv, NULL, NULL, &start);
	signal(SIGXFSZ, SIG_IGN);      /* a file that may not grow is a fault like others */
	template_serve(argv, TEMPLATE_COPIES_CONFINE, false, NULL, NULL, &start);
	w.settings = &start.settings;
	w.queue = start.queue;
	if (channel_receive(w.queue, &frame, clock_boot_ms() + SESSION_FRAME_WAIT_MS) != 1)
		template_copy_end(EXIT_SUCCESS);
	if (frame.type != FRAME_SESSION || session_decode(frame.payload, &w.session) < 0) {
		log_line(LOG_LEVEL_ERROR, "no session from the queue");
		template_copy_end(EX_PROTOCOL);
	}
	io_close(&frame.fd);
	struct span program = local_mail_program(span_of(w.session.domain));
	w.program = program.len > 0 ? program.at : NULL;
	int found = w.program || has_agent(w.settings) ? find_user_of_command(&w) : find_mailbox(&w);
	int result = found < 0 ? EX_TEMPFAIL : hold_session(&w);
	mailbox_user_free(&w.user);
	session_free(&w.session);
	buf_free(&w.maildir);
	template_copy_end(result);
}
