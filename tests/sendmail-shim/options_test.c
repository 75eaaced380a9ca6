/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "sendmail-shim/options.h"

enum { ARGUMENTS_MAX = 12 };

/* What a command line comes to; operands are joined by a bar. NULL sender: not given. */
static const struct {
	const char *arguments[ARGUMENTS_MAX];
	const char *operands, *sender, *full_name;
	bool header, dots_are_text;
	enum body_type body;
	uint8_t notify;
	enum dsn_ret ret;
} callers[] = {
	/* cronie, Debian cron, anacron, at */
	{ .arguments = { "sendmail", "-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root" }, "", "root", "CronDaemon", true, true },
	{ .arguments = { "sendmail", "-i", "-FCronDaemon", "-B8BITMIME", "-oem", "root" }, "root", NULL, "CronDaemon", false, true, BODY_8BITMIME },
	{ .arguments = { "sendmail", "-FAnacron", "-odi", "user" }, "user", NULL, "Anacron", false, false },
	{ .arguments = { "sendmail", "-i", "user" }, "user", NULL, "", false, true },
	{ .arguments = { "sendmail", "user" }, "user", NULL, "", false, false },
	/* mutt */
	{ .arguments = { "sendmail", "-oem", "-oi", "--", "a@b", "c@d" }, "a@b|c@d", NULL, "", false, true },
	{ .arguments = { "sendmail", "-oem", "-oi", "-B8BITMIME", "-N", "success,delay", "-R", "hdrs", "-f", "me@x", "--", "a@b" },
	  "a@b", "me@x", "", false, true, BODY_8BITMIME, NOTIFY_SUCCESS | NOTIFY_DELAY, DSN_RET_HEADERS },
	/* git send-email, s-nail, bsd-mailx, mailutils */
	{ .arguments = { "/usr/sbin/sendmail", "-i", "-f", "me@x", "a@b", "c@d" }, "a@b|c@d", "me@x", "", false, true },
	{ .arguments = { "sendmail", "-i", "-r", "me@x", "--", "a@b" }, "a@b", "me@x", "", false, true },
	{ .arguments = { "sendmail", "-oi", "-t" }, "", NULL, "", true, true },
	/* PHP mail(), PHPMailer */
	{ .arguments = { "sendmail", "-t", "-i" }, "", NULL, "", true, true },
	{ .arguments = { "sendmail", "-oi", "-fme@x", "-t" }, "", "me@x", "", true, true },
	/* MIME-tools, MIME::Lite; Email::Sender, Ruby Mail */
	{ .arguments = { "sendmail", "-t", "-oi", "-oem" }, "", NULL, "", true, true },
	{ .arguments = { "sendmail", "-i", "-f", "x@y", "--", "a@b" }, "a@b", "x@y", "", false, true },
	/* sudo, mdadm; fail2ban */
	{ .arguments = { "sendmail", "-t" }, "", NULL, "", true, false },
	{ .arguments = { "sendmail", "-f", "sender@x", "dest@y" }, "dest@y", "sender@x", "", false, false },
	/* the null sender */
	{ .arguments = { "sendmail", "-f", "", "a@b" }, "a@b", "", "", false, false },
	{ .arguments = { "sendmail", "-f", "<>", "a@b" }, "a@b", "<>", "", false, false },
	{ .arguments = { "sendmail", "-f<>", "a@b" }, "a@b", "<>", "", false, false },
	/* joined, behind recipients, in two arguments */
	{ .arguments = { "sendmail", "-ti" }, "", NULL, "", true, true },
	{ .arguments = { "sendmail", "-tif", "me@x" }, "", "me@x", "", true, true },
	{ .arguments = { "sendmail", "-tifme@x" }, "", "me@x", "", true, true },
	{ .arguments = { "sendmail", "a@b", "-f", "me@x", "c@d", "-i" }, "a@b|c@d", "me@x", "", false, true },
	{ .arguments = { "sendmail", "-o", "i", "-o", "em", "-b", "m", "a@b" }, "a@b", NULL, "", false, true },
	{ .arguments = { "sendmail", "-oiFalse", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-oit", "a@b" }, "a@b", NULL, "", false, true },
	{ .arguments = { "sendmail", "-F", "My Name", "-bm", "a@b" }, "a@b", NULL, "My Name", false, false },
	{ .arguments = { "sendmail", "-F", "", "a@b" }, "a@b", NULL, "", false, false },
	/* behind "--" anything is a recipient */
	{ .arguments = { "sendmail", "--", "-t", "-oi", "--" }, "-t|-oi|--", NULL, "", false, false },
	{ .arguments = { "sendmail", "-t", "--", "-f" }, "-f", NULL, "", true, false },
	/* the arguments of what is of no use here are no recipients */
	{ .arguments = { "sendmail", "-O", "Timeout=1", "-L", "tag", "-X", "file", "-h", "5", "-p", "proto", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-A", "c", "-M", "x", "-D", "file", "-e", "m", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-Ac", "-em", "-mnvsUGcTx", "-d", "-d0-99.1", "-Qwhy", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-odb", "-odq", "-om", "-oep", "-oee", "-oQ/tmp", "-om", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-oMr", "spam-scanned", "-oMaa", "login:x", "-oMa", "192.0.2.1", "-oMrSMTP", "-oA", "/etc/aliases", "-oi", "a@b" },
	  "a@b", NULL, "", false, true },
	{ .arguments = { "sendmail", "-V", "id", "-Nnever", "-R", "FULL", "-B", "7bit", "a@b" },
	  "a@b", NULL, "", false, false, BODY_7BIT, NOTIFY_NEVER, DSN_RET_FULL },
	/* an unknown one, or an unusable value, costs no mail */
	{ .arguments = { "sendmail", "-z", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-izt", "a@b" }, "a@b", NULL, "", false, true },
	{ .arguments = { "sendmail", "--foo", "-i", "a@b" }, "a@b", NULL, "", false, true },
	/* nor does its value become a recipient */
	{ .arguments = { "sendmail", "-a", "work", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-a", "work@b", "-t" }, "", NULL, "", true, false },
	{ .arguments = { "sendmail", "-awork", "root" }, "root", NULL, "", false, false },
	{ .arguments = { "sendmail", "-ti", "--account", "work" }, "", NULL, "", true, true },
	{ .arguments = { "sendmail", "--host", "smtp@b", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "--account=work", "root" }, "root", NULL, "", false, false },
	{ .arguments = { "sendmail", "-z", "work", "-t" }, "", NULL, "", true, false },
	{ .arguments = { "sendmail", "-z", "work", "--", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "a@b", "-z", "work" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-z", "root" }, "root", NULL, "", false, false },
	{ .arguments = { "sendmail", "-z", "a@b", "c@d" }, "a@b|c@d", NULL, "", false, false },
	{ .arguments = { "sendmail", "-y", "-z", "root" }, "root", NULL, "", false, false },
	/* Sendmail's long names, and its ARPANET mode, whose lines end with CRLF */
	{ .arguments = { "sendmail", "-O", "IgnoreDots=True", "a@b" }, "a@b", NULL, "", false, true },
	{ .arguments = { "sendmail", "-Oignoredots=yes", "a@b" }, "a@b", NULL, "", false, true },
	{ .arguments = { "sendmail", "-OIgnoreDots", "a@b" }, "a@b", NULL, "", false, true },
	{ .arguments = { "sendmail", "-i", "-O", "IgnoreDots=False", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-O", "IgnoreDotsNot=True", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-t", "-i", "-ba" }, "", NULL, "", true, true },
	{ .arguments = { "sendmail", "-b", "a", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-N", "failure,never", "-R", "some", "-B", "9bit", "-V", "a b", "a@b" }, "a@b", NULL, "", false, false },
	{ .arguments = { "sendmail", "-N", "", "-", "", "a@b" }, "a@b", NULL, "", false, false },
};

static int count_of(const char *const *arguments)
{
	int n = 0;

	while (n < ARGUMENTS_MAX && arguments[n])
		n++;
	return n;
}

static int parse(const char *const *arguments, struct options *o, struct fault *f)
{
	char *argv[ARGUMENTS_MAX + 1] = { 0 };
	int argc = count_of(arguments);

	for (int i = 0; i < argc; i++)
		argv[i] = (char *)(uintptr_t)arguments[i];
	return options_parse(argc, argv, o, f);
}

static void join(const char *const *texts, size_t count, char separator, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_byte(out, separator);
		buf_add_text(out, texts[i]);
	}
}

static void test_callers(void)
{
	for (size_t i = 0; i < sizeof callers / sizeof callers[0]; i++) {
		struct options o;
		struct fault f = { 0 };
		struct buf line = { 0 }, operands = { 0 };
		join(callers[i].arguments, (size_t)count_of(callers[i].arguments), ' ', &line);
		is_int(parse(callers[i].arguments, &o, &f), 0, "%s", buf_text(&line));
		join(o.operands, o.operand_count, '|', &operands);
		is_text(buf_text(&operands), callers[i].operands, "recipients");
		ok((o.sender == NULL) == (callers[i].sender == NULL), "sender given or not");
		is_text(o.sender, callers[i].sender, "sender");
		is_text(o.full_name, callers[i].full_name, "full name");
		ok(o.mode == MODE_SUBMIT && o.recipients_from_header == callers[i].header &&
		   o.dots_are_text == callers[i].dots_are_text, "mode, -t, -i");
		ok(o.body_type == callers[i].body && o.notify == callers[i].notify && o.ret == callers[i].ret, "DSN");
		options_free(&o);
		buf_free(&line);
		buf_free(&operands);
	}
}

static void test_require_tls(void)
{
	static const struct {
		const char *value;
		int require;         /* -1: refused */
	} rows[] = {
		{ "RequireTLS=yes", 1 }, { "requiretls=TRUE", 1 }, { "RequireTLS=no", 0 }, { "RequireTLS=maybe", -1 }, { "RequireTLS", -1 },
		{ "DeliveryMode=b", 0 }, { "", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *arguments[ARGUMENTS_MAX] = { "sendmail", "-O", rows[i].value, "a@b" };
		struct options o;
		struct fault f = { 0 };
		int result = parse(arguments, &o, &f);
		is_int(result < 0 ? -1 : o.require_tls, rows[i].require, "-O %s %s", rows[i].value, f.text);
		options_free(&o);
	}
}

static const struct {
	const char *arguments[ARGUMENTS_MAX];
	enum mode mode;
	const char *chosen;
} modes[] = {
	{ { "sendmail" }, MODE_SUBMIT, "" },
	{ { "send-mail" }, MODE_SUBMIT, "" },
	{ { "sendmail", "-bm" }, MODE_SUBMIT, "" },
	{ { "mailq" }, MODE_LIST, "" },
	{ { "/usr/bin/mailq", "-Ac", "-v" }, MODE_LIST, "" },
	{ { "mailq", "--json" }, MODE_LIST, "" },
	{ { "mailq", "-qRexample.org" }, MODE_LIST, "recipient *example.org*\n" },
	{ { "sendmail", "-bp" }, MODE_LIST, "" },
	{ { "sendmail", "-b", "p" }, MODE_LIST, "" },
	{ { "sendmail", "-bp", "-qI1" }, MODE_LIST, "id 1\n" },
	{ { "sendmail", "-q" }, MODE_FLUSH, "" },
	{ { "sendmail", "-qf" }, MODE_FLUSH, "" },
	{ { "sendmail", "-q", "30m" }, MODE_FLUSH, "" },
	{ { "sendmail", "-qIABC" }, MODE_FLUSH, "id ABC\n" },
	{ { "sendmail", "-qI", "ABC" }, MODE_FLUSH, "id ABC\n" },
	{ { "sendmail", "-qIABC", "-qIDEF" }, MODE_FLUSH, "id ABC\nid DEF\n" },
	{ { "sendmail", "-qRexample.org" }, MODE_FLUSH, "recipient *example.org*\n" },
	{ { "sendmail", "-qSme@x" }, MODE_FLUSH, "sender *me@x*\n" },
	{ { "sendmail", "-qS<>" }, MODE_FLUSH, "sender <>\n" },
	{ { "sendmail", "-qSa", "-qRb" }, MODE_FLUSH, "sender *a*\nrecipient *b*\n" },
	{ { "sendmail", "-q!Ix" }, MODE_FLUSH, "not-id x\n" },
	{ { "sendmail", "-q!Rexample.org" }, MODE_FLUSH, "not-recipient *example.org*\n" },
	{ { "sendmail", "-q!Sme" }, MODE_FLUSH, "not-sender *me*\n" },
	{ { "sendmail", "-qGslow" }, MODE_FLUSH, "" },
	{ { "sendmail", "-q30m" }, MODE_RUNNER, "" },
	{ { "sendmail", "-q1h30m" }, MODE_RUNNER, "" },
	{ { "sendmail", "-qp5m" }, MODE_RUNNER, "" },
	{ { "sendmail", "-qp" }, MODE_RUNNER, "" },
	{ { "sendmail", "-qL" }, MODE_NOTHING_LOST, "" },
	{ { "sendmail", "-qQspam" }, MODE_NOTHING_LOST, "" },
	{ { "sendmail", "-q!Qspam" }, MODE_NOTHING_LOST, "" },
	{ { "sendmail", "-bP" }, MODE_COUNT, "" },
	{ { "sendmail", "-bC" }, MODE_CHECK, "" },
	{ { "sendmail", "-bl", "-q15m" }, MODE_DAEMON, "" },
	{ { "sendmail", "-bs" }, MODE_SMTP, "" },
	{ { "smtpd" }, MODE_SMTP, "" },
	{ { "sendmail", "-bv", "a@b" }, MODE_VERIFY, "" },
	{ { "sendmail", "-bi" }, MODE_ALIASES, "" },
	{ { "sendmail", "-I" }, MODE_ALIASES, "" },
	{ { "newaliases" }, MODE_ALIASES, "" },
	{ { "sendmail", "-bt" }, MODE_TEST, "" },
	{ { "sendmail", "-bd", "-q30m" }, MODE_DAEMON, "" },
	{ { "sendmail", "-q30m", "-bD" }, MODE_FOREGROUND, "" },
	{ { "sendmail", "-bh" }, MODE_HOSTSTAT, "" },
	{ { "hoststat" }, MODE_HOSTSTAT, "" },
	{ { "sendmail", "-bH" }, MODE_PURGESTAT, "" },
	{ { "purgestat" }, MODE_PURGESTAT, "" },
	{ { "sendmail", "-ba" }, MODE_SUBMIT, "" },
	{ { "rmail", "a!b" }, MODE_RMAIL, "" },
};

static void test_modes(void)
{
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		struct options o;
		struct fault f = { 0 };
		struct buf line = { 0 };
		join(modes[i].arguments, (size_t)count_of(modes[i].arguments), ' ', &line);
		is_int(parse(modes[i].arguments, &o, &f), 0, "%s", buf_text(&line));
		is_int(o.mode, modes[i].mode, "its mode");
		is_text(buf_text(&o.chosen), modes[i].chosen, "its part of the queue");
		options_free(&o);
		buf_free(&line);
	}
}

/*
 * Whatever else sendmail(8) of Sendmail and Postfix know: with its argument in the same word and, where it may stand
 * there, in the next, the one recipient stays the one, and it stays a message. NULL: it takes none.
 */
static const struct {
	const char *flag, *argument;
	bool apart;
} others[] = {
	{ "-t", NULL, false }, { "-i", NULL, false }, { "-oi", NULL, false }, { "-f", "me@x", true }, { "-r", "me@x", true },
	{ "-F", "Full Name", true }, { "-bm", NULL, false }, { "-odi", NULL, false }, { "-odb", NULL, false }, { "-odq", NULL, false },
	{ "-om", NULL, false }, { "-oem", NULL, false }, { "-oep", NULL, false }, { "-oee", NULL, false }, { "-oeq", NULL, false },
	{ "-oew", NULL, false }, { "-o", "A/etc/aliases", true }, { "-N", "never", true }, { "-R", "hdrs", true }, { "-V", "envid", true },
	{ "-B", "7BIT", true }, { "-O", "Timeout.queuereturn=5d", true }, { "-L", "tag", true }, { "-X", "/tmp/log", true },
	{ "-A", "c", true }, { "-A", "m", true }, { "-C", "/etc/mail/submit.cf", true }, { "-d", "0-99.1", false }, { "-d", NULL, false },
	{ "-n", NULL, false }, { "-U", NULL, false }, { "-G", NULL, false }, { "-M", "rESMTP", true }, { "-h", "3", true },
	{ "-p", "ESMTP:host", true }, { "-v", NULL, false }, { "-D", "/tmp/debug", true }, { "-Q", "reason", false }, { "-e", "m", true },
	{ "-c", NULL, false }, { "-m", NULL, false }, { "-s", NULL, false }, { "-T", NULL, false }, { "-x", NULL, false },
};

static void test_every_option(void)
{
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		for (int apart = 0; apart <= others[i].apart; apart++) {
			const char *argument = others[i].argument ? others[i].argument : "";
			char word[100];
			snprintf(word, sizeof word, "%s%s", others[i].flag, apart ? "" : argument);
			const char *arguments[ARGUMENTS_MAX] = { "sendmail", word, apart ? argument : "a@b", apart ? "a@b" : NULL };
			struct options o;
			struct fault f = { 0 };
			struct buf operands = { 0 };
			int result = parse(arguments, &o, &f);
			join(o.operands, o.operand_count, '|', &operands);
			is_text(result == 0 ? buf_text(&operands) : f.text, "a@b", "%s %s: the recipient", word, apart ? argument : "");
			ok(o.mode == MODE_SUBMIT && o.warnings.len == 0, "and a message, without a warning");
			options_free(&o);
			buf_free(&operands);
		}
}

static const char *const wrong[][ARGUMENTS_MAX] = {
	{ "sendmail", "-bX", "a@b" },
	{ "sendmail", "-b", "X", "a@b" },
	{ "sendmail", "-b" },
	{ "sendmail", "-b", "" },
	{ "sendmail", "a@b", "-f" },
	{ "sendmail", "-tiF" },
	{ "sendmail", "-C" },
	{ "sendmail", "-qI" },
	{ "sendmail", "-qR" },
	{ "sendmail", "-q!S" },
	{ "sendmail", "-q!X" },
	{ "sendmail", "-qRa\nall" },
};

static void test_wrong(void)
{
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct options o;
		struct fault f = { 0 };
		is_int(parse(wrong[i], &o, &f), -1, "%s %s is refused", wrong[i][0], wrong[i][1]);
		is_int(fault_exit_code(&f), 64, "with EX_USAGE: %s", f.text);
		options_free(&o);
	}
}

static void test_others(void)
{
	static const char *const arguments[ARGUMENTS_MAX] = { "x/y/sendmail", "-C", "file", "-Venv+2B", "-v", "-y", "a" };
	struct options o;

	is_int(parse(arguments, &o, NULL), 0, "parsed");
	is_text(o.program, "sendmail", "the program's name without its folder");
	is_text(o.config, "file", "-C");
	is_text(o.envid, "env+2B", "-V");
	ok(o.verbose, "-v");
	is_text(buf_text(&o.warnings), "the option -y is unknown and is ignored\n", "the unknown one is warned of");
	options_free(&o);
	is_int(options_parse(0, NULL, &o, NULL), 0, "no argv at all");
	options_free(&o);
	static const char *const json[ARGUMENTS_MAX] = { "mailq", "--json", "-v" };
	is_int(parse(json, &o, NULL), 0, "mailq --json");
	ok(o.json && o.verbose && o.warnings.len == 0, "is for programs");
	options_free(&o);
	static const char *const mail[ARGUMENTS_MAX] = { "sendmail", "--json", "a@b" };
	is_int(parse(mail, &o, NULL), 0, "sendmail --json");
	ok(o.warnings.len > 0 && o.operand_count == 1, "is a message, and a warning");
	options_free(&o);
	static const char *const uucp[ARGUMENTS_MAX] = { "rmail", "a!b" };
	is_int(parse(uucp, &o, NULL), 0, "rmail");
	ok(o.dots_are_text, "takes dots as text");
	options_free(&o);
}

int main(void)
{
	tap_plan(737);
	test_callers();
	test_require_tls();
	test_modes();
	test_every_option();
	test_wrong();
	test_others();
	return tap_done();
}
