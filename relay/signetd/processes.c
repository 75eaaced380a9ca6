/* SPDX-License-Identifier: ISC */
#include "relay/signetd/processes.h"

#include "base/io.h"

#include <signal.h>
#include <stdlib.h>

struct process *processes_add(struct processes *list, const struct process *as, int fd)
{
	struct process *p = mem_alloc(sizeof *p);

	*p = *as;
	p->channel = fd >= 0 ? channel_new(fd) : NULL;
	list->items = mem_resize(list->items, list->count + 1, sizeof(struct process *));
	list->items[list->count++] = p;
	return p;
}

void processes_take(struct processes *list, const struct process *p)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i] == p) {
			list->count--;
			memmove(&list->items[i], &list->items[i + 1], (list->count - i) * sizeof p);
			return;
		}
}

void process_free(struct process *p)
{
	for (int i = 0; i < ROLE_PLACES; i++)
		io_close(&p->fds[i]);
	channel_free(p->channel);
	channel_free(p->files);
	free(p);
}

void processes_free(struct processes *list)
{
	free(list->items);
	*list = (struct processes){ 0 };
}

bool process_is_template(const struct process *p)
{
	return p->slot && role_is_disposable(p->role);
}

struct process *processes_find(const struct processes *list, enum role role, uint64_t instance)
{
	for (size_t i = 0; i < list->count; i++) {
		struct process *p = list->items[i];
		if (p->role == role && p->instance == instance && !process_is_template(p))
			return p;
	}
	return NULL;
}

struct process *processes_template(const struct processes *list, enum role role)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->role == role && process_is_template(list->items[i]))
			return list->items[i];
	return NULL;
}

struct process *processes_of_pid(const struct processes *list, pid_t pid)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->pid == pid)
			return list->items[i];
	return NULL;
}

size_t processes_of_role(const struct processes *list, enum role role)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		n += list->items[i]->role == role;
	return n;
}

bool processes_wait_for(const struct processes *list, enum role role)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->role == role && list->items[i]->pid == 0 && !list->items[i]->is_ordered)
			return true;
	return false;
}

bool processes_await_copies(const struct processes *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->pid == 0 && list->items[i]->is_ordered)
			return true;
	return false;
}

void process_kill(struct process *p)
{
	if (p->pid > 0)
		kill(p->pid, SIGKILL);
	else
		p->doomed = true;
}

void processes_kill(struct processes *list)
{
	for (size_t i = 0; i < list->count; i++)
		process_kill(list->items[i]);
}
