/* SPDX-License-Identifier: ISC */
#include "tests/process.h"
#include "tests/tap.h"

#include "base/io.h"
#include "relay/local/mbox.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/signet-mbox-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[2][200];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
	return path[turn];
}

static void put_file(const char *name, const char *text)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
	close(fd);
}

/* Without dates: "From x DATE" of ours becomes "From x". */
static const char *mbox_text(void)
{
	static struct buf text, shown;
	int fd = open(path_of("al"), O_RDONLY);

	buf_clear(&text);
	buf_clear(&shown);
	if (fd < 0 || io_read_file(fd, &text, 1024 * 1024) < 0)
		return "(none)";
	close(fd);
	struct span rest = buf_span(&text);
	while (rest.len > 0) {
		struct span line = span_cut(&rest, '\n');
		bool is_from = line.len > 5 && memcmp(line.at, "From s@x ", 9) == 0;
		buf_add_span(&shown, is_from ? (struct span){ line.at, 8 } : line);
		buf_add_byte(&shown, '\n');
		if (rest.at == NULL)
			break;
	}
	return buf_text(&shown);
}

static struct letter letter_with(const char *message)
{
	return (struct letter){ .sender = "s@x", .address = "al", .message = span_of(message), .fd = -1 };
}

static const struct mbox al = { .folder = folder, .user = "al", .lock_wait_ms = 300 };

static int deliver(const char *message, bool again, struct fault *f)
{
	struct letter l = letter_with(message);
	int result = mbox_deliver(&al, &l, again, f);

	letter_free(&l);
	return result;
}

#define ONE "From s@x\nReturn-Path: <s@x>\nDelivered-To: al\nSubject: one\n\nhello\n\n"
#define TWO "From s@x\nReturn-Path: <s@x>\nDelivered-To: al\nSubject: two\n\nhello\n\n"

/* What is in the folder before, what is delivered, and what is there after it. */
static const struct {
	const char *what;
	const char *mbox, *lock;      /* NULL: not there */
	time_t lock_age_s;
	bool again;
	const char *message;
	const char *status;           /* "" is delivered */
	const char *after;
	bool keeps_lock;
} rows[] = {
	{ "the first", NULL, NULL, 0, false, "Subject: one\r\n\r\nhello\r\n", "", ONE, false },
	{ "a second", ONE, NULL, 0, false, "Subject: two\r\n\r\nhello\r\n", "", ONE TWO, false },
	{ "after a line without an end", "From old\n\nx", NULL, 0, false, "Subject: one\r\n\r\nhello\r\n", "", "From old\n\nx\n" ONE, false },
	{ "the same again, by chance", ONE, NULL, 0, false, "Subject: one\r\n\r\nhello\r\n", "", ONE ONE, false },
	{ "the same again, after a crash", ONE TWO, NULL, 0, true, "Subject: one\r\n\r\nhello\r\n", "", ONE TWO, false },
	{ "and the last", ONE TWO, NULL, 0, true, "Subject: two\r\n\r\nhello\r\n", "", ONE TWO, false },
	{ "another, after a crash", ONE, NULL, 0, true, "Subject: two\r\n\r\nhello\r\n", "", ONE TWO, false },
	{ "half of it there, and no lock left", ONE "From s@x\nReturn-Path: <s@x>\n", NULL, 0, true, "Subject: two\r\n\r\nhello\r\n", "",
	  ONE "From s@x\nReturn-Path: <s@x>\n" TWO, false },
	{ "left unfinished", "12345half a letter", "999999\nsignet mbox of 5 bytes\n", 0, false, "Subject: one\r\n\r\nhello\r\n", "",
	  "12345\n" ONE, false },
	{ "left before anything was written", "12345", "999999\nsignet mbox of 5 bytes\n", 0, false, "Subject: one\r\n\r\nhello\r\n", "",
	  "12345\n" ONE, false },
	{ "a lock that says more than there is", "12345", "999999\nsignet mbox of 500 bytes\n", 0, false, "Subject: one\r\n\r\nhello\r\n", "",
	  "12345\n" ONE, false },
	{ "another program's lock", "12345\n", "999999\n", 0, false, "Subject: one\r\n\r\nhello\r\n", "4.2.0", "12345\n", true },
	{ "an empty one", "12345\n", "", 0, false, "Subject: one\r\n\r\nhello\r\n", "4.2.0", "12345\n", true },
	{ "another program's, left over", "12345\n", "999999\n", 3600, false, "Subject: one\r\n\r\nhello\r\n", "", "12345\n" ONE, false },
};

static void table(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fault f = { 0 };
		unlink(path_of("al"));
		unlink(path_of("al.lock"));
		if (rows[i].mbox)
			put_file("al", rows[i].mbox);
		if (rows[i].lock)
			put_file("al.lock", rows[i].lock);
		struct timespec old[2] = { { .tv_sec = time(NULL) - rows[i].lock_age_s }, { .tv_sec = time(NULL) - rows[i].lock_age_s } };
		utimensat(AT_FDCWD, path_of("al.lock"), old, 0);
		is_int(deliver(rows[i].message, rows[i].again, &f), rows[i].status[0] ? -1 : 0, "%s: %s", rows[i].what, f.text);
		is_text(f.status, rows[i].status, "%s: status", rows[i].what);
		is_text(mbox_text(), rows[i].after, "%s: the file", rows[i].what);
		is_int(access(path_of("al.lock"), F_OK) == 0, rows[i].keeps_lock, "%s: the lock stays or goes", rows[i].what);
	}
}

/* ---- who else is there ---- */

static void not_files(void)
{
	static const char *const kinds[] = { "a link", "a FIFO", "a folder", "a file of two names", "a link to nothing" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct fault f = { 0 };
		unlink(path_of("al"));
		put_file("other", "mine\n");
		int made = i == 0 ? symlink(path_of("other"), path_of("al")) : i == 1 ? mkfifo(path_of("al"), 0600) :
		           i == 2 ? mkdir(path_of("al"), 0700) : i == 3 ? link(path_of("other"), path_of("al")) :
		           symlink(path_of("nothing"), path_of("al"));
		ok(made == 0 && deliver("\r\n", false, &f) < 0 && strcmp(f.status, "4.2.0") == 0 && strstr(f.text, "not a plain file"),
		   "%s is no mailbox: %s", kinds[i], f.text);
		struct stat st;
		ok(stat(path_of("other"), &st) == 0 && st.st_size == 5 && access(path_of("nothing"), F_OK) < 0, "and is left alone");
		unlink(path_of("al"));
		rmdir(path_of("al"));
	}
	unlink(path_of("other"));
}

static void locked_by_reader(void)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ready[2], done[2];
	struct fault f = { 0 };
	char byte;

	put_file("al", ONE);
	if (pipe(ready) < 0 || pipe(done) < 0)
		abort();
	pid_t reader = fork();
	if (reader == 0) {
		int fd = open(path_of("al"), O_RDWR);
		close(done[1]);
		if (fcntl(fd, F_SETLK, &whole) < 0 || write(ready[1], "", 1) < 0)
			_exit(1);
		_exit(read(done[0], &byte, 1) < 0);
	}
	is_int(read(ready[0], &byte, 1), 1, "a reader has locked the file by fcntl");
	ok(deliver("\r\n", false, &f) < 0 && strcmp(f.status, "4.2.0") == 0, "it is waited for, and not longer than said: %s", f.text);
	is_text(mbox_text(), ONE, "the file is as it was");
	close(done[1]);
	waitpid(reader, NULL, 0);
	is_int(deliver("Subject: two\r\n\r\nhello\r\n", false, &f), 0, "when the reader has gone, it is delivered");
	is_text(mbox_text(), ONE TWO, "behind what was there");
	close(ready[0]);
	close(ready[1]);
	close(done[0]);
}

static void no_room(void)
{
	struct rlimit was, small = { 0 };
	struct buf big = { 0 };
	struct fault f = { 0 };

	put_file("al", ONE);
	for (int i = 0; i < 10000; i++)
		buf_add_text(&big, "a line of the message\r\n");
	getrlimit(RLIMIT_FSIZE, &was);
	small = (struct rlimit){ 64 * 1024, was.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	ok(deliver(buf_text(&big), false, &f) < 0 && strcmp(f.status, "4.2.2") == 0, "it does not fit: %s", f.text);
	setrlimit(RLIMIT_FSIZE, &was);
	is_text(mbox_text(), ONE, "the file is as it was");
	is_int(access(path_of("al.lock"), F_OK), -1, "and not locked");
	buf_free(&big);
}

/* ---- killed at any moment ---- */

enum { KILLS = 60, LINES = 4000 };

static void killed(void)
{
	struct buf message = { 0 };
	unsigned times = 0;

	buf_add_text(&message, "Subject: large\r\n\r\n");
	for (int i = 0; i < LINES; i++)
		buf_printf(&message, "line %d of a letter that takes a while\r\n", i);
	put_file("al", ONE);
	for (int i = 0; i < KILLS; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			struct fault f = { 0 };
			_exit(deliver(buf_text(&message), i > 0, &f) < 0);
		}
		struct timespec t = { .tv_nsec = (i % 30) * 100 * 1000 };
		nanosleep(&t, NULL);
		process_signal(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	struct fault f = { 0 };
	is_int(deliver(buf_text(&message), true, &f), 0, "after %d deliveries that were killed, one more: %s", KILLS, f.text);
	const char *text = mbox_text();
	for (const char *at = text; (at = strstr(at, "\nSubject: large\n")) != NULL; at++)
		times++;
	is_int(times, 1, "the letter is there once");
	ok(strstr(text, "\nline 3999 of a letter that takes a while\n\n") != NULL, "and whole");
	ok(strncmp(text, ONE, sizeof ONE - 1) == 0, "behind the one before it");
	is_int(access(path_of("al.lock"), F_OK), -1, "no lock is left");
	buf_free(&message);
}

/* ---- a lock that comes back ---- */

/* Its removal is not synced: after a power failure it may be there as it was last written, and the letter delivered. */
static void lock_comes_back(void)
{
	char text[100] = "";
	struct fault f = { 0 };

	put_file("al", ONE);
	put_file("al.lock.signet", "");
	int lock = open(path_of("al.lock.signet"), O_RDONLY);
	is_int(deliver("Subject: two\r\n\r\nhello\r\n", false, &f), 0, "a letter is delivered: %s", f.text);
	ok(pread(lock, text, sizeof text - 1, 0) > 0 && strstr(text, "signet mbox"), "and its lock was this file: %s", text);
	close(lock);
	put_file("al.lock", text);
	is_int(deliver("Subject: one\r\n\r\nhello\r\n", false, &f), 0, "with that lock there again comes the next: %s", f.text);
	is_text(mbox_text(), ONE TWO ONE, "which costs the one before it nothing");
}

/* ---- of another user, in a folder that all may write to ---- */

static void locks_of_others(void)
{
	static const char *const names[] = { "al.lock", "al.lock.signet" };

	for (size_t i = 0; i < 2; i++) {
		struct fault f = { 0 };
		put_file("al", ONE);
		put_file(names[i], "999999\nsignet mbox of 5 bytes\n");
		bool is_others = chmod(path_of(names[i]), 0666) == 0 && chown(path_of(names[i]), 12345, 12345) == 0;
		ok(!is_others || (deliver("\r\n", false, &f) < 0 && strcmp(f.status, "4.2.0") == 0), "another user's %s is not ours: %s%s",
		   names[i], f.text, is_others ? "" : " # SKIP not root");
		is_text(mbox_text(), ONE, "and cuts nothing");
		unlink(path_of(names[i]));
	}
}

int main(void)
{
	tap_plan(4 * (int)(sizeof rows / sizeof rows[0]) + 10 + 5 + 3 + 5 + 4 + 4);
	signal(SIGXFSZ, SIG_IGN);
	if (mkdtemp(folder) == NULL)
		abort();
	table();
	not_files();
	locked_by_reader();
	no_room();
	killed();
	lock_comes_back();
	locks_of_others();
	unlink(path_of("al"));
	unlink(path_of("al.lock"));
	rmdir(folder);
	return tap_done();
}
