#include "tests/tap.h"

#include "base/clock.h"
#include "base/secret.h"

#include <fcntl.h>
#include <signal.h>
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

/* ---- commands ---- */

enum { LINE_MAX_BYTES = 8, PATIENCE_MS = 20 * 1000, SHORT_MS = 300 };

static void command_outputs(void)
{
	static const struct {
		const char *command;
		const char *line;        /* NULL: a fault, */
		const char *complaint;   /* with this in it */
	} rows[] = {
		{ "echo secret", "secret", NULL },
		{ "printf secret", "secret", NULL },
		{ "printf 'secret\\r\\n'", "secret", NULL },
		{ "printf 'a\\nb\\n'", "a", NULL },
		{ "printf ' a b '", " a b ", NULL },
		{ "printf 12345678", "12345678", NULL },
		{ "printf '12345678\\n'", "12345678", NULL },
		{ "printf '1234567890'", NULL, "printed too much" },
		{ "yes", NULL, "printed too much" },
		{ "true", NULL, "printed nothing" },
		{ "echo", NULL, "printed nothing" },
		{ "printf '\\r\\n'", NULL, "printed nothing" },
		{ "printf '\\nsecond'", NULL, "printed nothing" },
		{ "echo secret; exit 3", NULL, "failed" },
		{ "echo secret; kill -9 $$", NULL, "failed" },
		{ "/nowhere/at/all 2>/dev/null", NULL, "failed" },
		{ "cat; echo end", "end", NULL },   /* no input */
		{ "exec sed -n 's/^SigBlk:\t0*$/none/p' /proc/self/status", "none", NULL },
		{ "exec sed -n 's/^SigIgn:.*[02468ace]...$/none/p' /proc/self/status", "none", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		struct fault f = { 0 };
		buf_reserve(&out, LINE_MAX_BYTES + 1);
		buf_add_text(&out, "+");
		moves = 0;
		int result = secret_from_command_within(rows[i].command, LINE_MAX_BYTES, PATIENCE_MS, &out, &f);
		is_int(result, rows[i].line ? 0 : -1, "%s", rows[i].command);
		is_int(moves, 0, "its text is not moved about");
		is_text(buf_text(&out) + 1, rows[i].line ? rows[i].line : "", "what it says");
		if (rows[i].line == NULL)
			ok(strstr(f.text, rows[i].complaint) && strstr(f.text, rows[i].command), "told: %s", f.text);
		secret_free(&out);
	}
}

/* One whose child alone keeps it, one that has closed its output, and one that prints on and on, slowly. */
static void late_commands(void)
{
	static const char *const commands[] = {
		"sleep 100", "sleep 100; echo a", "exec >&-; sleep 100", "echo a; sleep 100", "while :; do sleep 0.2; printf a; done",
	};

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		struct buf out = { 0 };
		struct fault f = { 0 };
		int64_t start_ms = clock_boot_ms();
		is_int(secret_from_command_within(commands[i], 1000, SHORT_MS, &out, &f), -1, "never ends: %s", commands[i]);
		int64_t took_ms = clock_boot_ms() - start_ms;
		ok(took_ms >= SHORT_MS && took_ms < SHORT_MS + 5000, "given up in time (%lld ms)", (long long)took_ms);
		ok(strstr(f.text, "not done in time") != NULL, "told: %s", f.text);
		is_int(out.len, 0, "nothing is taken");
		secret_free(&out);
	}
}

/* What a killed command started must not live on: it writes a mark, later. */
static void leaves_nothing_running(void)
{
	struct buf command = { 0 }, out = { 0 };

	buf_printf(&command, "(sleep 1; : > %s) & wait", path_of("mark"));
	secret_from_command_within(buf_text(&command), 1000, SHORT_MS, &out, NULL);
	sleep(2);
	is_int(access(path_of("mark"), F_OK), -1, "what it started is killed too");
	buf_free(&command);
	secret_free(&out);
}

int main(void)
{
	static const char *const names[] = { "key", "fifo", "large", "link", "mark" };

	sigset_t ours;

	if (mkdtemp(folder) == NULL)
		abort();
	signal(SIGPIPE, SIG_IGN);            /* as signetd has it */
	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigprocmask(SIG_BLOCK, &ours, NULL);
	modes();
	other_files();
	credentials();
	command_outputs();
	late_commands();
	leaves_nothing_running();
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlink(path_of(names[i]));
	rmdir(folder);
	return tap_done();
}
