/* SPDX-License-Identifier: ISC */
/*
 * Runs the real signetd with played roles: this program under the roles'
 * names, which notes what it meets in SPOOL/events and does what files in
 * SPOOL say. Needs no root and nothing outside its folder.
 */
#include "tests/scratch.h"
#include "tests/process.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/pack.h"
#include "relay/template.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { SOON_MS = 30 * 1000 };     /* longer than a busy machine stands still */

static const char *const role_names[] = { "queue", "resolver", "signer", "pickup", "smtp", "esmtp", "bounce", "sts", "local", "smtpd", "event", "oauth" };

/* ---- a played role ---- */

static const char *spool_path;
static const char *my_name;
static size_t keys_told, secrets_told;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	char path[PATH_MAX], line[300];
	va_list ap;

	snprintf(path, sizeof path, "%s/events", spool_path);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	va_start(ap, format);
	int len = vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	if (fd < 0 || write(fd, line, (size_t)len) < 0)
		abort();
	close(fd);
}

/* What a file of that name says, which is then gone. */
static bool take_order(const char *name, char *out, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", spool_path, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(fd);
	unlink(path);
	return n > 0;
}

static bool is_ordered(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", spool_path, name);
	return access(path, F_OK) == 0;
}

/* The channel for files, out of the way of the descriptors that are counted. */
static int files_fd = -1;

static void count_frames(void *context, const struct frame *frame)
{
	int fd = frame->fd;

	(void)context;
	if (frame->type == FRAME_FILES)
		files_fd = fcntl(fd, F_DUPFD_CLOEXEC, 210);
	io_close(&fd);
	keys_told += frame->type == FRAME_KEY;
	secrets_told += frame->type == FRAME_SECRET && span_eq(frame->payload, SPAN("geheim"));
}

/* Neither gone nor a zombie that its new parent has not fetched yet. */
static bool is_alive(pid_t pid)
{
	char path[60], state = 'Z';

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	if (file)
		fclose(file);
	return state != 'Z' && state != 'X';
}

/*
 * Processes noted before that are still there: none may be when a queue
 * begins, which is the first of its generation.
 */
static int count_living(void)
{
	char path[PATH_MAX], line[300], name[40];
	int living = 0, pid;
	unsigned long long instance;

	snprintf(path, sizeof path, "%s/events", spool_path);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "begin %39s %llu %d", name, &instance, &pid) == 3 && pid < getpid() && is_alive(pid))
			living++;
	if (file)
		fclose(file);
	return living;
}

static void ask_for_session(struct role_start *start)
{
	char order[100], role[20], smarthost[20];
	unsigned long long ticket;
	struct buf packed = { 0 };

	if (!take_order("spawn", order, sizeof order) || sscanf(order, "%19s %llu %19s", role, &ticket, smarthost) != 3)
		return;
	struct spawn spawn = { .role = strcmp(role, "smtp") == 0 ? ROLE_SMTP : ROLE_BOUNCE, .ticket = ticket,
		.smarthost = smarthost };
	spawn_encode(&spawn, &packed);
	channel_send(start->parent, FRAME_SPAWN, buf_span(&packed), -1);
	buf_free(&packed);
}

static void queue_hears(struct role_start *start, const struct frame *frame)
{
	struct peer peer;

	if (frame->fd >= 0)
		close(frame->fd);
	if (frame->type == FRAME_DRAIN) {
		note("drain\n");
		if (!is_ordered("never-drained"))
			channel_send(start->parent, FRAME_DRAINED, (struct span){ 0 }, -1);
	} else if (peer_decode(frame->payload, &peer) == 0) {
		note("%s %s %llu%s\n", frame->type == FRAME_PEER ? "peer" : "exited", role_name(peer.role),
		     (unsigned long long)peer.instance, frame->fd >= 0 ? " fd" : "");
	}
}

/* smtpd and pickup. */
static void joined(struct role_start *start, const struct frame *frame)
{
	struct peer peer;

	if (peer_decode(frame->payload, &peer) == 0)
		note("%s %llu joined to %s %llu%s\n", my_name, (unsigned long long)start->instance, role_name(peer.role),
		     (unsigned long long)peer.instance, frame->fd >= 0 ? " fd" : "");
	if (frame->fd >= 0)
		close(frame->fd);
}

/* "2 30": file 2, 30 times, and the last answer is noted, or that there was none; "2 0": asked 5000 times without a look at any. */
static void ask_for_file(const char *order)
{
	static struct channel *files;
	struct frame frame = { .fd = -1 };
	struct buf payload = { 0 };
	unsigned number, times, answers = 0, error = 0;
	struct stat st = { 0 };

	if (sscanf(order, "%u %u", &number, &times) != 2)
		return;
	if (files == NULL)
		files = channel_new(files_fd);
	pack_u32(&payload, number);
	for (unsigned i = 0; times == 0 && i < 5000; i++)
		channel_send(files, FRAME_FILE, buf_span(&payload), -1);
	for (; answers < times; answers++) {
		if (channel_send(files, FRAME_FILE, buf_span(&payload), -1) < 0 ||
		    channel_receive(files, &frame, clock_boot_ms() + SOON_MS) != 1)
			break;
		struct unpack u = unpack_from(frame.payload);
		error = unpack_u32(&u);
		if (frame.fd >= 0)
			fstat(frame.fd, &st);
		io_close(&frame.fd);
	}
	buf_free(&payload);
	note("%s asks: file %u: %u answers, errno %u, %lld bytes\n", my_name, number, answers, error, (long long)st.st_size);
}

/* Until its parent is gone; of copies without one, until whom they work for is. */
static void play(struct role_start *start)
{
	struct channel *other = start->parent ? start->parent : start->queue ? start->queue : channel_new(ROLE_FD_JOBS);
	struct frame frame;
	char order[40];

	for (;;) {
		int got = channel_receive(other, &frame, clock_boot_ms() + 10);
		if (got < 0)
			break;
		if (got > 0 && strcmp(my_name, "queue") == 0)
			queue_hears(start, &frame);
		else if (got > 0 && frame.type == FRAME_PEER)
			joined(start, &frame);
		if (strcmp(my_name, "queue") == 0)
			ask_for_session(start);
		if (files_fd >= 0 && start->instance == 0 && take_order(strcmp(my_name, "queue") == 0 ? "queue-file" : "pickup-file", order, sizeof order))
			ask_for_file(order);
		if (strcmp(my_name, "queue") == 0 && take_order("reload", order, sizeof order))
			channel_send(start->parent, FRAME_RELOAD, (struct span){ 0 }, -1);
	}
	note("end %s %llu\n", my_name, (unsigned long long)start->instance);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int play_role(enum role role, char **argv)
{
	struct role_start start;
	char name[40], order[40];
	int above = 0;

	for (int fd = 10; fd < 200; fd++)
		above += is_open(fd);
	role_begin(role, argv, count_frames, NULL, &start);
	spool_path = start.settings.spool;
	if (role_is_disposable(role)) {
		note("template %s %d above %d\n", my_name, (int)getpid(), above);
		template_serve(argv, TEMPLATE_CONFINES, false, count_frames, NULL, &start);
	}
	above = 0;
	for (int fd = 10; fd < 200; fd++)
		above += is_open(fd);
	note("begin %s %llu %d keys %zu secrets %zu fds %d%d%d%d above %d living %d\n", my_name,
	     (unsigned long long)start.instance, (int)getpid(), keys_told, secrets_told, is_open(3), is_open(4), is_open(5),
	     is_open(6), above, role == ROLE_QUEUE ? count_living() : 0);
	snprintf(name, sizeof name, "always-exit-%s", my_name);
	if (is_ordered(name))
		return 1;
	snprintf(name, sizeof name, "exit-%s", my_name);
	if (take_order(name, order, sizeof order))
		return atoi(order);
	play(&start);
	return 0;
}

/* ---- the test's side ---- */

static char root[] = "/tmp/signetd-test-XXXXXX";
static char signetd_path[PATH_MAX], self[PATH_MAX];
static pid_t signetd_pid;

static const char *in_root(const char *name)
{
	static char paths[4][PATH_MAX];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", root, name);
	return path;
}

/* Whole at once: a role that looks for its orders must not find one half written. */
static void write_file(const char *name, mode_t mode, const char *text)
{
	int fd = open(in_root("new"), O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode) < 0 || rename(in_root("new"), in_root(name)) < 0)
		abort();
	close(fd);
}

static void write_config(const char *more)
{
	struct buf text = { 0 };

	buf_printf(&text,
	           "hostname = \"host.example\"; domain = \"example.org\"; user = \"\"; drop_group = \"\";\n"
	           "spool = \"%s/spool\"; drop = \"%s/drop\"; socket = \"%s/socket\"; control = \"%s/control\";\n"
	           "libexec = \"%s/libexec\"; log = \"stderr\"; time_scale = 0.02; pickups = 2; signers = 1;\n"
	           "smarthost = { host = \"smtp.isp.example\"; user = \"u\"; password_file = \"%s/password\"; };\n%s\n",
	           root, root, root, root, root, root, more);
	write_file("signet.conf", 0600, buf_text(&text));
	buf_free(&text);
}

static const char *contents(const char *name)
{
	static struct buf text;
	int fd = open(in_root(name), O_RDONLY);

	buf_clear(&text);
	if (fd >= 0) {
		io_read_file(fd, &text, 16 * 1024 * 1024);
		close(fd);
	}
	return buf_text(&text);
}

static int count_in(const char *name, const char *what)
{
	int n = 0;

	for (const char *at = contents(name); (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

/* True as soon as the file has `what` so many times. */
static bool wait_for(const char *name, const char *what, int times)
{
	int64_t deadline = clock_boot_ms() + SOON_MS;

	while (count_in(name, what) < times) {
		if (clock_boot_ms() > deadline) {
			fprintf(stderr, "# no %d times \"%s\" in %s:\n%s# log:\n", times, what, name, contents(name));
			printf("%s", contents("log"));
			return false;
		}
		poll(NULL, 0, 5);
	}
	return true;
}

static bool wait_for_event(const char *what, int times)
{
	return wait_for("spool/events", what, times);
}

static pid_t start_another(const char *log, const char *option)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	int fd = open(in_root(log), O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, 2);
	execl(signetd_path, "signetd", "-C", in_root("signet.conf"), option, NULL);
	_exit(99);
}

static void start(void)
{
	unlink(in_root("spool/events"));
	unlink(in_root("log"));
	signetd_pid = start_another("log", NULL);
}

/* The exit code of pid, or -signal, or 1000 when it had to be killed. */
static int wait_for_exit(pid_t pid)
{
	int64_t deadline = clock_boot_ms() + SOON_MS;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_boot_ms() > deadline) {
			fprintf(stderr, "# log:\n%s", contents("log"));
			process_signal(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return 1000;
		}
		poll(NULL, 0, 5);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int stop(void)
{
	process_signal(signetd_pid, SIGTERM);
	return wait_for_exit(signetd_pid);
}

/* The pid in the last event that begins so. Without one there is nothing that a test could do to it. */
static pid_t pid_behind(const char *what)
{
	int pid = 0;

	for (const char *at = contents("spool/events"); (at = strstr(at, what)) != NULL; at++)
		pid = atoi(at + strlen(what));
	if (pid <= 0) {
		printf("Bail out! no \"%s\" in what happened\n", what);
		process_signal(signetd_pid, SIGKILL);
		exit(1);
	}
	return pid;
}

static pid_t pid_of(const char *name, unsigned instance)
{
	char what[60];

	snprintf(what, sizeof what, "begin %s %u ", name, instance);
	return pid_behind(what);
}

static pid_t template_pid(const char *name)
{
	char what[60];

	snprintf(what, sizeof what, "template %s ", name);
	return pid_behind(what);
}

static bool is_there(const char *name)
{
	return access(in_root(name), F_OK) == 0;
}

static int connect_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", in_root(name));
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		io_close(&fd);
	return fd;
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	return stat(in_root(name), &st) == 0 ? st.st_mode & 07777 : 0;
}

static bool all_began(int times)
{
	return wait_for_event("begin queue 0", times) && wait_for_event("begin resolver 0", times) &&
	       wait_for_event("template smtp ", times) && wait_for_event("template esmtp ", times) &&
	       wait_for_event("begin signer 0", times) && wait_for_event("begin pickup 0", times) &&
	       wait_for_event("begin pickup 1", times);
}

/* ---- the tests ---- */

static void starts_and_stops(void)
{
	start();
	ok(all_began(1), "all long-lived roles begin");
	ok(wait_for_event("peer pickup 1 fd", 1) && wait_for_event("peer signer 0 fd", 1) &&
	   wait_for_event("peer resolver 0 fd", 1) && wait_for_event("peer control 0 fd", 1),
	   "the queue gets a channel to each, and the control listener");
	ok(wait_for_event("keys 1 secrets 0 fds 1100", 1), "the signer gets the key, and descriptors 3 and 4 alone");
	is_int(count_in("spool/events", "fds 1110"), 2, "pickups get the listener at 5");
	is_int(count_in("spool/events", "above 0"), 7, "no role has a descriptor above 9");
	is_int(mode_of("spool"), 0711, "mode of the spool, through which callers pass to the drop folder");
	is_int(mode_of("spool/body"), 0700, "mode of the body folder");
	is_int(mode_of("drop"), 01770, "mode of the drop folder");
	is_int(mode_of("socket"), 0666, "mode of the submission socket");
	is_int(mode_of("control"), 0600, "mode of the control socket");

	char want[100];
	pid_t second = start_another("second", NULL);
	is_int(wait_for_exit(second), EX_TEMPFAIL, "a second signetd on the same spool ends");
	snprintf(want, sizeof want, "already runs with the spool %s/spool, as process %d", root, (int)signetd_pid);
	ok(strstr(contents("second"), want) != NULL, "and names the first");

	is_int(stop(), 0, "SIGTERM ends it with 0");
	is_int(count_in("spool/events", "drain\n"), 1, "after a drain");
	ok(strstr(strstr(contents("spool/events"), "end pickup"), "drain") != NULL, "which follows the end of the pickups");
	const char *queue_end = strstr(contents("spool/events"), "end queue");
	ok(queue_end && strchr(queue_end, '\n')[1] == '\0', "and the queue ends last");
	is_int(mode_of("socket"), 0, "the socket is gone");
}

/* What pickup and the queue read again (relay/named_files.h), and nothing else. */
static void files(void)
{
	struct stat passwd;
	char want[100];

	write_file("aliases", 0600, "a: b\n");
	chmod(in_root("aliases"), 0);
	struct buf more = { 0 };
	buf_printf(&more, "aliases = [ \"%s\", \"%s\" ];", in_root("aliases"), in_root("no-aliases"));
	write_config(buf_text(&more));
	buf_free(&more);
	start();
	stat("/etc/passwd", &passwd);
	snprintf(want, sizeof want, "file 0: 3 answers, errno 0, %lld bytes", (long long)passwd.st_size);
	write_file("spool/pickup-file", 0600, "0 3");
	ok(wait_for_event(want, 1), "pickup is given passwd");
	write_file("spool/queue-file", 0600, "0 3");
	ok(wait_for_event(want, 2), "so is the queue");
	/* Root that is to run the roles as itself reads everything, as they would. */
	write_file("spool/pickup-file", 0600, "1 1");
	ok(wait_for_event(geteuid() == 0 ? "file 1: 1 answers, errno 0, 5 bytes" : "file 1: 1 answers, errno 13, 0 bytes", 1),
	   "a file that a role could not read is not given");
	chmod(in_root("aliases"), 0600);
	write_file("spool/pickup-file", 0600, "1 1");
	ok(wait_for_event("file 1: 1 answers, errno 0, 5 bytes", geteuid() == 0 ? 2 : 1), "one that it could read is");
	write_file("spool/pickup-file", 0600, "2 1");
	ok(wait_for_event("file 2: 1 answers, errno 2, 0 bytes", 1), "one that is not there has its errno");
	write_file("spool/pickup-file", 0600, "3 1");
	ok(wait_for("log", "pickup 0 (process", 1) && wait_for("log", "sent something that it may not: it is ended", 1),
	   "a number that no file has ends the process");
	ok(wait_for_event("begin pickup 0", 2), "and another begins");
	write_file("spool/pickup-file", 0600, "0 0");
	ok(wait_for("log", "sent something that it may not: it is ended", 2), "so does asking without end");
	ok(wait_for_event("begin pickup 0", 3), "and another begins");
	is_int(stop(), EX_OK, "signetd goes on meanwhile, and ends when it is told");
	write_config("");
}

static void restarts(void)
{
	int64_t begun;

	start();
	all_began(1);
	process_signal(pid_of("pickup", 1), SIGKILL);
	ok(wait_for_event("begin pickup 1", 2), "a killed pickup begins again");
	ok(wait_for_event("exited pickup 1", 1) && wait_for_event("peer pickup 1", 2), "and the queue hears of it");
	ok(strstr(contents("log"), "pickup 1") && strstr(contents("log"), "signal 9"), "and the log says why");

	begun = clock_boot_ms();
	write_file("spool/always-exit-resolver", 0600, "1");
	process_signal(pid_of("resolver", 0), SIGKILL);
	ok(wait_for_event("begin resolver 0", 4), "a role that always fails is begun again");
	ok(clock_boot_ms() - begun >= 300, "after 100 and 200 ms (%d ms)", (int)(clock_boot_ms() - begun));
	unlink(in_root("spool/always-exit-resolver"));
	ok(strstr(contents("log"), "exit code 1") != NULL, "with its exit code in the log");

	begun = clock_boot_ms();
	for (int i = 1; i <= 7; i++) {
		process_signal(pid_of("signer", 0), SIGKILL);
		ok(wait_for_event("begin signer 0", i + 1), "a signer that crashed for the %d. time begins again", i);
	}
	ok(clock_boot_ms() - begun < 6000, "without the 12 s that doubled pauses would be (%d ms)", (int)(clock_boot_ms() - begun));
	is_int(stop(), 0, "and it ends well");
}

static void queue_crash(void)
{
	start();
	all_began(1);
	write_file("spool/spawn", 0600, "smtp 7 smarthost");
	ok(wait_for_event("begin smtp 7", 1) && wait_for_event("begin esmtp 7", 1), "a session begins when the queue asks");
	process_signal(pid_of("queue", 0), SIGKILL);
	ok(all_began(2), "after the queue's crash everything begins anew");
	ok(strstr(strstr(contents("spool/events"), "begin queue 0"), "living 0") != NULL &&
	   count_in("spool/events", "living 0") == count_in("spool/events", "living"),
	   "and no role of before is alive when the new queue begins");
	is_int(count_in("spool/events", "begin smtp 7"), 1, "sessions do not begin by themselves");
	is_int(stop(), 0, "and it ends well");
}

static void sessions(void)
{
	start();
	all_began(1);
	write_file("spool/spawn", 0600, "smtp 7 smarthost");
	ok(wait_for_event("begin smtp 7", 1) && wait_for_event("begin esmtp 7", 1), "smtp and esmtp begin together");
	ok(wait_for_event("peer smtp 7 fd", 1), "the queue gets the channel");
	ok(wait_for_event("keys 0 secrets 1 fds 1111", 1), "smtp has the password and four descriptors");
	ok(wait_for_event("keys 0 secrets 0 fds 0011", 1), "esmtp has neither us nor the queue nor the password");
	is_int(count_in("spool/events", "above 0"), count_in("spool/events", "above"), "a copy has nothing more");
	process_signal(pid_of("esmtp", 7), SIGKILL);
	ok(wait_for_event("exited smtp 7", 1), "when one is gone the other is ended, and the queue hears of it");
	is_int(count_in("spool/events", "exited"), 1, "once");
	ok(!is_alive(pid_of("smtp", 7)), "when both are");

	write_file("spool/spawn", 0600, "smtp 8 mx");
	ok(wait_for_event("begin smtp 8", 1), "another session");
	is_int(count_in("spool/events", "secrets 1"), 1, "without a smarthost there is no password");
	write_file("spool/exit-bounce", 0600, "0");
	write_file("spool/spawn", 0600, "bounce 9 -");
	ok(wait_for_event("peer bounce 9 fd", 1) && wait_for_event("exited bounce 9", 1), "a bounce begins and ends");
	ok(strstr(contents("log"), "bounce 9") == NULL, "which is nothing to log");

	unlink(in_root("libexec/bounce"));
	process_signal(template_pid("bounce"), SIGKILL);
	ok(wait_for("log", "bounce 0", 1), "a template that is gone is missed");
	write_file("spool/spawn", 0600, "bounce 10 -");
	ok(wait_for_event("exited bounce 10", 1), "a role whose program is gone is reported too");
	ok(symlink(self, in_root("libexec/bounce")) == 0, "(mended)");
	is_int(stop(), 0, "and it ends well");
}

/* Each ends as soon as it finds that the queue has closed its channel: many before their template has told of them. */
static void many_copies(void)
{
	enum { MANY = 60 };
	char one[40];

	start();
	all_began(1);
	for (int i = 1; i <= MANY; i++) {
		snprintf(one, sizeof one, "bounce %d -", 100 + i);
		write_file("spool/spawn", 0600, one);
		while (is_there("spool/spawn"))
			usleep(500);
	}
	ok(wait_for_event("exited bounce ", MANY), "the queue hears of the end of each of many copies");
	is_int(count_in("spool/events", "template bounce "), 1, "one template made them, which began with the first");
	is_int(count_in("spool/events", "template sts "), 0, "that of a role that nobody needed did not begin");
	is_int(stop(), 0, "and it ends well");
}

static void templates(void)
{
	start();
	all_began(1);
	write_file("spool/spawn", 0600, "smtp 7 smarthost");
	ok(wait_for_event("begin smtp 7", 1) && wait_for_event("begin esmtp 7", 1), "a session");
	pid_t smtp = pid_of("smtp", 7);
	process_signal(template_pid("smtp"), SIGKILL);
	ok(wait_for_event("template smtp ", 2), "a template that was killed begins again");
	ok(is_alive(smtp), "its copy lives on");
	write_file("spool/spawn", 0600, "smtp 8 smarthost");
	ok(wait_for_event("begin smtp 8", 1), "and the next is a copy of the new one");

	pid_t standing = template_pid("smtp");
	process_signal(standing, SIGSTOP);
	write_file("spool/spawn", 0600, "smtp 9 smarthost");
	ok(wait_for_event("exited smtp 9", 1), "the queue hears of a session that a template that stands still was to begin");
	ok(strstr(contents("log"), "makes no copies") != NULL, "the log says why");
	ok(wait_for_event("template smtp ", 3), "and it begins again");
	write_file("spool/spawn", 0600, "smtp 10 smarthost");
	ok(wait_for_event("begin smtp 10", 1), "so that sessions do");
	is_int(count_in("spool/events", "exited smtp"), 1, "of the others none has ended");
	is_int(stop(), 0, "and it ends well");
}

/* An order that waits for a template which does not begin keeps nothing else from going on. */
static void waiting_orders(void)
{
	start();
	all_began(1);
	unlink(in_root("libexec/smtp"));
	process_signal(template_pid("smtp"), SIGKILL);
	ok(wait_for("log", "smtp 0", 1), "a template is gone, and its program too");
	write_file("spool/spawn", 0600, "smtp 7 smarthost");
	while (is_there("spool/spawn"))
		usleep(500);
	int64_t begun = clock_boot_ms();
	process_signal(pid_of("queue", 0), SIGKILL);
	ok(wait_for_event("begin queue 0", 2), "when the queue is gone meanwhile, another begins");
	ok(clock_boot_ms() - begun < 8000, "at once (%d ms)", (int)(clock_boot_ms() - begun));
	write_file("spool/spawn", 0600, "smtp 8 smarthost");
	while (is_there("spool/spawn"))
		usleep(500);
	begun = clock_boot_ms();
	is_int(stop(), 0, "and it ends");
	ok(clock_boot_ms() - begun < 8000, "at once (%d ms)", (int)(clock_boot_ms() - begun));
	ok(symlink(self, in_root("libexec/smtp")) == 0, "(the program is back)");
}

static const char *input_of(pid_t pid)
{
	static char target[100];
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/fd/0", (int)pid);
	ssize_t len = readlink(path, target, sizeof target - 1);
	target[len > 0 ? len : 0] = '\0';
	return target;
}

/* A template that has stayed for a while, that is: one of its copies after the other crashes until then. */
static void crashed_copies(void)
{
	int64_t deadline = clock_boot_ms() + SOON_MS;
	unsigned instance = 6;
	char order[40];

	start();
	all_began(1);
	while (count_in("spool/events", "template smtp ") < 2 && clock_boot_ms() < deadline) {
		snprintf(order, sizeof order, "smtp %u smarthost", ++instance);
		write_file("spool/spawn", 0600, order);
		snprintf(order, sizeof order, "begin smtp %u ", instance);
		if (!wait_for_event(order, 1))
			break;
		process_signal(pid_of("smtp", instance), SIGABRT);     /* sanitizers make an exit of a SIGSEGV */
		poll(NULL, 0, 200);
	}
	ok(count_in("spool/events", "template smtp ") == 2, "after copies have crashed their template is begun again (%u)", instance - 6);
	ok(strstr(contents("log"), "smtp 0") == NULL, "which is nothing to log");
	is_text(input_of(signetd_pid), "/dev/null", "signetd has its standard input still");
	write_file("spool/spawn", 0600, "smtp 1000 smarthost");
	ok(wait_for_event("begin smtp 1000", 1), "the next session is a copy of the new one");
	is_int(stop(), 0, "and it ends well");
}

static void config_exits(void)
{
	start();
	all_began(1);
	write_file("spool/exit-resolver", 0600, "78");
	process_signal(pid_of("resolver", 0), SIGKILL);
	is_int(wait_for_exit(signetd_pid), EX_CONFIG, "a role's EX_CONFIG ends signetd");
	ok(strstr(contents("log"), "resolver cannot work as things are") != NULL, "which says whose");

	mkdir(in_root("spool"), 0700);
	write_file("spool/exit-queue", 0600, "78");
	start();
	is_int(wait_for_exit(signetd_pid), EX_CONFIG, "the queue's too");
}

static void reloads(void)
{
	int refused = 0;

	start();
	all_began(1);
	pid_t queue = pid_of("queue", 0);
	write_config("smart_host = 1;");
	process_signal(signetd_pid, SIGHUP);
	ok(wait_for("log", "the old one stays in force", 1), "a bad new configuration is not taken");
	ok(strstr(contents("log"), "signet.conf:") && strstr(contents("log"), "smart_host"), "file, line and setting are logged");
	is_int(process_signal(queue, 0), 0, "the roles run on");
	is_int(count_in("spool/events", "drain\n"), 0, "nothing was drained");

	write_config("");
	write_file("password", 0644, "geheim\n");
	process_signal(signetd_pid, SIGHUP);
	ok(wait_for("log", "the old one stays in force", 2), "nor one with a password others can read");
	ok(strstr(contents("log"), "chmod 600") != NULL, "the log says the chmod");
	write_file("password", 0600, "geheim\n");

	write_file("spool/exit-signer", 0600, "78");
	write_config("dkim = ( { domain = \"example.org\"; selector = \"s\"; file = \"key.pem\"; } );");
	struct buf more = { 0 };
	buf_printf(&more, "dkim = ( { domain = \"example.org\"; selector = \"s\"; file = \"%s/key.pem\"; } );", root);
	write_config(buf_text(&more));
	process_signal(signetd_pid, SIGHUP);
	ok(wait_for("log", "the old one stays in force", 3), "nor keys that a signer refuses");
	ok(count_in("log", "given these keys") == 1, "which was tried");

	process_signal(signetd_pid, SIGHUP);
	int64_t deadline = clock_boot_ms() + SOON_MS;
	while (count_in("spool/events", "begin queue 0") < 2 && clock_boot_ms() < deadline) {
		int fd = connect_to("socket");
		refused += fd < 0;
		io_close(&fd);
		poll(NULL, 0, 1);
	}
	ok(wait_for_event("begin pickup 1", 2), "a good one is");
	is_int(refused, 0, "with no connection refused in between");
	is_int(count_in("spool/events", "drain\n"), 1, "after a drain");
	is_int(process_signal(signetd_pid, 0), 0, "by the same process");
	ok(wait_for_event("begin resolver 0", 2), "with new roles");
	is_int(count_in("spool/events", "above 0"), count_in("spool/events", "above"), "no descriptor leaks into them");

	write_file("spool/reload", 0600, "1");
	ok(wait_for_event("begin queue 0", 3), "the queue may ask for it");
	ok(wait_for_event("begin pickup 1", 3), "and it comes a second time");
	buf_free(&more);
	is_int(stop(), 0, "and it ends well");
}

static void drain_takes_too_long(void)
{
	start();
	all_began(1);
	write_file("spool/never-drained", 0600, "1");
	int64_t begun = clock_boot_ms();
	is_int(stop(), 0, "it ends although the queue never drains");
	ok(clock_boot_ms() - begun >= 600, "when the time is up (%d ms)", (int)(clock_boot_ms() - begun));
	ok(strstr(contents("log"), "sessions are still open") != NULL, "and says so");
	unlink(in_root("spool/never-drained"));
}

static void killed_parent(void)
{
	start();
	all_began(1);
	pid_t queue = pid_of("queue", 0);
	pid_t killed = signetd_pid;
	process_signal(killed, SIGKILL);
	signetd_pid = start_another("log", NULL);      /* before the dead one is fetched */
	ok(all_began(2), "after a kill -9 of signetd a new one begins at once, over the stale sockets");
	ok(!is_alive(queue), "when the old roles are gone");
	is_int(count_in("spool/events", "living 0"), count_in("spool/events", "living"), "all of them");
	wait_for_exit(killed);
	is_int(stop(), 0, "and it ends well");
}

/* As systemd's socket unit does: the socket is there first, at descriptor 3. */
static void become_activated(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char pid[20];
	int log = open(in_root("log"), O_WRONLY | O_CREAT | O_TRUNC, 0600), fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", in_root("socket"));
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	dup2(log, 2);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0 || (fd != 3 && dup2(fd, 3) < 0))
		_exit(98);
	execl(signetd_path, "signetd", "-C", in_root("signet.conf"), NULL);
	_exit(99);
}

static ino_t inode_of(const char *name)
{
	struct stat st;

	return stat(in_root(name), &st) == 0 ? st.st_ino : 0;
}

static void activated(void)
{
	unlink(in_root("spool/events"));
	signetd_pid = fork();
	if (signetd_pid == 0)
		become_activated();
	ok(all_began(1), "with a socket of systemd's it begins");
	ino_t made = inode_of("socket");
	process_signal(signetd_pid, SIGHUP);
	ok(all_began(2), "and reloads");
	is_int(inode_of("socket"), made, "with the same socket");
	int fd = connect_to("socket");
	ok(fd >= 0, "which is listened on");
	io_close(&fd);
	is_int(stop(), 0, "it ends");
	is_int(inode_of("socket"), made, "and leaves the socket's file to systemd");
	unlink(in_root("socket"));
}

/* A port of 127.0.0.1 that nobody has; hold keeps it. */
static unsigned free_port(int *hold)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	int on = 1;

	*hold = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(*hold, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(*hold, (struct sockaddr *)&address, sizeof address) < 0 || getsockname(*hold, (struct sockaddr *)&address, &len) < 0)
		abort();
	return ntohs(address.sin_port);
}

static bool answers_at(unsigned port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool answers = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;

	close(fd);
	return answers;
}

static void listens(void)
{
	struct buf more = { 0 };
	int hold, other, refused = 0;
	unsigned port = free_port(&hold), taken = free_port(&other);

	listen(other, 1);
	buf_printf(&more, "listen = [ \"127.0.0.1:%u\", \"127.0.0.1:%u\" ]; dkim = ( { domain = \"example.org\"; selector = \"s\"; "
	           "file = \"%s/key.pem\"; } );", port, taken, root);
	write_config(buf_text(&more));
	close(hold);
	start();
	all_began(1);
	ok(wait_for_event("begin smtpd 0", 1), "where there is a place to listen at, smtpd begins");
	ok(wait_for_event("smtpd 0 joined to pickup 0 fd", 1), "gets a channel to the first pickup");
	ok(wait_for_event("pickup 0 joined to smtpd 0 fd", 1), "which has the other end");
	ok(strstr(contents("spool/events"), "pickup 1 joined") == NULL, "and the second has none");
	ok(answers_at(port), "the place answers");
	buf_clear(&more);
	buf_printf(&more, "cannot listen at 127.0.0.1:%u: another program does", taken);
	ok(strstr(contents("log"), buf_text(&more)) != NULL, "what another program has is told of, and is all that is missing");
	process_signal(pid_of("smtpd", 0), SIGKILL);
	ok(wait_for_event("smtpd 0 joined to pickup 0 fd", 2), "a new smtpd is joined");
	ok(answers_at(port), "the socket was there all the time");
	ok(wait_for_event("pickup 0 joined to smtpd 0 fd", 2), "and pickup has heard of it");
	process_signal(pid_of("pickup", 0), SIGKILL);
	ok(wait_for_event("pickup 0 joined to smtpd 0 fd", 3), "and so is a new pickup");
	process_signal(signetd_pid, SIGHUP);
	int64_t deadline = clock_boot_ms() + SOON_MS;
	while (count_in("spool/events", "begin smtpd 0") < 3 && clock_boot_ms() < deadline) {
		refused += !answers_at(port);
		poll(NULL, 0, 1);
	}
	ok(wait_for_event("begin smtpd 0", 3), "it reloads");
	is_int(refused, 0, "and the place answers all the while");
	const char *events = contents("spool/events"), *end = strstr(events, "end smtpd 0"), *pickup = strstr(events, "end pickup 1");
	ok(end && pickup && end < pickup, "smtpd ends before the pickups");
	is_int(count_in("spool/events", "above 0"), count_in("spool/events", "above"), "no descriptor leaks into others");
	write_config("");
	process_signal(signetd_pid, SIGHUP);
	ok(wait_for_event("begin queue 0", 3), "without listen");
	ok(!answers_at(port), "the place is given up");
	is_int(stop(), 0, "and it ends well");
	close(other);
	buf_free(&more);
}

static int run_once(const char *option)
{
	unlink(in_root("log"));
	return wait_for_exit(start_another("log", option));
}

static void refusals(void)
{
	write_config("sokcet = \"x\";");
	is_int(run_once(NULL), EX_CONFIG, "an unknown setting ends the start");
	ok(strstr(contents("log"), "signet.conf:") && strstr(contents("log"), "socket"), "with file, line, nearest name");
	is_int(run_once("--check"), EX_CONFIG, "and --check too");
	write_config("");
	write_file("password", 0640, "geheim\n");
	is_int(run_once(NULL), EX_CONFIG, "a password others can read is refused");
	ok(strstr(contents("log"), "chmod 600") != NULL, "with the chmod");
	write_file("password", 0600, "geheim\n");
	is_int(run_once("--check"), 0, "--check is content with a good one");
	is_text(contents("log"), "", "and says nothing on stderr");
	write_file("empty.pem", 0600, "");
	struct buf key = { 0 };
	buf_printf(&key, "dkim = ( { domain = \"example.org\"; selector = \"s\"; file = \"%s/empty.pem\"; } );", root);
	write_config(buf_text(&key));
	buf_free(&key);
	is_int(run_once(NULL), EX_CONFIG, "an empty key file is refused");
	ok(strstr(contents("log"), "signet key new") != NULL, "with what makes one");
	write_config("");
	unlink(in_root("libexec/signer"));
	is_int(run_once(NULL), EX_CONFIG, "a missing role is refused");
	ok(symlink(self, in_root("libexec/signer")) == 0, "(mended)");
	write_file("socket", 0600, "");
	is_int(run_once(NULL), EX_CONFIG, "a file in the socket's way is refused");
	unlink(in_root("socket"));
	is_int(run_once("--nonsense"), EX_USAGE, "an unknown option is usage");
}

static void set_up(void)
{
	scratch_make(root);
	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
		abort();
	/* BUILD/tests/relay/signetd/signetd_test */
	char *copy = mem_text(self);
	snprintf(signetd_path, sizeof signetd_path, "%s/signetd", dirname(dirname(dirname(dirname(copy)))));
	free(copy);
	if (mkdir(in_root("libexec"), 0755) < 0)
		abort();
	for (size_t i = 0; i < sizeof role_names / sizeof role_names[0]; i++) {
		char name[60];
		snprintf(name, sizeof name, "libexec/%s", role_names[i]);
		if (symlink(self, in_root(name)) < 0)
			abort();
	}
	write_file("password", 0600, "geheim\nsecond line\n");
	write_file("key.pem", 0600, "-----BEGIN PRIVATE KEY-----\nplayed\n-----END PRIVATE KEY-----\n");
}

static void clean_up(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", root, NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	tap_plan(151);
	(void)argc;
	my_name = basename(mem_text(argv[0]));
	for (enum role role = 0; role < ROLE_CONTROL; role++)
		if (strcmp(my_name, role_name(role)) == 0 && role != ROLE_SIGNETD)
			_exit(play_role(role, argv));     /* a played role need not give its memory back */
	set_up();
	struct buf key = { 0 };
	buf_printf(&key, "dkim = ( { domain = \"example.org\"; selector = \"s\"; file = \"%s/key.pem\"; } );", root);
	write_config(buf_text(&key));
	starts_and_stops();
	restarts();
	queue_crash();
	sessions();
	templates();
	many_copies();
	waiting_orders();
	crashed_copies();
	config_exits();
	reloads();
	drain_takes_too_long();
	killed_parent();
	activated();
	listens();
	refusals();
	files();
	buf_free(&key);
	clean_up();
	return tap_done();
}
