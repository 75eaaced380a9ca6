/* SPDX-License-Identifier: ISC */
/*
 * memory - what only a program's beginning needed goes back to the system.
 *
 * A process that waits for days keeps the heap that its beginning freed, and
 * every page of programs and libraries that it ran through once. memory_give_back
 * frees the former and unmaps the latter: what is used again comes back from
 * the file. Call it once, when all is ready.
 *
 * And what holds keys and passwords is kept out of swap space.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/fault.h"

void memory_give_back(void);

/* Before the first secret is read: whatever malloc(3) gives from here on is on the heap, which stays as long as it has become. */
void memory_expect_secrets(void);

/*
 * Locks the heap as it is in memory, with room for some more, and keeps it out of core dumps. It is found by /proc: who will have
 * given that up when a secret comes calls memory_know_heap before; what it knows holds in copies (fork(2)), too. Called again it locks
 * what the heap has grown by. -1: it may be written to swap space, and the fault says which
 * limit is too low; all else goes on as before. Without swap space (memory_has_swap) that is no loss.
 */
void memory_know_heap(void);
int memory_lock_heap(struct fault *f);
bool memory_has_swap(void);

#endif
