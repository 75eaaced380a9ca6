/* SPDX-License-Identifier: ISC */
#include "tests/process.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "relay/local/letter.h"
#include "base/program.h"
#include "tests/scratch.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>

enum { LONG_MS = 600 * 1000, SHORT_MS = 300, SOON_MS = 300 * 1000, PATIENT_MS = 5000, MESSAGE_BYTES = 1024 * 1024, MEMORY_KIB = 64 * 1024 };

static char folder[] = "/tmp/signet-agent-XXXXXX";
static struct text_list environment;

static const char *path_of(const char *name)
{
	static char path[300];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

/* What the agent wrote into that file; "(none)" where there is none. */
static const char *text_of(const char *name)
{
	static struct buf text;
	int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);

	buf_clear(&text);
	if (fd < 0 || io_read_file(fd, &text, 2 * MESSAGE_BYTES) < 0)
		return "(none)";
	close(fd);
	return buf_text(&text);
}

/* A script is the agent; its folder is this test's. */
static int run_letter(const char *script, struct letter *l, int64_t patience_ms, struct fault *f)
{
	struct text_list words = { 0 };

	text_list_add(&words, SPAN("/bin/sh"));
	text_list_add(&words, SPAN("-c"));
	text_list_add(&words, span_of(script));
	struct program a = { .words = &words, .environment = &environment, .folder = folder, .patience_ms = patience_ms, .named_by = "x", .until = -1 };
	*f = (struct fault){ 0 };
	int result = (letter_rewind(l, LETTER_MAILDIR), program_run(&a, letter_piece, l, f));
	text_list_free(&words);
	letter_free(l);
	return result;
}

static int run(const char *script, const char *message, int64_t patience_ms, struct fault *f)
{
	struct letter l = { .sender = "s@x", .address = "al", .message = span_of(message), .fd = -1 };

	return run_letter(script, &l, patience_ms, f);
}

static const struct {
	int code;
	enum fault_kind kind;
	const char *status;
} meanings[] = {
	{ 0, FAULT_NONE, "" },
	{ 1, FAULT_PERMANENT, "5.3.0" },
	{ EX_USAGE, FAULT_PERMANENT, "5.3.0" },
	{ EX_DATAERR, FAULT_PERMANENT, "5.6.0" },
	{ EX_NOINPUT, FAULT_PERMANENT, "5.3.0" },
	{ EX_NOUSER, FAULT_PERMANENT, "5.1.1" },
	{ EX_NOHOST, FAULT_PERMANENT, "5.1.2" },
	{ EX_UNAVAILABLE, FAULT_PERMANENT, "5.3.0" },
	{ EX_SOFTWARE, FAULT_PERMANENT, "5.3.0" },
	{ EX_OSERR, FAULT_TEMPORARY, "4.3.0" },
	{ EX_OSFILE, FAULT_PERMANENT, "5.3.0" },
	{ EX_CANTCREAT, FAULT_PERMANENT, "5.2.0" },
	{ EX_IOERR, FAULT_TEMPORARY, "4.3.0" },
	{ EX_TEMPFAIL, FAULT_TEMPORARY, "4.3.0" },
	{ EX_PROTOCOL, FAULT_PERMANENT, "5.5.0" },
	{ EX_NOPERM, FAULT_PERMANENT, "5.7.0" },
	{ EX_CONFIG, FAULT_PERMANENT, "5.3.5" },
	{ 126, FAULT_TEMPORARY, "4.3.5" },
	{ 127, FAULT_TEMPORARY, "4.3.5" },
	{ 255, FAULT_PERMANENT, "5.3.0" },
};

static void test_statuses(void)
{
	struct fault f;
	char script[64];

	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
		snprintf(script, sizeof script, "cat >/dev/null; exit %d", meanings[i].code);
		int result = run(script, "x\r\n", LONG_MS, &f);
		ok(result == (meanings[i].code ? -1 : 0) && f.kind == meanings[i].kind && strcmp(f.status, meanings[i].status) == 0,
		   "status %d: %s %s", meanings[i].code, f.status, f.text);
	}
	run("kill -9 $$", "x\r\n", LONG_MS, &f);
	ok(f.kind == FAULT_TEMPORARY && strcmp(f.text, "/bin/sh was ended by signal 9") == 0, "a signal is temporary: %s", f.text);
	run("echo; echo ' no \033such box' >&2; echo more; exit 67", "x\r\n", LONG_MS, &f);
	is_text(f.text, "/bin/sh ended with status 67 (no such user): no \\x1bsuch box", "what it says first is shown");
	run("printf '%01000d' 7; exit 1", "x\r\n", LONG_MS, &f);
	ok(strlen(f.text) < 300, "and cut");

	struct text_list words = { 0 };
	text_list_add(&words, SPAN("/nonexistent/agent"));
	struct program a = { .words = &words, .environment = &environment, .folder = folder, .patience_ms = LONG_MS, .named_by = "local_command in the configuration", .until = -1 };
	struct letter l = { .sender = "s@x", .address = "al", .fd = -1 };
	f = (struct fault){ 0 };
	ok((letter_rewind(&l, LETTER_MAILDIR), program_run(&a, letter_piece, &l, &f)) < 0 && strcmp(f.status, "4.3.5") == 0 && f.kind == FAULT_TEMPORARY, "one that is not there: %s", f.text);
	text_list_free(&words);
	letter_free(&l);
}

static void test_surroundings(void)
{
	struct fault f;

	is_int(run("cat > got; pwd > pwd; tr '\\0' '\\n' < /proc/$$/environ > environ; umask > umask; "
	           "exec ls /proc/self/fd > fds",
	           "Subject: x\r\n\r\n.\r\nFrom y\r\nend", LONG_MS, &f), 0, "it has taken the letter: %s", f.text);
	is_text(text_of("got"), "Return-Path: <s@x>\nDelivered-To: al\nSubject: x\n\n.\nFrom y\nend\n", "as it is, with LF");
	ok(strstr(text_of("pwd"), folder) != NULL, "in its folder");
	is_text(text_of("environ"), "A=b\nC=\n", "with its environment and no other");
	is_text(text_of("umask"), "0077\n", "for its user alone");
	is_text(text_of("fds"), "0\n1\n2\n3\n", "no descriptors but its own, and the one that ls has opened");
	run("kill -PIPE $$", "x", LONG_MS, &f);
	is_text(f.text, "/bin/sh was ended by signal 13", "no signal is ignored");
}

/* The process that wrote its number there. */
static bool is_there(const char *pid_file)
{
	int pid = atoi(text_of(pid_file));

	return pid > 0 && (process_signal(pid, 0) == 0 || errno != ESRCH);
}

/* What has been killed may need a while on a busy machine. */
static bool is_gone(const char *pid_file)
{
	int64_t until_ms = clock_boot_ms() + SOON_MS;

	while (is_there(pid_file) && clock_wait_ms(until_ms) > 0)
		usleep(1000);
	return atoi(text_of(pid_file)) > 0 && !is_there(pid_file);
}

/* A script that writes its number and never ends: with more patience where it had not come so far when it was killed. */
static void run_endless(const char *script, const char *message, const char *pid_file, struct fault *f)
{
	for (int64_t patience_ms = SHORT_MS; patience_ms < LONG_MS; patience_ms *= 2) {
		unlink(path_of(pid_file));
		run(script, message, patience_ms, f);
		if (strchr(text_of(pid_file), '\n'))
			return;
	}
}

static void test_misbehaviour(const char *large)
{
	int64_t begun_ms = clock_boot_ms();
	struct rusage used;
	struct fault f;

	is_int(run("exit 0", large, LONG_MS, &f), 0, "one that reads nothing may say that all is well");
	run("exit 75", large, LONG_MS, &f);
	is_text(f.status, "4.3.0", "or that it is not");
	is_int(run("head -c 10 > ten; exec <&-; sleep 0.1", large, LONG_MS, &f), 0, "one that stops reading");
	is_text(text_of("ten"), "Return-Pat", "has what it read");
	is_int(run("cat > large; exit 0", large, LONG_MS, &f), 0, "one that reads all");
	is_int(strlen(text_of("large")), strlen("Return-Path: <s@x>\nDelivered-To: al\n") + MESSAGE_BYTES / 2 * 2 + 1, "has all");
	is_int(run("head -c 100000000 /dev/zero; cat > large2", large, LONG_MS, &f), 0, "one that floods");
	ok(strlen(text_of("large2")) == strlen(text_of("large")), "is heard to the end, and reads on");

	run_endless("echo $$ > hangs; sleep 1000", large, "hangs", &f);
	ok(f.kind == FAULT_TEMPORARY && strstr(f.text, "had not finished") && is_gone("hangs"), "one that hangs: %s", f.text);
	run_endless("trap '' TERM HUP INT; exec >&- 2>&-; echo $$ > deaf; while :; do sleep 1000; done", "x", "deaf", &f);
	ok(strstr(f.text, "had not finished") && is_gone("deaf"), "one that is deaf, and closes what it has");
	run("yes", "x", SHORT_MS, &f);
	ok(strstr(f.text, "had not finished") != NULL, "one that floods without end: %s", f.text);
	run_endless("setsid sh -c 'echo $$ > forked; exec sleep 1000' & wait", "x", "forked", &f);
	ok(strstr(f.text, "had not finished") && is_gone("forked"), "what it forked, in a session of its own, is killed with it");
	is_int(run("setsid sh -c 'echo $$ > left; exec sleep 1000' </dev/null & while ! [ -s left ]; do sleep 0.01; done", "x",
	           LONG_MS, &f), 0, "one that leaves something running has ended well");
	ok(is_gone("left"), "what it left is killed");
	is_int(run("(setsid sh -c '(setsid sh -c \"echo \\$\\$ > grand; exec sleep 1000\" &) ; exec sleep 1000' &) ; "
	           "while ! [ -s grand ]; do sleep 0.01; done", "x", LONG_MS, &f), 0, "likewise");
	ok(is_gone("grand"), "what that left, too");
	is_int(run("for i in $(seq 50); do setsid sleep 1000 & done; echo $! > last; exit 0", "x", LONG_MS, &f), 0, "one that forks and forks");
	ok(is_gone("last"), "leaves nothing either");
	ok(clock_boot_ms() - begun_ms < SOON_MS, "nobody is waited for longer than it is patient");
	getrusage(RUSAGE_SELF, &used);
#ifdef SANITIZE
	tap_skip("nothing grows", "the sanitizer's memory counts");
#else
	ok(used.ru_maxrss < MEMORY_KIB, "nothing grows: %ld KiB", used.ru_maxrss);
#endif
}

/* A child from before, as of a shell that became this program; what it forks loses its parent while an agent runs. */
static void test_others(void)
{
	struct fault f;
	int status;

	pid_t earlier = fork();
	if (earlier == 0) {
		if (fork() == 0) {
			for (int i = 0; i < 2; i++)
				if (fork() > 0)
					_exit(0);
			int fd = open(path_of("orphan"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
			dprintf(fd, "%d\n", (int)getpid());
			close(fd);
		}
		for (;;)
			pause();
	}
	is_int(run("sleep 1000 & echo $! > left2; while ! [ -s orphan ]; do sleep 0.01; done", "x", LONG_MS, &f), 0,
	       "one that runs beside another child: %s", f.text);
	ok(is_gone("left2"), "what it left is killed");
	ok(is_there("orphan"), "what the other child left is not");
	ok(waitpid(earlier, &status, WNOHANG) == 0, "nor is that child");
	run_endless("sleep 1000 & echo $! > left3; sleep 1000", "x", "left3", &f);
	ok(strstr(f.text, "had not finished") && is_gone("left3"), "one that hangs is killed there, too");
	ok(waitpid(earlier, &status, WNOHANG) == 0, "alone");
	process_signal(earlier, SIGKILL);
	process_signal(atoi(text_of("orphan")), SIGKILL);
	while (waitpid(-1, &status, 0) > 0)
		;
}

/* What this test is as a program: a parent that the kernel lets wait for its child to call exec(3), which it does not. */
static int wait_by_vfork(void)
{
	pid_t child = vfork();

	if (child == 0)
		for (;;)
			pause();
	return child < 0;
}

/* Stopped, such a child keeps its parent waiting; nobody waits for that one to stop. */
static void test_vfork(void)
{
	char self[300] = "", script[400];
	int64_t took_ms = PATIENT_MS;
	struct fault f;

	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
		abort();
	snprintf(script, sizeof script, "exec %s vfork", self);
	for (int i = 0; i < 3 && took_ms >= PATIENT_MS; i++) {
		int64_t begun_ms = clock_boot_ms();
		run(script, "x", SHORT_MS, &f);
		took_ms = clock_boot_ms() - begun_ms;
	}
	ok(strstr(f.text, "had not finished") && took_ms < PATIENT_MS, "one that waits for its child by vfork(2) is ended at once: %lld ms", (long long)took_ms);
}

/* ---- a number that comes again ---- */

/* What this test is when it is run by set-uid: a process that its user cannot end. */
static int stay(void)
{
	bool stays = setresuid(0, 0, 0) == 0 && setsid() > 0;
	int fd = open("stays", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	dprintf(fd, stays ? "yes\n" : "no\n");
	while (stays)
		pause();
	return 1;
}

static bool make_stay(void)
{
	struct buf bytes = { 0 };
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = open(path_of("stay"), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	bool made = io_read_file(from, &bytes, 512 * 1024 * 1024) == 0 && io_write_all(to, bytes.at, bytes.len, IO_FOREVER) == 0 && fchmod(to, 04755) == 0;

	close(from);
	close(to);
	buf_free(&bytes);
	return made;
}

/* A user's process that runs a program which leaves something behind that cannot be killed. */
static void run_as_user(void)
{
	struct fault f;

	fflush(stdout);
	int said = open(path_of("said"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (dup2(said, STDERR_FILENO) < 0 || setresuid(65534, 65534, 65534) < 0)
		_exit(1);
	_exit(run("echo $$ > leader; ./stay & while ! [ -s stays ]; do sleep 0.01; done", "x", LONG_MS, &f) == 0 ? 0 : 1);
}

/* What a program's end is called while its user has that many processes beside it. */
static const struct {
	const char *what, *script;
	int others;
	enum fault_kind kind;
} crowds[] = {
	{ "one that fails while its user has few processes", "exit 2", 3, FAULT_PERMANENT },
	{ "one that fails while its user has nearly all that it may", "exit 2", 35, FAULT_TEMPORARY },
	{ "one that says why, likewise", "exit 67", 35, FAULT_TEMPORARY },
	{ "one that cannot begin another", "true | true", 45, FAULT_TEMPORARY },
	{ "one that needs no other", "exit 0", 45, FAULT_NONE },
};

enum { CROWD_USERS = 0x40000000, CROWD_MAX = 40 };     /* no other test's process is of the same one */

/* A user's process; those beside it end with it, as their pipe does. */
static void run_in_crowd(const char *script, int others)
{
	struct text_list words = { 0 };
	struct letter l = { .sender = "s@x", .address = "al", .message = SPAN("x"), .fd = -1 };
	struct fault f = { 0 };
	uid_t user = CROWD_USERS + (uid_t)getpid();
	int pipes[2];
	char byte;

	if (pipe2(pipes, O_CLOEXEC) < 0 || setresuid(user, user, user) < 0)
		_exit(100);
	for (int i = 0; i < others; i++)
		if (fork() == 0) {
			close(pipes[1]);
			_exit(read(pipes[0], &byte, 1) < 0);
		}
	text_list_add(&words, SPAN("/bin/sh"));
	text_list_add(&words, SPAN("-c"));
	text_list_add(&words, span_of(script));
	struct program p = { .words = &words, .environment = &environment, .folder = "/", .patience_ms = LONG_MS, .named_by = "x",
	                     .processes_max = CROWD_MAX, .until = -1 };
	letter_rewind(&l, LETTER_MAILDIR);
	program_run(&p, letter_piece, &l, &f);
	_exit((int)f.kind);
}

static void test_crowd(size_t i)
{
	int status = 0;

	if (geteuid() != 0) {
		tap_skip(crowds[i].what, "not root");
		return;
	}
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		run_in_crowd(crowds[i].script, crowds[i].others);
	waitpid(child, &status, 0);
	is_int(WIFEXITED(status) ? WEXITSTATUS(status) : 101, crowds[i].kind, "%s", crowds[i].what);
}

/* The next process gets that number, in a namespace where nothing else begins. */
static pid_t fork_as(int pid)
{
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || dprintf(fd, "%d", pid - 1) < 0)
		return -1;
	close(fd);
	pid_t child = fork();
	if (child == 0 && setresuid(65534, 65534, 65534) == 0)
		for (;;)
			pause();
	return child;
}

/* The first process of the namespace; 0: the other one was left alone. */
static int watch_number_come_again(void)
{
	int status, leader;
	siginfo_t info = { 0 };

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("proc", "/proc", "proc", 0, NULL) < 0)
		return 2;
	pid_t runner = fork();
	if (runner == 0)
		run_as_user();
	while (!strchr(text_of("stays"), '\n') || (leader = atoi(text_of("leader"))) <= 0 || process_signal(leader, 0) == 0)
		if (waitid(P_PID, (id_t)runner, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == runner)
			return 3;
		else
			usleep(1000);
	pid_t other = fork_as(leader);
	if (other != leader)
		return 4;
	if (waitpid(runner, &status, 0) != runner || status != 0)
		return 5;
	return waitpid(other, &status, WNOHANG | WUNTRACED) == 0 ? 0 : 1;
}

static void test_number(void)
{
	const char *what = "who gets the number of a program that has ended is left alone", *why = "not root";
	int status = 0;

	fflush(stdout);
	if (geteuid() == 0 && (chmod(folder, 0777) < 0 || !make_stay()))
		abort();
	pid_t outer = geteuid() == 0 ? fork() : -1;
	if (outer == 0) {
		if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
			_exit(2);
		pid_t first = fork();
		if (first == 0)
			_exit(watch_number_come_again());
		waitpid(first, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 6);
	}
	if (outer > 0 && waitpid(outer, &status, 0) == outer)
		why = WIFEXITED(status) && WEXITSTATUS(status) == 2 ? "no namespaces here" : strcmp(text_of("stays"), "no\n") == 0 ? "no set-uid programs here" : NULL;
	if (why) {
		tap_skip("what is left behind and cannot be killed is told", why);
		tap_skip(what, why);
		return;
	}
	ok(strstr(text_of("said"), "left processes behind that cannot be killed") != NULL, "what is left behind and cannot be killed is told");
	is_int(WIFEXITED(status) ? WEXITSTATUS(status) : 7, 0, "%s", what);
}

/* Who holds the other end of the pipe lets it go: now, or when that file has been written. */
static int end_after(const char *name)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		abort();
	if (name && fork() == 0) {
		close(ends[0]);
		while (!strchr(text_of(name), '\n'))
			usleep(1000);
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static const struct { const char *what, *when; } tellings[] = {
	{ "one that is told to end before it begins", NULL },
	{ "one that is told to end while it runs", "until" },
};

static void test_until(const char *what, const char *when)
{
	struct text_list words = { 0 };
	struct letter l = { .sender = "s@x", .address = "al", .fd = -1 };
	struct fault f = { 0 };

	text_list_add(&words, SPAN("/bin/sh"));
	text_list_add(&words, SPAN("-c"));
	text_list_add(&words, SPAN("echo $$ > until; sleep 1000"));
	unlink(path_of("until"));
	struct program p = { .words = &words, .environment = &environment, .folder = folder, .patience_ms = LONG_MS, .named_by = "x", .until = end_after(when) };
	is_int(program_run(&p, letter_piece, &l, &f), -1, "%s: %s", what, f.text);
	is_text(f.status, PROGRAM_CUT_OFF, "is so named");
	ok(is_gone("until") || (!when && !strchr(text_of("until"), '\n')), "and gone");
	close(p.until);
	text_list_free(&words);
	letter_free(&l);
}

/* What cannot be read to its end is no letter: the agent must not take it for one. */
static void test_damage(void)
{
	char path[300];
	struct fault f;

	snprintf(path, sizeof path, "%s", path_of("body"));
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "Subject: y\r\n", 12) != 12)
		abort();
	struct letter l = { .sender = "s@x", .address = "al", .fd = fd, .checksum = 1 };
	is_int(run_letter("cat > part && mv part whole", &l, LONG_MS, &f), -1, "a damaged file: %s", f.text);
	ok(l.damaged && f.kind == FAULT_TEMPORARY, "is told of");
	is_text(text_of("whole"), "(none)", "and no agent has taken it");
	close(fd);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (geteuid() != getuid())
		return stay();
	if (argc > 1)
		return wait_by_vfork();
	char *large = mem_resize(NULL, MESSAGE_BYTES + 1, 1);

	tap_plan(TAP_ROWS(meanings) + 4 + 7 + 20 + 6 + 3 * TAP_ROWS(tellings) + 3 + 1 + 2 + TAP_ROWS(crowds));
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	memset(large, 'x', MESSAGE_BYTES);
	large[MESSAGE_BYTES] = '\0';
	scratch_make(folder);
	text_list_add(&environment, SPAN("A=b"));
	text_list_add(&environment, SPAN("C="));
	test_statuses();
	test_surroundings();
	test_misbehaviour(large);
	test_others();
	for (size_t i = 0; i < TAP_ROWS(tellings); i++)
		test_until(tellings[i].what, tellings[i].when);
	test_damage();
	test_vfork();
	test_number();
	for (size_t i = 0; i < TAP_ROWS(crowds); i++)
		test_crowd(i);
	text_list_free(&environment);
	free(large);
	return tap_done();
}
