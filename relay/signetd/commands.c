#include "relay/signetd/commands.h"

#include "base/log.h"
#include "base/secret.h"
#include "base/secret_command.h"

#include <stdlib.h>

/* Access tokens that carry claims have some kilobytes; a pipe holds more than this. */
enum { SECRET_BYTES_MAX = 16 * 1024 };

struct commanded {
	const struct smarthost *host;
	struct secret_command running;
	struct buf secret;
	uint64_t number;         /* of secret; 0: none was printed yet */
	uint64_t *askers;
	size_t asker_count;
};

struct commands {
	struct commanded *items;     /* as settings.smarthosts */
	size_t count;
	commands_answer *answer;
	void *context;
};

struct commands *commands_new(const struct settings *s, commands_answer *answer, void *context)
{
	struct commands *c = mem_alloc(sizeof *c);

	*c = (struct commands){ .count = s->smarthost_count, .answer = answer, .context = context };
	c->items = mem_resize(NULL, c->count + 1, sizeof *c->items);
	for (size_t i = 0; i < c->count; i++)
		c->items[i] = (struct commanded){ .host = &s->smarthosts[i], .running = { .fd = -1 } };
	return c;
}

void commands_free(struct commands *c)
{
	for (size_t i = 0; i < c->count; i++) {
		secret_command_cancel(&c->items[i].running);
		secret_free(&c->items[i].secret);
		free(c->items[i].askers);
	}
	free(c->items);
	free(c);
}

static const char *command_of(const struct smarthost *h)
{
	return h->token_command[0] ? h->token_command : h->password_command;
}

static void answer_all(struct commands *c, struct commanded *of, const struct fault *f)
{
	bool good = f->kind == FAULT_NONE;

	for (size_t i = 0; i < of->asker_count; i++)
		c->answer(c->context, of->askers[i], good ? of->number : 0, good ? buf_span(&of->secret) : (struct span){ 0 }, f);
	of->asker_count = 0;
}

/* Whatever is wrong with the command is the owner's to fix, and mail waits for it. */
static void command_failed(struct commands *c, struct commanded *of, struct fault *f)
{
	f->kind = FAULT_TEMPORARY;
	fault_prefix(f, "%s of smarthost %s", of->host->token_command[0] ? "token_command" : "password_command", of->host->name);
	log_line(LOG_LEVEL_ERROR, "%s; run it by hand to see why: its first line of output must be the secret", f->text);
	answer_all(c, of, f);
}

void commands_ask(struct commands *c, const char *smarthost, uint64_t session, uint64_t refused)
{
	struct commanded *of = NULL;
	struct fault f = { 0 };

	for (size_t i = 0; i < c->count && of == NULL; i++)
		if (strcmp(c->items[i].host->name, smarthost) == 0 && command_of(c->items[i].host)[0])
			of = &c->items[i];
	if (of == NULL) {
		fault_set(&f, FAULT_TEMPORARY, "4.3.5", "smarthost %s has no command that prints its password", smarthost);
		c->answer(c->context, session, 0, (struct span){ 0 }, &f);
		return;
	}
	of->askers = mem_resize(of->askers, of->asker_count + 1, sizeof *of->askers);
	of->askers[of->asker_count++] = session;
	if (of->running.pid != 0)
		return;
	if (of->number != refused)
		answer_all(c, of, &f);
	else if (secret_command_begin(&of->running, command_of(of->host), SECRET_BYTES_MAX, SECRET_COMMAND_MS, &f) < 0)
		command_failed(c, of, &f);
}

int64_t commands_deadline_ms(const struct commands *c)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].running.pid != 0 && c->items[i].running.trouble == NULL && c->items[i].running.deadline_ms < first)
			first = c->items[i].running.deadline_ms;
	return first;
}

void commands_enforce(struct commands *c)
{
	for (size_t i = 0; i < c->count; i++)
		secret_command_enforce(&c->items[i].running);
}

bool commands_reaped(struct commands *c, pid_t pid, int status)
{
	for (size_t i = 0; i < c->count; i++) {
		struct commanded *of = &c->items[i];
		struct buf fresh = { 0 };
		struct fault f = { 0 };
		if (of->running.pid != pid)
			continue;
		buf_reserve(&fresh, SECRET_BYTES_MAX);   /* one that grows leaves copies behind */
		if (secret_command_end(&of->running, status, &fresh, &f) < 0) {
			secret_free(&fresh);
			command_failed(c, of, &f);
			return true;
		}
		secret_free(&of->secret);
		of->secret = fresh;
		of->number++;
		answer_all(c, of, &f);
		return true;
	}
	return false;
}
