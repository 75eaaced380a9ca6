/* SPDX-License-Identifier: ISC */
#include "signet/completions.h"

#include "base/conf/config.h"
#include "base/view/control.h"
#include "base/view/listing.h"
#include "signet/command_table.h"
#include "signet/keys/keyset.h"
#include "signet/queue/choice.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

/* What a word of a synopsis stands for. */
enum takes { TAKES_NOTHING, TAKES_FILE, TAKES_IDS, TAKES_SELECTORS, TAKES_HOPS, TAKES_FILTERS, TAKES_WORDS, TAKES_ANY };

static const char *const asks[] = {
	[TAKES_IDS] = "ids", [TAKES_SELECTORS] = "selectors", [TAKES_HOPS] = "hops",
};

/* ---- reading a synopsis ---- */

struct option {
	struct span name;      /* "--file" */
	enum takes takes;
	struct span words;     /* TAKES_WORDS: "rsa|ed25519" */
};

static bool is_edge(char c)
{
	return c == '[' || c == ']' || c == '(' || c == ')' || c == '.' || c == ',';
}

static struct span without_edges(struct span word)
{
	while (word.len > 0 && is_edge(word.at[0]))
		word = (struct span){ word.at + 1, word.len - 1 };
	while (word.len > 0 && is_edge(word.at[word.len - 1]))
		word.len--;
	return word;
}

static struct span next_word(struct span *rest)
{
	struct span word = { 0 };

	while (rest->len > 0 && word.len == 0)
		word = span_trim(span_cut(rest, ' '));
	return word;
}

static bool is_lower(struct span word)
{
	bool lower = word.len > 0;

	for (size_t i = 0; i < word.len; i++)
		lower = lower && (word.at[i] == '|' || word.at[i] == '-' || (word.at[i] >= 'a' && word.at[i] <= 'z') ||
		                  (word.at[i] >= '0' && word.at[i] <= '9'));
	return lower;
}

static enum takes taken_by(struct span word)
{
	static const struct { const char *prefix; enum takes takes; } names[] = {
		{ "FILE", TAKES_FILE }, { "FOLDER", TAKES_FILE }, { "ID", TAKES_IDS }, { "SELECTOR", TAKES_SELECTORS },
		{ "OLD", TAKES_SELECTORS }, { "HOP", TAKES_HOPS }, { "FILTER", TAKES_FILTERS },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct span prefix = span_of(names[i].prefix);
		if (span_starts_nocase(word, prefix) && (word.len == prefix.len || strchr("|.[", word.at[prefix.len])))
			return names[i].takes;
	}
	return is_lower(word) ? TAKES_WORDS : TAKES_ANY;
}

/* The options in turn. An option whose bracket closes with it, or that "|" follows, takes nothing. */
static bool next_option(struct span *rest, struct option *out)
{
	struct span word = next_word(rest), name = without_edges(word);

	while (word.len > 0 && !span_starts_nocase(name, SPAN("--"))) {
		word = next_word(rest);
		name = without_edges(word);
	}
	*out = (struct option){ .name = name };
	struct span ahead = *rest, value = next_word(&ahead), plain = without_edges(value);
	bool closed = word.len > 0 && word.at[word.len - 1] == ']';
	if (closed || value.len == 0 || value.at[0] == '[' || span_eq(value, SPAN("|")) || span_starts_nocase(plain, SPAN("--")))
		return name.len > 0;
	out->takes = taken_by(plain);
	out->words = plain;
	*rest = ahead;
	return true;
}

/* What stands outside options: bits of enum takes. */
static unsigned operands_of(const struct command *c)
{
	struct span rest = span_of(c->synopsis), word;
	unsigned found = 0;

	while ((word = next_word(&rest)).len > 0) {
		struct span ahead = rest, plain = without_edges(word);
		bool takes_value = span_starts_nocase(plain, SPAN("--")) && word.at[word.len - 1] != ']';
		struct span value = without_edges(next_word(&ahead));
		if (takes_value && value.len > 0 && !span_eq(value, SPAN("|")) && !span_starts_nocase(value, SPAN("--")))
			rest = ahead;
		else if (!takes_value)
			while (plain.len > 0)
				found |= 1U << taken_by(span_cut(&plain, '|'));
	}
	return found;
}

static void print_bars(struct span words)
{
	while (words.len > 0) {
		struct span word = span_cut(&words, '|');
		printf(" %.*s", (int)word.len, word.at);
	}
}

/* ---- what the shells share ---- */

static void print_first_words(void)
{
	for (size_t i = 0; i < command_count; i++)
		if (command_begins_word(i))
			printf(" %.*s", (int)command_word(&command_table[i]).len, command_table[i].name);
}

/* Those that are words, not options ("route --sticky"). */
static void print_actions(size_t first)
{
	for (size_t i = first; i < command_count && (i == first || !command_begins_word(i)); i++) {
		struct span action = command_action(&command_table[i]);
		if (action.len > 0)
			printf(" %.*s", (int)action.len, action.at);
	}
}

static void print_options_in(const char *synopsis)
{
	struct span rest = span_of(synopsis);
	struct option o;

	while (next_option(&rest, &o))
		printf(" %.*s", (int)o.name.len, o.name.at);
}

/* Whatever an option of that name takes, in all commands alike. */
static bool is_first_of_its_name(size_t command, const struct option *wanted)
{
	for (size_t i = 0; i <= command; i++) {
		struct span rest = span_of(command_table[i].synopsis);
		struct option o;
		while (next_option(&rest, &o))
			if (span_eq(o.name, wanted->name) && o.takes != TAKES_NOTHING)
				return i == command && o.name.at == wanted->name.at;
	}
	return false;
}

/* ---- bash and zsh: one list of words for the place where the cursor is ---- */

static void print_values(const char *files)
{
	for (size_t i = 0; i < command_count; i++) {
		struct span rest = span_of(command_table[i].synopsis);
		struct option o;
		while (next_option(&rest, &o)) {
			if (o.takes == TAKES_NOTHING || !is_first_of_its_name(i, &o))
				continue;
			printf("\t%.*s) ", (int)o.name.len, o.name.at);
			if (o.takes == TAKES_FILE)
				printf("%s; return", files);
			else if (o.takes == TAKES_WORDS)
				printf("known=\""), print_bars(o.words), printf("\"");
			else if (o.takes != TAKES_ANY)
				printf("known=$(signet completions %s 2>/dev/null)", asks[o.takes]);
			else
				printf("known=");
			printf(" ;;\n");
		}
	}
}

static void print_place(const struct command *c)
{
	bool with_action = command_action(c).len > 0;

	printf("\t\"%s\"%s) known=\"", c->name, with_action ? "" : "*");
	print_options_in(c->synopsis);
	if (operands_of(c) & (1U << TAKES_FILTERS))
		print_options_in(CHOICE_FILTERS);
	unsigned operands = operands_of(c);
	for (int takes = TAKES_IDS; takes <= TAKES_HOPS; takes++)
		if (operands & (1U << takes))
			printf(" $(signet completions %s 2>/dev/null)", asks[takes]);
	printf("\" ;;\n");
}

/* names: how the shell calls the words of the line, counted from `first`. */
static void print_choice(const char *command, const char *action, const char *last, const char *files)
{
	printf("\tcase %s in\n\t-C) %s; return ;;\n", last, files);
	print_values(files);
	printf("\t*) if [ \"$place\" -le \"$at\" ]; then known=\"-C");
	print_first_words();
	printf("\"\n\telse case \"%s %s\" in\n", command, action);
	/* "route --sticky" before "route" with anything after it. */
	for (size_t i = 0; i < command_count; i++)
		if (command_action(&command_table[i]).len > 0)
			print_place(&command_table[i]);
	for (size_t i = 0; i < command_count; i++)
		if (command_action(&command_table[i]).len == 0)
			print_place(&command_table[i]);
	for (size_t i = 0; i < command_count; i++)
		if (command_begins_word(i) && command_action(&command_table[i]).len > 0) {
			printf("\t\"%.*s \"*) known=\"", (int)command_word(&command_table[i]).len, command_table[i].name);
			print_actions(i);
			printf("\" ;;\n");
		}
	printf("\tesac; fi ;;\n\tesac\n");
}

static void print_bash(void)
{
	printf("# bash completion for signet(8); made by: signet completions bash\n"
	       "_signet() {\n"
	       "\tlocal known cur=${COMP_WORDS[COMP_CWORD]} at=1 place=$COMP_CWORD action\n"
	       "\tif [ \"${COMP_WORDS[1]}\" = -C ]; then at=3; fi\n"
	       "\tif [ \"$place\" -gt $((at + 1)) ]; then action=${COMP_WORDS[at+1]}; fi\n");
	print_choice("${COMP_WORDS[at]}", "$action", "${COMP_WORDS[COMP_CWORD-1]}", "COMPREPLY=($(compgen -f -- \"$cur\"))");
	printf("\tCOMPREPLY=($(compgen -W \"$known\" -- \"$cur\"))\n"
	       "}\n"
	       "complete -o default -F _signet signet\n");
}

static void print_zsh(void)
{
	printf("#compdef signet\n"
	       "# zsh completion for signet(8); made by: signet completions zsh\n"
	       "_signet() {\n"
	       "\tlocal known at=2 place=$CURRENT action\n"
	       "\tif [ \"${words[2]}\" = -C ]; then at=4; fi\n"
	       "\tif [ \"$place\" -gt $((at + 1)) ]; then action=${words[at+1]}; fi\n");
	print_choice("${words[at]}", "$action", "${words[CURRENT-1]}", "_files");
	printf("\tif [ -n \"$known\" ]; then compadd -- ${=known}; else _files; fi\n"
	       "}\n"
	       "_signet \"$@\"\n");
}

/* ---- fish: a line for each word ---- */

static void print_fish_option(const struct command *c, const struct option *o)
{
	struct span word = command_word(c), action = command_action(c);

	printf("complete -c signet -n '__fish_seen_subcommand_from %.*s", (int)word.len, word.at);
	if (action.len > 0 && action.at[0] != '-')
		printf("; and __fish_seen_subcommand_from %.*s", (int)action.len, action.at);
	printf("' -l %.*s", (int)o->name.len - 2, o->name.at + 2);
	if (o->takes == TAKES_FILE)
		printf(" -r -F");
	else if (o->takes == TAKES_WORDS)
		printf(" -x -a '"), print_bars(o->words), printf("'");
	else if (o->takes != TAKES_NOTHING && o->takes != TAKES_ANY)
		printf(" -x -a '(signet completions %s 2>/dev/null)'", asks[o->takes]);
	else if (o->takes == TAKES_ANY)
		printf(" -x");
	printf("\n");
}

static void print_fish_actions(size_t first)
{
	struct span word = command_word(&command_table[first]);

	if (command_action(&command_table[first]).len == 0)
		return;
	printf("complete -c signet -f -n '__fish_seen_subcommand_from %.*s; and not __fish_seen_subcommand_from", (int)word.len,
	       word.at);
	print_actions(first);
	printf("' -a '");
	print_actions(first);
	printf("'\n");
}

static void print_fish(void)
{
	printf("# fish completion for signet(8); made by: signet completions fish\n"
	       "complete -c signet -s C -r -F\n"
	       "complete -c signet -f -n __fish_use_subcommand -a '");
	print_first_words();
	printf("'\n");
	for (size_t i = 0; i < command_count; i++) {
		struct span rest = span_of(command_table[i].synopsis);
		struct option o;
		if (command_begins_word(i))
			print_fish_actions(i);
		while (next_option(&rest, &o))
			print_fish_option(&command_table[i], &o);
		rest = span_of(operands_of(&command_table[i]) & (1U << TAKES_FILTERS) ? CHOICE_FILTERS : "");
		while (next_option(&rest, &o))
			print_fish_option(&command_table[i], &o);
		const struct command *c = &command_table[i];
		struct span word = command_word(c), action = command_action(c);
		unsigned operands = operands_of(c);
		for (int takes = TAKES_IDS; takes <= TAKES_HOPS; takes++) {
			if (!(operands & (1U << takes)))
				continue;
			printf("complete -c signet -f -n '__fish_seen_subcommand_from %.*s", (int)word.len, word.at);
			if (action.len > 0)
				printf("; and __fish_seen_subcommand_from %.*s", (int)action.len, action.at);
			printf("' -a '(signet completions %s 2>/dev/null)'\n", asks[takes]);
		}
	}
}

/* ---- what there is at this moment; a shell wants no complaints ---- */

static int print_id(void *context, struct span row)
{
	struct listing_entry e;

	(void)context;
	if (listing_decode(row, &e) == 0) {
		printf("%s\n", e.queue_id);
		listing_entry_free(&e);
	}
	return 0;
}

static void print_ids(const struct settings *s)
{
	struct submit_query query = { SUBMIT_LIST, SPAN("") };
	bool ours = access(s->control, R_OK | W_OK) == 0;
	struct fault f;

	control_ask(ours ? s->control : s->socket, query, print_id, NULL, NULL, &f);
}

static void print_selectors(const struct settings *s)
{
	struct keyset keys;

	keyset_name(s, &keys);
	for (size_t i = 0; i < keys.count; i++)
		printf("%s\n", keys.items[i].selector);
	keyset_free(&keys);
}

static void print_hops(const struct settings *s)
{
	printf("mx\n");
	for (size_t i = 0; i < s->smarthost_count; i++)
		printf("%s\n", s->smarthosts[i].name);
}

static const struct {
	const char *word;
	void (*print)(void);
	void (*list)(const struct settings *s);
} outputs[] = {
	{ "bash", print_bash, NULL }, { "zsh", print_zsh, NULL }, { "fish", print_fish, NULL },
	{ "ids", NULL, print_ids }, { "selectors", NULL, print_selectors }, { "hops", NULL, print_hops },
};

int command_completions(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "bash";
	struct settings s;
	struct fault f;

	for (size_t i = 0; argc <= 2 && i < sizeof outputs / sizeof outputs[0]; i++) {
		if (strcmp(outputs[i].word, word) != 0)
			continue;
		if (outputs[i].print) {
			outputs[i].print();
		} else if (config_load(config_file(NULL), &s, &f) == 0) {
			outputs[i].list(&s);
			settings_free(&s);
		}
		return EX_OK;
	}
	fprintf(stderr, "usage: signet completions [bash|zsh|fish|ids|selectors|hops]\n");
	return EX_USAGE;
}
