/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"
#include "tests/scratch.h"

#include "relay/route/aliases.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char folder[] = "/tmp/aliases-XXXXXX";
static struct settings settings;
static struct text_list files;
static struct aliases *aliases;

static const char *path_of(const char *name)
{
	static struct buf paths[4];
	static unsigned next;
	struct buf *path = &paths[next++ % 4];

	buf_clear(path);
	buf_printf(path, "%s/%s", folder, name);
	return buf_text(path);
}

/* By a new file that takes the name, or into the old one. */
static void write_file(const char *name, const char *text, bool replace)
{
	const char *path = path_of(replace ? "new" : name);
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 || (replace && rename(path, path_of(name)) != 0))
		exit(1);
}

static const char *expand(const char *address)
{
	static struct buf got;
	struct alias_expansion e = { 0 };
	struct alias_rules rules = { &settings, false, aliases_source(aliases) };

	buf_clear(&got);
	aliases_refresh(aliases);
	alias_expand(&rules, span_of(address), 1000, &e);
	for (size_t i = 0; i < e.count; i++)
		buf_printf(&got, "%s%s", i ? " " : "", e.items[i].verdict == ALIAS_REFUSED ? e.items[i].why : e.items[i].address);
	alias_expansion_free(&e);
	return buf_text(&got);
}

static void have_aged(const char *name)
{
	struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

	utimensat(AT_FDCWD, path_of(name), times, 0);
	usleep(60 * 1000);      /* the time of the change cannot be set */
}

static const char *faults(void)
{
	static struct buf got;

	buf_clear(&got);
	aliases_print_faults(aliases, &got);
	return buf_text(&got);
}

static void changes(void)
{
	struct buf text = { 0 };

	ok(aliases_refresh(aliases), "the first time it reads");
	is_text(expand("a"), "a", "no file, no alias");
	is_text(faults(), "", "which is no fault");
	write_file("one", "a: b@x.example\n", false);
	is_text(expand("a"), "b@x.example", "a file that came");
	write_file("one", "a: c@x.example\n", false);
	is_text(expand("a"), "c@x.example", "written again at once, as long as it was");
	write_file("one", "a: d@x.example\n", true);
	is_text(expand("a"), "d@x.example", "replaced at once");
	have_aged("one");
	aliases_refresh(aliases);
	ok(!aliases_refresh(aliases), "what does not change is not read again");
	write_file("one", "a: e@x.example\n", false);
	have_aged("one");
	is_text(expand("a"), "e@x.example", "written with its old times");
	write_file("two", "a: f@x.example\nb: g@x.example\n", false);
	is_text(expand("a"), "e@x.example", "the first file counts");
	is_text(expand("b"), "g@x.example", "then the second");
	unlink(path_of("one"));
	is_text(expand("a"), "f@x.example", "a file that has gone");
	buf_printf(&text, "a: :include:%s\nb: :include:%s\n", path_of("list"), path_of("list"));
	write_file("one", buf_text(&text), false);
	buf_clear(&text);
	buf_printf(&text, "the list %s cannot be read: No such file or directory (alias \"a\", %s:1)", path_of("list"), path_of("one"));
	is_text(expand("a"), buf_text(&text), "a list that is not there");
	buf_clear(&text);
	buf_printf(&text, "%s: No such file or directory\n", path_of("list"));
	is_text(faults(), buf_text(&text), "which is a fault, once");
	write_file("list", "b@x.example\n", false);
	is_text(expand("a"), "b@x.example", "a list that came");
	buf_clear(&text);
	buf_printf(&text, "c@x.example\n:include:%s\n", path_of("list2"));
	write_file("list2", "d@x.example\n", false);
	write_file("list", buf_text(&text), true);
	is_text(expand("b"), "c@x.example d@x.example", "a list in a list");
	write_file("list2", "e@x.example\n", true);
	is_text(expand("b"), "c@x.example e@x.example", "and when that has changed");
	buf_free(&text);
}

static void troubles(void)
{
	struct buf text = { 0 };

	buf_printf(&text, "a b\na: :include:%s, c@d@e\n", folder);
	write_file("one", buf_text(&text), true);
	unlink(path_of("two"));
	mkdir(path_of("two"), 0700);
	expand("a");
	buf_clear(&text);
	buf_printf(&text, "%s:1: \"a b\": there is no colon after the name; an alias is written NAME: ADDRESS, ADDRESS\n"
	                  "%s:2: ", path_of("one"), path_of("one"));
	ok(strncmp(faults(), buf_text(&text), text.len) == 0, "faults with file and line");
	buf_clear(&text);
	buf_printf(&text, "%s: it is not a file\n", folder);
	ok(strstr(faults(), buf_text(&text)) != NULL, "a list that is a folder");
	buf_clear(&text);
	buf_printf(&text, "%s: it is not a file\n", path_of("two"));
	ok(strstr(faults(), buf_text(&text)) != NULL, "a file that is a folder");
	buf_free(&text);
}

static void places(void)
{
	const char *const want[] = { folder, "/etc/no-such-list", "/etc/signet/no-such-list", "/etc/no-such-folder", "/no-such-list" };
	struct text_list got = { 0 };

	write_file("one", "a: :include:/etc/no-such-list, :include:/etc/signet/no-such-list\nb: :include:/etc/no-such-folder/x\n"
	           "c: :include:/etc/no-such-folder/y, :include:/no-such-list\n", true);
	expand("a");
	aliases_places(aliases, &got);
	is_int(got.count, TAP_ROWS(want), "lists among other files alone, others with their folders, once each");
	for (size_t i = 0; i < TAP_ROWS(want); i++)
		is_text(i < got.count ? got.items[i] : "", want[i], "%s", want[i]);
	text_list_free(&got);
}

static int opened;

static int open_given(void *context, size_t index)
{
	opened++;
	return index == 0 ? open(*(char **)context, O_RDONLY | O_CLOEXEC) : -1;
}

static void openers(void)
{
	char one[64], before_it[64], *given = before_it;

	snprintf(one, sizeof one, "%s", path_of("one"));
	snprintf(before_it, sizeof before_it, "%s", path_of("before"));
	write_file("before", "a: before@x.example\n", false);
	write_file("one", "a: one@x.example\n", true);
	aliases_open_by(aliases, open_given, &given);
	opened = 0;
	have_aged("one");
	have_aged("before");
	is_text(expand("a"), "before@x.example", "a file is what its opener gives");
	given = one;
	is_text(expand("a"), "one@x.example", "which is asked again when that was not the file of that name");
	int before = opened;
	expand("a");
	is_int(opened - before, 0, "and else not before it has changed");
	aliases_open_by(aliases, NULL, NULL);
}

/* In this process from here on: the scratch folder is not readable, but for these files, and whatever takes their names is not. */
static bool grant(const char *const names[], size_t count)
{
	struct landlock_ruleset_attr rules = { .handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE };
	int set = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);

	for (size_t i = 0; i < count && set >= 0; i++) {
		struct landlock_path_beneath_attr rule = { LANDLOCK_ACCESS_FS_READ_FILE, open(path_of(names[i]), O_PATH | O_CLOEXEC) };
		if (syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
			return false;
		close(rule.parent_fd);
	}
	return set >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, set, 0) == 0;
}

/* As lists of /etc are granted (aliases_places()). The last of all: nothing is taken back. */
static void kept(void)
{
	static const char *const granted[] = { "one", "list" };
	struct buf text = { 0 };

	write_file("list", "first@x.example\n", false);
	buf_printf(&text, "a: :include:%s\n", path_of("list"));
	write_file("one", buf_text(&text), true);
	expand("a");
	if (!grant(granted, TAP_ROWS(granted))) {
		for (int i = 0; i < 6; i++)
			tap_skip("lists that are granted alone", "this kernel has no Landlock");
	} else {
		is_text(expand("a"), "first@x.example", "a list that is granted alone");
		write_file("list", "second@x.example\n", true);
		is_text(expand("a"), "first@x.example", "is kept when another file takes its name");
		ok(strstr(faults(), "what it was before counts until: systemctl reload signetd") != NULL, "which is told");
		write_file("list", "third@x.example\n", true);
		is_text(expand("a"), "first@x.example", "and kept when that is replaced");
		unlink(path_of("list"));
		ok(strstr(expand("a"), "cannot be read: No such file") != NULL, "but not when there is none");
		write_file("list", "fourth@x.example\n", true);
		const char *refused = expand("a");
		ok(strstr(refused, "cannot be read: Permission denied") && strstr(refused, "is read after: systemctl reload signetd"),
		   "one that is made then is refused, with what to do: %s", refused);
	}
	buf_free(&text);
}

int main(void)
{
	tap_plan(16 + 3 + 6 + 3 + 6);
	scratch_make(folder);
	settings_begin(&settings);
	settings_complete(&settings);
	text_list_add(&files, span_of(path_of("one")));
	text_list_add(&files, span_of(path_of("two")));
	aliases = aliases_new(&files);
	changes();
	troubles();
	places();
	openers();
	kept();
	aliases_free(aliases);
	text_list_free(&files);
	settings_free(&settings);
	return tap_done();
}
