/*
 * memory - what only a program's beginning needed goes back to the system.
 *
 * A process that waits for days keeps the heap that its beginning freed, and
 * every page of programs and libraries that it ran through once. memory_give_back
 * frees the former and unmaps the latter: what is used again comes back from
 * the file. Call it once, when all is ready.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

void memory_give_back(void);

#endif
