/* SPDX-License-Identifier: ISC */
#include "tests/process.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/secret_command.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int moves;

/* What grows may leave a copy where it was. */
void *reallocarray(void *old, size_t count, size_t each)
{
	moves += old != NULL;
	return realloc(old, count * each);
}

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
			ok(strstr(f.text, rows[i].complaint) && !strstr(f.text, rows[i].command), "told: %s", f.text);
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
		ok(strstr(f.text, "did not finish in time") != NULL, "told: %s", f.text);
		is_int(out.len, 0, "nothing is taken");
		secret_free(&out);
	}
}

/* What a killed command started must not live on: it writes a mark, later. */
static void leaves_nothing_running(void)
{
	struct buf command = { 0 }, out = { 0 };

	char mark[] = "/tmp/secret_command_test_XXXXXX";

	close(mkstemp(mark));
	unlink(mark);
	buf_printf(&command, "(sleep 1; : > %s) & wait", mark);
	secret_from_command_within(buf_text(&command), 1000, SHORT_MS, &out, NULL);
	sleep(2);
	is_int(access(mark, F_OK), -1, "what it started is killed too");
	buf_free(&command);
	secret_free(&out);
}

/* As signetd does it: other work goes on meanwhile. */
static void beside_other_work(void)
{
	static const struct {
		const char *command, *line, *complaint;
	} rows[] = {
		{ "sleep 0.1; echo token", "token", NULL },
		{ "sleep 0.1; echo token; exit 1", NULL, "failed" },
		{ "printf 1234567890", NULL, "printed too much" },
		{ "sleep 100", NULL, "did not finish in time" },
		{ "sleep 9 2>/dev/null & echo token", "token", NULL },   /* what it leaves behind is not waited for */
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct secret_command c = { .fd = -1 };
		struct buf out = { 0 };
		struct fault f = { 0 };
		int status, turns = 0;
		is_int(secret_command_begin(&c, rows[i].command, LINE_MAX_BYTES, SHORT_MS, &f), 0, "begins: %s", rows[i].command);
		while (waitpid(c.pid, &status, WNOHANG) == 0) {
			poll(NULL, 0, 10);
			turns++;
			secret_command_hear(&c);
			secret_command_enforce(&c);
		}
		is_int(secret_command_end(&c, status, &out, &f), rows[i].line ? 0 : -1, "ends after %d turns", turns);
		is_text(buf_text(&out), rows[i].line ? rows[i].line : "", "what it says");
		ok(rows[i].line || strstr(f.text, rows[i].complaint), "told: %s", f.text);
		is_int(c.pid, 0, "nothing runs");
		secret_free(&out);
	}
}

static void cancelled(void)
{
	struct secret_command c = { .fd = -1 };

	secret_command_cancel(&c);
	secret_command_begin(&c, "sleep 100", LINE_MAX_BYTES, PATIENCE_MS, NULL);
	pid_t pid = c.pid;
	secret_command_cancel(&c);
	is_int(process_signal(pid, 0), -1, "a cancelled one is gone");
	is_int(c.fd, -1, "and its output closed");
}

int main(void)
{
	sigset_t ours;

	tap_plan(114);
	signal(SIGPIPE, SIG_IGN);            /* as signetd has it */
	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigprocmask(SIG_BLOCK, &ours, NULL);
	command_outputs();
	late_commands();
	leaves_nothing_running();
	beside_other_work();
	cancelled();
	return tap_done();
}
