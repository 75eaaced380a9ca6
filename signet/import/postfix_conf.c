/* SPDX-License-Identifier: ISC */
#include "signet/import/postfix_conf.h"

#include <stdlib.h>

/* ---- parameters ---- */

struct import_at postfix_place(const struct postfix *p, const char *name)
{
	const struct foreign_item *item = foreign_find(&p->settled, name);

	return (struct import_at){ p->file, item ? item->line : 0 };
}

char *postfix_value(const struct postfix *p, const struct postfix_service *s, const char *name, struct import_at *at)
{
	const struct foreign_item *own = s ? foreign_find(&s->overrides, name) : NULL;
	struct import_at ignored;

	at = at ? at : &ignored;
	*at = own ? (struct import_at){ p->master_file, s->line } : postfix_place(p, name);
	return own ? mem_text(own->value) : main_cf_value(&p->settled, p->i->hostname, name);
}

void postfix_maps(const struct postfix *p, const struct postfix_service *s, const char *name, struct maps *out)
{
	struct import_at at;
	char *spec = postfix_value(p, s, name, &at), *type = postfix_value(p, NULL, "default_database_type", NULL);

	maps_read(p->i, span_of(spec), type, name, at, out);
	free(spec);
	free(type);
}

/* ---- master.cf ---- */

static void add_override(struct postfix_service *s, struct span text, const struct foreign_items *parameters, const char *hostname)
{
	struct buf value = { 0 };

	if (text.len >= 2 && text.at[0] == '{' && text.at[text.len - 1] == '}')
		text = (struct span){ text.at + 1, text.len - 2 };
	struct span rest = text, name = span_trim(span_cut(&rest, '='));
	if (rest.at)
		main_cf_expand(parameters, hostname, span_trim(rest), &value);
	s->overrides.items = mem_resize(s->overrides.items, s->overrides.count + 1, sizeof *s->overrides.items);
	s->overrides.items[s->overrides.count++] = (struct foreign_item){ mem_text_span(name.len ? name : SPAN("")), buf_take(&value), s->line };
}

enum { SERVICE_FIELDS = 8 };   /* service type private unpriv chroot wakeup maxproc command */

void postfix_read_services(const struct foreign_items *lines, const struct foreign_items *parameters, const char *hostname,
                           struct postfix *out)
{
	for (size_t i = 0; i < lines->count; i++) {
		struct text_list words = { 0 };
		maps_split(span_of(lines->items[i].value), &words);       /* blanks part, braces keep together */
		if (words.count >= SERVICE_FIELDS) {
			out->services = mem_resize(out->services, out->service_count + 1, sizeof *out->services);
			struct postfix_service *s = &out->services[out->service_count++];
			*s = (struct postfix_service){ mem_text(words.items[0]), mem_text(words.items[1]), mem_text(words.items[7]), { 0 }, lines->items[i].line };
			for (size_t k = SERVICE_FIELDS; k < words.count; k++) {
				bool apart = strcmp(words.items[k], "-o") == 0 && k + 1 < words.count;
				if (apart)
					add_override(s, span_of(words.items[++k]), parameters, hostname);
				else if (strncmp(words.items[k], "-o", 2) == 0 && words.items[k][2])
					add_override(s, span_of(words.items[k] + 2), parameters, hostname);
			}
		}
		text_list_free(&words);
	}
}

const struct postfix_service *postfix_service_of(const struct postfix *p, struct span name)
{
	for (size_t i = 0; i < p->service_count; i++)
		if (strcmp(p->services[i].type, "inet") != 0 && span_eq(name, span_of(p->services[i].name)))
			return &p->services[i];
	return NULL;
}

void postfix_free(struct postfix *p)
{
	for (size_t i = 0; i < p->service_count; i++) {
		free(p->services[i].name);
		free(p->services[i].type);
		free(p->services[i].command);
		foreign_items_free(&p->services[i].overrides);
	}
	free(p->services);
	foreign_items_free(&p->raw);
	foreign_items_free(&p->settled);
	text_list_free(&p->destinations);
	free(p->origin);
	free(p->file);
	free(p->master_file);
}
