#include "tests/tap.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

int main(void)
{
	tap_plan(5);
	memset(changed, 4, sizeof changed);
	char *last = leave_a_hole();
	unsigned before = sum(constants, sizeof constants);
	long file_kib = status_kib("RssFile:"), heap_kib = status_kib("RssAnon:");

	memory_give_back();
#ifdef SANITIZE
	tap_skip("pages of the program are given back", "the sanitizers' runtime keeps them");
	tap_skip("freed heap is given back", "the sanitizers' runtime keeps it");
	(void)file_kib, (void)heap_kib;
#else
	ok(status_kib("RssFile:") <= file_kib - (long)sizeof constants / 2048, "pages of the program are given back");
	ok(status_kib("RssAnon:") <= heap_kib - 1024, "freed heap is given back");
#endif
	is_int(sum(constants, sizeof constants), before, "constants come back");
	is_int(sum(changed, sizeof changed), 4 * sizeof changed / 512, "what was changed is as it was");
	is_int(last[511], 3, "so is the heap that is in use");
	free(last);
	return tap_done();
}
