/* SPDX-License-Identifier: ISC */
/*
 * corpus - what fuzzing has found, and what else each target's corpus has, is run again: tests/fuzz/corpus/NAME through
 * tests/fuzz/NAME_fuzz.c, without a fuzzer. With a target's name as argument, that one alone, in this process.
 *
 * All of a test program, but for its list of targets (FUZZ_TARGETS) and the names of all (FUZZ_NAMES), which GNUmakefile defines.
 */
#ifndef TESTS_FUZZ_CORPUS_H
#define TESTS_FUZZ_CORPUS_H

#include "tests/tap.h"

#include "base/io.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define TARGET(name) int fuzz_##name(const uint8_t *bytes, size_t len);
FUZZ_TARGETS
#undef TARGET

static const struct {
	const char *name;
	int (*run)(const uint8_t *bytes, size_t len);
} targets[] = {
#define TARGET(name) { #name, fuzz_##name },
	FUZZ_TARGETS
};

enum { INPUT_MAX = 1 << 20, HANGS_S = 120 };

/* Its path is said before it is run, for who ends by it. */
static int run_file(int target, const char *path, int told)
{
	struct buf bytes = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || io_read_file(fd, &bytes, INPUT_MAX) < 0)
		return -1;
	close(fd);
	if (told >= 0 && dprintf(told, "%s\n", path) < 0)
		return -1;
	/* Of its own size, so that a sanitizer sees a byte too far. */
	uint8_t *exact = malloc(bytes.len ? bytes.len : 1);
	if (bytes.len > 0)
		memcpy(exact, bytes.at, bytes.len);
	targets[target].run(exact, bytes.len);
	free(exact);
	buf_free(&bytes);
	return 0;
}

/* How many there were; -1 for a corpus that is not there. */
static int run_corpus(int target, int told)
{
	char path[600];
	int count = 0;

	snprintf(path, sizeof path, "tests/fuzz/corpus/%s", targets[target].name);
	DIR *folder = opendir(path);
	if (folder == NULL)
		return -1;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "tests/fuzz/corpus/%s/%s", targets[target].name, entry->d_name);
		if (run_file(target, path, told) < 0)
			count = -2;
		if (count >= 0)
			count++;
	}
	closedir(folder);
	return count;
}

static void in_child(int target)
{
	char said[64 * 1024] = "";
	int ends[2], status = -1;

	fflush(stdout);
	if (pipe(ends) < 0)
		exit(1);
	fcntl(ends[1], F_SETPIPE_SZ, (int)sizeof said);
	pid_t pid = fork();
	if (pid == 0) {
		/* Targets speak to standard output and to the log. */
		int null = open("/dev/null", O_WRONLY);
		dup2(null, STDOUT_FILENO);
#ifndef SANITIZE
		dup2(null, STDERR_FILENO);
#endif
		alarm(HANGS_S);
		int count = run_corpus(target, ends[1]);
		_exit(count > 0 ? 0 : 100 - count);
	}
	close(ends[1]);
	waitpid(pid, &status, 0);
	ssize_t n = read(ends[0], said, sizeof said - 1);
	close(ends[0]);
	said[n > 0 ? n : 0] = '\0';
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", targets[target].name);
	if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0) {
		char *last = strrchr(said, '\n');
		if (last)
			*last = '\0';
		last = strrchr(said, '\n');
		if (WIFEXITED(status) && WEXITSTATUS(status) > 99)
			printf("# its corpus is empty or cannot be read: tests/fuzz/corpus/%s\n", targets[target].name);
		else
			printf("# it ended by signal %d or exit status %d at %s\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0,
			       WEXITSTATUS(status), last ? last + 1 : said);
	}
}

/* A corpus whose target is gone is run by nobody. */
static void no_orphans(void)
{
	DIR *folder = opendir("tests/fuzz/corpus");
	int orphans = 0;

	for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
		char word[300];
		snprintf(word, sizeof word, " %s ", entry->d_name);
		bool known = entry->d_name[0] == '.' || strstr(" " FUZZ_NAMES " ", word);
		if (!known)
			printf("# tests/fuzz/corpus/%s\n", entry->d_name);
		orphans += !known;
	}
	if (folder)
		closedir(folder);
	is_int(orphans, 0, "each corpus has a target");
}

int main(int argc, char **argv)
{
	for (int i = 0; argc == 2 && i < TAP_ROWS(targets); i++)
		if (strcmp(argv[1], targets[i].name) == 0)
			return run_corpus(i, -1) > 0 ? 0 : 1;
	if (argc > 1)
		return 64;
	tap_plan(TAP_ROWS(targets) + 1);
	for (int i = 0; i < TAP_ROWS(targets); i++)
		in_child(i);
	no_orphans();
	return tap_done();
}

#endif
