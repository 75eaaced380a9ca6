/* SPDX-License-Identifier: ISC */
/*
 * The programs sendmail and signet-drop as they are, beside a server that
 * speaks the protocol and, connection by connection, misbehaves as told.
 */
#include "tests/scratch.h"
#include "tests/process.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/mail/record.h"
#include "base/mail/submit.h"
#include "base/view/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 10, ACTS_MAX = 6 };

enum act {
	ACT_NONE, ACT_ACCEPT, ACT_BUSY, ACT_REFUSE, ACT_DENY,
	ACT_LISTEN,         /* and nothing else */
	ACT_CLOSE,          /* at once */
	ACT_CLOSE_READ,     /* after reading all */
	ACT_NONSENSE,       /* for a reply */
	ACT_HALF_REPLY,
	ACT_REFUSE_EARLY,   /* having read the head alone */
	ACT_LIST, ACT_END, ACT_EMPTY_LIST,
};

static char here[] = "/tmp/sendmail-test-XXXXXX";
static char build[PATH_MAX];

static char *in_here(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, PATH_MAX, "%s/%s", here, name);
	return path;
}

/* ---- the server ---- */

static void reply(int fd, const struct submit_reply *r)
{
	struct buf out = { 0 };

	submit_encode_reply(r, &out);
	io_write_all(fd, out.at, out.len, IO_FOREVER);
	buf_free(&out);
}

static void reply_fault(int fd, enum submit_reply_kind kind, enum fault_kind fault, const char *status)
{
	struct submit_reply r = { .kind = kind };

	fault_set(&r.fault, fault, status, "said the test\nin two lines");
	reply(fd, &r);
}

static void reply_text(int fd, enum submit_reply_kind kind, struct span text)
{
	struct submit_reply r = { .kind = kind, .text = text };

	reply(fd, &r);
}

static void reply_row(int fd)
{
	struct listing_recipient recipient = { .address = "you@example.org", .reason = "no answer", .status = "4.4.1",
	                                       .next_hop = "mx" };
	struct listing_entry entry = { .queue_id = "4ABC", .size_bytes = 1234, .sender = "me@example.org",
	                               .state = LISTING_DEFERRED, .next_try_ms = 1700000000000, .waiting = 1, .recipients = &recipient,
	                               .recipient_count = 1 };
	struct buf row = { 0 };

	listing_encode(&entry, &row);
	reply_text(fd, SUBMIT_ROW, buf_span(&row));
	buf_free(&row);
}

static void act_out(int fd, enum act act)
{
	switch (act) {
	case ACT_ACCEPT:
		reply_text(fd, SUBMIT_ACCEPTED, SPAN("4TESTID"));
		break;
	case ACT_BUSY:
		reply_fault(fd, SUBMIT_BUSY, FAULT_TEMPORARY, "4.3.2");
		break;
	case ACT_REFUSE:
	case ACT_REFUSE_EARLY:
		reply_fault(fd, SUBMIT_REFUSED, FAULT_PERMANENT, "5.3.4");
		break;
	case ACT_DENY:
		reply_fault(fd, SUBMIT_REFUSED, FAULT_POLICY, "5.7.1");
		break;
	case ACT_NONSENSE:
		io_write_all(fd, "\0\0\0\4HTTP", 8, IO_FOREVER);
		break;
	case ACT_HALF_REPLY:
		io_write_all(fd, "\0\0\0\x20\1\0", 6, IO_FOREVER);
		break;
	case ACT_LIST:
		reply_row(fd);
		reply_row(fd);
		reply_text(fd, SUBMIT_END, SPAN("two"));
		break;
	case ACT_EMPTY_LIST:
	case ACT_END:
		reply_text(fd, SUBMIT_END, SPAN("done"));
		break;
	default:
		break;
	}
}

/* One record or query; what came is left in DIR/record.N up to its first megabyte. */
static void serve_one(int fd, enum act act, unsigned number)
{
	static char bytes[64 * 1024];
	struct buf kept = { 0 };
	struct record r = { 0 };
	struct submit_query q;
	uint64_t total = 0, wanted = UINT64_MAX;
	char name[32];
	ssize_t n;

	while (act != ACT_CLOSE && total < wanted && (n = io_read(fd, bytes, sizeof bytes, IO_FOREVER)) > 0) {
		total += (uint64_t)n;
		if (kept.len < 1024 * 1024)
			buf_add(&kept, bytes, (size_t)n);
		ssize_t head = wanted == UINT64_MAX ? record_decode_head(buf_span(&kept), &r, NULL) : 0;
		if (head > 0)
			wanted = (uint64_t)head + (act == ACT_REFUSE_EARLY ? 0 : r.message_bytes);
		else if (head < 0 && submit_decode_query(buf_span(&kept), &q, NULL) > 0)
			wanted = total;
		record_free(&r);
	}
	snprintf(name, sizeof name, "record.%u", number);
	int file = open(in_here(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	io_write_all(file, kept.at, kept.len, IO_FOREVER);
	close(file);
	buf_free(&kept);
	act_out(fd, act);
}

static pid_t start_server(const enum act *acts)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", here);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 5) < 0)
		abort();
	pid_t pid = fork();
	if (pid > 0) {
		close(listener);
		return pid;
	}
	signal(SIGPIPE, SIG_IGN);
	while (acts[0] == ACT_LISTEN)
		pause();
	for (unsigned i = 0; i < ACTS_MAX && acts[i]; i++) {
		int fd = accept(listener, NULL, NULL);
		serve_one(fd, acts[i], i);
		close(fd);
	}
	_exit(0);
}

/* ---- running ---- */

struct run {
	int status;             /* exit, or 128 and a signal */
	long rss_kib;
	struct buf out, err;
};

/* What a row does to the process before it becomes sendmail. */
typedef void prepare(void);

static void close_stdin(void) { close(0); }
static void close_stderr(void) { close(2); }
static void close_all(void) { close(1); close(2); }
static void join_stderr(void) { dup2(1, 2); }
static void break_stdout(void)
{
	int ends[2];
	if (pipe(ends) < 0)
		abort();
	dup2(ends[1], 1);
	close(ends[0]);
}
static void ignore_children(void) { signal(SIGCHLD, SIG_IGN); }
static void limit_files(void)
{
	struct rlimit r = { 300 * 1024, 300 * 1024 };
	setrlimit(RLIMIT_FSIZE, &r);
}

static void put_file(const char *name, struct span bytes)
{
	int fd = open(in_here(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	io_write_all(fd, bytes.at, bytes.len, IO_FOREVER);
	close(fd);
}

static void get_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY);

	if (fd >= 0)
		io_read_file(fd, out, 64 * 1024 * 1024);
	io_close(&fd);
}

static void become(const char *program, const char *const *arguments, prepare *prepare_it)
{
	char *argv[ARGUMENTS_MAX + 4] = { (char *)(uintptr_t)program };
	char path[PATH_MAX + 64];
	size_t n = 1;

	dup2(open(in_here("in"), O_RDONLY), 0);
	dup2(open(in_here("out"), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
	dup2(open(in_here("err"), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
	for (; *arguments; arguments++)
		argv[n++] = (char *)(uintptr_t)*arguments;
	snprintf(path, sizeof path, "%s/%s", build, strcmp(program, "signet-drop") == 0 ? program : "sendmail");
	setenv("SIGNET_CONFIG", in_here("conf"), 1);
	if (prepare_it)
		prepare_it();
	execv(path, argv);
	_exit(126);
}

static struct run run(const char *program, const char *const *arguments, prepare *prepare_it)
{
	struct run r = { 0 };
	struct rusage usage;
	int status;

	pid_t pid = fork();
	if (pid == 0)
		become(program, arguments, prepare_it);
	wait4(pid, &status, 0, &usage);
	r.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	r.rss_kib = usage.ru_maxrss;
	get_file(in_here("out"), &r.out);
	get_file(in_here("err"), &r.err);
	return r;
}

static void run_free(struct run *r)
{
	buf_free(&r->out);
	buf_free(&r->err);
}

/* Empties the drop folder; how many were in it, the bytes of the last in `last`. Temporary files count 100. */
static unsigned take_drops(struct buf *last)
{
	DIR *folder = opendir(in_here("drop"));
	struct dirent *entry;
	unsigned count = 0;

	while (folder && (entry = readdir(folder))) {
		char path[PATH_MAX + 512];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/drop/%s", here, entry->d_name);
		buf_clear(last);
		get_file(path, last);
		unlink(path);
		count += strstr(entry->d_name, ".tmp") ? 100 : 1;
	}
	if (folder)
		closedir(folder);
	return count;
}

static unsigned take_records(struct buf *first, bool *same)
{
	unsigned count = 0;

	*same = true;
	for (;; count++) {
		struct buf next = { 0 };
		char name[32];
		snprintf(name, sizeof name, "record.%u", count);
		if (access(in_here(name), F_OK) != 0)
			return count;
		get_file(in_here(name), count == 0 ? first : &next);
		if (count > 0)
			*same &= next.len == 0 || span_eq(buf_span(first), buf_span(&next));
		unlink(in_here(name));
		buf_free(&next);
	}
}

static void write_conf(const char *drop_folder, const char *drop_program)
{
	struct buf conf = { 0 };

	put_file("aliases", SPAN("a: b\nb c\nc: d\n"));
	buf_printf(&conf, "aliases = [ \"%s/aliases\", \"%s/none\" ];\n", here, here);
	buf_printf(&conf, "spool = \"%s\";\ndrop = \"%s/%s\";\nsocket = \"%s/socket\";\ncontrol = \"%s/control\";\ndrop_program = \"%s/%s\";\n", here,
	           here, drop_folder, here, here, build, drop_program);
	put_file("conf", buf_span(&conf));
	buf_free(&conf);
}

/* ---- the table ---- */

#define MAIL "Subject: x\n\nhello\n"
#define SMTP "EHLO me\r\nMAIL FROM:<c@d>\r\nRCPT TO:<a@b>\r\nDATA\r\n"

static const struct scenario {
	const char *what;
	enum act acts[ACTS_MAX];       /* none: no one listens */
	const char *arguments[ARGUMENTS_MAX];
	struct span message;
	int status;
	unsigned records, drops;
	struct span handed_over;       /* the message in the record */
	const char *out, *err;         /* part of it; NULL: empty */
	prepare *prepare;
	const char *program;
} scenarios[] = {
	{ .what = "accepted", .acts = { ACT_ACCEPT }, .arguments = { "-i", "a@b" }, .message = SPAN(MAIL),
	  .records = 1, .handed_over = SPAN(MAIL) },
	{ .what = "accepted, and told of", .acts = { ACT_ACCEPT }, .arguments = { "-v", "a@b" }, .message = SPAN(MAIL),
	  .records = 1, .handed_over = SPAN(MAIL), .out = "queued as 4TESTID\nsignet trace 4TESTID tells" },
	{ .what = "a lone dot ends it", .acts = { ACT_ACCEPT }, .arguments = { "a@b" }, .message = SPAN("\na\n..b\n.\nc\n"),
	  .records = 1, .handed_over = SPAN("\na\n..b\n") },
	{ .what = "a lone dot with CRLF ends it", .acts = { ACT_ACCEPT }, .arguments = { "a@b" },
	  .message = SPAN("\r\na\r\n.\r\nc\r\n"), .records = 1, .handed_over = SPAN("\r\na\r\n") },
	{ .what = "a lone dot is text", .acts = { ACT_ACCEPT }, .arguments = { "-oi", "a@b" }, .message = SPAN("\na\n.\nc\n"),
	  .records = 1, .handed_over = SPAN("\na\n.\nc\n") },
	{ .what = "an empty message", .acts = { ACT_ACCEPT }, .arguments = { "a@b" }, .message = SPAN(""), .records = 1 },
	{ .what = "NUL and bare CR", .acts = { ACT_ACCEPT }, .arguments = { "-i", "a@b" }, .message = SPAN("\0\r\n\ra\0\n\xff"),
	  .records = 1, .handed_over = SPAN("\0\r\n\ra\0\n\xff") },
	{ .what = "-t", .acts = { ACT_ACCEPT }, .arguments = { "-t" }, .message = SPAN("To: a@b\n\n"), .records = 1,
	  .handed_over = SPAN("To: a@b\n\n") },
	{ .what = "an unknown option is no reason to lose it", .acts = { ACT_ACCEPT }, .arguments = { "-i", "-z", "a@b" },
	  .message = SPAN(MAIL), .records = 1, .handed_over = SPAN(MAIL), .err = "-z is unknown" },
	{ .what = "a bad recipient in the header is left out", .acts = { ACT_ACCEPT }, .arguments = { "-t" },
	  .message = SPAN("To: a@b, \001\n\n"), .records = 1, .handed_over = SPAN("To: a@b, \001\n\n"),
	  .err = "left out: \\x5cx01\n" },
	{ .what = "busy twice, then accepted", .acts = { ACT_BUSY, ACT_BUSY, ACT_ACCEPT }, .arguments = { "-i", "a@b" },
	  .message = SPAN(MAIL), .records = 3, .handed_over = SPAN(MAIL) },
	{ .what = "refused", .acts = { ACT_REFUSE }, .arguments = { "-i", "a@b" }, .message = SPAN(MAIL), .status = 65,
	  .records = 1, .handed_over = SPAN(MAIL), .err = "sendmail: said the test\\x0ain two lines\n" },
	{ .what = "denied", .acts = { ACT_DENY }, .arguments = { "-i", "a@b" }, .message = SPAN(MAIL), .status = 77,
	  .records = 1, .handed_over = SPAN(MAIL), .err = "said the test" },
	{ .what = "the connection ends at once", .acts = { ACT_CLOSE }, .arguments = { "-i", "a@b" }, .message = SPAN(MAIL),
	  .records = 1, .drops = 1, .handed_over = SPAN(MAIL) },
	{ .what = "the connection ends without a reply", .acts = { ACT_CLOSE_READ }, .arguments = { "-i", "a@b" },
	  .message = SPAN(MAIL), .records = 1, .drops = 1, .handed_over = SPAN(MAIL) },
	{ .what = "half a reply", .acts = { ACT_HALF_REPLY }, .arguments = { "-i", "a@b" }, .message = SPAN(MAIL),
	  .records = 1, .drops = 1, .handed_over = SPAN(MAIL) },
	{ .what = "nonsense for a reply", .acts = { ACT_NONSENSE }, .arguments = { "-i", "a@b" }, .message = SPAN(MAIL),
	  .records = 1, .drops = 1, .handed_over = SPAN(MAIL) },
	{ .what = "busy, then gone", .acts = { ACT_BUSY, ACT_CLOSE_READ }, .arguments = { "-i", "a@b" },
	  .message = SPAN(MAIL), .records = 2, .drops = 1, .handed_over = SPAN(MAIL) },
	{ .what = "no signetd", .arguments = { "-i", "a@b" }, .message = SPAN(MAIL), .drops = 1, .handed_over = SPAN(MAIL) },
	{ .what = "no signetd, and told of", .arguments = { "-v", "a@b" }, .message = SPAN(MAIL), .drops = 1,
	  .handed_over = SPAN(MAIL), .out = "kept in /tmp/sendmail-test-" },
	{ .what = "no signetd, children ignored", .arguments = { "-i", "a@b" }, .message = SPAN(MAIL), .drops = 1,
	  .handed_over = SPAN(MAIL), .prepare = ignore_children },
	{ .what = "no signetd, stdout and stderr closed", .arguments = { "-i", "a@b" }, .message = SPAN(MAIL), .drops = 1,
	  .handed_over = SPAN(MAIL), .prepare = close_all },
	{ .what = "stderr closed: no warning gets into the record", .acts = { ACT_ACCEPT }, .arguments = { "-i", "-z", "a@b" },
	  .message = SPAN(MAIL), .records = 1, .handed_over = SPAN(MAIL), .prepare = close_stderr },
	{ .what = "stdin closed", .arguments = { "-i", "a@b" }, .message = SPAN(MAIL), .status = 74,
	  .err = "cannot be read from standard input", .prepare = close_stdin },
	{ .what = "no recipients", .arguments = { "-i" }, .message = SPAN(MAIL), .status = 64, .err = "there are no recipients" },
	{ .what = "no recipients with -t", .arguments = { "-t" }, .message = SPAN("To: g:;\n\n"), .status = 64,
	  .err = "neither in To, Cc or Bcc" },
	{ .what = "no recipients with -t, empty", .arguments = { "-t" }, .message = SPAN(""), .status = 64,
	  .err = "neither in To, Cc or Bcc" },
	{ .what = "CRLF in a recipient", .arguments = { "a@b\r\nDATA" }, .message = SPAN(MAIL), .status = 65,
	  .err = "control character" },
	{ .what = "CRLF in the sender", .arguments = { "-f", "a@b\r\nDATA", "c@d" }, .message = SPAN(MAIL), .status = 65,
	  .err = "control character" },
	{ .what = "an unknown mode", .arguments = { "-bX", "a@b" }, .message = SPAN(MAIL), .status = 64, .err = "no mode -bX" },
	{ .what = "-f without its argument", .arguments = { "a@b", "-f" }, .message = SPAN(MAIL), .status = 64,
	  .err = "-f needs an argument" },
	{ .what = "-bs", .acts = { ACT_ACCEPT }, .arguments = { "-bs" }, .message = SPAN(SMTP "Subject: x\r\n\r\n..html\r\n.\r\nQUIT\r\n"), .records = 1,
	  .handed_over = SPAN("Subject: x\r\n\r\n.html\r\n"), .out = "354 the message, and then a line with a dot alone\r\n"
	  "250 2.0.0 queued as 4TESTID\r\n221 2.0.0 goodbye\r\n" },
	{ .what = "-bs in LF, among other options", .acts = { ACT_ACCEPT }, .arguments = { "-t", "-odb", "-f", "x@y", "-bs", "-O", "DeliveryMode=b", "-oem", "c@d" },
	  .message = SPAN("HELO me\nMAIL FROM:<a@b>\nRCPT TO:<a@b>\nDATA\nTo: e@f\n..\n.\n"), .records = 1, .handed_over = SPAN("To: e@f\n.\n"),
	  .out = "250 2.0.0 queued as 4TESTID\r\n" },
	{ .what = "smtpd, busy and then accepted", .program = "smtpd", .arguments = { "-v", "-i" }, .acts = { ACT_BUSY, ACT_ACCEPT }, .message = SPAN(SMTP ".\r\n"), .records = 2, .out = "queued as 4TESTID" },
	{ .what = "-bs, the end of input within a message", .arguments = { "-bs" }, .message = SPAN(SMTP "x\r\n.\r"), .out = "354 " },
	{ .what = "-bs, nothing", .arguments = { "-bs" }, .message = SPAN(""), .out = " ESMTP Signet\r\n" },
	{ .what = "-bs, refused", .acts = { ACT_REFUSE }, .arguments = { "-bs" }, .message = SPAN(SMTP MAIL "\r\n.\r\nNOOP\r\n"), .records = 1,
	  .handed_over = SPAN(MAIL "\r\n"), .out = "552 5.3.4 said the test\\x0ain two lines\r\n250 2.0.0", .err = "said the test" },
	{ .what = "-bs, denied", .acts = { ACT_DENY }, .arguments = { "-bs" }, .message = SPAN(SMTP ".\r\n"), .records = 1,
	  .out = "550 5.7.1 said the test", .err = "said the test" },
	{ .what = "-bs, no signetd", .arguments = { "-bs" }, .message = SPAN(SMTP MAIL "\r\n.\r\n"), .drops = 1, .handed_over = SPAN(MAIL "\r\n"),
	  .out = "250 2.0.0 kept in /tmp/sendmail-test-" },
	{ .what = "-bs, the connection lost", .acts = { ACT_CLOSE_READ }, .arguments = { "-bs" }, .message = SPAN(SMTP MAIL "\r\n.\r\n"), .records = 1,
	  .drops = 1, .handed_over = SPAN(MAIL "\r\n"), .out = "250 2.0.0 kept in " },
	{ .what = "-bs, a recipient twice", .acts = { ACT_ACCEPT }, .arguments = { "-bs" }, .message = SPAN("MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nRCPT TO:<a@B>\r\nDATA\r\n.\r\n"),
	  .records = 1, .out = "queued as" },
	{ .what = "-bs, stdin closed", .arguments = { "-bs" }, .message = SPAN(""), .status = 74, .out = "220 ", .err = "SMTP commands cannot be read",
	  .prepare = close_stdin },
	{ .what = "-bs, nobody reads", .arguments = { "-bs" }, .message = SPAN("NOOP\r\n"), .prepare = break_stdout },
	{ .what = "-bs, stderr is the dialogue", .arguments = { "-z", "-bs" }, .message = SPAN("QUIT\r\n"), .out = "221 2.0.0", .prepare = join_stderr },
	{ .what = "-bv of no address", .arguments = { "-bv", "a@b@" }, .status = 65, .err = "signet: " },
	{ .what = "-bv of nobody", .arguments = { "-bv" }, .status = 64, .err = "there are no recipients" },
	{ .what = "-bi", .arguments = { "-bi" }, .out = "/aliases: 2 aliases, 1 fault\n", .err = "no colon" },
	{ .what = "newaliases", .program = "newaliases", .out = "/none: there is no such file, and so no aliases in it\n",
	  .err = "no colon" },
	{ .what = "newaliases: a fault", .program = "newaliases", .out = "1 fault", .err = "/aliases:2: \"b c\": there is no colon after the name" },
	{ .what = "-bt, left at once", .arguments = { "-bt" }, .message = SPAN("/quit\n") },
	{ .what = "-bt, not understood", .arguments = { "-bt" }, .message = SPAN("/mx a.example\n"), .err = "type an address" },
	{ .what = "-bd where one runs", .acts = { ACT_LISTEN }, .arguments = { "-bd", "-q30m" }, .out = "runs already" },
	{ .what = "hoststat without signetd", .program = "hoststat", .status = 75, .err = "no signetd answers" },
	{ .what = "-bh", .arguments = { "-bh" }, .acts = { ACT_DENY }, .records = 1, .status = 77, .err = "said the test" },
	{ .what = "purgestat without signetd", .program = "purgestat", .status = 75, .err = "no signetd answers" },
	{ .what = "-bH", .arguments = { "-bH" }, .acts = { ACT_END }, .records = 1, .out = "done" },
	{ .what = "rmail", .program = "rmail", .arguments = { "b!a" }, .acts = { ACT_ACCEPT }, .records = 1,
	  .message = SPAN("From joe Mon Nov 30 10:00:00 2026 remote from near\n" MAIL ".\nmore\n"),
	  .handed_over = SPAN(MAIL ".\nmore\n") },
	{ .what = "rmail of a sender that is none", .program = "rmail", .arguments = { "b!a" },
	  .message = SPAN("From a..b@ Mon Nov 30 10:00:00 2026 remote from near\n" MAIL), .status = 65, .err = "is not a mail address" },
	{ .what = "-qR", .arguments = { "-qRb" }, .acts = { ACT_END }, .records = 1 },
	{ .what = "-q!S", .arguments = { "-q!Sb", "-v" }, .acts = { ACT_END }, .records = 1, .out = "done\n" },
	{ .what = "-q30m", .arguments = { "-q30m" }, .acts = { ACT_LISTEN }, .out = "runs the queue by itself" },
	{ .what = "-q30m without signetd", .arguments = { "-q30m" }, .status = 69, .err = "sendmail -bd starts it" },
	{ .what = "-q30m and a recipient", .arguments = { "-q30m", "a@b" }, .status = 64, .err = "takes no message" },
	{ .what = "-qp and -t", .arguments = { "-qp", "-t" }, .status = 64, .err = "takes no message" },
	{ .what = "-qL", .arguments = { "-qL" }, .out = "no lost and no quarantined" },
	{ .what = "mailq --json", .program = "mailq", .arguments = { "--json" }, .acts = { ACT_LIST }, .records = 1,
	  .out = "\"queue_id\": \"4ABC\"" },
	{ .what = "mailq -v", .program = "mailq", .arguments = { "-v" }, .acts = { ACT_LIST }, .records = 1,
	  .out = "    next try 2023-11-14 22:13 UTC\n\n" },
	{ .what = "mailq of a part", .program = "mailq", .arguments = { "-qRb" }, .acts = { ACT_LIST }, .records = 1,
	  .out = "\t\tTotal requests: 2\n-- " },
	{ .what = "mailq", .program = "mailq", .acts = { ACT_LIST }, .records = 1, .out = "-- 3 Kbytes in 2 Requests.\n" },
	{ .what = "-bp", .arguments = { "-bp" }, .acts = { ACT_LIST }, .records = 1, .out = "you@example.org" },
	{ .what = "-bP", .arguments = { "-bP" }, .acts = { ACT_LIST }, .records = 1, .out = "\t\tTotal requests: 2\n-- 3 Kbytes in 2 Requests.\n" },
	{ .what = "-bC", .arguments = { "-bC" }, .message = SPAN(""), .out = "/conf: " },
	{ .what = "an empty queue", .program = "mailq", .acts = { ACT_EMPTY_LIST }, .records = 1, .out = "Mail queue is empty\n" },
	{ .what = "mailq, refused", .program = "mailq", .acts = { ACT_DENY }, .records = 1, .status = 77, .err = "said the test" },
	{ .what = "mailq, cut short", .program = "mailq", .acts = { ACT_HALF_REPLY }, .records = 1, .status = 69,
	  .err = "does not answer" },
	{ .what = "mailq, nonsense", .program = "mailq", .acts = { ACT_NONSENSE }, .records = 1, .status = 75, .err = "malformed" },
	{ .what = "mailq without signetd", .program = "mailq", .status = 69, .err = "is it running" },
	{ .what = "-q", .arguments = { "-q" }, .acts = { ACT_END }, .records = 1 },
	{ .what = "-q and an interval", .arguments = { "-q", "30m" }, .acts = { ACT_END }, .records = 1 },
	{ .what = "-q and a recipient", .arguments = { "-q", "a@b" }, .status = 64, .err = "takes no message" },
	{ .what = "-q and -t", .arguments = { "-q", "-t" }, .status = 64, .err = "takes no message" },
	{ .what = "-qI", .arguments = { "-qI4ABC", "-v" }, .acts = { ACT_END }, .records = 1, .out = "done\n" },
	{ .what = "-q without signetd", .arguments = { "-q" }, .status = 69, .err = "is it running" },
};

static void check_record(const struct buf *bytes, struct span message, const char *where)
{
	struct record r = { 0 };
	struct fault f = { 0 };
	ssize_t head = record_decode_head(buf_span(bytes), &r, &f);

	if (!ok(head > 0, "the %s has a whole record %s", where, f.text))
		return;
	is_int(r.message_bytes, message.len, "its message has that length");
	is_span(((struct span){ bytes->at + head, bytes->len - (size_t)head }), message, "and these bytes");
	ok(r.recipient_count == 1 && strcmp(r.recipients[0].address, "a@b") == 0, "its recipient");
	record_free(&r);
}

static void check_text(const struct buf *got, const char *want, const char *what)
{
	if (want == NULL)
		is_span(buf_span(got), SPAN(""), "nothing on %s", what);
	else
		ok(got->len > 0 && memmem(got->at, got->len, want, strlen(want)), "%s says %s: %.*s", what, want,
		   (int)got->len, got->at ? got->at : "");
}

/* A caller that wants no answer may be gone before the server has taken its connection. */
static void wait_for_record(unsigned count)
{
	char name[32];

	snprintf(name, sizeof name, "record.%u", count - 1);
	int64_t until_ms = clock_boot_ms() + 30 * 1000;
	while (count > 0 && clock_boot_ms() < until_ms && access(in_here(name), F_OK) < 0)
		poll(NULL, 0, 10);
}

static void play(const struct scenario *s)
{
	struct buf record = { 0 }, dropped = { 0 };
	bool same;

	put_file("in", s->message);
	pid_t server = s->acts[0] ? start_server(s->acts) : 0;
	struct run r = run(s->program ? s->program : "sendmail", s->arguments, s->prepare);
	is_int(r.status, s->status, "%s: exit %d", s->what, s->status);
	if (s->prepare != close_all && s->prepare != close_stderr)
		check_text(&r.err, s->err, "stderr");
	check_text(&r.out, s->out, "stdout");
	if (s->prepare == join_stderr)
		ok(span_starts_nocase(buf_span(&r.out), SPAN("220 ")), "which begins with the greeting");
	if (server > 0) {
		wait_for_record(s->records);
		process_signal(server, SIGTERM);
		waitpid(server, NULL, 0);
	}
	unlink(in_here("socket"));
	is_int(take_records(&record, &same), s->records, "so many times to the socket");
	ok(same, "always the same bytes");
	is_int(take_drops(&dropped), s->drops, "so many times into the drop folder");
	if (s->records > 0 && record.len > 0 && record.at[6] == 'R')
		check_record(&record, s->handed_over, "socket");
	if (s->drops > 0)
		check_record(&dropped, s->handed_over, "drop folder");
	if (s->drops > 0 && record.len > 0)
		ok(span_eq(buf_span(&dropped), buf_span(&record)), "both ways the same bytes, and id");
	buf_free(&record);
	buf_free(&dropped);
	run_free(&r);
}

/* ---- length, disks, the drop program alone ---- */

static void put_large_message(size_t bytes)
{
	struct buf line = { 0 };
	FILE *file = fopen(in_here("in"), "w");
	size_t total = (size_t)fprintf(file, "To: a@b\n\n");

	while (line.len < 64 * 1024)
		buf_add_text(&line, "twenty bytes a line\n");
	for (; total < bytes; total += line.len)
		fwrite(line.at, 1, line.len, file);
	fclose(file);
	buf_free(&line);
}

static void check_large(const char *what, const enum act *acts, int status, unsigned drops)
{
	static const char *const arguments[] = { "-t", "-i", NULL };
	struct buf dropped = { 0 };
	bool same;

	pid_t server = acts[0] ? start_server(acts) : 0;
	struct run r = run("sendmail", arguments, NULL);
	is_int(r.status, status, "%s: exit %d %s", what, status, buf_text(&r.err));
#ifndef SANITIZE
	ok(r.rss_kib < 16 * 1024, "in %ld KiB of memory", r.rss_kib);
#else
	tap_skip("in little memory", "sanitizers take their own");
#endif
	if (server > 0)
		waitpid(server, NULL, 0);
	unlink(in_here("socket"));
	take_records(&dropped, &same);
	is_int(take_drops(&dropped), drops, "drops");
	buf_free(&dropped);
	run_free(&r);
}

/* The default is kept short; MEGABYTES=300 is the long run. */
static void test_large(void)
{
	const char *megabytes = getenv("MEGABYTES");

	put_large_message((megabytes ? strtoul(megabytes, NULL, 10) : 32) * 1024 * 1024);
	check_large("a large message", (enum act[]){ ACT_ACCEPT, ACT_NONE }, 0, 0);
	check_large("a large message, refused at its head", (enum act[]){ ACT_REFUSE_EARLY, ACT_NONE }, 65, 0);
	check_large("a large message, busy and then accepted", (enum act[]){ ACT_BUSY, ACT_ACCEPT, ACT_NONE }, 0, 0);
	put_large_message(20 * 1024 * 1024);
	check_large("a large message, the connection lost", (enum act[]){ ACT_CLOSE, ACT_NONE }, 0, 1);
}

static void expect(const char *what, const char *program, const char *const *arguments, prepare *prepare_it,
                   int status, const char *err)
{
	struct buf dropped = { 0 };
	struct run r = run(program, arguments, prepare_it);

	is_int(r.status, status, "%s: exit %d", what, status);
	check_text(&r.err, err, "stderr");
	is_int(take_drops(&dropped), 0, "nothing is left in the drop folder");
	buf_free(&dropped);
	run_free(&r);
}

static void test_trouble(void)
{
	static const char *const arguments[] = { "-i", "a@b", NULL };

	put_large_message(1024 * 1024);
	expect("no room for the temporary file", "sendmail", arguments, limit_files, 75, "set TMPDIR");
	put_large_message(1000);
	write_conf("nowhere", "signet-drop");
	expect("no drop folder", "sendmail", arguments, NULL, 75, "nowhere: No such file or directory");
	write_conf("drop", "no-such-program");
	expect("no signet-drop", "sendmail", arguments, NULL, 75, "cannot be run");
	write_conf("drop", "signet-drop");
}

static void test_broken_configuration(void)
{
	put_file("conf", SPAN("socket = \n"));
	struct run r = run("mailq", (const char *const[]){ NULL }, NULL);
	check_text(&r.err, "/conf", "stderr");
	check_text(&r.err, "the defaults are used", "stderr");
	run_free(&r);
	write_conf("drop", "signet-drop");
}

static void make_record(struct buf *out)
{
	struct record r = { .message_bytes = 400 * 1024 };

	record_add_recipient(&r, SPAN("a@b"), 0, SPAN(""));
	record_encode_head(&r, out);
	for (uint64_t i = 0; i < r.message_bytes; i++)
		buf_add_byte(out, 'x');
	record_free(&r);
}

static void test_drop(void)
{
	char path[sizeof here + 8];
	const char *const arguments[] = { path, NULL };
	struct buf record = { 0 }, dropped = { 0 };
	struct stat st;

	snprintf(path, sizeof path, "%s/drop", here);
	make_record(&record);
	static const size_t cuts[] = { 0, 1, 7, 8, 11, 12, 40, 80, 100000, 400 * 1024 };
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		put_file("in", (struct span){ record.at, cuts[i] });
		expect("a record cut short", "signet-drop", arguments, NULL, 65, "ends too early");
	}
	put_file("in", buf_span(&record));
	expect("a full disk", "signet-drop", arguments, limit_files, 75, "takes no more: File too large");
	expect("no folder", "signet-drop", (const char *const[]){ in_here("none"), NULL }, NULL, 75, "No such file");
	record.at[6] = 'Q';
	put_file("in", buf_span(&record));
	expect("no record", "signet-drop", arguments, NULL, 65, "is not a submission record");
	record.at[6] = 'R';
	record.at[8] = '\x7f';
	put_file("in", buf_span(&record));
	expect("an envelope too long", "signet-drop", arguments, NULL, 65, "longer than size_limit allows");
	record.at[8] = '\0';
	buf_add_byte(&record, 'x');
	put_file("in", buf_span(&record));
	expect("a byte too many", "signet-drop", arguments, NULL, 65, "goes on after its end");
	record.len--;
	put_file("in", buf_span(&record));
	umask(0777);
	struct run r = run("signet-drop", arguments, NULL);
	umask(022);
	is_int(r.status, 0, "a whole record under a strange umask: %s", buf_text(&r.err));
	DIR *folder = opendir(in_here("drop"));
	struct dirent *entry;
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.' && fstatat(dirfd(folder), entry->d_name, &st, 0) == 0)
			is_int(st.st_mode & 07777, 0640, "%s has mode 0640", entry->d_name);
	closedir(folder);
	is_int(take_drops(&dropped), 1, "one file");
	ok(span_eq(buf_span(&dropped), buf_span(&record)), "the same bytes");
	run_free(&r);
	buf_free(&record);
	buf_free(&dropped);
}

/* What pickup wrote beside the folder is the limit, unless others may have written it. */
static void test_drop_limits(void)
{
	static const struct { const char *text; mode_t mode; int status; } rows[] = {
		{ "size_limit 1000000\n", 0644, 0 }, { "size_limit 1000\n", 0644, 65 }, { "size_limit 1000\n", 0666, 0 },
		{ "size_limit 0\n", 0644, 0 }, { "size_limit", 0644, 0 }, { "", 0644, 0 },
	};
	char path[sizeof here + 8];
	const char *const arguments[] = { path, NULL };
	struct buf record = { 0 }, dropped = { 0 };

	snprintf(path, sizeof path, "%s/drop", here);
	make_record(&record);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		put_file("drop.limits", span_of(rows[i].text));
		if (chmod(in_here("drop.limits"), rows[i].mode) < 0)
			abort();
		put_file("in", buf_span(&record));
		struct run r = run("signet-drop", arguments, NULL);
		is_int(r.status, rows[i].status, "with \"%s\", mode %o: %s", rows[i].text, (unsigned)rows[i].mode, buf_text(&r.err));
		is_int(take_drops(&dropped), rows[i].status == 0, "taken or not, and nothing left of it");
		run_free(&r);
	}
	unlink(in_here("drop.limits"));
	buf_free(&record);
	buf_free(&dropped);
}

static int make_locked(const char *name, bool locked)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/drop/%s", here, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 || (locked && fcntl(fd, F_OFD_SETLK, &lock) < 0))
		abort();
	return fd;
}

static bool is_in_drop(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/drop/%s", here, name);
	return access(path, F_OK) == 0;
}

/* Unfinished files of one's own: who still writes keeps them. */
static void test_drop_dead(void)
{
	char path[sizeof here + 8], dead[40], alive[40];
	const char *const arguments[] = { path, NULL };
	struct buf record = { 0 }, dropped = { 0 };

	snprintf(path, sizeof path, "%s/drop", here);
	snprintf(dead, sizeof dead, "%u-dead.tmp", (unsigned)geteuid());
	snprintf(alive, sizeof alive, "%u-alive.tmp", (unsigned)geteuid());
	int fds[] = { make_locked(dead, false), make_locked(alive, true), make_locked("4294967-other.tmp", false) };
	make_record(&record);
	put_file("in", buf_span(&record));
	struct run r = run("signet-drop", arguments, NULL);
	is_int(r.status, 0, "beside a dead and a living one: %s", buf_text(&r.err));
	ok(!is_in_drop(dead), "the dead one is removed");
	ok(is_in_drop(alive), "the living one is not");
	ok(is_in_drop("4294967-other.tmp"), "nor is another user's, which is pickup's to remove");
	for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
		close(fds[i]);
	is_int(take_drops(&dropped), 201, "and the record is there");
	run_free(&r);
	buf_free(&record);
	buf_free(&dropped);
}

int main(void)
{
	tap_plan(739);
	scratch_make(here);
	if (realpath(getenv("BUILD") ? getenv("BUILD") : "build", build) == NULL ||
	    mkdir(in_here("drop"), 0700) < 0)
		return 1;
	write_conf("drop", "signet-drop");
	for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
		play(&scenarios[i]);
	test_large();
	test_trouble();
	test_broken_configuration();
	test_drop();
	test_drop_limits();
	test_drop_dead();
	return tap_done();
}
