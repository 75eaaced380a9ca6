/* SPDX-License-Identifier: ISC */
#include "signet/trust/last_run.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BYTES_MAX = 64 * 1024 * 1024 };

static char *path_of(const struct settings *s, enum last_run which, const char *suffix)
{
	static const char *const names[] = { [LAST_RUN_SEEN] = "check", [LAST_RUN_TOLD] = "check.told", [LAST_RUN_BLOCKLISTS] = "check.blocklists" };
	struct buf path = { 0 };

	buf_printf(&path, "%s/%s%s", s->spool, names[which], suffix);
	return buf_take(&path);
}

void last_run_path(const struct settings *s, enum last_run which, struct buf *out)
{
	char *path = path_of(s, which, "");

	buf_add_text(out, path);
	free(path);
}

void last_run_read(const struct settings *s, enum last_run which, struct buf *out)
{
	char *path = path_of(s, which, "");
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);      /* a FIFO of whom the spool belongs to holds nobody up */

	if (fd >= 0 && io_read_file(fd, out, BYTES_MAX) < 0)
		buf_clear(out);
	io_close(&fd);
	free(path);
}

/* The spool is the queue's: what lies there under our name may be replaced, never followed. */
int last_run_write(const struct settings *s, enum last_run which, struct span text, struct fault *f)
{
	char *path = path_of(s, which, ""), *part = path_of(s, which, ".new");
	int result = 0;

	if (text.len > BYTES_MAX) {
		free(path);
		free(part);
		return fault_set(f, FAULT_PERMANENT, "5.3.4", "%zu bytes are too much to be kept: the next check cannot tell what has changed; "
		                 "check fewer domains at a time", text.len);
	}
	unlink(part);
	int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0 || io_write_all(fd, text.at, text.len, IO_FOREVER) < 0 || fsync(fd) < 0 || rename(part, path) < 0)
		result = fault_set(f, FAULT_TEMPORARY, "4.3.0", "%s: %s: the next check cannot know what this one found", path, strerror(errno));
	io_close(&fd);
	free(path);
	free(part);
	return result;
}

/* ---- lines ---- */

struct line {
	struct span key;        /* "finding ID DOMAIN FAMILY " */
	struct last_run_state state;
	size_t place;           /* in the file */
	bool used, made;        /* it has its finding of this run; there is one with its key */
};

struct lines {
	struct line *items;     /* by key, then place */
	size_t count;
};

static void print_key(const struct finding *f, struct buf *out)
{
	buf_printf(out, "finding %s %s %u ", f->check->id, f->domain[0] ? f->domain : "-", f->family);
}

static bool read_state(struct span word, enum finding_state *out)
{
	for (int state = 0; state < FINDING_STATES; state++)
		if (span_eq(word, span_of(finding_state_name((enum finding_state)state)))) {
			*out = (enum finding_state)state;
			return true;
		}
	return false;
}

/* "finding ID DOMAIN FAMILY STATE [unknown]" */
static bool read_line(struct span line, struct line *out)
{
	struct span rest = line;

	*out = (struct line){ .state.there = true };
	if (!span_eq(span_cut(&rest, ' '), SPAN("finding")))
		return false;
	for (int i = 0; i < 3 && rest.at; i++)
		span_cut(&rest, ' ');
	if (rest.at == NULL)
		return false;
	out->key = (struct span){ line.at, (size_t)(rest.at - line.at) };
	struct span word = span_cut(&rest, ' ');
	out->state.doubted = rest.at && span_eq(rest, SPAN("unknown"));
	return read_state(word, &out->state.certain);
}

static int by_key(const void *left, const void *right)
{
	const struct line *a = left, *b = right;
	size_t len = a->key.len < b->key.len ? a->key.len : b->key.len;
	int order = memcmp(a->key.at, b->key.at, len);

	order = order ? order : (a->key.len > b->key.len) - (a->key.len < b->key.len);
	return order ? order : (a->place > b->place) - (a->place < b->place);
}

static void read_lines(struct span text, struct lines *out)
{
	size_t room = 0;

	*out = (struct lines){ 0 };
	for (size_t place = 0; text.at; place++) {
		struct line line;
		if (!read_line(span_cut(&text, '\n'), &line))
			continue;
		line.place = place;
		if (out->count == room) {
			room = room ? 2 * room : 64;
			out->items = mem_resize(out->items, room, sizeof *out->items);
		}
		out->items[out->count++] = line;
	}
	if (out->count > 1)
		qsort(out->items, out->count, sizeof *out->items, by_key);
}

/* Those with that key: the index of the first, and how many. */
static size_t find_lines(const struct lines *l, struct span key, size_t *count)
{
	size_t from = 0, to = l->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (by_key(&l->items[middle], &(struct line){ .key = key }) < 0)     /* place 0 is the least */
			from = middle + 1;
		else
			to = middle;
	}
	for (*count = 0; from + *count < l->count && span_eq(l->items[from + *count].key, key); )
		++*count;
	return from;
}

/* ---- what counts as a change ---- */

bool last_run_step(struct last_run_state before, enum finding_state now, struct last_run_state *after)
{
	bool same = before.there && before.certain == now, doubts = before.there && now == FINDING_UNKNOWN && !same;

	*after = (struct last_run_state){ .there = true, .certain = now };
	if (doubts && !before.doubted)
		*after = (struct last_run_state){ .there = true, .certain = before.certain, .doubted = true };
	return before.there ? !same && !after->doubted : now > FINDING_INFO;
}

struct outcome {
	bool paired, changed;
	struct last_run_state after;
};

/*
 * One for each finding. A domain with two keys has two findings of one check: first those find each other that are as
 * they were, then what is left.
 */
static struct outcome *compare(struct lines *before, const struct findings *found)
{
	struct outcome *all = mem_alloc((found->count + 1) * sizeof *all);

	for (int only_same = 1; only_same >= 0; only_same--)
		for (size_t i = 0; i < found->count; i++) {
			const struct finding *f = found->items[i];
			struct last_run_state was = { 0 };
			struct buf key = { 0 };
			size_t count;
			if (all[i].paired)
				continue;
			print_key(f, &key);
			size_t from = find_lines(before, buf_span(&key), &count);
			for (size_t k = from; k < from + count && !was.there; k++) {
				struct line *l = &before->items[k];
				l->made = true;
				if (l->used || (only_same && l->state.certain != f->state))
					continue;
				l->used = true;
				was = l->state;
			}
			all[i].paired = was.there || !only_same;
			if (all[i].paired)
				all[i].changed = last_run_step(was, f->state, &all[i].after);
			/* It tells of a change itself. */
			if (strcmp(f->check->id, "egress.changed") == 0)
				all[i].changed = f->state > FINDING_INFO;
			buf_free(&key);
		}
	return all;
}

/* ---- the text ---- */

/* What follows key in the line that begins with it; at NULL: there is none. */
static struct span find_value(struct span text, struct span key)
{
	while (text.at) {
		struct span line = span_cut(&text, '\n');
		if (line.len >= key.len && memcmp(line.at, key.at, key.len) == 0)
			return (struct span){ line.at + key.len, line.len - key.len };
	}
	return (struct span){ 0 };
}

struct span last_run_address(struct span text, unsigned family)
{
	return find_value(text, family == 4 ? SPAN("egress 4 ") : SPAN("egress 6 "));
}

void last_run_egress(struct span text, struct facts *facts)
{
	for (unsigned i = 0; i < 2; i++) {
		struct ip_address before;
		struct span value = last_run_address(text, i ? 6 : 4);
		if (value.at && ip_address_parse(value, &before))
			facts->egress[i].before = before;
	}
}

static void print_egress(const struct facts *facts, struct buf *out)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct fact_egress *e = &facts->egress[i];
		const struct ip_address *a = e->heard ? &e->address : &e->before;
		if (a->family == 0)
			continue;
		buf_printf(out, "egress %u ", i ? 6 : 4);
		ip_address_print(a, out);
		buf_add_byte(out, '\n');
	}
}

static void print_state(struct last_run_state state, struct buf *out)
{
	buf_printf(out, "%s%s\n", finding_state_name(state.certain), state.doubted ? " unknown" : "");
}

static int by_place(const void *left, const void *right)
{
	const struct line *a = left, *b = right;

	return (a->place > b->place) - (a->place < b->place);
}

void last_run_print(struct span before, const struct facts *facts, const struct findings *found, struct buf *out)
{
	struct lines lines;

	read_lines(before, &lines);
	struct outcome *all = compare(&lines, found);
	buf_printf(out, "time %lld\n", (long long)(facts->now_ms / 1000));
	print_egress(facts, out);
	if (lines.count > 1)
		qsort(lines.items, lines.count, sizeof *lines.items, by_place);
	for (size_t i = 0; i < lines.count; i++)
		if (!lines.items[i].made) {
			buf_add_span(out, lines.items[i].key);
			print_state(lines.items[i].state, out);
		}
	for (size_t i = 0; i < found->count; i++) {
		print_key(found->items[i], out);
		print_state(all[i].after, out);
	}
	free(all);
	free(lines.items);
}

struct next_outcome { const struct outcome *all; size_t at; };

static bool has_changed(const struct finding *f, const void *context)
{
	struct next_outcome *next = *(struct next_outcome *const *)context;

	(void)f;
	return next->all[next->at++].changed;
}

void last_run_take_changed(struct span text, struct findings *found, struct findings *changed)
{
	struct lines lines;

	read_lines(text, &lines);
	struct outcome *all = compare(&lines, found);
	struct next_outcome next = { all, 0 }, *context = &next;
	findings_move(found, has_changed, &context, changed);
	free(all);
	free(lines.items);
}

/* ---- at a glance ---- */

/* Of "finding ID DOMAIN FAMILY "; a check may not be known any more. Among equals the last counts, as findings_order has it. */
static void take_first(struct span key, enum finding_state state, struct last_run_summary *out)
{
	struct span rest = key;

	span_cut(&rest, ' ');
	char *id = mem_text_span(span_cut(&rest, ' '));
	const struct check *check = check_named(id);
	struct span domain = span_cut(&rest, ' '), family = span_cut(&rest, ' ');
	bool first = check && (out->first == NULL || state > out->first_state || (state == out->first_state && check <= out->first));

	free(id);
	if (first) {
		out->first = check;
		out->first_state = state;
		out->domain = span_eq(domain, SPAN("-")) ? SPAN("") : domain;
		out->family = span_eq(family, SPAN("4")) ? 4 : span_eq(family, SPAN("6")) ? 6 : 0;
	}
}

bool last_run_sum_up(struct span text, struct last_run_summary *out)
{
	struct span time = find_value(text, SPAN("time "));
	unsigned long long time_s;

	*out = (struct last_run_summary){ 0 };
	if (time.at == NULL || !span_number(time, INT64_MAX / 1000, &time_s))
		return false;
	out->time_s = (int64_t)time_s;
	while (text.at) {
		struct line line;
		if (!read_line(span_cut(&text, '\n'), &line))
			continue;
		enum finding_state state = line.state.doubted ? FINDING_UNKNOWN : line.state.certain;
		out->counts[state]++;
		out->worst = state > out->worst ? state : out->worst;
		if (state >= FINDING_UNKNOWN)
			take_first(line.key, state, out);
	}
	return true;
}
