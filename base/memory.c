/* SPDX-License-Identifier: ISC */
#include "base/memory.h"

#include <sys/sysinfo.h>

#ifdef SANITIZE

/* The sanitizers' runtime has pages and a heap of its own. */
void memory_give_back(void)
{
}

void memory_fill_holes(void)
{
}

void memory_find_heap(void)
{
}

void memory_expect_secrets(void)
{
}

int memory_lock_heap(struct fault *f)
{
	(void)f;
	return 0;
}

#else

#include <errno.h>
#include <inttypes.h>

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of a loaded object, what is as it stands in its file: code and constants. */
static int unmap_object(struct dl_phdr_info *object, size_t size, void *context)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size, (void)context;
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		uintptr_t begin = (object->dlpi_addr + part->p_vaddr) & ~(page - 1);
		uintptr_t end = (object->dlpi_addr + part->p_vaddr + part->p_memsz + page - 1) & ~(page - 1);
		if (part->p_type == PT_LOAD && !(part->p_flags & PF_W))
			madvise((void *)begin, end - begin, MADV_DONTNEED);
	}
	return 0;
}

/* Below this function's frame: what deeper calls left there. The stack grows downwards wherever this runs. */
static void give_stack_back(void)
{
	enum { KEPT = 16 * 1024, GIVEN = 1024 * 1024 };    /* no other mapping lies as close below a stack */
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - KEPT) & ~(page - 1);

	madvise((void *)(end - GIVEN), GIVEN, MADV_DONTNEED);
}

void memory_give_back(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
	dl_iterate_phdr(unmap_object, NULL);
	give_stack_back();
}

void memory_fill_holes(void)
{
#ifdef __GLIBC__
	/* Of small pieces each size has a list of its own. What is filled is bounded, for another malloc(3) may have been preloaded. */
	enum { LARGE = 64 * 1024, SMALL = 1032, STEP = 16, LEAST = 24, MOST_BYTES = 8 * 1024 * 1024 };
	size_t filled = 0;

	malloc_trim(0);
	uintptr_t end = (uintptr_t)sbrk(0);
	for (size_t size = LARGE; size >= LEAST; size = size > 2 * SMALL ? size / 2 : size > SMALL ? SMALL : size - STEP) {
		void *piece = malloc(size);
		for (; piece && (uintptr_t)piece < end && filled < MOST_BYTES; filled += size)
			piece = malloc(size);     /* the one before stays for good */
		free(piece);
	}
#endif
}

enum {
	ROOM_BYTES = 128 * 1024,              /* locked beyond what is in use: for copies of a secret by libraries, and frames with one */
	KEPT_BYTES = 1024 * 1024,             /* free at the heap's end before it shrinks */
	ON_HEAP_BYTES = 32 * 1024 * 1024,     /* below this, malloc(3) gives no mapping of its own (the maximum of an older glibc on 64 bits) */
	ON_HEAP_LEAST_BYTES = 128 * 1024,     /* glibc's default */
};

static uintptr_t heap_begin;    /* 0: not found */
static uintptr_t locked_end;    /* 0: not locked; where the heap ended when it was locked last */

void memory_expect_secrets(void)
{
#ifdef __GLIBC__
	/* An older glibc refuses more than its maximum, which is 512 KiB on 32 bits. */
	for (int bytes = ON_HEAP_BYTES; mallopt(M_MMAP_THRESHOLD, bytes) == 0 && bytes > ON_HEAP_LEAST_BYTES; bytes /= 2)
		;
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
#endif
}

void memory_find_heap(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && fgets(line, sizeof line, maps))
		if (strstr(line, "[heap]") && sscanf(line, "%" SCNxPTR, &heap_begin) == 1)
			break;
	if (maps)
		fclose(maps);
}

int memory_lock_heap(struct fault *f)
{
	/* What is given back and taken again is not locked any more. */
	if (locked_end && (uintptr_t)sbrk(0) <= locked_end) {
		locked_end = (uintptr_t)sbrk(0);
		return 0;
	}
	free(malloc(ROOM_BYTES));
	if (heap_begin == 0)
		memory_find_heap();
	uintptr_t begin = heap_begin, end = (uintptr_t)sbrk(0);
	if (begin == 0 || end <= begin)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "keys and passwords may be written to swap space: /proc does not show the heap");
	madvise((void *)begin, end - begin, MADV_DONTDUMP);
	if (mlock((void *)begin, end - begin) == 0) {
		locked_end = end;
		return 0;
	}
	return fault_set(f, FAULT_TEMPORARY, "4.3.0", "keys and passwords may be written to swap space: %zu KiB are to be locked in memory, and "
	                 "the limit is lower (%s); raise it: LimitMEMLOCK= of the unit, or ulimit -l", (size_t)(end - begin) / 1024,
	                 strerror(errno));
}

#endif

bool memory_has_swap(void)
{
	struct sysinfo system;

	return sysinfo(&system) < 0 || system.totalswap > 0;
}
