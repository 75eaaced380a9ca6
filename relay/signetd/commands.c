/* SPDX-License-Identifier: ISC */
#include "relay/signetd/commands.h"

#include "base/clock.h"
#include "base/conf/oauth_terms.h"
#include "base/log.h"
#include "base/oauth_saved.h"
#include "base/secret.h"
#include "base/secret_command.h"
#include "relay/protocol.h"

#include <stdlib.h>

/* Access tokens that carry claims have some kilobytes; a pipe holds more than this. */
enum {
	SECRET_BYTES_MAX = 16 * 1024,
	REFRESH_MS = 50 * 1000,      /* for the role oauth to begin, to ask and to answer; a session waits longer */
};

struct commanded {
	const struct smarthost *host;
	struct secret_command running;
	struct oauth_saved refreshing;  /* the login that the role oauth was begun with; its user is NULL: it does not run */
	int64_t refresh_until_ms;       /* boot; when it is killed */
	int64_t expires_ms;             /* boot; INT64_MAX: only when it is refused */
	struct buf secret;
	uint64_t number;         /* of secret; 0: none was printed yet */
	uint64_t *askers;
	size_t asker_count;
};

struct commands {
	struct commanded *items;     /* as settings.smarthosts */
	size_t count;
	const char *folder;          /* of logins */
	struct commands_user user;
};

struct commands *commands_new(const struct settings *s, const struct commands_user *user)
{
	struct commands *c = mem_alloc(sizeof *c);

	*c = (struct commands){ .count = s->smarthost_count, .folder = s->oauth_folder, .user = *user };
	c->items = mem_resize(NULL, c->count + 1, sizeof *c->items);
	for (size_t i = 0; i < c->count; i++)
		c->items[i] = (struct commanded){ .host = &s->smarthosts[i], .running = { .fd = -1 }, .expires_ms = INT64_MAX };
	return c;
}

void commands_free(struct commands *c)
{
	for (size_t i = 0; i < c->count; i++) {
		secret_command_cancel(&c->items[i].running);
		oauth_saved_free(&c->items[i].refreshing);
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
		c->user.answer(c->user.context, of->askers[i], good ? of->number : 0, good ? buf_span(&of->secret) : (struct span){ 0 }, f);
	of->asker_count = 0;
}

static void keep_secret(struct commands *c, struct commanded *of, struct buf *fresh, int64_t expires_ms)
{
	struct fault none = { 0 };

	secret_free(&of->secret);
	of->secret = *fresh;
	of->expires_ms = expires_ms;
	of->number++;
	answer_all(c, of, &none);
}

/* ---- logins by OAuth ---- */

/* Mail waits for the owner, or for the token server. */
static void refresh_failed(struct commands *c, struct commanded *of, struct fault *f)
{
	f->kind = FAULT_TEMPORARY;
	fault_prefix(f, "oauth of smarthost %s", of->host->name);
	oauth_saved_free(&of->refreshing);
	answer_all(c, of, f);
}

/* Of a file that may have changed since the start. */
static int read_first_line(const char *path, const char *setting, struct buf *out, struct fault *f)
{
	if (path && path[0] && secret_read(path, SECRET_BYTES_MAX, out, f) < 0)
		return fault_prefix(f, "%s", setting);
	struct span rest = buf_span(out);
	out->len = rest.at ? span_trim(span_cut(&rest, '\n')).len : 0;
	return 0;
}

static int begin_refresh(struct commands *c, struct commanded *of, struct fault *f)
{
	const struct smarthost *h = of->host;
	struct buf client_secret = { 0 }, proxy_password = { 0 }, packed = { 0 };
	struct oauth_terms terms;
	int result = -1;

	if (oauth_saved_read(c->folder, h->name, &of->refreshing, f) < 0)
		return -1;
	oauth_terms_of(h, &terms);
	/* A token is shown only to the server that issued it. */
	if (strcmp(of->refreshing.token_endpoint, terms.token_endpoint) != 0 || strcmp(of->refreshing.client_id, h->oauth_client_id) != 0) {
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "the login was made with another client_id or token server than are set now; run: signet "
		          "oauth login %s", h->name);
	} else if (strcmp(of->refreshing.user, h->user) != 0) {
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "the login is of another user than is set now; run: signet oauth login %s", h->name);
	} else if (read_first_line(h->oauth_client_secret_file, "client_secret_file", &client_secret, f) == 0 &&
	           read_first_line(h->proxy_password_file, "proxy_password_file", &proxy_password, f) == 0) {
		struct refresh_job job = { .hop = h->name, .endpoint = terms.token_endpoint, .client_id = h->oauth_client_id,
		                           .proxy = h->proxy, .proxy_password = buf_span(&proxy_password),
		                           .client_secret = buf_span(&client_secret), .refresh_token = buf_span(&of->refreshing.refresh_token) };
		buf_reserve(&packed, 2 * SECRET_BYTES_MAX);
		refresh_job_encode(&job, &packed);
		result = c->user.refresh(c->user.context, (size_t)(of - c->items), buf_span(&packed), f);
		of->refresh_until_ms = clock_boot_ms() + REFRESH_MS;
	}
	secret_free(&packed);
	secret_free(&client_secret);
	secret_free(&proxy_password);
	oauth_terms_free(&terms);
	return result;
}

void commands_refreshed(struct commands *c, size_t hop, const struct refreshed *r)
{
	struct commanded *of = hop < c->count ? &c->items[hop] : NULL;
	struct fault f = r->fault;
	struct buf fresh = { 0 };

	if (of == NULL || of->refreshing.user == NULL)
		return;
	struct span before = buf_span(&of->refreshing.refresh_token);
	bool is_new = f.kind == FAULT_NONE && r->refresh_token.len > 0 && !span_eq(r->refresh_token, before);
	if (is_new) {
		secret_free(&of->refreshing.refresh_token);
		buf_add_span(&of->refreshing.refresh_token, r->refresh_token);
		of->refreshing.changed_s = clock_wall_ms() / 1000;
		oauth_saved_write(c->folder, of->host->name, &of->refreshing, &f);
	}
	if (f.kind != FAULT_NONE) {
		refresh_failed(c, of, &f);
		return;
	}
	log_line(LOG_LEVEL_INFO, "oauth of smarthost %s: a new access token for %lld s%s", of->host->name, (long long)r->usable_s,
	         is_new ? ", and another refresh token" : "");
	oauth_saved_free(&of->refreshing);
	buf_add_span(&fresh, r->access_token);
	keep_secret(c, of, &fresh, clock_boot_ms() + r->usable_s * 1000);
}

void commands_refresh_ended(struct commands *c, size_t hop)
{
	struct fault f = { 0 };

	if (hop >= c->count || c->items[hop].refreshing.user == NULL)
		return;
	fault_set(&f, FAULT_TEMPORARY, "4.3.0", "the process that asks the token server ended without an answer");
	refresh_failed(c, &c->items[hop], &f);
}

/* ---- commands ---- */

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

	for (size_t i = 0; i < c->count && of == NULL; i++) {
		const struct smarthost *h = c->items[i].host;
		if (strcmp(h->name, smarthost) == 0 && (command_of(h)[0] || smarthost_uses_oauth(h)))
			of = &c->items[i];
	}
	if (of == NULL) {
		fault_set(&f, FAULT_TEMPORARY, "4.3.5", "smarthost %s has no command that prints its password", smarthost);
		c->user.answer(c->user.context, session, 0, (struct span){ 0 }, &f);
		return;
	}
	of->askers = mem_resize(of->askers, of->asker_count + 1, sizeof *of->askers);
	of->askers[of->asker_count++] = session;
	if (of->running.pid != 0 || of->refreshing.user)
		return;
	if (of->number != refused && clock_boot_ms() < of->expires_ms)
		answer_all(c, of, &f);
	else if (command_of(of->host)[0] == '\0' && begin_refresh(c, of, &f) < 0)
		refresh_failed(c, of, &f);
	else if (command_of(of->host)[0] &&
	         secret_command_begin(&of->running, command_of(of->host), SECRET_BYTES_MAX, SECRET_COMMAND_MS, &f) < 0)
		command_failed(c, of, &f);
}

int64_t commands_deadline_ms(const struct commands *c)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].running.pid != 0 && c->items[i].running.trouble == NULL && c->items[i].running.deadline_ms < first)
			first = c->items[i].running.deadline_ms;
	for (size_t i = 0; i < c->count; i++)
		if (c->items[i].refreshing.user && c->items[i].refresh_until_ms < first)
			first = c->items[i].refresh_until_ms;
	return first;
}

void commands_enforce(struct commands *c)
{
	for (size_t i = 0; i < c->count; i++)
		secret_command_enforce(&c->items[i].running);
	for (size_t i = 0; i < c->count; i++) {
		struct commanded *of = &c->items[i];
		if (of->refreshing.user == NULL || clock_boot_ms() < of->refresh_until_ms)
			continue;
		c->user.cancel(c->user.context, i);
		commands_refresh_ended(c, i);
	}
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
		keep_secret(c, of, &fresh, INT64_MAX);
		return true;
	}
	return false;
}
