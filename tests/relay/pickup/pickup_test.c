/* SPDX-License-Identifier: ISC */
/*
 * Runs the real pickup, as signetd would begin it, with a played queue: what
 * callers and the drop folder give, what the queue gets, what they hear.
 */
#include "tests/scratch.h"
#include "tests/process.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/mail/submit.h"
#include "base/pack.h"
#include "base/shape.h"
#include "relay/queue_id.h"
#include "relay/role.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { PATIENCE_MS = 30 * 1000, LARGE = 300 * 1024 };

static char root[] = "/tmp/pickup-test-XXXXXX";
static char program[PATH_MAX];
static struct settings settings;
static int listener;
static pid_t pid;
static struct channel *parent, *queue;
static struct buf large;

/* ---- the stage ---- */

static const char *in_root(const char *name)
{
	static char paths[4][PATH_MAX];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", root, name);
	return path;
}

static void set_text(char **setting, const char *value)
{
	free(*setting);
	*setting = mem_text(value);
}

static struct sockaddr_un address_of_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", root);
	return address;
}

static void set_up(void)
{
	struct sockaddr_un address;
	ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);

	scratch_make(root);
	if (len < 0)
		abort();
	/* BUILD/tests/relay/pickup/pickup_test */
	char *copy = mem_text(program);
	snprintf(program, sizeof program, "%s/libexec/signet/pickup", dirname(dirname(dirname(dirname(copy)))));
	free(copy);
	settings_defaults(&settings);
	set_text(&settings.hostname, "host.example");
	set_text(&settings.domain, "example.org");
	set_text(&settings.spool, in_root("spool"));
	set_text(&settings.drop, in_root("drop"));
	set_text(&settings.log, "stderr");
	settings.time_scale = 0.02;
	settings.pickups = 1;
	settings.connections_per_user = 4;
	settings.size_limit = 1024 * 1024;
	if (mkdir(in_root("spool"), 0700) || mkdir(in_root("spool/body"), 0700) || mkdir(in_root("spool/body/new"), 0700) || mkdir(in_root("drop"), 0700))
		abort();
	address = address_of_socket();
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 64) < 0)
		abort();
	for (int i = 0; i < LARGE / 64; i++)
		buf_add_text(&large, "0123456789 0123456789 0123456789 0123456789 0123456789 01234567\n");
}

static void become_pickup(int to_parent, int to_queue)
{
	int at[] = { fcntl(to_parent, F_DUPFD, 64), fcntl(to_queue, F_DUPFD, 64), fcntl(listener, F_DUPFD, 64) };
	int log = open(in_root("log"), O_WRONLY | O_CREAT | O_APPEND, 0600);

	for (int i = 0; i < 3; i++)
		dup2(at[i], ROLE_FD_PARENT + i);
	dup2(log, STDERR_FILENO);
	close_range(6, ~0U, 0);
	execl(program, program, "0", NULL);
	_exit(99);
}

static void begin(void)
{
	int to_parent[2], to_queue[2];
	struct buf packed = { 0 };

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to_parent) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to_queue))
		abort();
	pid = fork();
	if (pid == 0)
		become_pickup(to_parent[1], to_queue[1]);
	close(to_parent[1]);
	close(to_queue[1]);
	parent = channel_new(to_parent[0]);
	queue = channel_new(to_queue[0]);
	settings_pack(&settings, &packed);
	channel_send(parent, FRAME_SETTINGS, buf_span(&packed), -1);
	channel_send(parent, FRAME_START, (struct span){ 0 }, -1);
	buf_free(&packed);
}

static int wait_for_exit(void)
{
	int64_t deadline = clock_boot_ms() + PATIENCE_MS;
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_boot_ms() > deadline)
			process_signal(pid, SIGKILL);
		poll(NULL, 0, 2);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int finish(void)
{
	channel_free(parent);
	int code = wait_for_exit();
	channel_free(queue);
	return code;
}

static size_t count_files(const char *folder)
{
	char command[PATH_MAX + 40];
	int n = -1;

	snprintf(command, sizeof command, "ls -A %s | wc -l", in_root(folder));
	FILE *out = popen(command, "r");
	if (out == NULL || fscanf(out, "%d", &n) != 1)
		abort();
	pclose(out);
	return (size_t)n;
}

static bool wait_for_files(const char *folder, size_t count)
{
	int64_t deadline = clock_boot_ms() + PATIENCE_MS;

	while (count_files(folder) != count && clock_boot_ms() < deadline)
		poll(NULL, 0, 5);
	return count_files(folder) == count;
}

/* ---- a caller ---- */

static void make_record(uint8_t id, const char *recipients, struct span message, struct buf *out)
{
	struct record r = { .id = { id }, .program = mem_text("test"), .sender = mem_text("user"), .sender_given = true,
		.full_name = mem_text(""), .envid = mem_text(""), .message_bytes = message.len };
	struct span rest = span_of(recipients);

	while (rest.at && recipients[0])
		record_add_recipient(&r, span_cut(&rest, ','), 0, SPAN(""));
	record_encode_head(&r, out);
	buf_add_span(out, message);
	record_free(&r);
}

static int call(void)
{
	struct sockaddr_un address = address_of_socket();
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		abort();
	return fd;
}

/* What does not go because the other side has closed is left; it never waits for ever, as a blocking write would. */
static void say(int fd, struct span bytes)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (io_write_all(fd, bytes.at, bytes.len, clock_boot_ms() + PATIENCE_MS) < 0 && errno != EPIPE && errno != ECONNRESET)
		fprintf(stderr, "# cannot say all: %s\n", strerror(errno));
}

static int call_with(struct span bytes)
{
	int fd = call();

	say(fd, bytes);
	return fd;
}

/* True when pickup has read what was said; false when it answers before, as it does to one too many. */
static bool is_heard(int fd)
{
	int64_t deadline = clock_boot_ms() + PATIENCE_MS;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int unread = 1;

	while (unread > 0 && clock_boot_ms() < deadline)
		if (poll(&p, 1, 2) != 0 || ioctl(fd, SIOCOUTQ, &unread) < 0)
			return false;
	return unread == 0 && poll(&p, 1, 0) == 0;    /* what it closed unread counts as read, and its answer is there */
}

static int submit_record(uint8_t id, const char *recipients, struct span message)
{
	struct buf record = { 0 };

	make_record(id, recipients, message, &record);
	int fd = call_with(buf_span(&record));
	buf_free(&record);
	return fd;
}

/* The next reply as "kind status text"; "closed", "silence". */
static const char *hear_from(int fd, struct buf *kept)
{
	static char said[700];
	struct submit_reply r = { 0 };
	struct fault f = { 0 };
	char bytes[65536];

	for (;;) {
		ssize_t took = submit_decode_reply(buf_span(kept), &r, &f);
		if (took > 0) {
			snprintf(said, sizeof said, "%d %s %.*s", (int)r.kind, r.fault.status, (int)r.text.len, r.text.at ? r.text.at : "");
			buf_drop_front(kept, (size_t)took);
			return said;
		}
		ssize_t n = took < 0 ? 0 : io_read(fd, bytes, sizeof bytes, clock_boot_ms() + PATIENCE_MS);
		if (n <= 0)
			return n == 0 ? "closed" : "silence";
		buf_add(kept, bytes, (size_t)n);
	}
}

static const char *hear(int fd)
{
	struct buf kept = { 0 };
	const char *said = hear_from(fd, &kept);

	buf_free(&kept);
	close(fd);
	return said;
}

/* ---- the queue ---- */

/* Heartbeats come in between. */
static bool next_frame(struct frame *out)
{
	do
		if (channel_receive(queue, out, clock_boot_ms() + PATIENCE_MS) != 1)
			return false;
	while (out->type == FRAME_HEARTBEAT);
	return true;
}

static bool get_submit(struct submit *out)
{
	struct frame frame;

	if (!next_frame(&frame) || frame.type != FRAME_SUBMIT || submit_decode(frame.payload, out) < 0) {
		*out = (struct submit){ 0 };
		return false;
	}
	return true;
}

static void answer(uint64_t ticket, enum fault_kind kind, const char *status)
{
	struct submitted s = { .ticket = ticket, .fault = { .kind = kind }, .queue_id = mem_text("QID1") };
	struct buf packed = { 0 };

	snprintf(s.fault.status, sizeof s.fault.status, "%s", status);
	submitted_encode(&s, &packed);
	channel_send(queue, FRAME_SUBMITTED, buf_span(&packed), -1);
	buf_free(&packed);
	submitted_free(&s);
}

static bool take_and_answer(enum fault_kind kind, const char *status)
{
	struct submit s;
	bool got = get_submit(&s);

	if (got)
		answer(s.ticket, kind, status);
	submit_free(&s);
	return got;
}

static void read_body(const struct submission *part, struct buf *out)
{
	char name[NAME_MAX];

	snprintf(name, sizeof name, "spool/body/new/%s", part->body_file);
	int fd = open(in_root(name), O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && io_read_file(fd, out, 16 * 1024 * 1024) < 0)
		abort();
	io_close(&fd);
}

/* ---- the tests ---- */

static void small_ones(void)
{
	struct submit s;
	int fd = submit_record(1, "a@b.example", SPAN("Subject: x\n\nhello\n"));

	ok(get_submit(&s) && s.count == 1, "a submission arrives");
	struct submission *p = &s.parts[0];
	is_text(p->sender, "user@example.org", "its sender is qualified");
	is_int(p->uid, getuid(), "its uid is the kernel's");
	is_int(p->id[0], 1, "its id the record's");
	is_text(p->body_file, "", "it is inline");
	is_int(p->size_bytes, p->message.len, "its size is said");
	ok(memmem(p->message.at, p->message.len, "\r\n\r\nhello\r\n", 11) != NULL, "in normal form");
	struct buf received = { 0 };
	char queue_id[QUEUE_ID_TEXT];
	queue_id_print(p->queue_id, queue_id);
	buf_printf(&received, "Received: by host.example (Signet) id %s;\r\n", queue_id);
	ok(strlen(queue_id) > 1 && span_starts_nocase(p->message, buf_span(&received)), "with Received in front, and the queue id in it");
	buf_free(&received);
	is_text(p->from_domain, "example.org", "with the domain of its From");
	answer(s.ticket, FAULT_NONE, "");
	is_text(hear(fd), "1  QID1", "the caller hears the queue id");
	submit_free(&s);

	fd = submit_record(2, "a@b.example", SPAN(""));
	ok(take_and_answer(FAULT_TEMPORARY, "4.3.1"), "a message of 0 bytes");
	is_text(hear(fd), "3 4.3.1 ", "the queue's temporary fault is busy");
	fd = submit_record(3, "a@b.example", SPAN("x"));
	take_and_answer(FAULT_PERMANENT, "5.3.4");
	is_text(hear(fd), "2 5.3.4 ", "its permanent one a refusal");

	fd = submit_record(4, "a@b.example,root,x y", SPAN("Subject: x\n\nhello\n"));
	ok(get_submit(&s) && s.count == 3, "remote, local and unreadable recipients are three parts");
	if (s.count == 3) {
		is_int(s.parts[0].part + 10 * s.parts[1].part + 100 * s.parts[2].part, 210, "numbered");
		is_text(s.parts[0].held, "", "the remote one goes");
		is_text(s.parts[1].held, "", "the local one too");
		ok(s.parts[2].recipient_count == 1 && s.parts[2].recipients[0].refused[0], "one that cannot be read is to be bounced");
	}
	answer(s.ticket, FAULT_NONE, "");
	is_text(hear(fd), "1  QID1", "and the caller hears one answer");
	submit_free(&s);
}

static void large_ones(void)
{
	struct submit s;
	struct buf body = { 0 };
	int fd = submit_record(5, "a@b.example", buf_span(&large));

	ok(get_submit(&s) && s.parts[0].body_file[0] != '\0', "a large message comes as a file");
	read_body(&s.parts[0], &body);
	is_int(body.len, s.parts[0].size_bytes, "which holds it whole");
	ok(body.len > large.len + LARGE / 64, "with CRLF line ends");
	answer(s.ticket, FAULT_NONE, "");
	is_text(hear(fd), "1  QID1", "accepted");
	is_int(count_files("spool/body/new"), 1, "the file stays with the queue");
	buf_free(&body);
	char name[PATH_MAX];
	snprintf(name, sizeof name, "spool/body/new/%s", s.parts[0].body_file);
	unlink(in_root(name));
	submit_free(&s);

	fd = submit_record(6, "a@b.example,root", buf_span(&large));
	ok(get_submit(&s) && s.count == 2, "two parts are two files");
	is_int(count_files("spool/body/new"), 2, "both there");
	answer(s.ticket, FAULT_TEMPORARY, "4.3.1");
	is_text(hear(fd), "3 4.3.1 ", "not taken");
	ok(wait_for_files("spool/body/new", 0), "both are removed");
	submit_free(&s);

	fd = submit_record(7, "a@b.example", buf_span(&large));
	ok(get_submit(&s), "a caller that leaves before the answer");
	close(fd);
	poll(NULL, 0, 50);
	answer(s.ticket, FAULT_NONE, "");
	int after = submit_record(70, "a@b.example", SPAN("x"));
	take_and_answer(FAULT_NONE, "");
	hear(after);
	is_int(count_files("spool/body/new"), 1, "does not take the stored message's file with it");
	snprintf(name, sizeof name, "spool/body/new/%s", s.parts[0].body_file);
	unlink(in_root(name));
	submit_free(&s);

	struct buf record = { 0 };
	make_record(8, "a@b.example", buf_span(&large), &record);
	fd = call_with((struct span){ record.at, record.len - 1 });
	ok(wait_for_files("spool/body/new", 1), "a large record but for its last byte");
	char command[PATH_MAX + 20];
	snprintf(command, sizeof command, "rm %s/*", in_root("spool/body/new"));
	ok(system(command) == 0, "whose file somebody removes");
	say(fd, (struct span){ record.at + record.len - 1, 1 });
	is_text(hear(fd), "3 4.3.1 ", "is not taken without it");
	fd = call_with((struct span){ record.at, record.len - 1 });
	ok(wait_for_files("spool/body/new", 1), "a record that is cut short");
	close(fd);
	ok(wait_for_files("spool/body/new", 0), "leaves nothing behind");
	buf_free(&record);
}

/* ---- bodies that SMTP does not carry as they are ---- */

/* A header section and lines of so many x, over MESSAGE_INLINE_MAX in all where there are many. */
static void add_lines(struct buf *out, const char *head, size_t bytes, size_t count)
{
	buf_add_text(out, head);
	for (; count > 0; count--) {
		for (size_t i = 0; i < bytes; i++)
			buf_add_byte(out, 'x');
		buf_add_byte(out, '\n');
	}
}

static const struct {
	const char *name, *head;
	size_t line_bytes, lines;
	const char *recipients, *encode_8bit;
	bool smarthost;
	const char *has;               /* of every part */
	bool eight_bit;
} bodies[] = {
#define TEXT "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
	{ "998", "Subject: x\n\n", 998, 1, "a@b.example", "auto", false, "\r\n\r\nxxx", false },
	{ "999", "Subject: x\n\n", 999, 1, "a@b.example", "auto", false, "\r\nContent-Transfer-Encoding: quoted-printable\r\n", false },
	{ "999, leaving and staying", "Subject: x\n\n", 999, 1, "a@b.example,root", "never", false,
	  "\r\nContent-Transfer-Encoding: quoted-printable\r\n", false },
	{ "large, leaving and staying", "Subject: x\n\n", 9999, 20, "a@b.example,root", "auto", false,
	  "\r\nContent-Transfer-Encoding: quoted-printable\r\n", false },
	{ "CR alone", "Subject: x\n\na\rb\n", 99, 1, "a@b.example", "never", false, "\r\n\r\na=0Db\r\n", false },
	{ "large, and fine", "Subject: x\n\n", 900, 200, "a@b.example", "always", false, "\r\n\r\nxxx", false },
	{ "large by its encoding", "MIME-Version: 1.0\nContent-Type: image/png\n\n", 60000, 1, "a@b.example", "auto", false,
	  "\r\nContent-Transfer-Encoding: base64\r\n\r\neHh4", false },
	{ "8-bit to an MX", TEXT "\xc3\xbc\n", 9, 1, "a@b.example", "auto", false, "\r\n\r\n\xc3\xbc\r\n", true },
	{ "8-bit through a smarthost", TEXT "\xc3\xbc\n", 20, 1, "a@b.example", "auto", true, "\r\n\r\n=C3=BC\r\n", false },
	{ "8-bit by name alone, through a smarthost", "Content-Transfer-Encoding: 8bit\n\n", 9, 1, "a@b.example", "auto", true,
	  "\r\nContent-Transfer-Encoding: 7bit\r\n", false },
	{ "8-bit through a smarthost, never", TEXT "\xc3\xbc\n", 9, 1, "a@b.example", "never", true, "\r\n\r\n\xc3\xbc\r\n", true },
	{ "8-bit, always", TEXT "\xc3\xbc\n", 20, 1, "a@b.example", "always", false, "\r\n\r\n=C3=BC\r\n", false },
	{ "8-bit and a long line", TEXT "\xc3\xbc\n", 999, 1, "a@b.example", "never", false, "\r\n\r\n=C3=BC\r\n", false },
#undef TEXT
};

static void whole_message(const struct submission *part, struct buf *out)
{
	if (part->body_file[0])
		read_body(part, out);
	else
		buf_add_span(out, part->message);
}

static void check_body(size_t row, const struct submission *part)
{
	struct buf message = { 0 };
	size_t longest = 0;

	whole_message(part, &message);
	for (size_t i = 0, line = 0; i < message.len; i++) {
		line = message.at[i] == '\n' ? 0 : line + 1;
		longest = line > longest ? line : longest;
	}
	ok(memmem(message.at, message.len, bodies[row].has, strlen(bodies[row].has)) != NULL, "%s: as it should be", bodies[row].name);
	is_int(part->eight_bit, bodies[row].eight_bit, "%s: 8-bit or not", bodies[row].name);
	ok(longest <= 999 && part->size_bytes == message.len, "%s: its lines fit, its size is said", bodies[row].name);
	buf_free(&message);
}

static void add_smarthost(void)
{
	for (size_t i = 0; i < settings_table.count; i++)
		if (strcmp(settings_table.rows[i].name, "smarthosts") == 0)
			setting_add_group(&settings_table.rows[i], &settings);
	set_text(&settings.smarthosts[0].name, "isp");
}

static void one_body(size_t row)
{
	struct buf message = { 0 };
	struct submit s;
	size_t files = 0;

	add_lines(&message, bodies[row].head, bodies[row].line_bytes, bodies[row].lines);
	int fd = submit_record((uint8_t)(100 + row), bodies[row].recipients, buf_span(&message));
	bool got = get_submit(&s);
	is_int(got ? s.count : 0, strchr(bodies[row].recipients, ',') ? 2 : 1, "%s: is taken", bodies[row].name);
	for (size_t i = 0; i < s.count; i++) {
		files += s.parts[i].body_file[0] != '\0';
		check_body(row, &s.parts[i]);
	}
	is_int(count_files("spool/body/new"), files, "%s: no file but those it is in", bodies[row].name);
	answer(s.ticket, FAULT_TEMPORARY, "4.3.1");
	hear(fd);
	ok(wait_for_files("spool/body/new", 0), "%s: not stored, nothing is left", bodies[row].name);
	submit_free(&s);
	buf_free(&message);
}

static void fit_for_smtp(void)
{
	struct buf sealed = { 0 };

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		set_text(&settings.encode_8bit, bodies[i].encode_8bit);
		if (bodies[i].smarthost && settings.smarthost_count == 0)
			add_smarthost();
		text_list_free(&settings.default_via);
		text_list_add(&settings.default_via, span_of(bodies[i].smarthost ? "isp" : "mx"));
		begin();
		one_body(i);
		finish();
	}
	text_list_free(&settings.default_via);
	set_text(&settings.encode_8bit, "auto");
	begin();
	add_lines(&sealed, "Content-Type: multipart/signed; boundary=b\n\n--b\n\n", 9999, 20);
	is_text(hear(submit_record(9, "a@b.example", buf_span(&sealed))), "2 5.6.2 ", "what is signed and cannot be carried is refused");
	ok(wait_for_files("spool/body/new", 0), "and nothing is left of it");
	finish();
	buf_free(&sealed);
}

static void refusals(void)
{
	struct buf big = { 0 };

	is_text(hear(submit_record(9, "a@b.example", SPAN("From: a@b\nFrom: c@d\n\n"))), "2 5.6.0 ", "From twice is refused");
	int fd = submit_record(9, "x y", SPAN("x"));
	ok(take_and_answer(FAULT_NONE, ""), "recipients that cannot be read are taken, for the queue to return");
	is_text(hear(fd), "1  QID1", "which the caller does not wait for");
	is_text(hear(call_with(SPAN("GET / HTTP/1.0\r\n\r\n"))), "2 5.6.0 ", "what is no record is refused");
	is_text(hear(call_with(SPAN("SIGNETR\1\xff\xff\xff\xff"))), "2 5.6.0 ", "an envelope of 4 GiB is refused");
	is_text(hear(call_with(SPAN("SIGNETR\3"))), "3 4.3.0 ", "a newer record is for later");
	is_text(hear(call_with(SPAN("SIGNETQ\1\0\0\0\5\x11\0\0\0\0"))), "2 5.7.1 ", "the owner's operations are refused here");
	while (big.len <= settings.size_limit)
		buf_add_span(&big, buf_span(&large));
	is_text(hear(submit_record(9, "a@b.example", buf_span(&big))), "2 5.3.4 ", "more than size_limit is refused, and the caller reads it");
	buf_clear(&big);
	buf_add_text(&big, "Cc: x");
	for (int i = 0; i < 500; i++)
		buf_add_text(&big, ",x");
	buf_add_text(&big, "\n\n");
	while (big.len < settings.size_limit)
		buf_add_byte(&big, big.len % 70 ? 'y' : '\n');
	is_text(hear(submit_record(9, "a@b.example", buf_span(&big))), "2 5.3.4 ", "so is what its addresses make larger");
	is_int(count_files("spool/body/new"), 0, "nothing is left of any");
	buf_free(&big);
}

enum { KNOCKERS = 8 };

/* Processes that connect and leave as fast as they can. */
static void begin_knocking(pid_t knockers[KNOCKERS])
{
	for (int i = 0; i < KNOCKERS; i++) {
		if ((knockers[i] = fork()) != 0)
			continue;
		alarm(2 * PATIENCE_MS / 1000);
		for (;;)
			close(call());
	}
}

static void end_knocking(const pid_t knockers[KNOCKERS])
{
	for (int i = 0; i < KNOCKERS; i++) {
		process_signal(knockers[i], SIGKILL);
		waitpid(knockers[i], NULL, 0);
	}
}

static void slow_callers(void)
{
	struct buf record = { 0 }, kept = { 0 };
	int fds[5];

	make_record(10, "a@b.example", SPAN("x\n"), &record);
	fds[0] = call_with((struct span){ record.at, 5 });
	fds[1] = call_with((struct span){ record.at, record.len - 1 });
	int fd = submit_record(11, "a@b.example", SPAN("y\n"));
	ok(take_and_answer(FAULT_NONE, ""), "slow callers hold nobody up");
	is_text(hear(fd), "1  QID1", "who is served meanwhile");
	say(fds[1], (struct span){ record.at + record.len - 1, 1 });
	ok(take_and_answer(FAULT_NONE, ""), "and they are served when they go on");
	is_text(hear(fds[1]), "1  QID1", "byte by byte if need be");
	int64_t begun = clock_boot_ms();
	is_text(hear_from(fds[0], &kept), "closed", "one that says nothing more loses its connection");
	ok(clock_boot_ms() - begun < 3000, "when its time is up");
	close(fds[0]);

	/* What waits for the queue keeps its place. */
	uint64_t tickets[4];
	for (int i = 0; i < 4; i++) {
		struct submit s;
		fds[i] = submit_record((uint8_t)(13 + i), "a@b.example", SPAN("y\n"));
		get_submit(&s);
		tickets[i] = s.ticket;
		submit_free(&s);
	}
	fds[4] = call_with((struct span){ record.at, 9 });
	is_text(hear(fds[4]), "3 4.3.2 ", "one too many of a user is told to come back");
	pid_t knockers[KNOCKERS];
	begin_knocking(knockers);
	poll(NULL, 0, 100);
	for (int i = 0; i < 4; i++)
		answer(tickets[i], FAULT_NONE, "");
	for (int i = 0; i < 4; i++)
		is_text(hear(fds[i]), "1  QID1", "those that knock without end do not keep it from others");
	end_knocking(knockers);
	struct stat log;
	ok(stat(in_root("log"), &log) == 0 && log.st_size < 64 * 1024, "nor fill the log");

	/* What says nothing gives it to who comes. */
	for (int i = 0; i < 4; i++) {
		fds[i] = call_with((struct span){ record.at, 9 });
		is_heard(fds[i]);
	}
	for (int64_t until = clock_boot_ms() + PATIENCE_MS; clock_boot_ms() < until; close(fd)) {
		fd = call_with((struct span){ record.at, 9 });
		if (is_heard(fd))
			break;
	}
	say(fd, (struct span){ record.at + 9, record.len - 9 });
	ok(take_and_answer(FAULT_NONE, ""), "one more than a user may have gets the place of one that says nothing");
	is_text(hear(fd), "1  QID1", "and is served");
	is_text(hear(fds[0]), "3 4.3.2 ", "which is told to come back");
	for (int i = 1; i < 4; i++)
		close(fds[i]);
	buf_free(&record);
	buf_free(&kept);
}

static void send_row(uint64_t ticket, const char *text, enum frame_type type)
{
	struct buf packed = { 0 };

	pack_u64(&packed, ticket);
	pack_text(&packed, text);
	channel_send(queue, (uint16_t)type, buf_span(&packed), -1);
	buf_free(&packed);
}

static void queries(void)
{
	struct buf asked = { 0 }, kept = { 0 };
	struct frame frame = { .fd = -1 };
	struct query q = { 0 };

	submit_encode_query(&(struct submit_query){ .operation = SUBMIT_LIST, .argument = SPAN("") }, &asked);
	int fd = call_with(buf_span(&asked));
	ok(next_frame(&frame) && frame.type == FRAME_QUERY && query_decode(frame.payload, &q) == 0, "a list reaches the queue");
	is_int(q.uid, getuid(), "with the caller's uid");
	ok(q.all && q.operation == SUBMIT_LIST, "and whether it may see all");
	send_row(q.ticket, "row1", FRAME_ROW);
	send_row(q.ticket, "row2", FRAME_ROW);
	send_row(q.ticket, "end", FRAME_QUERY_END);
	is_text(hear_from(fd, &kept), "4  row1", "rows come back");
	is_text(hear_from(fd, &kept), "4  row2", "in order");
	is_text(hear_from(fd, &kept), "5  end", "and the end");
	close(fd);
	query_free(&q);
	buf_clear(&kept);

	/* What a user may ask, and what the queue refuses. */
	static const struct { unsigned operation; bool asked; } operations[] = {
		{ SUBMIT_FLUSH, true }, { SUBMIT_SHOW, true }, { SUBMIT_TRACE, true }, { SUBMIT_DELETE, true }, { SUBMIT_DELETE + 1, false },
		{ 16, false }, { 18, false }, { 255, false },
	};
	for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
		struct buf other = { 0 };
		submit_encode_query(&(struct submit_query){ (enum submit_operation)operations[i].operation, SPAN("id A\n") }, &other);
		fd = call_with(buf_span(&other));
		if (operations[i].asked) {
			struct fault f;
			struct buf packed = { 0 };
			ok(next_frame(&frame) && frame.type == FRAME_QUERY && query_decode(frame.payload, &q) == 0 &&
			   q.operation == operations[i].operation && strcmp(q.argument, "id A\n") == 0,
			   "operation %u reaches the queue", operations[i].operation);
			fault_set(&f, FAULT_PERMANENT, "5.5.4", "no");
			pack_u64(&packed, q.ticket);
			shape_encode(&fault_shape, &f, &packed);
			channel_send(queue, FRAME_QUERY_REFUSED, buf_span(&packed), -1);
			is_text(hear_from(fd, &kept), "2 5.5.4 ", "and its refusal the caller");
			buf_free(&packed);
			query_free(&q);
		} else {
			is_text(hear_from(fd, &kept), "2 5.7.1 ", "operation %u is refused", operations[i].operation);
		}
		close(fd);
		buf_clear(&kept);
		buf_free(&other);
	}

	/* Thousands of rows for a caller that does not read yet. */
	fd = call_with(buf_span(&asked));
	next_frame(&frame);
	query_decode(frame.payload, &q);
	char *row = mem_alloc(1001);
	memset(row, 'r', 1000);
	for (int i = 0; i < 5000; i++)
		send_row(q.ticket, row, FRAME_ROW);
	int other = submit_record(13, "a@b.example", SPAN("y\n"));
	ok(take_and_answer(FAULT_NONE, ""), "a caller that does not read its rows holds nobody up");
	is_text(hear(other), "1  QID1", "who is served meanwhile");
	send_row(q.ticket, "end", FRAME_QUERY_END);
	int rows = 0;
	while (strncmp(hear_from(fd, &kept), "4 ", 2) == 0)
		rows++;
	is_int(rows, 5000, "and it gets them all");
	close(fd);
	free(row);
	query_free(&q);
	buf_free(&kept);
	buf_free(&asked);
}

/* ---- the drop folder ---- */

/* As signet-drop does it: one that pickup takes for dead before it is locked is made again. */
static int open_locked(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st = { 0 };
	int fd = -1;

	while (st.st_nlink == 0) {
		io_close(&fd);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
		if (fd < 0 || fcntl(fd, F_OFD_SETLK, &lock) < 0 || fstat(fd, &st) < 0)
			abort();
	}
	return fd;
}

static void drop_bytes(const char *name, struct span bytes)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/drop/%s.tmp", root, name);
	int fd = open_locked(path);
	if (io_write_all(fd, bytes.at, bytes.len, IO_FOREVER) < 0)
		abort();
	char last[PATH_MAX];
	snprintf(last, sizeof last, "%s/drop/%s", root, name);
	if (rename(path, last) < 0)
		abort();
	close(fd);
}

static bool exists(const char *name)
{
	struct stat st;

	return lstat(in_root(name), &st) == 0;
}

static bool wait_for_name(const char *name)
{
	int64_t deadline = clock_boot_ms() + PATIENCE_MS;

	while (!exists(name) && clock_boot_ms() < deadline)
		poll(NULL, 0, 5);
	return exists(name);
}

static bool wait_until_gone(const char *name)
{
	int64_t deadline = clock_boot_ms() + PATIENCE_MS;

	while (exists(name) && clock_boot_ms() < deadline)
		poll(NULL, 0, 5);
	return !exists(name);
}

static bool has_text(struct span s, const char *text)
{
	return memmem(s.at, s.len, text, strlen(text)) != NULL;
}

static void check_returned(const struct submit *s, const char *status, const char *why)
{
	static const struct submission_recipient none = { .refused = (char *)"", .refused_status = (char *)"" };
	const struct submission *p = s->parts;
	const struct submission_recipient *r = p && p->recipient_count == 1 ? p->recipients : &none;

	is_text(p ? p->sender : "", "user@example.org", "its sender is told");
	is_text(r->refused_status, status, "with the status");
	ok(strstr(r->refused, why) != NULL, "and the reason: %s", r->refused);
	ok(p && p->held[0] == '\0' && p->message.len == p->size_bytes && has_text(p->message, "From: c@d\r\n"), "and the mail itself");
}

/* What a caller may have dropped that cannot be delivered; nobody waits for an exit code. */
static void dropped_refusals(void)
{
	static const struct {
		const char *name, *recipients, *message, *status, *why;
	} rows[] = {
		{ "no recipient", "", "From: c@d\n\nx\n", "5.5.4", "no recipient" },
		{ "many recipients", "a@b.example,b@b.example,c@b.example,d@b.example", "From: c@d\n\nx\n", "5.5.3", "recipient_limit" },
		{ "an unreadable one", "x y", "From: c@d\n\nx\n", "5.1.3", "" },
	};

	settings.recipient_limit = 3;
	begin();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct submit s;
		struct buf record = { 0 };
		make_record((uint8_t)(80 + i), rows[i].recipients, span_of(rows[i].message), &record);
		drop_bytes("refused", buf_span(&record));
		ok(get_submit(&s), "%s: goes back", rows[i].name);
		is_int(s.parts ? s.parts[0].id[0] : 0, (long)(80 + i), "with its id");
		is_text(s.parts ? s.parts[0].recipients[0].refused_status : "", rows[i].status, "for its reason");
		ok(s.parts && strstr(s.parts[0].recipients[0].refused, rows[i].why) != NULL, "which is told");
		answer(s.ticket, FAULT_NONE, "");
		submit_free(&s);
		ok(wait_until_gone("drop/refused"), "and leaves the folder");
		buf_free(&record);
	}
	is_int(finish(), 0, "which is all");
	settings.recipient_limit = 50000;
}

static void dropped(void)
{
	struct submit s;
	struct buf record = { 0 }, limits = { 0 };

	int written = open(in_root("drop.limits"), O_RDONLY | O_CLOEXEC);
	if (written < 0 || io_read_file(written, &limits, 1000) < 0)
		abort();
	is_text(buf_text(&limits), "size_limit 1048576\n", "the limit of a message's size is written for signet-drop");
	close(written);
	buf_free(&limits);

	make_record(20, "a@b.example", SPAN("Subject: dropped\n\nx\n"), &record);
	drop_bytes("one", buf_span(&record));
	ok(get_submit(&s), "a dropped record arrives");
	is_int(s.parts ? s.parts[0].id[0] : 0, 20, "with its own id");
	is_int(s.parts ? s.parts[0].uid : 99999, getuid(), "and its owner's uid");
	ok(exists("drop/one"), "the file is there until the queue has it");
	answer(s.ticket, FAULT_TEMPORARY, "4.3.1");
	submit_free(&s);
	ok(get_submit(&s), "when the queue is busy it comes again");
	ok(exists("drop/one"), "and the file is still there");
	answer(s.ticket, FAULT_NONE, "");
	submit_free(&s);
	ok(wait_for_files("drop", 0), "and is removed when it is stored");

	drop_bytes("cut", (struct span){ record.at, record.len - 1 });
	ok(wait_for_name("drop/cut.bad"), "a record that is cut short is set aside");
	ok(get_submit(&s) && s.parts[0].recipient_count == 1, "the owner is told of it");
	if (s.parts) {
		is_text(s.parts[0].recipients[0].address, "root", "as root is");
		ok(has_text(s.parts[0].message, "cut.bad (uid ") && has_text(s.parts[0].message, "cut short"), "with name and reason");
		ok(has_text(s.parts[0].message, "\r\nFrom: "), "in a mail like any other");
	}
	answer(s.ticket, FAULT_NONE, "");
	submit_free(&s);
	drop_bytes("cut", (struct span){ record.at, record.len - 1 });
	ok(wait_for_name("drop/cut.2.bad"), "beside one of the same name");
	drop_bytes("junk", SPAN("hello"));
	ok(wait_for_name("drop/junk.bad"), "so is junk");
	buf_add_text(&record, "more");
	drop_bytes("long", buf_span(&record));
	ok(wait_for_name("drop/long.bad"), "and one with more behind it");
	ok(symlink("/etc/hostname", in_root("drop/link")) == 0 && mkfifo(in_root("drop/fifo"), 0600) == 0,
	   "a symbolic link and a FIFO, among others,");
	ok(link(in_root("drop/cut.bad"), in_root("drop/hard.tmp")) == 0 && rename(in_root("drop/hard.tmp"), in_root("drop/hard")) == 0 &&
	   wait_for_name("drop/hard.bad"), "and what has two names");
	buf_free(&record);

	make_record(22, "a@b.example", SPAN("From: a@b\nFrom: c@d\n\n"), &record);
	drop_bytes("twice", buf_span(&record));
	ok(get_submit(&s) && s.count == 1, "what the socket would refuse is not set aside");
	check_returned(&s, "5.6.0", "2 From");
	answer(s.ticket, FAULT_NONE, "");
	submit_free(&s);
	ok(wait_until_gone("drop/twice"), "and is not kept when the sender is told");
	drop_bytes("twice", buf_span(&record));
	ok(get_submit(&s), "when the queue refuses that as well");
	answer(s.ticket, FAULT_PERMANENT, "5.3.0");
	submit_free(&s);
	ok(wait_for_name("drop/twice.bad"), "it is set aside");
	ok((exists("drop/link") || exists("drop/link.bad")) && (exists("drop/fifo") || exists("drop/fifo.bad")),
	   "which are never taken");
	buf_free(&record);

	/* As a pickup that crashed leaves them. */
	make_record(24, "a@b.example", SPAN("Subject: struck\n\nx\n"), &record);
	drop_bytes("struck.once", buf_span(&record));
	ok(get_submit(&s), "one over which a pickup crashed is tried again");
	ok(exists("drop/struck") && !exists("drop/struck.once"), "and has its name again once it is read");
	answer(s.ticket, FAULT_NONE, "");
	submit_free(&s);
	drop_bytes("dead.twice", buf_span(&record));
	ok(wait_for_name("drop/dead.bad"), "one over which two did is set aside, by the name that it came with");
	buf_free(&record);

	int alive = open_locked(in_root("drop/alive.tmp"));
	int fd = open_locked(in_root("drop/dead.tmp"));
	close(fd);
	ok(wait_until_gone("drop/dead.tmp"), "an unfinished file whose writer has ended is removed");
	ok(exists("drop/alive.tmp"), "one that is being written is not");
	close(alive);
	ok(wait_until_gone("drop/alive.tmp"), "until its writer ends");

	struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	fd = open(in_root("drop/cut.2.bad"), O_WRONLY | O_CLOEXEC);
	if (futimens(fd, old) < 0)
		abort();
	close(fd);
	ok(wait_until_gone("drop/cut.2.bad"), "what was set aside long ago is removed");
	ok(exists("drop/cut.bad"), "what was not is kept");

	make_record(23, "a@b.example", buf_span(&large), &record);
	drop_bytes("large", buf_span(&record));
	ok(get_submit(&s) && s.parts[0].body_file[0], "a large one comes as a file too");
	answer(s.ticket, FAULT_NONE, "");
	char name[PATH_MAX];
	snprintf(name, sizeof name, "spool/body/new/%s", s.parts ? s.parts[0].body_file : "");
	submit_free(&s);
	ok(wait_until_gone("drop/large"), "and leaves the drop folder");
	unlink(in_root(name));
	buf_free(&record);
}

static void ends(void)
{
	struct submit s;
	struct buf record = { 0 };

	make_record(30, "a@b.example", SPAN("x\n"), &record);
	int fd = call_with((struct span){ record.at, record.len - 1 });
	is_heard(fd);
	channel_free(parent);
	poll(NULL, 0, 50);
	int late = call();
	say(fd, (struct span){ record.at + record.len - 1, 1 });
	ok(get_submit(&s), "when the parent asks it to end, what has begun is finished");
	answer(s.ticket, FAULT_NONE, "");
	is_text(hear(fd), "1  QID1", "and answered");
	submit_free(&s);
	is_int(wait_for_exit(), 0, "then it ends");
	channel_free(queue);

	begin();
	say(late, buf_span(&record));
	ok(take_and_answer(FAULT_NONE, ""), "a call that came meanwhile is the next one's");
	is_text(hear(late), "1  QID1", "who answers it");
	channel_free(queue);
	is_int(wait_for_exit(), EX_TEMPFAIL, "without a queue it ends as a temporary fault");
	channel_free(parent);
	buf_free(&record);

	begin();
	fd = submit_record(33, "a@b.example", SPAN("x"));
	ok(take_and_answer(FAULT_NONE, ""), "one that has begun");
	hear(fd);
	if (rename(in_root("spool/body/new"), in_root("spool/gone")) < 0 || rmdir(in_root("spool/gone")) < 0)
		abort();
	fd = submit_record(31, "a@b.example", buf_span(&large));
	is_text(hear(fd), "3 4.3.1 ", "a disk that takes nothing is a temporary fault");
	fd = submit_record(32, "a@b.example", SPAN("x"));
	ok(take_and_answer(FAULT_NONE, ""), "and small messages do not need it");
	hear(fd);
	is_int(finish(), 0, "it ends well");
}

int main(void)
{
	tap_plan(145 + 6 * TAP_ROWS(bodies) + 3 * 2 + 2);
	signal(SIGPIPE, SIG_IGN);
	set_up();
	fit_for_smtp();
	begin();
	small_ones();
	large_ones();
	refusals();
	slow_callers();
	queries();
	dropped();
	is_int(finish(), 0, "it ends");
	dropped_refusals();
	begin();
	ends();
	buf_free(&large);
	settings_free(&settings);
	return tap_done();
}
