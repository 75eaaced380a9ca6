/* SPDX-License-Identifier: ISC */
/*
 * measure - times whole processes, several commands in turn, so that what
 * the machine does meanwhile falls on all of them alike.
 *
 *   measure ROUNDS RUNS CALLERS MESSAGE NAME COMMAND [NAME COMMAND]...
 *
 * Each COMMAND is a line split at blanks; it gets MESSAGE on stdin. A round
 * runs every command RUNS times: one at a time, the commands taking turns, or,
 * where there are more CALLERS, by all of them at once, one command behind the
 * other; then a command's time is that of all its runs, divided by RUNS. Prints
 * each round's medians and, at the end, the median over all rounds, the rate,
 * and its ratio to the first command. It judges nothing; only a command that
 * fails is an error.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 8, WORDS_MAX = 32, RUNS_MAX = 100000, CALLERS_MAX = 100 };

struct command {
	const char *name;
	char *argv[WORDS_MAX];
	double *ms;           /* every run's time, or every round's for each of its runs */
	size_t count;
};

extern char **environ;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void split(char *line, char **argv)
{
	size_t n = 0;

	for (char *word = strtok(line, " "); word && n + 1 < WORDS_MAX; word = strtok(NULL, " "))
		argv[n++] = word;
	argv[n] = NULL;
}

static double run_once(const struct command *c, const char *message)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status = -1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, message, O_RDONLY, 0);
	double start = now_ms();
	if (posix_spawn(&pid, c->argv[0], &actions, NULL, c->argv, environ) == 0)
		waitpid(pid, &status, 0);
	double took = now_ms() - start;
	posix_spawn_file_actions_destroy(&actions);
	if (status != 0) {
		fprintf(stderr, "measure: %s failed (wait status %d)\n", c->name, status);
		exit(1);
	}
	return took;
}

/* By all callers at once; a part of RUNS that they cannot share evenly is left out. */
static double run_at_once(const struct command *c, size_t runs, size_t callers, const char *message)
{
	double start = now_ms();
	int status, bad = 0;

	for (size_t i = 0; i < callers; i++)
		if (fork() == 0) {
			for (size_t run = 0; run < runs / callers; run++)
				run_once(c, message);
			_exit(0);
		}
	while (wait(&status) > 0)
		bad |= status;
	if (bad)
		exit(1);
	return (now_ms() - start) / (double)(runs / callers * callers);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, size_t count)
{
	double *sorted = malloc(count * sizeof *sorted);

	if (!sorted)
		abort();
	memcpy(sorted, values, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, by_size);
	double middle = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
	free(sorted);
	return middle;
}

static void run_round(struct command *commands, size_t count, size_t runs, size_t callers, const char *message)
{
	size_t before = commands[0].count;

	for (size_t i = 0; callers > 1 && i < count; i++)
		commands[i].ms[commands[i].count++] = run_at_once(&commands[i], runs, callers, message);
	for (size_t run = 0; callers == 1 && run < runs; run++)
		for (size_t i = 0; i < count; i++)
			commands[i].ms[commands[i].count++] = run_once(&commands[i], message);
	for (size_t i = 0; i < count; i++)
		printf("%s%s %.2f ms", i ? ", " : "  ", commands[i].name, median(commands[i].ms + before, commands[i].count - before));
	printf("\n");
	fflush(stdout);
}

static size_t number_of(const char *text, size_t most)
{
	size_t n = strtoul(text, NULL, 10);

	if (n > 0 && n <= most)
		return n;
	fprintf(stderr, "measure: %s is no number from 1 to %zu\n", text, most);
	exit(64);
}

int main(int argc, char **argv)
{
	static struct command commands[COMMANDS_MAX];
	size_t count = 0;

	if (argc < 7 || argc % 2 == 0 || (argc - 5) / 2 > COMMANDS_MAX) {
		fprintf(stderr, "usage: measure ROUNDS RUNS CALLERS MESSAGE NAME COMMAND [NAME COMMAND]...\n");
		return 64;
	}
	size_t rounds = number_of(argv[1], RUNS_MAX), runs = number_of(argv[2], RUNS_MAX), callers = number_of(argv[3], CALLERS_MAX);
	for (int i = 5; i + 1 < argc; i += 2) {
		struct command *c = &commands[count++];
		c->name = argv[i];
		split(argv[i + 1], c->argv);
		c->ms = calloc(rounds * runs, sizeof *c->ms);
		if (!c->ms)
			return 75;
	}
	for (size_t round = 0; round < rounds; round++)
		run_round(commands, count, runs < callers ? callers : runs, callers, argv[4]);

	double floor = median(commands[0].ms, commands[0].count);
	printf("\n%-28s %10s %10s %8s %14s\n", "", "median", "rate", "ratio", "of first rate");
	for (size_t i = 0; i < count; i++) {
		double middle = median(commands[i].ms, commands[i].count);
		printf("%-28s %7.2f ms %8.0f/s %8.2f %14.2f\n", commands[i].name, middle, 1000 / middle, middle / floor, floor / middle);
		free(commands[i].ms);
	}
	return 0;
}
