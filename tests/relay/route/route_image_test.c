/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "relay/route/route.h"
#include "relay/route/route_image.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/route-image-test-XXXXXX";
static char paths[2][64];

static const struct setting *row_named(const struct setting_group *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].name, name) == 0)
			return &table->rows[i];
	abort();
}

static void put(const char *path, struct span text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	while (text.len > 0) {
		ssize_t n = write(fd, text.at, text.len);
		if (n <= 0)
			abort();
		text = (struct span){ text.at + n, text.len - (size_t)n };
	}
	close(fd);
}

/* Two rules with a table each; three smarthosts. */
static void settings_with_tables(struct settings *s, const char *first, const char *second)
{
	const struct setting *routes = row_named(&settings_table, "routes"), *hosts = row_named(&settings_table, "smarthosts");
	const char *const texts[] = { first, second };
	static const char *const names[] = { "isp", "other", "third" };

	settings_begin(s);
	for (size_t i = 0; i < 3; i++)
		setting_set(row_named(hosts->group, "name"), setting_add_group(hosts, s), span_of(names[i]), NULL);
	for (size_t i = 0; i < 2 && texts[i]; i++) {
		put(paths[i], span_of(texts[i]));
		setting_set(row_named(routes->group, "table"), setting_add_group(routes, s), span_of(paths[i]), NULL);
	}
	settings_complete(s);
}

static void look_ups(void)
{
	static const struct { const char *domain, *want; } rows[] = {
		{ "a.example", "rule 1: T0:1 via isp" },
		{ "A.Example.", "rule 1: T0:1 via isp" },
		{ "x.a.example", "rule 1: T0:2 via other, mx, the next when unreachable or blocked" },
		{ "y.x.a.example", "rule 1: T0:4 via third" },
		{ "z.y.x.a.example", "rule 1: T0:4 via third" },
		{ "b.example", "rule 2: T1:2 via mx" },
		{ "c.example", "rule 2: T1:3 via isp" },
		{ "twice.example", "rule 1: T0:5 via isp" },
		{ "", "rule 2: T1:3 via isp" },
		{ ".a.example", "rule 2: T1:3 via isp" },
	};
	struct settings s;
	struct buf faults = { 0 };

	settings_with_tables(&s, "a.example isp\n.a.example other,mx\n\n.x.a.example third # deeper\ntwice.example isp\ntwice.example isp\n",
	                     "a.example third\nb.example mx\n* isp\n");
	struct routes *r = routes_read(&s, &faults), *again = NULL;
	ok(r != NULL, "two tables are read (%s)", buf_text(&faults));
	if (r)
		again = routes_open(&s, routes_image(r));
	ok(again && routes_fingerprint(r) == routes_fingerprint(again) && routes_fingerprint(r), "and opened by another");
	for (size_t i = 0; again && i < sizeof rows / sizeof rows[0]; i++) {
		struct route_question q = { .domain = span_of(rows[i].domain) };
		struct route found;
		struct buf shown = { 0 }, want = { 0 };
		for (const char *c = rows[i].want; *c; c++)
			if (*c == 'T')
				buf_add_text(&want, paths[*++c == '1']);
			else
				buf_add_byte(&want, *c);
		if (route_find(again, &q, &found) == ROUTE_FOUND)
			route_describe(&s, &found, &shown);
		is_text(buf_text(&shown), buf_text(&want), "\"%s\"", rows[i].domain);
		buf_free(&shown);
		buf_free(&want);
	}
	ok(ftruncate(routes_image(r), 0) < 0 && write(routes_image(r), "x", 1) < 0, "the image takes no change");
	routes_free(again);
	routes_free(r);
	buf_free(&faults);
	settings_free(&s);
}

/* Without the folder's name. */
static void faults(void)
{
	static const struct { const char *first, *second, *want; } rows[] = {
		{ "a.example ips\nb.example isp\n", NULL, "0:1: \"ips\": no smarthost of that name; the nearest is \"isp\"\n" },
		{ "a.example zzzzzz\n", NULL, "0:1: \"zzzzzz\": no smarthost of that name; smarthosts in the configuration names them\n" },
		{ "a.example isp\nb\nc.example isp isp\n", NULL,
		  "0:2: no hop after the pattern; write \"mx\" or the name of a smarthost there\n"
		  "0:3: hops are separated by commas, with a hop on each side of a comma\n" },
		{ "a.example isp\nb.example isp\nA.example. mx\n", NULL,
		  "0:3: \"a.example\" has another route in line 1 already; remove one of the two\n" },
		{ "a.example isp\n", "a.example mx\n. mx\n", "1:2: the line does not begin with a domain, \".domain\" or \"*\"\n" },
		{ "a\x1b[2J isp", NULL, "0:1: a control character in the line\n" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct settings s;
		struct buf out = { 0 }, bare = { 0 };
		settings_with_tables(&s, rows[i].first, rows[i].second);
		ok(routes_read(&s, &out) == NULL, "faults %zu: refused", i);
		struct span rest = buf_span(&out);
		while (rest.len > 0) {
			struct span line = span_cut(&rest, '\n');
			size_t skip = strlen(paths[0]) - 1;
			if (line.len > skip)
				buf_add(&bare, line.at + skip, line.len - skip);
			buf_add_byte(&bare, '\n');
		}
		is_text(buf_text(&bare), rows[i].want, "faults %zu", i);
		buf_free(&out);
		buf_free(&bare);
		settings_free(&s);
	}
}

static void many_faults(void)
{
	struct settings s;
	struct buf text = { 0 }, out = { 0 };
	size_t lines = 0;

	for (int i = 0; i < 1000; i++)
		buf_printf(&text, "a%d.example\n", i);
	settings_with_tables(&s, buf_text(&text), NULL);
	ok(routes_read(&s, &out) == NULL, "a thousand faults");
	for (size_t i = 0; i < out.len; i++)
		lines += out.at[i] == '\n';
	is_int(lines, 21, "are not all told");
	ok(strstr(buf_text(&out), "and 980 more faults") != NULL, "but counted");
	buf_free(&out);
	buf_free(&text);
	settings_free(&s);
	settings_with_tables(&s, "a.example isp\n", NULL);
	unlink(paths[0]);
	struct routes *none = routes_read(&s, &out);
	ok(none == NULL && strstr(buf_text(&out), ": cannot be read: No such file or directory; the setting table"),
	   "a table that is not there: %s", buf_text(&out));
	buf_free(&out);
	ok(routes_open(&s, -1) == NULL, "no image where there has to be one");
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ok(routes_open(&s, fd) == NULL, "nor one of nothing");
	close(fd);
	settings_free(&s);
}

static void changes(void)
{
	static const char *const texts[] = { "a.example isp\n", "a.example mx\n", "b.example isp\n", "a.example isp\nb.example isp\n" };
	uint64_t seen[4];

	for (size_t i = 0; i < 4; i++) {
		struct settings s;
		struct buf out = { 0 };
		settings_with_tables(&s, texts[i], NULL);
		struct routes *r = routes_read(&s, &out);
		seen[i] = r ? routes_fingerprint(r) : 0;
		for (size_t k = 0; k < i; k++)
			ok(seen[k] != seen[i], "another table has another fingerprint (%zu, %zu)", k, i);
		routes_free(r);
		buf_free(&out);
		settings_free(&s);
	}
}

static double ms_since(int64_t begin_ms)
{
	return (double)(clock_boot_ms() - begin_ms);
}

/* Ten thousand lines; a million where LAB_LONG is set (make check-full). */
static void large(void)
{
	size_t lines = getenv("LAB_LONG") ? 1000000 : 10000, looks = 100000, wrong = 0;
	struct settings s;
	struct buf text = { 0 }, out = { 0 };
	struct rusage before, after;
	struct stat image;

	for (size_t i = 0; i < lines; i++)
		buf_printf(&text, "customer%zu.example %s\n", i, i % 3 ? "isp" : "other, mx");
	settings_with_tables(&s, buf_text(&text), NULL);
	buf_free(&text);
	getrusage(RUSAGE_SELF, &before);
	int64_t begin = clock_boot_ms();
	struct routes *r = routes_read(&s, &out);
	double made_ms = ms_since(begin);
	getrusage(RUSAGE_SELF, &after);
	if (!ok(r != NULL, "%zu lines: %s", lines, buf_text(&out)))
		return;
	begin = clock_boot_ms();
	for (size_t i = 0; i < looks; i++) {
		char domain[64];
		size_t n = i * 7919 % (2 * lines);
		struct route found;
		snprintf(domain, sizeof domain, "customer%zu.example", n);
		struct route_question q = { .domain = span_of(domain) };
		bool there = route_find(r, &q, &found) == ROUTE_FOUND;
		wrong += there != (n < lines) || (there && (found.line != n + 1 || found.via->count != (n % 3 ? 1u : 2u)));
	}
	double looked_ms = ms_since(begin);
	is_int(wrong, 0, "each of them, and none other, is found");
	fstat(routes_image(r), &image);
	printf("# %zu lines: read in %.0f ms with %ld MiB more at the peak, image %lld MiB; a look-up %.2f us\n", lines, made_ms,
	       (after.ru_maxrss - before.ru_maxrss) / 1024, (long long)image.st_size >> 20, looked_ms * 1000 / (double)looks);
	ok(looked_ms * 1000 / (double)looks < 50, "a look-up takes microseconds");
	routes_free(r);
	buf_free(&out);
	settings_free(&s);
}

int main(void)
{
	tap_plan(40);
	scratch_make(folder);
	for (size_t i = 0; i < 2; i++)
		snprintf(paths[i], sizeof paths[i], "%s/%zu", folder, i);
	look_ups();
	faults();
	many_faults();
	changes();
	large();
	return tap_done();
}
