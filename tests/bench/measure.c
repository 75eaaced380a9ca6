/* SPDX-License-Identifier: ISC */
/*
 * measure - times whole processes, several commands in turn, so that what
 * the machine does meanwhile falls on all of them alike.
 *
 *   measure ROUNDS RUNS MESSAGE NAME COMMAND [NAME COMMAND]...
 *
 * Each COMMAND is a line split at blanks; it gets MESSAGE on stdin. A round
 * runs every command RUNS times, taking turns. Prints each round's medians
 * and, at the end, the median over all runs and its ratio to the first
 * command. It judges nothing; only a command that fails is an error.
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

enum { COMMANDS_MAX = 8, WORDS_MAX = 32, RUNS_MAX = 100000 };

struct command {
	const char *name;
	char *argv[WORDS_MAX];
	double *ms;           /* every run's time */
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

static void run_round(struct command *commands, size_t count, size_t runs, const char *message)
{
	for (size_t run = 0; run < runs; run++)
		for (size_t i = 0; i < count; i++)
			commands[i].ms[commands[i].count++] = run_once(&commands[i], message);
	for (size_t i = 0; i < count; i++)
		printf("%s%s %.2f ms", i ? ", " : "  ", commands[i].name,
		       median(commands[i].ms + commands[i].count - runs, runs));
	printf("\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct command commands[COMMANDS_MAX];
	size_t count = 0;

	if (argc < 6 || argc % 2 != 0 || (argc - 4) / 2 > COMMANDS_MAX) {
		fprintf(stderr, "usage: measure ROUNDS RUNS MESSAGE NAME COMMAND [NAME COMMAND]...\n");
		return 64;
	}
	size_t rounds = strtoul(argv[1], NULL, 10), runs = strtoul(argv[2], NULL, 10);
	if (rounds == 0 || runs == 0 || rounds > RUNS_MAX || runs > RUNS_MAX)
		return 64;
	for (int i = 4; i + 1 < argc; i += 2) {
		struct command *c = &commands[count++];
		c->name = argv[i];
		split(argv[i + 1], c->argv);
		c->ms = calloc(rounds * runs, sizeof *c->ms);
		if (!c->ms)
			return 75;
	}
	for (size_t round = 0; round < rounds; round++)
		run_round(commands, count, runs, argv[3]);

	double floor = median(commands[0].ms, commands[0].count);
	printf("\n%-28s %10s %8s\n", "", "median", "ratio");
	for (size_t i = 0; i < count; i++) {
		double middle = median(commands[i].ms, commands[i].count);
		printf("%-28s %7.2f ms %8.2f\n", commands[i].name, middle, middle / floor);
		free(commands[i].ms);
	}
	return 0;
}
