/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/options.h"

#include "base/mail/esmtp_words.h"
#include "base/view/selection.h"

#include <stdlib.h>

enum flag_kind {
	BARE,       /* others may follow in the same argument */
	WORD,       /* what follows in the same argument belongs to it */
	VALUE,      /* the rest of the argument, or else the next one */
};

struct flag;
typedef int flag_handler(struct options *o, const struct flag *flag, const char *value, struct fault *f);

struct flag {
	const char *name;
	enum flag_kind kind;
	flag_handler *handle;
	int argument;   /* a mode, or the bit of a set */
};

/* Parts of the queue. What a pattern is, Sendmail takes for a part of the address. */
enum { BY_ID, BY_NOT_ID, BY_RECIPIENT, BY_NOT_RECIPIENT, BY_SENDER, BY_NOT_SENDER };

static const struct {
	const char *name;      /* in base/view/selection.h */
	bool is_pattern;
} parts[] = {
	[BY_ID] = { "id", false }, [BY_NOT_ID] = { "not-id", false },
	[BY_RECIPIENT] = { "recipient", true }, [BY_NOT_RECIPIENT] = { "not-recipient", true },
	[BY_SENDER] = { "sender", true }, [BY_NOT_SENDER] = { "not-sender", true },
};

static flag_handler ignore_option, choose_mode, run_queue, run_queue_group, choose_messages, other_mode, other_old_option, old_dots,
	dots_are_text, recipients_from_header, be_verbose, set_sender, set_full_name, set_config, set_envid,
	set_notify, set_ret, set_body_type, set_long_option, of_another;

/* Longest flag first: -oi must win over -o. */
static const struct flag flags[] = {
	{ "ba", WORD, choose_mode, MODE_SUBMIT },   /* line ends of CRLF are understood in any mode */
	{ "bC", WORD, choose_mode, MODE_CHECK },
	{ "bD", WORD, choose_mode, MODE_FOREGROUND },
	{ "bd", WORD, choose_mode, MODE_DAEMON },
	{ "bH", WORD, choose_mode, MODE_PURGESTAT },
	{ "bh", WORD, choose_mode, MODE_HOSTSTAT },
	{ "bi", WORD, choose_mode, MODE_ALIASES },
	{ "bl", WORD, choose_mode, MODE_DAEMON },
	{ "bm", WORD, choose_mode, MODE_SUBMIT },
	{ "bP", WORD, choose_mode, MODE_COUNT },
	{ "bp", WORD, choose_mode, MODE_LIST },
	{ "bs", WORD, choose_mode, MODE_SMTP },
	{ "bt", WORD, choose_mode, MODE_TEST },
	{ "bv", WORD, choose_mode, MODE_VERIFY },
	{ "oMaa", VALUE, ignore_option, 0 },        /* Exim's: what it is to note of where a message came from */
	{ "oMai", VALUE, ignore_option, 0 },
	{ "oMas", VALUE, ignore_option, 0 },
	{ "oMa", VALUE, ignore_option, 0 },
	{ "oMi", VALUE, ignore_option, 0 },
	{ "oMm", VALUE, ignore_option, 0 },
	{ "oMr", VALUE, ignore_option, 0 },
	{ "oMs", VALUE, ignore_option, 0 },
	{ "oMt", VALUE, ignore_option, 0 },
	{ "oA", VALUE, ignore_option, 0 },          /* alias file */
	{ "oi", WORD, old_dots, 0 },
	{ "q!I", VALUE, choose_messages, BY_NOT_ID },
	{ "q!Q", WORD, run_queue, MODE_NOTHING_LOST },
	{ "q!R", VALUE, choose_messages, BY_NOT_RECIPIENT },
	{ "q!S", VALUE, choose_messages, BY_NOT_SENDER },
	{ "qG", VALUE, run_queue_group, 0 },
	{ "qI", VALUE, choose_messages, BY_ID },
	{ "qL", WORD, run_queue, MODE_NOTHING_LOST },
	{ "qQ", WORD, run_queue, MODE_NOTHING_LOST },
	{ "qR", VALUE, choose_messages, BY_RECIPIENT },
	{ "qS", VALUE, choose_messages, BY_SENDER },
	{ "qf", WORD, run_queue, MODE_FLUSH },      /* in the foreground, as always */
	{ "qp", WORD, run_queue, MODE_RUNNER },     /* by a process that stays; an interval may follow */
	{ "A", VALUE, ignore_option, 0 },           /* which configuration of Sendmail's two */
	{ "B", VALUE, set_body_type, 0 },
	{ "C", VALUE, set_config, 0 },
	{ "D", VALUE, ignore_option, 0 },           /* debug log */
	{ "F", VALUE, set_full_name, 0 },
	{ "G", BARE,  ignore_option, 0 },           /* relay submission */
	{ "I", BARE,  choose_mode, MODE_ALIASES },
	{ "L", VALUE, ignore_option, 0 },           /* tag for the log */
	{ "M", VALUE, ignore_option, 0 },           /* macro */
	{ "N", VALUE, set_notify, 0 },
	{ "O", VALUE, set_long_option, 0 },
	{ "Q", WORD,  ignore_option, 0 },           /* quarantine reason */
	{ "R", VALUE, set_ret, 0 },
	{ "T", BARE,  ignore_option, 0 },
	{ "U", BARE,  ignore_option, 0 },           /* initial submission */
	{ "V", VALUE, set_envid, 0 },
	{ "X", VALUE, ignore_option, 0 },           /* traffic log */
	{ "a", VALUE, of_another, 0 },              /* msmtp: account; ssmtp: login */
	{ "b", VALUE, other_mode, 0 },
	{ "c", BARE,  ignore_option, 0 },
	{ "d", WORD,  ignore_option, 0 },           /* debug levels */
	{ "e", VALUE, ignore_option, 0 },           /* how to tell of errors */
	{ "f", VALUE, set_sender, 0 },
	{ "h", VALUE, ignore_option, 0 },           /* hop count */
	{ "i", BARE,  dots_are_text, 0 },
	{ "m", BARE,  ignore_option, 0 },           /* me too */
	{ "n", BARE,  ignore_option, 0 },           /* no aliases */
	{ "o", VALUE, other_old_option, 0 },
	{ "p", VALUE, ignore_option, 0 },           /* received by protocol */
	{ "q", WORD,  run_queue, MODE_FLUSH },      /* an interval may follow */
	{ "r", VALUE, set_sender, 0 },
	{ "s", BARE,  ignore_option, 0 },           /* keep From_ lines */
	{ "t", BARE,  recipients_from_header, 0 },
	{ "v", BARE,  be_verbose, 0 },
	{ "x", BARE,  ignore_option, 0 },
};

static const struct {
	const char *program;
	enum mode mode;
} names[] = {
	{ "mailq", MODE_LIST },
	{ "newaliases", MODE_ALIASES },
	{ "hoststat", MODE_HOSTSTAT },
	{ "purgestat", MODE_PURGESTAT },
	{ "smtpd", MODE_SMTP },
	{ "rmail", MODE_RMAIL },
};

static void warn_of_option(struct options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warn_of_option(struct options *o, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&o->warnings, format, ap);
	va_end(ap);
	buf_add_byte(&o->warnings, '\n');
}

static void warn_of_value(struct options *o, const char *name, const char *value)
{
	warn_of_option(o, "the option -%s is unknown and is ignored together with its value \"%s\"", name, value);
}

/* ---- what the flags do ---- */

static int ignore_option(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	(void)o, (void)flag, (void)value, (void)f;
	return 0;
}

/* Of a program that some take for sendmail; what it says about the way is for our configuration to say. */
static int of_another(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	(void)f;
	warn_of_value(o, flag->name, value);
	return 0;
}

static int choose_mode(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	(void)value, (void)f;
	o->mode = (enum mode)flag->argument;
	o->mode_given = true;
	return 0;
}

/* With an interval it would be a queue runner, which signetd is. */
static int run_queue(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	bool every = flag->argument == MODE_FLUSH && value[0] >= '0' && value[0] <= '9';

	if (value[0] == '!')
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "-q%s: what is left out is named by -q!I, -q!R or -q!S", value);
	if (!o->mode_given)
		o->mode = every ? MODE_RUNNER : (enum mode)flag->argument;
	return 0;
}

static int run_queue_group(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	(void)flag, (void)f;
	warn_of_option(o, "-qG %s: there are no queue groups here; the whole queue is meant", value);
	if (!o->mode_given)
		o->mode = MODE_FLUSH;
	return 0;
}

/* Ids may be several; of patterns the last counts. */
static int choose_messages(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	bool contains = parts[flag->argument].is_pattern && strcmp(value, "<>") != 0;
	const char *name = parts[flag->argument].name, *star = contains ? "*" : "";
	struct selection checked = { .uid = -1 };
	struct buf part = { 0 };

	buf_printf(&part, "%s%s%s", star, value, star);
	int result = selection_set(&checked, span_of(name), buf_span(&part), f);
	if (result == 0)
		buf_printf(&o->chosen, "%s %s\n", name, buf_text(&part));
	if (result == 0 && !o->mode_given)
		o->mode = MODE_FLUSH;
	selection_free(&checked);
	buf_free(&part);
	return result;
}

/* A flag that is written in two arguments: "-b p". */
static const struct flag *find_pair(char first, const char *value)
{
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (flags[i].name[0] == first && flags[i].name[1] != '\0' && flags[i].name[1] == value[0])
			return &flags[i];
	return NULL;
}

static int other_mode(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	const struct flag *pair = find_pair(flag->name[0], value);

	if (pair == NULL)
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "there is no mode -b%s; nothing was sent", value);
	return pair->handle(o, pair, value + 1, f);
}

static int other_old_option(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	const struct flag *pair = find_pair(flag->name[0], value);

	return pair ? pair->handle(o, pair, value + 1, f) : 0;
}

/* "-oi", and Sendmail's "-oiFalse". */
static int old_dots(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	(void)flag, (void)f;
	o->dots_are_text = value[0] == '\0' || strchr("fFnN0", value[0]) == NULL;
	return 0;
}

static int dots_are_text(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	(void)flag, (void)value, (void)f;
	o->dots_are_text = true;
	return 0;
}

static int recipients_from_header(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	(void)flag, (void)value, (void)f;
	o->recipients_from_header = true;
	return 0;
}

static int be_verbose(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	(void)flag, (void)value, (void)f;
	o->verbose = true;
	return 0;
}

static int set_sender(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	(void)flag, (void)f;
	o->sender = value;
	return 0;
}

static int set_full_name(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	(void)flag, (void)f;
	o->full_name = value;
	return 0;
}

static int set_config(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	(void)flag, (void)f;
	o->config = value;
	return 0;
}

/* RFC 3461 section 4.4: xtext of at most 100 bytes. */
static int set_envid(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	size_t fits = 0;

	(void)flag, (void)f;
	while (value[fits] > ' ' && value[fits] < 0x7f && value[fits] != '=')
		fits++;
	if (value[fits] == '\0' && fits > 0 && fits <= 100)
		o->envid = value;
	else
		warn_of_option(o, "-V %s is not an envelope id (RFC 3461 section 4.4) and is ignored", value);
	return 0;
}

/* Blanks may stand around the commas, which they may not in SMTP. */
static int set_notify(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	struct span rest = span_of(value);
	struct buf words = { 0 };
	uint8_t notify;

	(void)flag, (void)f;
	while (rest.at) {
		buf_add_span(&words, span_trim(span_cut(&rest, ',')));
		if (rest.at)
			buf_add_byte(&words, ',');
	}
	if (esmtp_words_notify(buf_span(&words), &notify))
		o->notify = notify;
	else
		warn_of_option(o, "-N %s is neither \"never\" nor a list of success, failure and delay, and is ignored", value);
	buf_free(&words);
	return 0;
}

static int set_ret(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	enum dsn_ret ret;

	(void)flag, (void)f;
	if (esmtp_words_ret(span_of(value), &ret))
		o->ret = ret;
	else
		warn_of_option(o, "-R %s is neither \"full\" nor \"hdrs\" and is ignored", value);
	return 0;
}

/* "RequireTLS=yes", "IgnoreDots=True"; those of Sendmail and Postfix that are not known here are ignored. */
static int set_long_option(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	struct span setting = span_of(value), name = span_trim(span_cut(&setting, '='));

	(void)flag;
	setting = span_trim(setting);
	/* As Sendmail reads the value of an option that is on or off. */
	if (span_eq_nocase(name, SPAN("IgnoreDots")))
		o->dots_are_text = setting.len == 0 || strchr("tTyY1", setting.at[0]) != NULL;
	if (!span_eq_nocase(name, SPAN("RequireTLS")))
		return 0;
	o->require_tls = span_eq_nocase(setting, SPAN("yes")) || span_eq_nocase(setting, SPAN("true"));
	if (!o->require_tls && !span_eq_nocase(setting, SPAN("no")) && !span_eq_nocase(setting, SPAN("false")))
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "-O RequireTLS= must be yes or no, not \"%s\"", value);
	return 0;
}

static int set_body_type(struct options *o, const struct flag *flag, const char *value, struct fault *f)
{
	enum body_type type;

	(void)flag, (void)f;
	if (esmtp_words_body(span_of(value), &type))
		o->body_type = type;
	else
		warn_of_option(o, "-B %s is neither \"7BIT\" nor \"8BITMIME\" and is ignored", value);
	return 0;
}

/* ---- parsing ---- */

static const struct flag *find_flag(const char *at)
{
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (strncmp(at, flags[i].name, strlen(flags[i].name)) == 0)
			return &flags[i];
	return NULL;
}

/* Options of msmtp that take a value, which may be the next argument. */
static const char *const long_with_value[] = {
	"account", "aliases", "auto-from-domain", "domain", "file", "from", "host", "logfile", "maildomain", "passwordeval",
	"port", "protocol", "proxy-host", "proxy-port", "socket", "source-ip", "timeout", "tls-cert-file", "tls-crl-file",
	"tls-fingerprint", "tls-host-override", "tls-key-file", "tls-min-dh-prime-bits", "tls-priorities", "tls-trust-file",
	"user",
};

static bool is_value_of_unknown(const struct options *o, const char *unknown, int argc, char **argv, int i)
{
	if (i >= argc || argv[i][0] == '-' || argv[i][0] == '\0')
		return false;
	for (size_t k = 0; unknown[0] == '-' && k < sizeof long_with_value / sizeof long_with_value[0]; k++)
		if (strcmp(unknown + 1, long_with_value[k]) == 0)
			return true;
	if (strchr(argv[i], '@') || strchr(unknown, '='))
		return false;
	/* Only where others give recipients: operands, of which argument i may be one, after it or before it, or -t. */
	bool others = o->recipients_from_header || o->operand_count > 0;
	for (int k = i + 1; k < argc && !others; k++)
		others = argv[k][0] != '-' || strcmp(argv[k], "-t") == 0 || strcmp(argv[k], "-ti") == 0 ||
		         (strcmp(argv[k], "--") == 0 && k + 1 < argc);
	return others;
}

/* All flags of argument *i, which may take the next argument too. */
static int parse_flags(struct options *o, int argc, char **argv, int *i, struct fault *f)
{
	const char *at = argv[*i] + 1;

	while (*at) {
		const struct flag *flag = find_flag(at);
		if (flag == NULL || *at == '-') {
			/* at comes after the dash. The next argument goes too where it is the flag's value. */
			if (is_value_of_unknown(o, at, argc, argv, *i + 1))
				warn_of_value(o, at, argv[++*i]);
			else
				warn_of_option(o, "the option -%s is unknown and is ignored", at);
			return 0;
		}
		at += strlen(flag->name);
		if (flag->kind == BARE) {
			if (flag->handle(o, flag, "", f) < 0)
				return -1;
			continue;
		}
		if (flag->kind == VALUE && *at == '\0') {
			if (*i + 1 >= argc)
				return fault_set(f, FAULT_PERMANENT, "5.5.4", "-%s needs an argument; nothing was sent",
				                 flag->name);
			at = argv[++*i];
		}
		return flag->handle(o, flag, at, f);
	}
	return 0;
}

int options_parse(int argc, char **argv, struct options *out, struct fault *f)
{
	bool ended = false;

	*out = (struct options){ .program = "sendmail", .full_name = "", .envid = "" };
	if (argc > 0) {
		const char *slash = strrchr(argv[0], '/');
		out->program = slash ? slash + 1 : argv[0];
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
			if (strcmp(out->program, names[i].program) == 0) {
				out->mode = names[i].mode;
				out->mode_given = true;
			}
		}
	}
	out->operands = mem_resize(NULL, (size_t)argc + 1, sizeof *out->operands);
	for (int i = 1; i < argc; i++) {
		bool is_operand = ended || argv[i][0] != '-' || argv[i][1] == '\0';
		if (is_operand && (argv[i][0] == '\0' || strcmp(argv[i], "-") == 0))
			warn_of_option(out, "the argument \"%s\" is not a recipient and is ignored", argv[i]);
		else if (is_operand)
			out->operands[out->operand_count++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			ended = true;
		else if (strcmp(argv[i], "--json") == 0)
			out->json = true;
		else if (parse_flags(out, argc, argv, &i, f) < 0)
			return -1;
	}
	out->dots_are_text |= out->mode == MODE_RMAIL;
	if (out->json && out->mode != MODE_LIST)
		warn_of_option(out, "the option --json is known to mailq alone and is ignored");
	return 0;
}

void options_free(struct options *o)
{
	free(o->operands);
	buf_free(&o->warnings);
	buf_free(&o->chosen);
	*o = (struct options){ 0 };
}
