/* SPDX-License-Identifier: ISC */
/*
 * sendmail - takes a message from stdin, or speaks SMTP there (-bs), and hands
 * over durably what it gets; under other names or with -bp and -q it asks after
 * the queue. See sendmail(8).
 */
#include "base/conf/config.h"
#include "base/mail/record.h"
#include "sendmail-shim/about.h"
#include "sendmail-shim/check_aliases.h"
#include "sendmail-shim/elsewhere.h"
#include "sendmail-shim/options.h"
#include "sendmail-shim/query.h"
#include "sendmail-shim/recipients.h"
#include "sendmail-shim/smtp_stdio.h"
#include "sendmail-shim/stdin_message.h"
#include "sendmail-shim/submission.h"
#include "sendmail-shim/tell_caller.h"
#include "sendmail-shim/uucp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

/* What a caller may have left in a state that would harm: closed descriptors, deadly signals. */
static void prepare_process(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDWR) < 0)
			_exit(EX_OSERR);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

static void replace_text(char **at, const char *with)
{
	free(*at);
	*at = mem_text(with);
}

/* A broken file costs no mail: the caller is told, and the defaults are used. */
static void read_settings(const struct options *o, struct settings *s)
{
	const char *path = o->config ? o->config : secure_getenv("SIGNET_CONFIG");
	struct fault f = { 0 };

	path = path && path[0] ? path : CONFIG_DEFAULT_FILE;
	if (config_read_for_submission(path, s, &f) < 0) {
		fault_prefix(&f, "the defaults are used, since the configuration is broken");
		tell_caller(span_of(f.text));
	}
	/* A container that its host's signetd serves needs no file for that. */
	const char *socket_path = secure_getenv("SIGNET_SOCKET");
	if (socket_path && socket_path[0]) {
		replace_text(&s->socket, socket_path);
		replace_text(&s->queue, "disk");
	}
	if (settings_have_no_queue(s))
		setenv("SIGNET_CONFIG", path, 1);    /* LIBEXEC/once reads all of it */
}

/* ---- submission ---- */

static int begin_record(const struct options *o, struct record *r, struct fault *f)
{
	const char *name = secure_getenv("NAME");
	r->full_name = submission_text(o->full_name[0] || name == NULL ? o->full_name : name);
	r->envid = mem_text(o->envid);
	r->ret = o->ret;
	r->body_type = o->body_type;
	r->require_tls = o->require_tls;
	r->headers_gave_recipients = o->recipients_from_header;
	if (submission_begin(r, o->program, f) < 0)
		return -1;
	if (o->sender && sender_from_argument(r, o->sender, f) < 0)
		return -1;
	for (size_t i = 0; i < o->operand_count; i++) {
		struct buf address = { 0 };
		if (o->mode == MODE_RMAIL)
			uucp_address(span_of(o->operands[i]), &address);
		else
			buf_add_text(&address, o->operands[i]);
		int result = recipients_from_argument(r, buf_text(&address), o->notify, f);
		buf_free(&address);
		if (result < 0)
			return -1;
	}
	return 0;
}

static int no_recipients(const struct options *o, struct fault *f)
{
	return fault_set(f, FAULT_PERMANENT, "5.5.4", "there are no recipients%s; nothing was sent",
	                 o->recipients_from_header ? ", neither in To, Cc or Bcc nor as arguments"
	                                           : ": name them as arguments, or take those of the header with -t");
}

static int finish_recipients(const struct options *o, uint32_t most, struct stdin_message *message, struct record *r,
                             struct fault *f)
{
	struct span whole;

	if (o->recipients_from_header) {
		struct buf warnings = { 0 };
		if (stdin_message_view(message, &whole, f) < 0)
			return -1;
		recipients_from_header(r, whole, o->notify, &warnings);
		tell_caller_lines("", buf_span(&warnings));
		buf_free(&warnings);
	}
	recipients_unite(r);
	if (r->recipient_count == 0)
		return no_recipients(o, f);
	if (r->recipient_count > most)
		return fault_set(f, FAULT_PERMANENT, "5.5.3", "%zu recipients, and the setting recipient_limit allows %u; "
		                 "nothing was sent", r->recipient_count, most);
	return 0;
}

/* The lines that UUCP hosts on the way have put before the message say who sent it, unless -f does. */
static int take_from_lines(const struct options *o, struct stdin_message *message, struct record *r, struct fault *f)
{
	struct span whole;
	struct buf path = { 0 }, sender = { 0 };
	int result = stdin_message_view(message, &whole, f);
	size_t lines = result == 0 ? uucp_from_lines(whole, &path) : 0;

	if (lines > 0 && o->sender == NULL) {
		uucp_address(buf_span(&path), &sender);
		result = sender_from_argument(r, buf_text(&sender), f);
	}
	stdin_message_drop_front(message, lines);
	buf_free(&path);
	buf_free(&sender);
	return result;
}

static int submit_message(const struct options *o, const struct settings *s, struct fault *f)
{
	struct record record = { 0 };
	struct stdin_message message = STDIN_MESSAGE_EMPTY;
	struct buf queue_id = { 0 };
	int result = -1;

	if (begin_record(o, &record, f) < 0)
		goto out;
	if (record.recipient_count == 0 && !o->recipients_from_header) {
		no_recipients(o, f);
		goto out;
	}
	if (stdin_message_read(&message, STDIN_FILENO, o->dots_are_text, s->size_limit, f) < 0 ||
	    (o->mode == MODE_RMAIL && take_from_lines(o, &message, &record, f) < 0) ||
	    finish_recipients(o, s->recipient_limit, &message, &record, f) < 0)
		goto out;
	result = submission_hand_over(&record, &message, s, &queue_id, f);
	if (result < 0 || (!o->verbose && !isatty(STDIN_FILENO)))
		goto out;
	const char *id = buf_text(&queue_id);
	if (settings_have_no_queue(s))
		dprintf(STDOUT_FILENO, "delivered to %s\n", id);
	else if (id[0])
		dprintf(STDOUT_FILENO, "queued as %s\nsignet trace %s tells what becomes of it\n", id, id);
	else
		dprintf(STDOUT_FILENO, "kept in %s until signetd runs\n", s->drop);
out:
	buf_free(&queue_id);
	stdin_message_free(&message);
	record_free(&record);
	return result;
}

/* -t and recipients have no meaning here, and neither has -f: the dialogue says all of it. */
static int speak_smtp(const struct options *o, const struct settings *s, struct fault *f)
{
	struct smtp_stdio dialogue = { STDIN_FILENO, STDOUT_FILENO, o->program, o->require_tls, s, SMTP_STDIO_IDLE_MS };

	return smtp_stdio_run(&dialogue, f);
}

/* ---- the queue ---- */

static int list_queue(const struct options *o, const struct settings *s, struct fault *f)
{
	return query_print_queue(s->socket, buf_span(&o->chosen), o->json ? QUERY_JSON : o->verbose ? QUERY_VERBOSE : QUERY_PLAIN, f);
}

static int count_queue(const struct options *o, const struct settings *s, struct fault *f)
{
	return query_print_queue(s->socket, buf_span(&o->chosen), QUERY_COUNT, f);
}

/* It says what is done, and nobody asked for that. */
static int skip_row(void *context, struct span row)
{
	(void)context, (void)row;
	return 0;
}

static int refuse_message(const struct options *o, struct fault *f)
{
	bool with_recipients = o->recipients_from_header;

	/* An interval may come after -q; an address, or -t, comes with a message. */
	for (size_t i = 0; i < o->operand_count && !with_recipients; i++)
		with_recipients = strchr(o->operands[i], '@');
	if (with_recipients)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "-q tries the queue again and takes no message; nothing was sent");
	return 0;
}

static int flush_queue(const struct options *o, const struct settings *s, struct fault *f)
{
	struct submit_query query = { SUBMIT_FLUSH, buf_span(&o->chosen) };
	struct buf sentence = { 0 };

	if (refuse_message(o, f) < 0)
		return -1;
	int result = query_ask(s->socket, &query, skip_row, NULL, &sentence, f);
	if (result == 0 && sentence.len > 0 && (o->verbose || isatty(STDOUT_FILENO)))
		dprintf(STDOUT_FILENO, "%s\n", buf_text(&sentence));
	buf_free(&sentence);
	return result;
}

static int run_queue(const struct options *o, const struct settings *s, struct fault *f)
{
	return refuse_message(o, f) < 0 ? -1 : elsewhere_say_who_runs_the_queue(s->socket, f);
}

static int say_nothing_is_lost(const struct options *o, const struct settings *s, struct fault *f)
{
	(void)o, (void)s, (void)f;
	dprintf(STDOUT_FILENO, "there are no lost and no quarantined messages here; signet queue list --held shows what is held\n");
	return 0;
}

/* Packages call newaliases when they are installed, and stop where it fails. */
static int list_aliases(const struct options *o, const struct settings *s, struct fault *f)
{
	(void)o, (void)f;
	check_aliases(&s->aliases);
	return 0;
}

/* ---- other programs ---- */

static int verify_recipients(const struct options *o, const struct settings *s, struct fault *f)
{
	struct record record = { 0 };
	struct stdin_message message = STDIN_MESSAGE_EMPTY;
	struct text_list more = { 0 };
	int result = begin_record(o, &record, f);

	if (result == 0 && o->recipients_from_header)
		result = stdin_message_read(&message, STDIN_FILENO, o->dots_are_text, s->size_limit, f);
	if (result == 0)
		result = finish_recipients(o, s->recipient_limit, &message, &record, f);
	if (record.sender_given) {
		text_list_add(&more, SPAN("--from"));
		text_list_add(&more, span_of(record.sender[0] ? record.sender : "<>"));
	}
	text_list_add(&more, SPAN("--"));
	for (size_t i = 0; i < record.recipient_count; i++)
		text_list_add(&more, span_of(record.recipients[i].address));
	if (result == 0)
		result = elsewhere_run(o, &more, f);
	text_list_free(&more);
	stdin_message_free(&message);
	record_free(&record);
	return result;
}

static int run_elsewhere(const struct options *o, const struct settings *s, struct fault *f)
{
	(void)s;
	return elsewhere_run(o, NULL, f);
}

static int begin_daemon(const struct options *o, const struct settings *s, struct fault *f)
{
	return elsewhere_begin_daemon(o, s->socket, f);
}

/* ---- without a queue ---- */

/* What asks for the queue finds it empty; who would begin one is told that there is none. */
static int say_no_queue(const struct options *o, const struct settings *s, struct fault *f)
{
	(void)s;
	if (o->mode == MODE_DAEMON || o->mode == MODE_FOREGROUND)
		return fault_set(f, FAULT_PERMANENT, "5.3.5", "the configuration has queue = \"none\": sendmail delivers by itself, and there is "
		                 "nothing for signetd to do");
	if (o->mode == MODE_FLUSH && refuse_message(o, f) < 0)
		return -1;
	if (o->mode == MODE_COUNT)
		dprintf(STDOUT_FILENO, "0\n");
	else if (o->mode != MODE_FLUSH && !o->json)
		dprintf(STDOUT_FILENO, "there is no queue (queue = \"none\"): what could not be delivered at once was refused\n");
	return 0;
}

/* ---- all modes ---- */

static int (*const modes[])(const struct options *o, const struct settings *s, struct fault *f) = {
	[MODE_SUBMIT] = submit_message,
	[MODE_SMTP] = speak_smtp,
	[MODE_RMAIL] = submit_message,
	[MODE_LIST] = list_queue,
	[MODE_COUNT] = count_queue,
	[MODE_FLUSH] = flush_queue,
	[MODE_RUNNER] = run_queue,
	[MODE_NOTHING_LOST] = say_nothing_is_lost,
	[MODE_ALIASES] = list_aliases,
	[MODE_VERIFY] = verify_recipients,
	[MODE_TEST] = run_elsewhere,
	[MODE_DAEMON] = begin_daemon,
	[MODE_FOREGROUND] = run_elsewhere,
	[MODE_HOSTSTAT] = run_elsewhere,
	[MODE_PURGESTAT] = run_elsewhere,
	[MODE_CHECK] = run_elsewhere,
};

static int run_mode(const struct options *o, struct fault *f)
{
	enum mode mode = o->mode;
	bool needs_queue = mode == MODE_LIST || mode == MODE_COUNT || mode == MODE_FLUSH || mode == MODE_RUNNER ||
	                   mode == MODE_DAEMON || mode == MODE_FOREGROUND || mode == MODE_HOSTSTAT || mode == MODE_PURGESTAT;
	struct settings settings;

	read_settings(o, &settings);
	bool missing = needs_queue && settings_have_no_queue(&settings);
	int result = (missing ? say_no_queue : modes[mode])(o, &settings, f);
	settings_free(&settings);
	return result;
}

int main(int argc, char **argv)
{
	struct options options;
	struct fault f = { 0 };

	prepare_process();
	if (about_was_asked(argc, argv))
		return EX_OK;
	int result = options_parse(argc, argv, &options, &f);
	tell_caller_as(options.program);
	if (options.mode == MODE_SMTP)
		smtp_stdio_keep_clean();
	tell_caller_lines("", buf_span(&options.warnings));
	if (result == 0)
		result = run_mode(&options, &f);
	options_free(&options);
	return result < 0 ? tell_caller_of(&f) : EX_OK;
}
