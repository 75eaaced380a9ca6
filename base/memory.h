/* SPDX-License-Identifier: ISC */
/*
 * memory - what only a program's beginning needed goes back to the system.
 *
 * A process that waits for days keeps the heap that its beginning freed, the
 * stack that it grew, and every page of programs and libraries that it ran
 * through once. memory_give_back gives all of that back; code that is used
 * again comes from the file. Call it once, when all is ready.
 *
 * A process that is copied for each piece of work (fork(2)) is made cheap to
 * copy: what that costs are its mappings, and the pages that a copy writes to.
 *
 * And what holds keys and passwords is kept out of swap space.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/fault.h"

void memory_give_back(void);

/*
 * To be called last before copies are made. What malloc(3) gives them from then on lies together, in memory that nothing was
 * in; holes between what is in use would each cost a copy a page of its own.
 */
void memory_fill_holes(void);

/* To be called before the first secret is read: from then on malloc(3) allocates from the heap alone, which does not shrink. */
void memory_expect_secrets(void);

/*
 * Finds the heap by /proc. A process that has given up /proc by the time a secret comes calls it before that; a copy (fork(2))
 * has what its parent found.
 */
void memory_find_heap(void);

/*
 * Locks the heap in memory, with some room to grow, and keeps it out of core dumps; called again, also what it has grown by.
 * -1: it may be written to swap space, and the fault says which limit is too low; all else goes on as before. Without swap
 * space (memory_has_swap) nothing is lost by that.
 */
int memory_lock_heap(struct fault *f);
bool memory_has_swap(void);

#endif
