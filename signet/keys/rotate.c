/* SPDX-License-Identifier: ISC */
#include "signet/keys/rotate.h"

#include "base/clock.h"
#include "base/conf/config.h"
#include "signet/conf/config_edit.h"
#include "signet/keys/key_kind.h"
#include "signet/keys/keyfile.h"
#include "signet/keys/keyset.h"
#include "signet/keys/publish.h"
#include "signet/keys/rotation_file.h"
#include "signet/keys/shown.h"
#include "signet/talk/complain.h"
#include "signet/talk/reload.h"
#include "signet/talk/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define WEEK_S (INT64_C(7) * 24 * 3600)

enum { GO_ON = -1 };      /* in place of an exit status */

struct run {
	struct rotation *r;
	const struct rotate_options *options;
	struct settings settings;
	struct rotation_facts facts;
	struct sign_key **keys;       /* of each part the new one, when it is there */
	struct shown *shown;          /* of each part; servers 0 where an earlier one has the same record */
	struct fault key_fault;       /* why one of the new keys cannot be used */
	const char *why;              /* of ROTATION_TELL_ASTRAY */
	int publish_status;           /* of ROTATION_DO_PUBLISH */
	bool ended;                   /* nothing is left of it */
};

static int64_t now_s(void)
{
	return clock_wall_ms() / 1000;
}

/* ---- facts ---- */

/* What the configuration signs with of a part's two keys. */
static enum rotation_configured configured_part(const struct keyset *keys, const struct rotation_part *p)
{
	bool old = false, new = false;

	for (size_t i = 0; i < keys->count; i++) {
		const struct keyset_key *k = &keys->items[i];
		if (strcmp(k->entry->domain, p->domain) != 0)
			continue;
		old |= strcmp(k->selector, p->old_selector) == 0;   /* as either scheme: the record is the same */
		new |= k->scheme == p->scheme && strcmp(k->selector, p->new_selector) == 0 && strcmp(k->file, p->new_file) == 0;
	}
	return old && new ? CONFIGURED_BOTH : old ? CONFIGURED_OLD : new ? CONFIGURED_NEW : CONFIGURED_NEITHER;
}

/* Of all parts: the worst. Behind the switch an old key that signs is worse than none of the two. */
static enum rotation_configured configured_of(const struct settings *s, const struct rotation *r)
{
	struct keyset keys;
	unsigned found = 0;

	keyset_name(s, &keys);
	for (size_t i = 0; i < r->count; i++)
		found |= configured_part(&keys, &r->parts[i]);
	keyset_free(&keys);
	if (found & CONFIGURED_BOTH)
		return CONFIGURED_BOTH;
	if ((found & CONFIGURED_NEITHER) && (r->stage != ROTATION_KEEP || !(found & CONFIGURED_OLD)))
		return CONFIGURED_NEITHER;
	return found & CONFIGURED_OLD ? CONFIGURED_OLD : CONFIGURED_NEW;
}

static bool is_same_file(const char *path, const struct stat *st)
{
	struct stat other;

	return stat(path, &other) == 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

bool rotate_file_is_used(const struct settings *s, const char *path)
{
	struct stat st;
	bool used = false;

	if (stat(path, &st) < 0)
		return false;
	for (size_t i = 0; i < s->dkim_count; i++)
		used |= is_same_file(s->dkim[i].file, &st) || is_same_file(s->dkim[i].domainkeys_file, &st);
	return used;
}

static void forget_keys(struct run *run)
{
	for (size_t i = 0; i < run->r->count; i++) {
		sign_key_free(run->keys[i]);
		run->keys[i] = NULL;
	}
}

static void forget_shown(struct run *run)
{
	for (size_t i = 0; i < run->r->count; i++)
		shown_free(&run->shown[i]);
}

/* The configuration is read again each time, as this is what changes it. */
static int look_again(struct run *run, struct fault *f)
{
	unsigned found = 0;
	struct stat st;

	if (config_load(config_file(NULL), &run->settings, f) < 0)
		return -1;
	run->facts.configured = configured_of(&run->settings, run->r);
	forget_keys(run);
	for (size_t i = 0; i < run->r->count; i++) {
		const char *file = run->r->parts[i].new_file;
		bool there = lstat(file, &st) == 0;
		run->keys[i] = there ? keyfile_read(file, SPAN(""), &run->key_fault) : NULL;
		found |= !there ? ROTATION_KEY_ABSENT : run->keys[i] ? ROTATION_KEY_READY : ROTATION_KEY_WRONG;
	}
	run->facts.key = found & ROTATION_KEY_WRONG ? ROTATION_KEY_WRONG : found & ROTATION_KEY_ABSENT ? ROTATION_KEY_ABSENT
	                                                                                               : ROTATION_KEY_READY;
	return 0;
}

/* ---- records ---- */

void rotate_say_record(const char *domain, const char *selector, const char *value)
{
	say("%s._domainkey.%s %s", selector, domain, value);
}

/* Before the switch the new record counts, behind it the old one. */
static const char *selector_now(const struct run *run, size_t part)
{
	const struct rotation_part *p = &run->r->parts[part];

	return run->r->stage == ROTATION_KEEP ? p->old_selector : p->new_selector;
}

/* An earlier part has its record at the same name. */
static bool is_repeated(const struct run *run, size_t part)
{
	for (size_t i = 0; i < part; i++)
		if (strcmp(run->r->parts[i].domain, run->r->parts[part].domain) == 0 &&
		    strcmp(selector_now(run, i), selector_now(run, part)) == 0)
			return true;
	return false;
}

static void say_new_record(const struct run *run, size_t part)
{
	const struct rotation_part *p = &run->r->parts[part];
	struct buf value = { 0 };

	sign_key_record(run->keys[part], p->scheme, &value);
	say("Publish this record:");
	rotate_say_record(p->domain, p->new_selector, buf_text(&value));
	say("In the form of a zone file (with --publish it is sent to the name server): signet dns --format bind --domain %s "
	    "--selector %s --key %s", p->domain, p->new_selector, p->new_file);
	buf_free(&value);
}

/* ---- steps: an exit status, or GO_ON ---- */

static int advance_stage(struct run *run, enum rotation_stage stage)
{
	struct fault f = { 0 };

	run->r->stage = stage;
	return rotation_store(run->r, &f) < 0 ? complain(&f) : GO_ON;
}

static int make_part(struct run *run, size_t part)
{
	const struct rotation_part *p = &run->r->parts[part];
	struct fault f = { 0 };
	struct buf left = { 0 };

	/* A signet that was killed may have left it; under the lock nobody else writes it. */
	keyfile_part(p->new_file, &left);
	unlink(buf_text(&left));
	buf_free(&left);
	for (size_t i = 0; i < part && run->keys[part] == NULL; i++)
		if (strcmp(run->r->parts[i].new_file, p->new_file) == 0)
			run->keys[part] = keyfile_read(p->new_file, SPAN(""), &f);
	if (run->keys[part] == NULL)
		run->keys[part] = key_make(p->type, p->bits, p->new_file, &f);
	if (run->keys[part] == NULL)
		return complain(&f);
	say("%s: the new %s key of %s, selector %s", p->new_file, key_type_word(p->type), p->domain, p->new_selector);
	return GO_ON;
}

static int do_make(struct run *run)
{
	int status = GO_ON;

	for (size_t i = 0; i < run->r->count && status == GO_ON; i++)
		status = make_part(run, i);
	return status == GO_ON ? advance_stage(run, ROTATION_PUBLISH) : status;
}

static int do_ask(struct run *run)
{
	struct rotation *r = run->r;
	bool revoking = r->stage == ROTATION_KEEP, all_right = true;
	int64_t not_before_s = r->not_before_s;
	struct fault f = { 0 };

	forget_shown(run);
	for (size_t i = 0; i < r->count; i++) {
		const struct rotation_part *p = &r->parts[i];
		struct shown *shown = &run->shown[i];
		if (is_repeated(run, i))
			continue;
		if (shown_ask(&run->settings, p->domain, selector_now(run, i), revoking ? NULL : run->keys[i], p->scheme, shown, &f) < 0) {
			if (!revoking)
				say_new_record(run, i);
			return complain(&f);
		}
		all_right = shown_is_right(shown) && all_right;
		/* What resolvers may hold is remembered: by the next call the servers may all be right. */
		if (shown->other && now_s() + shown->wait_s > not_before_s)
			not_before_s = now_s() + shown->wait_s;
	}
	run->facts.dns = all_right ? ROTATION_SHOWN : ROTATION_DIFFERS;
	if (r->stage != ROTATION_PUBLISH || not_before_s <= r->not_before_s)
		return GO_ON;
	r->not_before_s = not_before_s;
	return advance_stage(run, ROTATION_PUBLISH);
}

/* What the records are to be; a key goes over to its record. */
static int gather_records(struct run *run, struct records *out, struct fault *f)
{
	int result = 0;

	for (size_t i = 0; i < run->r->count && result == 0; i++) {
		const struct rotation_part *p = &run->r->parts[i];
		if (run->r->stage == ROTATION_KEEP) {
			records_add_revocation(out, p->domain, p->old_selector, shown_revocation(p->scheme));
			continue;
		}
		result = records_add_key(out, p->scheme == SIGN_DKIM ? RECORD_DKIM : RECORD_DOMAINKEYS, p->domain, p->new_selector,
		                         run->keys[i], f);
		run->keys[i] = NULL;
	}
	return result;
}

/* Whatever comes of it, the servers are asked next. */
static int do_publish(struct run *run)
{
	struct records records = { 0 };
	struct publish_options options;
	struct update_key key = { 0 };
	struct fault f = { 0 };

	int status = publish_options_of(&run->settings, &key, &options, &f) < 0 || gather_records(run, &records, &f) < 0 ? complain(&f) : EX_OK;
	options.unasked = run->options->yes;
	if (status == EX_OK)
		status = publish(&records, &run->settings, &options);
	records_free(&records);
	update_key_free(&key);
	run->facts.publishes = false;
	run->facts.dns = ROTATION_NOT_ASKED;
	run->publish_status = status;
	return GO_ON;
}

/* True for a yes: given as an option, or on the terminal. */
static bool owner_agreed(const struct run *run)
{
	char answer[16] = "";

	if (run->options->yes)
		return true;
	if (!isatty(STDIN_FILENO))
		return false;
	fprintf(stderr, "Change %s to sign with %s? [y/N] ", config_file(NULL), run->r->parts[0].new_selector);
	return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void say_shown(const struct run *run)
{
	for (size_t i = 0; i < run->r->count; i++)
		say_lines(buf_span(&run->shown[i].lines));
}

static void say_by_hand(const struct run *run)
{
	for (size_t i = 0; i < run->r->count; i++) {
		const struct rotation_part *p = &run->r->parts[i];
		bool dkim = p->scheme == SIGN_DKIM;
		say("Change the entry of %s in %s by hand:", p->domain, config_file(NULL));
		say("  %sselector = \"%s\"; file = \"%s\";%s", dkim ? "" : "domainkeys = { ", p->new_selector, p->new_file,
		    dkim ? "" : " };");
		say("in place of %s and %s. Then call signet key rotate again.", p->old_selector, p->old_file);
	}
}

/* All that the configuration does not say yet, at once. */
static int change_configuration(const struct run *run, struct fault *f)
{
	struct config_edit *edits = mem_resize(NULL, run->r->count, sizeof *edits);
	struct keyset keys;
	size_t count = 0;

	keyset_name(&run->settings, &keys);
	for (size_t i = 0; i < run->r->count; i++) {
		const struct rotation_part *p = &run->r->parts[i];
		if (configured_part(&keys, p) == CONFIGURED_OLD)
			edits[count++] = (struct config_edit){ p->domain, p->scheme, p->old_selector, p->old_file, p->new_selector, p->new_file };
	}
	keyset_free(&keys);
	int result = config_edit_file(config_file(NULL), edits, count, f);
	free(edits);
	return result;
}

static int do_switch(struct run *run)
{
	const struct rotation_part *first = &run->r->parts[0];
	struct fault f = { 0 };

	say_shown(run);
	if (!owner_agreed(run)) {
		say("Every authoritative server shows the new key. To sign with it: signet key rotate --domain %s --selector %s --yes",
		    first->domain, first->old_selector);
		return EX_TEMPFAIL;
	}
	if (change_configuration(run, &f) < 0) {
		int status = complain(&f);
		if (f.kind != FAULT_TEMPORARY)
			say_by_hand(run);
		return status;
	}
	for (size_t i = 0; i < run->r->count; i++)
		say("%s: signs for %s with %s in place of %s", config_file(NULL), run->r->parts[i].domain, run->r->parts[i].new_selector,
		    run->r->parts[i].old_selector);
	return advance_stage(run, ROTATION_RELOAD);
}

/* Until signetd was told, mail goes on to be signed with the old key: its time has not come. */
static int do_reload(struct run *run)
{
	struct rotation *r = run->r;
	bool has_signetd = !settings_have_no_queue(&run->settings);
	struct fault f = { 0 };
	char when[SAY_TIME_BYTES];

	if (has_signetd && reload_ask(&run->settings, &f) < 0) {
		int status = complain(&f);
		say("The configuration is changed, and signetd has not been told: once it runs, call signet key rotate again.");
		return status;
	}
	r->keep_until_s = now_s() + run->settings.queue_life_ms / 1000 + WEEK_S;
	int status = advance_stage(run, ROTATION_KEEP);
	for (size_t i = 0; i < r->count && status == GO_ON; i++)
		say("%sLeave the record of %s as it is until %s: mail signed with it is under way.",
		    i == 0 && has_signetd ? "signetd was told to restart with it. " : "", r->parts[i].old_selector, say_time(r->keep_until_s, when));
	return status == GO_ON ? EX_OK : status;
}

static int remove_old_file(const struct run *run, const char *path)
{
	if (path[0] != '/') {
		say("%s: the old key is not a file of ours: remove it where it is kept", path);
		return EX_OK;
	}
	if (rotate_file_is_used(&run->settings, path)) {
		say("%s: stays, as the configuration signs with it elsewhere", path);
		return EX_OK;
	}
	if (unlink(path) == 0) {
		say("%s: removed", path);
		return EX_OK;
	}
	if (errno == ENOENT)
		return EX_OK;
	fprintf(stderr, "signet: %s: cannot remove it: %s\n", path, strerror(errno));
	return EX_IOERR;
}

static int do_remove(struct run *run)
{
	struct fault f = { 0 };
	int status = EX_OK;

	for (size_t i = 0; i < run->r->count && status == EX_OK; i++)
		status = remove_old_file(run, run->r->parts[i].old_file);
	if (status == EX_OK && rotation_forget(run->r, &f) < 0)
		status = complain(&f);
	for (size_t i = 0; i < run->r->count && status == EX_OK; i++)
		say("%s of %s is revoked: the rotation to %s is done", run->r->parts[i].old_selector, run->r->parts[i].domain,
		    run->r->parts[i].new_selector);
	run->ended = status == EX_OK;
	return status;
}

/* ---- what others have to do ---- */

/* Where publishing was tried and has failed, its own status: whether to wait is known there. */
static int unpublished(const struct run *run)
{
	return run->publish_status != EX_OK ? run->publish_status : EX_TEMPFAIL;
}

static int tell_publish(struct run *run)
{
	if (run->facts.configured == CONFIGURED_NEW)
		fprintf(stderr, "signet: the configuration signs with %s already, and not every server shows its record: receivers "
		                "will refuse such mail\n", run->r->parts[0].new_selector);
	for (size_t i = 0; i < run->r->count; i++) {
		if (is_repeated(run, i))
			continue;
		say_new_record(run, i);
		say("Of the authoritative servers, %zu of %zu show it:", run->shown[i].right, run->shown[i].servers);
		say_lines(buf_span(&run->shown[i].lines));
	}
	say("Nothing is switched before all of them do. Then call signet key rotate again.");
	return unpublished(run);
}

static int tell_wait(struct run *run)
{
	char when[SAY_TIME_BYTES];

	say_shown(run);
	say("Every authoritative server shows the new key. Another record was there before, which resolvers may hold until %s: "
	    "call signet key rotate again then.", say_time(run->r->not_before_s, when));
	return EX_TEMPFAIL;
}

static int tell_keep(struct run *run)
{
	char when[SAY_TIME_BYTES];

	for (size_t i = 0; i < run->r->count; i++)
		say("%s signs for %s. Leave the record of %s as it is until %s: mail signed with it is under way.",
		    run->r->parts[i].new_selector, run->r->parts[i].domain, run->r->parts[i].old_selector, say_time(run->r->keep_until_s, when));
	if (!run->options->revoke)
		return EX_OK;
	say("A key that others may have is revoked at once with: signet key revoke --now --domain %s %s", run->r->parts[0].domain,
	    run->r->parts[0].old_selector);
	return EX_TEMPFAIL;
}

static int tell_due(struct run *run)
{
	for (size_t i = 0; i < run->r->count; i++) {
		const struct rotation_part *p = &run->r->parts[i];
		say("%s signs for %s, and what %s signed has arrived. It is time for: signet key revoke --domain %s %s", p->new_selector,
		    p->domain, p->old_selector, p->domain, p->old_selector);
	}
	return EX_OK;
}

static int tell_revoke(struct run *run)
{
	const struct rotation_part *first = &run->r->parts[0];

	for (size_t i = 0; i < run->r->count; i++) {
		const struct rotation_part *p = &run->r->parts[i];
		if (is_repeated(run, i))
			continue;
		say("Publish this record in the place of the old one:");
		rotate_say_record(p->domain, p->old_selector, shown_revocation(p->scheme));
		say("Of the authoritative servers, %zu of %zu show that it is revoked:", run->shown[i].right, run->shown[i].servers);
		say_lines(buf_span(&run->shown[i].lines));
	}
	say("Then call signet key revoke %s--domain %s %s again.", run->options->early ? "--now " : "", first->domain, first->old_selector);
	return unpublished(run);
}

static int tell_astray(struct run *run)
{
	const struct rotation_part *first = &run->r->parts[0];
	struct buf path = { 0 };

	rotation_path(run->r, &path);
	fprintf(stderr, "signet: the rotation of %s from %s to %s cannot go on: %s\n", first->domain, first->old_selector,
	        first->new_selector, run->why);
	if (run->facts.key == ROTATION_KEY_WRONG)
		complain(&run->key_fault);
	say("To give it up: rm %s", buf_text(&path));
	buf_free(&path);
	return EX_CONFIG;
}

static int (*const steps[])(struct run *run) = {
	[ROTATION_DO_MAKE] = do_make,
	[ROTATION_DO_ASK] = do_ask,
	[ROTATION_DO_PUBLISH] = do_publish,
	[ROTATION_DO_SWITCH] = do_switch,
	[ROTATION_DO_RELOAD] = do_reload,
	[ROTATION_DO_REMOVE] = do_remove,
	[ROTATION_TELL_PUBLISH] = tell_publish,
	[ROTATION_TELL_WAIT] = tell_wait,
	[ROTATION_TELL_KEEP] = tell_keep,
	[ROTATION_TELL_DUE] = tell_due,
	[ROTATION_TELL_REVOKE] = tell_revoke,
	[ROTATION_TELL_ASTRAY] = tell_astray,
};

int rotate_go_on(struct rotation *r, const struct rotate_options *options, bool *ended)
{
	struct run run = { .r = r, .options = options, .keys = mem_alloc(r->count * sizeof *run.keys),
		.shown = mem_alloc(r->count * sizeof *run.shown),
		.facts = { .dns = ROTATION_NOT_ASKED, .revoke = options->revoke, .early = options->early, .publishes = options->publishes } };
	struct fault f = { 0 };
	int status = GO_ON;

	while (status == GO_ON) {
		if (look_again(&run, &f) < 0) {
			status = complain(&f);
			break;
		}
		status = steps[rotation_next(r, now_s(), &run.facts, &run.why)](&run);
		settings_free(&run.settings);
	}
	forget_keys(&run);
	forget_shown(&run);
	free(run.keys);
	free(run.shown);
	if (ended)
		*ended = run.ended;
	return status;
}
