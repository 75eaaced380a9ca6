/* SPDX-License-Identifier: ISC */
#include "base/memory.h"

#include <sys/sysinfo.h>

#ifdef SANITIZE

/* The sanitizers' runtime has pages and a heap of its own. */
void memory_give_back(void)
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

void memory_give_back(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
	dl_iterate_phdr(unmap_object, NULL);
}

/* As the kernel shows it; where it shows none (no /proc), there is nothing to lock. */
static void find_heap(uintptr_t *begin, uintptr_t *end)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	*begin = *end = 0;
	while (maps && *end == 0 && fgets(line, sizeof line, maps))
		if (strstr(line, "[heap]") && sscanf(line, "%" SCNxPTR "-%" SCNxPTR, begin, end) != 2)
			*end = 0;
	if (maps)
		fclose(maps);
}

int memory_lock_heap(struct fault *f)
{
	uintptr_t begin, end;

	find_heap(&begin, &end);
	if (end <= begin)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "keys and passwords may be written to swap space: /proc does not show the heap");
	madvise((void *)begin, end - begin, MADV_DONTDUMP);
	if (mlock((void *)begin, end - begin) == 0)
		return 0;
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
