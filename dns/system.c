/* SPDX-License-Identifier: ISC */
#include "dns/system.h"

#include <stdlib.h>

enum { SERVERS_MAX = 8, SEARCH_MAX = 8, HOSTS_MAX = 10000 };

static void list_add(struct text_list *list, struct span item, size_t max)
{
	if (list->count < max)
		text_list_add(list, item);
}

void system_names_free(struct system_names *s)
{
	text_list_free(&s->servers);
	text_list_free(&s->search);
	for (size_t i = 0; i < s->host_count; i++)
		free(s->hosts[i].name);
	free(s->hosts);
	*s = (struct system_names){ 0 };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* The next run of non-blanks; empty at the end of the line. */
static struct span next_word(struct span *line)
{
	size_t from = 0, to;

	while (from < line->len && is_blank(line->at[from]))
		from++;
	for (to = from; to < line->len && !is_blank(line->at[to]); to++)
		;
	struct span word = { line->at + from, to - from };
	*line = (struct span){ line->at + to, line->len - to };
	return word;
}

/* The next line, without its comment. */
static struct span next_line(struct span *text, const char *comment_marks)
{
	struct span line = span_cut(text, '\n');

	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] == '\0' || strchr(comment_marks, line.at[i]))
			line.len = i;
	return line;
}

static struct span without_final_dot(struct span name)
{
	while (name.len > 1 && name.at[name.len - 1] == '.')
		name.len--;
	return name;
}

static void read_search(struct text_list *search, struct span line)
{
	struct span word;

	text_list_free(search);
	while ((word = next_word(&line)).len > 0)
		if (!span_eq(word, SPAN(".")))
			list_add(search, without_final_dot(word), SEARCH_MAX);
}

void system_read_resolv_conf(struct system_names *s, struct span text)
{
	while (text.at) {
		struct span line = next_line(&text, "#;");
		struct span word = next_word(&line);
		if (span_eq(word, SPAN("nameserver"))) {
			word = next_word(&line);
			if (word.len > 0)
				list_add(&s->servers, word, SERVERS_MAX);
		} else if (span_eq(word, SPAN("search")) || span_eq(word, SPAN("domain"))) {
			read_search(&s->search, line);
		}
	}
}

void system_read_hosts(struct system_names *s, struct span text)
{
	while (text.at) {
		struct span line = next_line(&text, "#");
		struct ip_address address;
		struct span word = next_word(&line);
		if (!ip_address_parse(word, &address))
			continue;
		while ((word = next_word(&line)).len > 0 && s->host_count < HOSTS_MAX) {
			s->hosts = mem_resize(s->hosts, s->host_count + 1, sizeof *s->hosts);
			struct system_host *h = &s->hosts[s->host_count++];
			*h = (struct system_host){ .address = address, .name = mem_text_span(without_final_dot(word)) };
			for (char *c = h->name; *c; c++)
				*c = byte_lower(*c);
		}
	}
}

size_t system_find_host(const struct system_names *s, const char *name, struct ip_address **addresses,
                        size_t *count, size_t max)
{
	size_t found = 0;

	for (size_t i = 0; i < s->host_count && *count < max; i++) {
		if (!span_eq_nocase(span_of(s->hosts[i].name), without_final_dot(span_of(name))))
			continue;
		*addresses = mem_resize(*addresses, *count + 1, sizeof **addresses);
		(*addresses)[(*count)++] = s->hosts[i].address;
		found++;
	}
	return found;
}
