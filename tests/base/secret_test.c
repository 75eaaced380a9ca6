/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/secret.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/secret_test_XXXXXX";

static int moves;

/* What grows may leave a copy where it was. */
void *reallocarray(void *old, size_t count, size_t each)
{
	moves += old != NULL;
	return realloc(old, count * each);
}

static const char *path_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, mode_t mode, size_t size)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	for (size_t i = 0; i < size; i++)
		if (write(fd, "s", 1) != 1)
			abort();
	fchmod(fd, mode);
	close(fd);
}

static void modes(void)
{
	static const struct {
		mode_t mode;
		bool taken;
	} rows[] = {
		{ 0600, true }, { 0400, true }, { 0700, true },
		{ 0640, false }, { 0604, false }, { 0620, false }, { 0602, false }, { 0644, false }, { 0601, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		struct fault f = { 0 };
		char mend[300];
		write_file("key", rows[i].mode, 10);
		int result = secret_read(path_of("key"), 100, &out, &f);
		is_int(result == 0, rows[i].taken, "mode %04o", (unsigned)rows[i].mode);
		is_int(out.len, rows[i].taken ? 10 : 0, "its bytes");
		if (!rows[i].taken) {
			is_text(f.status, "4.3.5", "its status");
			snprintf(mend, sizeof mend, "chmod 600 %s", path_of("key"));
			ok(strstr(f.text, mend) != NULL, "says how to mend it: %s", f.text);
		}
		secret_free(&out);
	}
}

static void other_files(void)
{
	struct buf out = { 0 };
	struct fault f = { 0 };

	buf_add_text(&out, "before");
	is_int(secret_read(path_of("absent"), 100, &out, &f), -1, "an absent file");
	ok(strstr(f.text, path_of("absent")) != NULL, "named: %s", f.text);
	is_int(secret_read(folder, 100, &out, &f), -1, "a folder");
	mkfifo(path_of("fifo"), 0600);
	is_int(secret_read(path_of("fifo"), 100, &out, &f), -1, "a FIFO does not make us wait");
	write_file("large", 0600, 65536);
	moves = 0;
	struct buf large = { 0 };
	is_int(secret_read(path_of("large"), 65536, &large, &f), 0, "as large as it may be");
	is_int(moves, 0, "and not moved about");
	secret_free(&large);
	write_file("large", 0600, 101);
	is_int(secret_read(path_of("large"), 100, &out, &f), -1, "more than asked for");
	is_span(buf_span(&out), SPAN("before"), "a fault leaves what was there");
	char target[200];
	snprintf(target, sizeof target, "%s", path_of("large"));
	if (symlink(target, path_of("link")) < 0)
		abort();
	is_int(secret_read(path_of("link"), 101, &out, &f), 0, "a symbolic link is followed");
	secret_free(&out);
	ok(out.at == NULL, "freed");
}

/* ---- systemd's credentials ---- */

static void credentials(void)
{
	static const struct {
		const char *folder;      /* of $CREDENTIALS_DIRECTORY; NULL: not set, "": the folder of this test */
		const char *path;
		const char *complaint;   /* NULL: is read */
	} rows[] = {
		{ "", "credential:key", NULL },
		{ "", "credential:absent", "/absent" },
		{ NULL, "credential:key", "LoadCredential=" },
		{ "relative", "credential:key", "LoadCredential=" },
		{ "/nowhere/at/all", "credential:key", "/nowhere/at/all/key" },
	};

	write_file("key", 0400, 10);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		struct fault f = { 0 };
		unsetenv("CREDENTIALS_DIRECTORY");
		if (rows[i].folder)
			setenv("CREDENTIALS_DIRECTORY", rows[i].folder[0] ? rows[i].folder : folder, 1);
		int result = secret_read(rows[i].path, 100, &out, &f);
		is_int(result, rows[i].complaint ? -1 : 0, "%s in %s", rows[i].path, rows[i].folder ? rows[i].folder : "nothing");
		is_int(out.len, rows[i].complaint ? 0 : 10, "its bytes");
		if (rows[i].complaint && result < 0)
			ok(strstr(f.text, rows[i].complaint) != NULL && strcmp(f.status, "4.3.5") == 0, "told: %s", f.text);
		secret_free(&out);
	}
	unsetenv("CREDENTIALS_DIRECTORY");
}

/* ---- the environment ---- */

static void variables(void)
{
	struct buf out = { 0 };
	struct fault f = { 0 };

	unsetenv("SIGNET_TEST_SECRET");
	is_int(secret_read("environment:SIGNET_TEST_SECRET", 100, &out, &f), -1, "a variable that is not set");
	ok(strstr(f.text, "environment:SIGNET_TEST_SECRET: the environment has no such variable") != NULL, "told: %s", f.text);
	setenv("SIGNET_TEST_SECRET", "sesame", 1);
	is_int(secret_read("environment:SIGNET_TEST_SECRET", 100, &out, &f), 0, "a variable");
	is_span(buf_span(&out), SPAN("sesame"), "its value");
	is_int(secret_read("environment:SIGNET_TEST_SECRET", 5, &out, &f), -1, "more than asked for");
	is_int(out.len, 6, "changes nothing");
	secret_free(&out);
}

/* ---- in a container ---- */

/* Of another user's: only root can make one, and others find one. */
static const char *of_another(mode_t mode)
{
	if (geteuid() != 0)
		return "/etc/passwd";
	write_file("other", mode, 10);
	if (chown(path_of("other"), 1, 1) < 0)
		abort();
	return path_of("other");
}

static void walls(void)
{
	struct buf out = { 0 };
	struct fault f = { 0 };

	is_int(secret_read(of_another(0644), 64 * 1024, &out, &f), -1, "another's file that all can read");
	is_int(secret_read_in_container(of_another(0644), 64 * 1024, &out, &f), 0, "does in a container");
	ok(out.len > 0, "and is read");
	write_file("key", 0644, 10);
	is_int(secret_read_in_container(path_of("key"), 100, &out, &f), -1, "our own does not");
	is_int(secret_read_in_container(geteuid() == 0 ? of_another(0664) : path_of("key"), 100, &out, &f), -1, "nor one that others can write");
	secret_free(&out);
}

int main(void)
{
	tap_plan(65);
	scratch_make(folder);
	modes();
	other_files();
	credentials();
	variables();
	walls();
	return tap_done();
}
