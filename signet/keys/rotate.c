#include "signet/keys/rotate.h"

#include "base/clock.h"
#include "base/conf/config.h"
#include "signet/conf/config_edit.h"
#include "signet/keys/key_kind.h"
#include "signet/keys/keyfile.h"
#include "signet/keys/keyset.h"
#include "signet/keys/rotation_file.h"
#include "signet/keys/shown.h"
#include "signet/talk/complain.h"
#include "signet/talk/reload.h"
#include "signet/talk/say.h"

#include <errno.h>
#include <stdio.h>
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
	struct sign_key *key;         /* the new one, when it is there */
	struct fault key_fault;       /* why it cannot be used */
	struct shown shown;
	const char *why;              /* of ROTATION_TELL_ASTRAY */
};

static int64_t now_s(void)
{
	return clock_wall_ms() / 1000;
}

/* ---- facts ---- */

/* What the configuration signs with of the two. */
static enum rotation_configured configured_of(const struct settings *s, const struct rotation *r)
{
	struct keyset keys;
	bool old = false, new = false;

	keyset_name(s, &keys);
	for (size_t i = 0; i < keys.count; i++) {
		const struct keyset_key *k = &keys.items[i];
		if (strcmp(k->entry->domain, r->domain) != 0)
			continue;
		old |= strcmp(k->selector, r->old_selector) == 0;   /* as either scheme: the record is the same */
		new |= k->scheme == r->scheme && strcmp(k->selector, r->new_selector) == 0 && strcmp(k->file, r->new_file) == 0;
	}
	keyset_free(&keys);
	return old && new ? CONFIGURED_BOTH : old ? CONFIGURED_OLD : new ? CONFIGURED_NEW : CONFIGURED_NEITHER;
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

/* The configuration is read again each time, as this is what changes it. */
static int look_again(struct run *run, struct fault *f)
{
	struct stat st;

	if (config_load(config_file(NULL), &run->settings, f) < 0)
		return -1;
	run->facts.configured = configured_of(&run->settings, run->r);
	sign_key_free(run->key);
	run->key = NULL;
	run->facts.key = ROTATION_KEY_ABSENT;
	if (lstat(run->r->new_file, &st) < 0)
		return 0;
	run->key = keyfile_read(run->r->new_file, SPAN(""), &run->key_fault);
	run->facts.key = run->key ? ROTATION_KEY_READY : ROTATION_KEY_WRONG;
	return 0;
}

/* ---- records ---- */

void rotate_say_record(const char *domain, const char *selector, const char *value)
{
	say("%s._domainkey.%s %s", selector, domain, value);
}

static void say_new_record(const struct run *run)
{
	const struct rotation *r = run->r;
	struct buf value = { 0 };

	sign_key_record(run->key, r->scheme, &value);
	say("Publish this record:");
	rotate_say_record(r->domain, r->new_selector, buf_text(&value));
	say("In the form of a zone file (with --publish it is sent to the name server): signet dns --format bind --domain %s "
	    "--selector %s --key %s", r->domain, r->new_selector, r->new_file);
	buf_free(&value);
}

/* ---- steps: an exit status, or GO_ON ---- */

static int advance_stage(struct run *run, enum rotation_stage stage)
{
	struct fault f = { 0 };

	run->r->stage = stage;
	return rotation_store(run->r, &f) < 0 ? complain(&f) : GO_ON;
}

static int do_make(struct run *run)
{
	struct rotation *r = run->r;
	struct fault f = { 0 };
	struct buf part = { 0 };

	/* A signet that was killed may have left it; under the lock nobody else writes it. */
	keyfile_part(r->new_file, &part);
	unlink(buf_text(&part));
	buf_free(&part);
	if (run->key == NULL)
		run->key = key_make(r->type, r->bits, r->new_file, &f);
	if (run->key == NULL)
		return complain(&f);
	say("%s: the new %s key of %s, selector %s", r->new_file, key_type_word(r->type), r->domain, r->new_selector);
	return advance_stage(run, ROTATION_PUBLISH);
}

static int do_ask(struct run *run)
{
	const struct rotation *r = run->r;
	bool revoking = r->stage == ROTATION_KEEP;
	struct fault f = { 0 };

	shown_free(&run->shown);
	if (shown_ask(&run->settings, r->domain, revoking ? r->old_selector : r->new_selector, revoking ? NULL : run->key,
	              r->scheme, &run->shown, &f) < 0) {
		if (!revoking)
			say_new_record(run);
		return complain(&f);
	}
	run->facts.dns = shown_is_right(&run->shown) ? ROTATION_SHOWN : ROTATION_DIFFERS;
	/* What resolvers may hold is remembered: by the next call the servers may all be right. */
	int64_t until_s = now_s() + run->shown.wait_s;
	if (run->r->stage != ROTATION_PUBLISH || !run->shown.other || until_s <= run->r->not_before_s)
		return GO_ON;
	run->r->not_before_s = until_s;
	return advance_stage(run, ROTATION_PUBLISH);
}

/* True for a yes: given as an option, or on the terminal. */
static bool owner_agreed(const struct run *run)
{
	char answer[16] = "";

	if (run->options->yes)
		return true;
	if (!isatty(STDIN_FILENO))
		return false;
	fprintf(stderr, "Change %s to sign with %s? [y/N] ", config_file(NULL), run->r->new_selector);
	return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int do_switch(struct run *run)
{
	const struct rotation *r = run->r;
	struct config_edit edit = { r->domain, r->scheme, r->old_selector, r->old_file, r->new_selector, r->new_file };
	struct fault f = { 0 };

	say_lines(buf_span(&run->shown.lines));
	if (!owner_agreed(run)) {
		say("Every authoritative server shows the new key. To sign with it: signet key rotate --domain %s --selector %s --yes",
		    r->domain, r->old_selector);
		return EX_TEMPFAIL;
	}
	if (config_edit_file(config_file(NULL), &edit, &f) < 0) {
		int status = complain(&f);
		if (f.kind != FAULT_TEMPORARY) {
			bool dkim = r->scheme == SIGN_DKIM;
			say("Change the entry of %s in %s by hand:", r->domain, config_file(NULL));
			say("  %sselector = \"%s\"; file = \"%s\";%s", dkim ? "" : "domainkeys = { ", r->new_selector, r->new_file,
			    dkim ? "" : " };");
			say("in place of %s and %s. Then call signet key rotate again.", r->old_selector, r->old_file);
		}
		return status;
	}
	say("%s: signs for %s with %s in place of %s", config_file(NULL), r->domain, r->new_selector, r->old_selector);
	return advance_stage(run, ROTATION_RELOAD);
}

/* Until signetd was told, mail goes on to be signed with the old key: its time has not come. */
static int do_reload(struct run *run)
{
	struct rotation *r = run->r;
	struct fault f = { 0 };
	char when[SAY_TIME_BYTES];

	if (reload_ask(&run->settings, &f) < 0) {
		int status = complain(&f);
		say("The configuration is changed, and signetd has not been told: once it runs, call signet key rotate again.");
		return status;
	}
	r->keep_until_s = now_s() + run->settings.queue_life_ms / 1000 + WEEK_S;
	int status = advance_stage(run, ROTATION_KEEP);
	if (status == GO_ON)
		say("signetd was told to restart with it. Leave the record of %s as it is until %s: mail signed with it is "
		    "under way.", r->old_selector, say_time(r->keep_until_s, when));
	return status == GO_ON ? EX_OK : status;
}

static int remove_old_file(const struct run *run)
{
	const char *path = run->r->old_file;

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
	int status = remove_old_file(run);

	if (status == EX_OK && rotation_forget(run->r, &f) < 0)
		status = complain(&f);
	if (status == EX_OK)
		say("%s of %s is revoked: the rotation to %s is done", run->r->old_selector, run->r->domain, run->r->new_selector);
	return status;
}

/* ---- what others have to do ---- */

static int tell_publish(struct run *run)
{
	const struct rotation *r = run->r;

	if (run->facts.configured == CONFIGURED_NEW)
		fprintf(stderr, "signet: the configuration signs with %s already, and not every server shows its record: receivers "
		                "will refuse such mail\n", r->new_selector);
	say_new_record(run);
	say("Of the authoritative servers, %zu of %zu show it:", run->shown.right, run->shown.servers);
	say_lines(buf_span(&run->shown.lines));
	say("Nothing is switched before all of them do. Then call signet key rotate again.");
	return EX_TEMPFAIL;
}

static int tell_wait(struct run *run)
{
	char when[SAY_TIME_BYTES];

	say_lines(buf_span(&run->shown.lines));
	say("Every authoritative server shows the new key. Another record was there before, which resolvers may hold until %s: "
	    "call signet key rotate again then.", say_time(run->r->not_before_s, when));
	return EX_TEMPFAIL;
}

static int tell_keep(struct run *run)
{
	const struct rotation *r = run->r;
	char when[SAY_TIME_BYTES];

	say("%s signs for %s. Leave the record of %s as it is until %s: mail signed with it is under way.", r->new_selector,
	    r->domain, r->old_selector, say_time(r->keep_until_s, when));
	if (!run->options->revoke)
		return EX_OK;
	say("A key that others may have is revoked at once with: signet key revoke --now --domain %s %s", r->domain,
	    r->old_selector);
	return EX_TEMPFAIL;
}

static int tell_due(struct run *run)
{
	say("%s signs for %s, and what %s signed has arrived. It is time for: signet key revoke --domain %s %s",
	    run->r->new_selector, run->r->domain, run->r->old_selector, run->r->domain, run->r->old_selector);
	return EX_OK;
}

static int tell_revoke(struct run *run)
{
	const struct rotation *r = run->r;

	say("Publish this record in the place of the old one:");
	rotate_say_record(r->domain, r->old_selector, shown_revocation(r->scheme));
	say("Of the authoritative servers, %zu of %zu show that it is revoked:", run->shown.right, run->shown.servers);
	say_lines(buf_span(&run->shown.lines));
	say("Then call signet key revoke %s--domain %s %s again.", run->options->early ? "--now " : "", r->domain, r->old_selector);
	return EX_TEMPFAIL;
}

static int tell_astray(struct run *run)
{
	struct buf path = { 0 };

	rotation_path(run->r, &path);
	fprintf(stderr, "signet: the rotation of %s from %s to %s cannot go on: %s\n", run->r->domain, run->r->old_selector,
	        run->r->new_selector, run->why);
	if (run->facts.key == ROTATION_KEY_WRONG)
		complain(&run->key_fault);
	say("To give it up: rm %s", buf_text(&path));
	buf_free(&path);
	return EX_CONFIG;
}

static int (*const steps[])(struct run *run) = {
	[ROTATION_DO_MAKE] = do_make,
	[ROTATION_DO_ASK] = do_ask,
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

int rotate_go_on(struct rotation *r, const struct rotate_options *options)
{
	struct run run = { .r = r, .options = options,
		.facts = { .dns = ROTATION_NOT_ASKED, .revoke = options->revoke, .early = options->early } };
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
	sign_key_free(run.key);
	shown_free(&run.shown);
	return status;
}
