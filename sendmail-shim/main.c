/*
 * sendmail - takes a message from stdin and hands it over durably; under
 * other names or with -bp and -q it asks after the queue. See sendmail(8).
 */
#include "base/conf/config.h"
#include "base/mail/record.h"
#include "sendmail-shim/about.h"
#include "sendmail-shim/check_aliases.h"
#include "sendmail-shim/handover.h"
#include "sendmail-shim/options.h"
#include "sendmail-shim/query.h"
#include "sendmail-shim/recipients.h"
#include "sendmail-shim/stdin_message.h"
#include "sendmail-shim/tell_caller.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

/* Modes of Sendmail that this program knows and does not carry out. */
static const struct {
	enum mode mode;
	const char *why;
} refused[] = {
	{ MODE_SMTP, "SMTP on standard input (-bs) is not supported by this version; give the message on standard "
	             "input with -t or with recipients as arguments. Nothing was sent" },
	{ MODE_VERIFY, "-bv is not supported by this version; \"signet route ADDRESS\" says where mail would go. "
	               "Nothing was sent" },
	{ MODE_TEST, "-bt is not supported; \"signet route ADDRESS\" says where mail would go. Nothing was sent" },
	{ MODE_DAEMON, "the daemon is a program of its own here: start signetd (systemctl start signetd)" },
	{ MODE_HOSTSTAT, "host status (-bh) is not supported by this version; \"signet queue list\" shows why "
	                 "messages wait" },
	{ MODE_PURGESTAT, "purging host status (-bH) is not supported by this version; \"signet queue flush\" tries "
	                  "what waits" },
	{ MODE_RMAIL, "UUCP mail (rmail) is not supported by this version. Nothing was sent" },
	{ MODE_FLUSH_SOME, "-q by recipient or sender is not supported by this version; use -q, or -qI with a "
	                   "queue id" },
};

/* What a caller may have left in a state that would harm: closed descriptors, deadly signals. */
static void prepare_process(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDWR) < 0)
			_exit(EX_OSERR);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* A broken file costs no mail: it is said, and the defaults hold. */
static void read_settings(const struct options *o, struct settings *s)
{
	const char *path = o->config ? o->config : secure_getenv("SIGNET_CONFIG");
	struct fault f = { 0 };

	if (config_read_for_submission(path && path[0] ? path : CONFIG_DEFAULT_FILE, s, &f) < 0) {
		fault_prefix(&f, "the defaults are used, since the configuration is broken");
		tell_caller(span_of(f.text));
	}
}

/* ---- submission ---- */

static char *without_controls(const char *text)
{
	char *copy = mem_text(text);

	for (char *at = copy; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = ' ';
	return copy;
}

static int begin_record(const struct options *o, struct record *r, struct fault *f)
{
	r->program = without_controls(o->program);
	const char *name = secure_getenv("NAME");
	r->full_name = without_controls(o->full_name[0] || name == NULL ? o->full_name : name);
	r->envid = mem_text(o->envid);
	r->ret = o->ret;
	r->body_type = o->body_type;
	r->require_tls = o->require_tls;
	r->headers_gave_recipients = o->recipients_from_header;
	if (getrandom(r->id, sizeof r->id, 0) != (ssize_t)sizeof r->id)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "no random bytes from the kernel: %s", strerror(errno));
	if (o->sender && sender_from_argument(r, o->sender, f) < 0)
		return -1;
	for (size_t i = 0; i < o->operand_count; i++)
		if (recipients_from_argument(r, o->operands[i], o->notify, f) < 0)
			return -1;
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

static int encode_head(struct record *r, const struct stdin_message *message, struct buf *head, struct fault *f)
{
	r->message_bytes = message->bytes;
	record_encode_head(r, head);
	if (head->len > RECORD_ENVELOPE_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.5.3", "the recipients take %zu bytes, more than the %d that one "
		                 "message may have; nothing was sent", head->len, RECORD_ENVELOPE_MAX);
	return 0;
}

static void say_where(const char *queue_id, const struct settings *s)
{
	if (queue_id[0])
		dprintf(STDOUT_FILENO, "queued as %s\n", queue_id);
	else
		dprintf(STDOUT_FILENO, "kept in %s until signetd runs\n", s->drop);
}

static int hand_over_message(const struct options *o, const struct settings *s, struct span head, const struct stdin_message *message,
                             struct fault *f)
{
	struct handover h = { head, message, s, HANDOVER_PROGRESS_MS, HANDOVER_CONNECT_MS, HANDOVER_BUSY_MS };
	struct buf queue_id = { 0 };
	int result = handover(&h, &queue_id, f);

	if (result == 0 && (o->verbose || isatty(STDIN_FILENO)))
		say_where(buf_text(&queue_id), s);
	buf_free(&queue_id);
	return result;
}

static int submit_message(const struct options *o, struct fault *f)
{
	struct record record = { 0 };
	struct stdin_message message = STDIN_MESSAGE_EMPTY;
	struct buf head = { 0 };
	struct settings settings;
	int result = -1;

	read_settings(o, &settings);
	if (begin_record(o, &record, f) < 0)
		goto out;
	if (record.recipient_count == 0 && !o->recipients_from_header) {
		no_recipients(o, f);
		goto out;
	}
	if (stdin_message_read(&message, STDIN_FILENO, o->dots_are_text, settings.size_limit, f) < 0 ||
	    finish_recipients(o, settings.recipient_limit, &message, &record, f) < 0 || encode_head(&record, &message, &head, f) < 0)
		goto out;
	result = hand_over_message(o, &settings, buf_span(&head), &message, f);
out:
	buf_free(&head);
	stdin_message_free(&message);
	record_free(&record);
	settings_free(&settings);
	return result;
}

/* ---- the queue ---- */

static int list_queue(const struct options *o, struct fault *f)
{
	struct settings settings;

	read_settings(o, &settings);
	int result = query_print_queue(settings.socket, f);
	settings_free(&settings);
	return result;
}

/* A flush has no rows. */
static int skip_row(void *context, struct span row)
{
	(void)context, (void)row;
	return 0;
}

/* An interval may come after -q; an address, or -t, comes with a message. */
static bool has_recipients(const struct options *o)
{
	for (size_t i = 0; i < o->operand_count; i++)
		if (strchr(o->operands[i], '@'))
			return true;
	return o->recipients_from_header;
}

static int flush_queue(const struct options *o, struct fault *f)
{
	struct submit_query query = { SUBMIT_FLUSH, span_of(o->flush_id) };
	struct settings settings;
	struct buf sentence = { 0 };

	if (has_recipients(o))
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "-q tries the queue again and takes no message; nothing was sent");
	if (query.argument.len > 100)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "-qI %.20s... is not a queue id", o->flush_id);
	read_settings(o, &settings);
	int result = query_ask(settings.socket, &query, skip_row, NULL, &sentence, f);
	if (result == 0 && sentence.len > 0 && (o->verbose || isatty(STDOUT_FILENO)))
		dprintf(STDOUT_FILENO, "%s\n", buf_text(&sentence));
	buf_free(&sentence);
	settings_free(&settings);
	return result;
}

/* Packages call newaliases when they are installed, and stop where it fails. */
static int list_aliases(const struct options *o)
{
	struct settings settings;

	read_settings(o, &settings);
	check_aliases(&settings.aliases);
	settings_free(&settings);
	return 0;
}

static int refuse_mode(enum mode mode, struct fault *f)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (refused[i].mode == mode)
			return fault_set(f, FAULT_PERMANENT, "5.4.0", "%s", refused[i].why);
	abort();
}

static int run_mode(const struct options *o, struct fault *f)
{
	switch (o->mode) {
	case MODE_SUBMIT: return submit_message(o, f);
	case MODE_LIST:   return list_queue(o, f);
	case MODE_FLUSH:  return flush_queue(o, f);
	case MODE_ALIASES: return list_aliases(o);
	default:          return refuse_mode(o->mode, f);
	}
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
	tell_caller_lines("", buf_span(&options.warnings));
	if (result == 0)
		result = run_mode(&options, &f);
	options_free(&options);
	return result < 0 ? tell_caller_of(&f) : EX_OK;
}
