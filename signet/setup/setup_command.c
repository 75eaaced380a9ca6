/* SPDX-License-Identifier: ISC */
/*
 * signet setup - from nothing to signed mail: looks, recommends, asks what it cannot
 * know, and does what is missing. It may be run again at any time: what is there stays.
 */
#include "base/conf/config.h"
#include "base/conf/own_name.h"
#include "signet/conf/config_file.h"
#include "signet/conf/config_set.h"
#include "signet/keys/keys_commands.h"
#include "signet/keys/publish.h"
#include "signet/setup/setup_commands.h"
#include "signet/setup/setup_look.h"
#include "signet/talk/complain.h"
#include "signet/talk/named_file.h"
#include "signet/talk/options.h"
#include "signet/talk/reload.h"
#include "signet/talk/say.h"
#include "signet/way/way_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

struct arguments {
	struct setup_answers answers;
	bool yes, dry_run;
};

static bool parse_arguments(int argc, char **argv, struct arguments *out)
{
	const char *via = NULL;
	struct setup_answers *a = &out->answers;
	const struct option_row rows[] = {
		{ "root", &a->root, NULL }, { "domain", &a->domain, NULL }, { "hostname", &a->hostname, NULL }, { "via", &via, NULL },
		{ "smarthost", &a->smarthost, NULL }, { "user", &a->user, NULL }, { "password-file", &a->password_file, NULL },
		{ "tsig-file", &a->tsig_file, NULL }, { "server", &a->server, NULL },
		{ "postfix", &a->postfix, NULL }, { "import-opendkim", &a->opendkim, NULL },
		{ "no-test", NULL, &a->no_test }, { "yes", NULL, &out->yes }, { "dry-run", NULL, &out->dry_run },
	};

	*out = (struct arguments){ 0 };
	return OPTIONS_TAKE(argc, argv, rows) == argc && (via == NULL || setup_via_parse(via, &a->via));
}

/* ---- on a terminal ---- */

/* The line that was typed, without blanks around it; NULL: nothing was, or there is nobody. The caller frees it. */
static char *ask(const char *question)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	if (!isatty(STDIN_FILENO))
		return NULL;
	printf("%s ", question);
	fflush(stdout);
	len = getline(&line, &room, stdin);
	struct span text = len > 0 ? span_trim((struct span){ line, (size_t)len }) : (struct span){ 0 };
	char *answer = text.len > 0 ? mem_text_span(text) : NULL;
	free(line);
	return answer;
}

/* What nothing on this host tells. The texts are the caller's to free. */
static void ask_open(const struct setup_found *found, struct setup_answers *a, char *typed[2])
{
	struct buf reason = { 0 };
	bool ipv4_alone;
	enum setup_via via = a->via ? a->via : setup_recommend(found, &ipv4_alone, &reason);

	if (!found->has_root && a->root == NULL)
		a->root = typed[0] = ask("Who reads root's mail? An address:");
	if (!found->has_way && via > SETUP_MX && a->smarthost == NULL && found->smarthost.value[0] == '\0')
		a->smarthost = typed[1] = ask("Which server takes mail for the receivers that do not take it from here? HOST[:PORT]:");
	buf_free(&reason);
}

/* ---- the plan ---- */

static void add_words(const struct setup_step *step, struct buf *out)
{
	buf_add_text(out, "signet");
	for (size_t i = 0; i < step->words.count; i++)
		buf_printf(out, " %s", step->words.items[i]);
}

static void print_plan(const struct setup_found *found, const struct setup_plan *p)
{
	struct buf reason = { 0 };
	bool ipv4_alone;
	enum setup_via via = setup_recommend(found, &ipv4_alone, &reason);

	say("recommended: %s: %s", via ? setup_via_word(via) : "nothing", buf_text(&reason));
	for (size_t i = 0; i < p->kept.count; i++)
		say("  there:   %s", p->kept.items[i]);
	for (size_t i = 0; i < p->count; i++) {
		const struct setup_step *step = &p->items[i];
		struct buf line = { 0 };
		if (step->kind == SETUP_SETTING)
			buf_printf(&line, "%s = %s;", step->name, step->value);
		else
			add_words(step, &line);
		say("  %s %s", step->kind == SETUP_SETTING ? "set:    " : "run:    ", buf_text(&line));
		say("           %s", step->why);
		buf_free(&line);
	}
	for (size_t i = 0; i < p->lacks.count; i++)
		say("  lacking: %s", p->lacks.items[i]);
	buf_free(&reason);
}

/* ---- doing it ---- */

/* To be freed. */
static struct config_new_setting *settings_of(const struct setup_plan *p, size_t *count)
{
	struct config_new_setting *settings = mem_resize(NULL, p->count + 1, sizeof *settings);

	*count = 0;
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].kind == SETUP_SETTING)
			settings[(*count)++] = (struct config_new_setting){ p->items[i].name, p->items[i].value, NULL };
	return settings;
}

/* What would end it halfway is found before anything is done. A file that only root may write is no fault of a plan that is only shown. */
static int check_plan(const struct settings *s, const struct setup_plan *p, const struct arguments *a, const char *path, struct fault *f)
{
	const struct setup_answers *answers = &a->answers;
	struct update_key key = { 0 };
	size_t count;
	struct config_new_setting *settings = settings_of(p, &count);

	int result = count > 0 ? config_set_try(path, settings, count, f) : 0;
	free(settings);
	if (result < 0 && a->dry_run && strcmp(f->status, "4.3.0") == 0)
		result = 0;
	if (result == 0 && answers->tsig_file)
		result = publish_read_named_key(answers->tsig_file, &key, f);
	update_key_free(&key);
	return result == 0 && answers->server ? publish_check_server(s, answers->server, f) : result;
}

static int write_settings(const struct setup_plan *p, const char *path)
{
	struct fault f = { 0 };
	size_t count;
	struct config_new_setting *settings = settings_of(p, &count);

	int status = count > 0 && config_set_file(path, settings, count, &f) < 0 ? complain(&f) : EX_OK;
	if (status == EX_OK && count > 0)
		say("wrote %s", path);
	free(settings);
	return status;
}

static int run_command(const struct setup_step *step)
{
	static const struct {
		const char *word;
		int (*run)(int argc, char **argv);
	} commands[] = { { "key", command_key }, { "dns", command_dns }, { "reload", command_reload }, { "test", command_test } };
	struct buf line = { 0 };
	int status = EX_SOFTWARE;

	add_words(step, &line);
	say("$ %s", buf_text(&line));
	fflush(stdout);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (strcmp(step->words.items[0], commands[i].word) != 0)
			continue;
		/* getopt moves the words about; the list stays as it is. */
		char **argv = mem_alloc((step->words.count + 1) * sizeof *argv);
		memcpy(argv, step->words.items, step->words.count * sizeof *argv);
		status = commands[i].run((int)step->words.count, argv);
		free(argv);
	}
	buf_free(&line);
	return status;
}

static int run_plan(const struct setup_found *found, const struct setup_plan *p, const char *path)
{
	int status = write_settings(p, path);

	for (size_t i = 0; i < p->count && (status == EX_OK || status == EX_TEMPFAIL); i++)
		if (p->items[i].kind == SETUP_COMMAND) {
			int one = run_command(&p->items[i]);
			status = one == EX_OK ? status : one;
		}
	if (status != EX_OK && status != EX_TEMPFAIL) {
		fprintf(stderr, "signet: setup ends here; once that is fixed run it again, and it goes on with what is missing\n");
		return status;
	}
	if (!found->runs)
		say("signetd does not run: start it (systemctl enable --now signetd)");
	if (p->count == 0 || strcmp(p->items[p->count - 1].name ? "" : p->items[p->count - 1].words.items[0], "test") != 0)
		say("no test mail was sent; to send one: signet test ADDRESS");
	say("to wait until the world sees all of it, now or later: signet check --wait");
	return status;
}

static int set_up(const struct settings *s, struct span text, struct arguments *a, const char *path)
{
	struct setup_found found;
	struct setup_plan plan = { 0 };
	struct fault f = { 0 };
	char *typed[2] = { NULL, NULL }, *answer = NULL;
	int status = EX_OK;

	int result = setup_look(s, text, &a->answers, &found, &f);
	if (result == 0 && !a->yes && !a->dry_run)
		ask_open(&found, &a->answers, typed);
	if (result == 0)
		result = setup_make_plan(&found, &a->answers, &plan, &f);
	if (result == 0)
		result = check_plan(s, &plan, a, path, &f);
	if (result < 0) {
		status = complain(&f);
	} else {
		print_plan(&found, &plan);
		if (!a->yes && !a->dry_run)
			answer = ask("Do all this? [y/N]");
		if (a->yes || (answer && (answer[0] == 'y' || answer[0] == 'Y')))
			status = a->dry_run ? EX_OK : run_plan(&found, &plan, path);
		else if (!a->dry_run) {
			fprintf(stderr, "signet: nothing was done%s\n", isatty(STDIN_FILENO) ? "" : ": there is no terminal to ask on; --yes does it without");
			status = EX_NOPERM;
		}
	}
	setup_plan_free(&plan);
	setup_found_free(&found);
	free(typed[0]);
	free(typed[1]);
	free(answer);
	return status;
}

/* Before anything is looked up, as nobody wants to wait for DNS to be told of a slip of the pen. */
static int check_files(const struct arguments *a, struct fault *f)
{
	const struct {
		const char *path, *what, *fix;
	} files[] = {
		{ a->answers.password_file, "the password", "put it there, in a file for root alone" },
		{ a->answers.tsig_file, "the key of updates", "name the file that your DNS provider or tsig-keygen made" },
		{ a->answers.postfix, "the other configuration", "name Postfix's main.cf, or leave out --postfix" },
		{ a->answers.opendkim, "the other configuration", "name OpenDKIM's opendkim.conf, or leave out --import-opendkim" },
	};

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		if (files[i].path && named_file_check(files[i].path, files[i].what, files[i].fix, f) < 0)
			return -1;
	return 0;
}

int command_setup(int argc, char **argv)
{
	const char *path = config_file(NULL);
	struct arguments a;
	struct settings s;
	struct fault f = { 0 }, name = { 0 };
	struct buf text = { 0 };

	if (!parse_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet setup [--root ADDRESS] [--domain DOMAIN] [--hostname NAME] [--via mx|smarthost|mix]\n"
		                "             [--smarthost HOST[:PORT] [--user USER --password-file FILE]] [--tsig-file FILE] [--server ADDRESS[@PORT]]\n"
		                "             [--postfix FILE] [--import-opendkim FILE] [--no-test] [--yes | --dry-run]\n");
		return EX_USAGE;
	}
	if (check_files(&a, &f) < 0)
		return complain(&f);
	if (config_load(path, &s, &f) < 0)
		return complain(&f);
	own_name_complete(&s, &name);          /* where nothing knows one, the plan asks for it */
	int status = config_file_read(path, &text, &f) < 0 ? complain(&f) : set_up(&s, buf_span(&text), &a, path);
	buf_free(&text);
	settings_free(&s);
	return status;
}
