/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char constants[256 * 1024] = { 1 };
static char changed[256 * 1024] = { 2 };

/* KiB of a field of this process's status; 0 where the kernel does not tell. */
static long status_kib(const char *field)
{
	char line[200];
	long kib = 0;
	FILE *status = fopen("/proc/self/status", "r");

	while (status && fgets(line, sizeof line, status))
		if (strncmp(line, field, strlen(field)) == 0)
			kib = strtol(line + strlen(field), NULL, 10);
	if (status)
		fclose(status);
	return kib;
}

static unsigned sum(const volatile char *bytes, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i += 512)
		n += (unsigned char)bytes[i];
	return n;
}

/* Many small pieces, of which the last stays: what lies before it stays in the heap, too, though it is free. */
static void *leave_a_hole(void)
{
	enum { PIECES = 4096 };
	static void *pieces[PIECES];

	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = malloc(512);
		memset(pieces[i], 3, 512);
	}
	for (size_t i = 0; i < PIECES - 1; i++)
		free(pieces[i]);
	return pieces[PIECES - 1];
}

#ifndef SANITIZE
enum { GROWN_KIB = 512 };

__attribute__((noinline))
static void grow_stack(void)
{
	volatile char deep[GROWN_KIB * 1024];

	for (size_t i = 0; i < sizeof deep; i += 512)
		deep[i] = 1;
}
#endif

/* In a child, with a limit and without the right to go beyond it: 0; 1: it was refused, and again when it was asked again. */
static int lock_within(rlim_t limit)
{
	struct rlimit most = { limit, limit };
	struct fault f = { 0 };
	int status;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
			_exit(2);
		if (setrlimit(RLIMIT_MEMLOCK, &most) < 0)
			_exit(3);
		int result = memory_lock_heap(&f);
		if (memory_lock_heap(NULL) != result)
			_exit(5);
		_exit(result < 0 && strstr(f.text, "LimitMEMLOCK") == NULL ? 4 : result < 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void locking(void)
{
#ifdef SANITIZE
	(void)lock_within;
	for (int i = 0; i < 4; i++)
		tap_skip("the heap is locked", "the sanitizers' runtime has a heap of its own");
#else
	struct rlimit now;
	struct fault f = { 0 };

	is_int(lock_within(0), 1, "a limit that is too low is told, with what to raise, as often as it is asked");
	getrlimit(RLIMIT_MEMLOCK, &now);
	long kib = status_kib("VmData:");
	if (geteuid() != 0 && now.rlim_cur < (rlim_t)kib * 1024) {
		tap_skip("the heap is locked", "this user may lock too little");
		tap_skip("all of it", "this user may lock too little");
		tap_skip("and what comes back", "this user may lock too little");
		return;
	}
	is_int(memory_lock_heap(&f), 0, "the heap is locked %s", f.text);
	ok(status_kib("VmLck:") >= 64, "all of it");
	sbrk(64 * 1024);
	memory_lock_heap(&f);
	long locked_kib = status_kib("VmLck:");
	sbrk(-64 * 1024);
	memory_lock_heap(&f);
	sbrk(64 * 1024);
	memory_lock_heap(&f);
	ok(status_kib("VmLck:") >= locked_kib, "so is what was given back and is taken again");
#endif
}

/* Holes of all sizes, between pieces that stay; a copy's memory is in none of them. */
static void holes(void)
{
#ifdef SANITIZE
	tap_skip("what a copy allocates lies together", "the sanitizers' runtime has a heap of its own");
#else
	enum { PIECES = 4096, SIZES = 1000, STEP = 37 };
	static char *pieces[PIECES];
	int in_holes = 0;

	for (size_t i = 0; i < PIECES; i++)
		pieces[i] = malloc(16 + i * STEP % 4000);
	for (size_t i = 0; i < PIECES; i += 2)
		free(pieces[i]);
	memory_fill_holes();
	char *highest = pieces[PIECES - 1];
	for (size_t i = 0; i < SIZES; i++) {
		char *piece = malloc(16 + i * STEP % 4000);
		in_holes += piece < highest;
		free(piece);
	}
	is_int(in_holes, 0, "what a copy allocates lies together");
	for (size_t i = 1; i < PIECES; i += 2)
		free(pieces[i]);
#endif
}

/* What the library gives by a mapping of its own is not locked with the heap. In a child, as it changes how memory is given. */
static void on_the_heap(void)
{
#if defined(SANITIZE) || !defined(__GLIBC__)
	tap_skip("a secret of 400 KiB lies on the heap, once secrets are expected", "malloc(3) is not that of glibc");
#else
	int status = 0;

	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		char *before = malloc(400 * 1024);
		memory_expect_secrets();
		char *after = malloc(400 * 1024);
		_exit(before > (char *)sbrk(0) && after < (char *)sbrk(0) ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "a secret of 400 KiB lies on the heap, once secrets are expected");
#endif
}

int main(void)
{
	tap_plan(12);
	on_the_heap();
	memset(changed, 4, sizeof changed);
	char *last = leave_a_hole();
	unsigned before = sum(constants, sizeof constants);
	long file_kib = status_kib("RssFile:"), heap_kib = status_kib("RssAnon:");

	memory_give_back();
#ifdef SANITIZE
	tap_skip("pages of the program are given back", "the sanitizers' runtime keeps them");
	tap_skip("freed heap is given back", "the sanitizers' runtime keeps it");
	tap_skip("so is what the stack has grown by", "the sanitizers' runtime keeps it");
	(void)file_kib, (void)heap_kib;
#else
	ok(status_kib("RssFile:") <= file_kib - (long)sizeof constants / 2048, "pages of the program are given back");
	ok(status_kib("RssAnon:") <= heap_kib - 1024, "freed heap is given back");
	grow_stack();
	long grown_kib = status_kib("RssAnon:");
	memory_give_back();
	ok(status_kib("RssAnon:") <= grown_kib - GROWN_KIB * 3 / 4, "so is what the stack has grown by");
#endif
	is_int(sum(constants, sizeof constants), before, "constants come back");
	is_int(sum(changed, sizeof changed), 4 * sizeof changed / 512, "what was changed is as it was");
	is_int(last[511], 3, "so is the heap that is in use");
	holes();
	locking();
	free(last);
	return tap_done();
}
