/* SPDX-License-Identifier: ISC */
#include "relay/route/route_image.h"

#include "base/escape.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/nearest.h"
#include "base/pack.h"
#include "relay/route/route_table.h"

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FAULTS_SHOWN = 20, ABOUT_ALL = UINT32_MAX, NO_WAY = ROUTE_IMAGE_WAYS_MAX };

/* A key is the rule's number and the pattern; about all there are the ways, and the fingerprint. */
static void set_key(struct buf *key, uint32_t rule, struct span name)
{
	buf_clear(key);
	pack_u32(key, rule);
	buf_add_span(key, name);
}

/* ---- making ---- */

struct making {
	const struct settings *settings;
	struct cdb_make cdb;
	struct text_list ways;
	size_t last_way;
	const char *table;
	uint32_t rule;
	uint64_t fingerprint;
	size_t faults, faults_here;
	struct buf *out;
	struct buf key, value;
	bool full;
};

__attribute__((format(printf, 3, 4)))
static void complain_of_table(struct making *m, unsigned line, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;

	m->faults++;
	if (++m->faults_here > FAULTS_SHOWN)
		return;
	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	escape(m->out, span_of(m->table));
	if (line > 0)
		buf_printf(m->out, ":%u", line);
	buf_add_text(m->out, ": ");
	escape(m->out, buf_span(&text));
	buf_add_byte(m->out, '\n');
	buf_free(&text);
}

static void count_in(struct making *m, struct span bytes)
{
	m->fingerprint = hash_span(hash_span(m->fingerprint, bytes), SPAN("\n"));
}

static void add_record(struct making *m, struct span value)
{
	if (!m->full && cdb_make_add(&m->cdb, m->key.at, (unsigned)m->key.len, value.at, (unsigned)value.len) != 0) {
		complain_of_table(m, 0, "the tables are too large together: %s", strerror(errno));
		m->full = true;
	}
}

static bool check_hops(struct making *m, unsigned line, struct span names)
{
	while (names.at) {
		char *name = mem_text_span(span_cut(&names, ','));
		bool known = strcmp(name, "mx") == 0 || settings_smarthost(m->settings, name);
		struct nearest near = nearest_to(span_of(name));
		nearest_try(&near, "mx");
		for (size_t i = 0; i < m->settings->smarthost_count; i++)
			nearest_try(&near, m->settings->smarthosts[i].name);
		if (!known && near.word)
			complain_of_table(m, line, "\"%s\": no smarthost of that name; the nearest is \"%s\"", name, near.word);
		else if (!known)
			complain_of_table(m, line, "\"%s\": no smarthost of that name; smarthosts in the configuration names them", name);
		free(name);
		if (!known)
			return false;
	}
	return true;
}

/* Lines of one way stand together more often than not. */
static size_t way_of(struct making *m, unsigned line, struct span via)
{
	if (m->last_way < m->ways.count && span_eq(span_of(m->ways.items[m->last_way]), via))
		return m->last_way;
	for (m->last_way = 0; m->last_way < m->ways.count; m->last_way++)
		if (span_eq(span_of(m->ways.items[m->last_way]), via))
			return m->last_way;
	if (!check_hops(m, line, via))
		return NO_WAY;
	if (m->ways.count == ROUTE_IMAGE_WAYS_MAX)
		complain_of_table(m, line, "more than %d different lists of hops in the tables", ROUTE_IMAGE_WAYS_MAX);
	else
		text_list_add(&m->ways, via);
	return m->last_way;
}

static void take_route_line(void *context, unsigned number, struct route_line *l, const char *why)
{
	struct making *m = context;

	if (why) {
		complain_of_table(m, number, "%s", why);
		return;
	}
	size_t way = way_of(m, number, buf_span(&l->via));
	if (way == NO_WAY)
		return;
	count_in(m, buf_span(&l->pattern));
	count_in(m, buf_span(&l->via));
	set_key(&m->key, m->rule, buf_span(&l->pattern));
	buf_clear(&m->value);
	pack_u32(&m->value, number);
	pack_u32(&m->value, (uint32_t)way);
	add_record(m, buf_span(&m->value));
}

static void end_table(struct making *m)
{
	if (m->faults_here > FAULTS_SHOWN)
		buf_printf(m->out, "%s: and %zu more faults\n", m->table, m->faults_here - FAULTS_SHOWN);
}

static void take_table(struct making *m, size_t rule)
{
	struct fault f = { 0 };

	m->rule = (uint32_t)rule;
	m->table = m->settings->routes[rule].table;
	m->faults_here = 0;
	m->last_way = 0;
	if (route_table_read(m->table, take_route_line, m, &f) < 0)
		complain_of_table(m, 0, "%s; the setting table of routes names it", f.text);
	end_table(m);
}

/* Each record has to be the one that a look-up of its key finds, or to say the same. */
static void check_doubles(struct making *m, struct cdb *cdb)
{
	unsigned at, line, first;

	cdb_seqinit(&at, cdb);
	while (cdb_seqnext(&at, cdb) > 0) {
		struct span key = { cdb_getkey(cdb), cdb_keylen(cdb) };
		struct unpack k = unpack_from(key), v = unpack_from((struct span){ cdb_getdata(cdb), cdb_datalen(cdb) });
		uint32_t rule = unpack_u32(&k), way;
		if (rule == ABOUT_ALL)
			continue;
		line = unpack_u32(&v);
		way = unpack_u32(&v);
		cdb_find(cdb, key.at, (unsigned)key.len);
		v = unpack_from((struct span){ cdb_getdata(cdb), cdb_datalen(cdb) });
		first = unpack_u32(&v);
		if (unpack_u32(&v) == way)
			continue;
		m->table = m->settings->routes[rule].table;
		complain_of_table(m, line, "\"%.*s\" has another route in line %u already; remove one of the two",
		                  (int)(k.end - k.at),
		                  k.at, first);
	}
}

/* Read-only from here on: a sealed file may be mapped shared only through such a descriptor. */
static int seal_image(int fd)
{
	char path[32];

	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int finish_image(struct making *m, int fd)
{
	struct cdb cdb;

	set_key(&m->key, ABOUT_ALL, SPAN("ways"));
	buf_clear(&m->value);
	pack_u32(&m->value, (uint32_t)m->ways.count);
	for (size_t i = 0; i < m->ways.count; i++)
		pack_text(&m->value, m->ways.items[i]);
	add_record(m, buf_span(&m->value));
	set_key(&m->key, ABOUT_ALL, SPAN("fingerprint"));
	buf_clear(&m->value);
	pack_u64(&m->value, m->fingerprint);
	add_record(m, buf_span(&m->value));
	if (cdb_make_finish(&m->cdb) != 0 || m->full || cdb_init(&cdb, fd) != 0)
		return -1;
	m->faults_here = 0;
	check_doubles(m, &cdb);
	end_table(m);
	cdb_free(&cdb);
	return m->faults > 0 ? -1 : seal_image(fd);
}

int route_image_make(const struct settings *s, struct buf *faults)
{
	struct making m = { .settings = s, .out = faults, .fingerprint = HASH_BEGIN, .table = "routes" };
	int fd = memfd_create("routes", MFD_CLOEXEC | MFD_ALLOW_SEALING), image = -1;

	if (fd >= 0 && cdb_make_start(&m.cdb, fd) == 0) {
		for (size_t i = 0; i < s->route_count; i++)
			if (s->routes[i].table[0])
				take_table(&m, i);
		image = finish_image(&m, fd);
	}
	if (image < 0 && m.faults == 0)
		complain_of_table(&m, 0, "no memory for the tables: %s", strerror(errno));
	io_close(&fd);
	text_list_free(&m.ways);
	buf_free(&m.key);
	buf_free(&m.value);
	return image;
}

/* ---- looking up ---- */

struct route_image {
	struct cdb cdb;
	struct text_list *ways;
	size_t way_count;
	uint64_t fingerprint;
	struct buf key, name;
};

static struct span find_key(struct route_image *image, uint32_t rule, struct span name)
{
	set_key(&image->key, rule, name);
	if (cdb_find(&image->cdb, image->key.at, (unsigned)image->key.len) <= 0)
		return (struct span){ 0 };
	const void *data = cdb_getdata(&image->cdb);
	return (struct span){ data, data ? cdb_datalen(&image->cdb) : 0 };
}

struct route_image *route_image_open(int fd)
{
	struct route_image *image = mem_alloc(sizeof *image);

	if (cdb_init(&image->cdb, fd) != 0) {
		free(image);
		return NULL;
	}
	struct unpack ways = unpack_from(find_key(image, ABOUT_ALL, SPAN("ways")));
	uint32_t count = unpack_count(&ways, sizeof(uint32_t));
	image->ways = mem_alloc((count + 1) * sizeof *image->ways);
	for (; image->way_count < count; image->way_count++) {
		struct span names = unpack_span(&ways);
		while (names.at)
			text_list_add(&image->ways[image->way_count], span_cut(&names, ','));
	}
	struct unpack number = unpack_from(find_key(image, ABOUT_ALL, SPAN("fingerprint")));
	image->fingerprint = unpack_u64(&number);
	if (unpack_ok(&ways) && unpack_ok(&number))
		return image;
	route_image_close(image);
	return NULL;
}

void route_image_close(struct route_image *image)
{
	if (image == NULL)
		return;
	for (size_t i = 0; i < image->way_count; i++)
		text_list_free(&image->ways[i]);
	free(image->ways);
	buf_free(&image->key);
	buf_free(&image->name);
	cdb_free(&image->cdb);
	free(image);
}

uint64_t route_image_fingerprint(const struct route_image *image)
{
	return image->fingerprint;
}

static bool find_pattern(struct route_image *image, size_t rule, struct span pattern, struct route_image_entry *out)
{
	struct unpack u = unpack_from(find_key(image, (uint32_t)rule, pattern));
	unsigned line = unpack_u32(&u);
	uint32_t way = unpack_u32(&u);

	if (!unpack_ok(&u) || way >= image->way_count)
		return false;
	*out = (struct route_image_entry){ line, &image->ways[way] };
	return true;
}

bool route_image_find(struct route_image *image, size_t rule, struct span domain, struct route_image_entry *out)
{
	struct buf *name = &image->name;

	buf_clear(name);
	for (size_t i = 0; i < domain.len; i++)
		buf_add_byte(name, byte_lower(domain.at[i]));
	struct span rest = buf_span(name);
	if (rest.len > 0 && rest.at[0] != '.' && find_pattern(image, rule, rest, out))
		return true;
	for (size_t i = 1; i < rest.len; i++)
		if (rest.at[i] == '.' && find_pattern(image, rule, (struct span){ rest.at + i, rest.len - i }, out))
			return true;
	return find_pattern(image, rule, SPAN("*"), out);
}
