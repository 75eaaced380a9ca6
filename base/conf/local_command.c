/* SPDX-License-Identifier: ISC */
#include "base/conf/local_command.h"

#include "base/buf.h"

#include <stddef.h>

#define LOCAL_COMMAND "local_command"
#define FORBIDDEN "|&;<>()`\\"

static const struct {
	const char *name;
	size_t offset;
} names[] = {
	{ "SENDER", offsetof(struct local_command_values, sender) },
	{ "RECIPIENT", offsetof(struct local_command_values, recipient) },
	{ "LOCAL", offsetof(struct local_command_values, local) },
	{ "EXTENSION", offsetof(struct local_command_values, extension) },
	{ "DOMAIN", offsetof(struct local_command_values, domain) },
	{ "USER", offsetof(struct local_command_values, user) },
	{ "HOME", offsetof(struct local_command_values, home) },
};

enum { NAMES = sizeof names / sizeof names[0] };

static const char *value_of(const struct local_command_values *v, size_t number)
{
	const char *value;

	memcpy(&value, (const char *)v + names[number].offset, sizeof value);
	return value;
}

/* Takes the name off what follows a "$". NAMES: there is no such name; *name is what was read. */
static size_t take_name(struct span *rest, struct span *name)
{
	bool braced = rest->len > 0 && rest->at[0] == '{';
	const char *at = rest->at + braced, *end = rest->at + rest->len, *from = at;

	while (at < end && (*at == '_' || byte_is_letter_or_digit(*at)))
		at++;
	*name = span_between(from, at);
	if (braced && (at == end || *at++ != '}'))
		return NAMES;
	*rest = span_between(at, end);
	for (size_t i = 0; i < NAMES; i++)
		if (span_eq(*name, span_of(names[i].name)))
			return i;
	return NAMES;
}

/* What begins with "-" must not be an option: its local part stands in quotes. */
static void add_value(struct buf *word, const char *value)
{
	const char *at = strrchr(value, '@');
	struct span local = at ? span_between(value, at) : span_of(value);

	if (word->len > 0 || value[0] != '-') {
		buf_add_text(word, value);
		return;
	}
	buf_add_quoted(word, local);
	buf_add_text(word, value + local.len);
}

/* What it is called in faults; whether $NAME stands for a value; v NULL: it is only looked at. */
struct reading {
	const char *what;
	bool has_values;
	const struct local_command_values *v;
};

static int split(const char *command, const struct reading *how, struct text_list *out, struct fault *f)
{
	struct span rest = span_of(command), name;
	struct buf word = { 0 };
	bool begun = false;
	char quote = '\0';
	int result = 0;

	while (rest.len > 0 && result == 0) {
		char c = rest.at[0];
		rest = span_between(rest.at + 1, rest.at + rest.len);
		if (quote == '\0' && byte_is_blank(c)) {
			if (begun)
				text_list_add(out, buf_span(&word));
			buf_clear(&word);
			begun = false;
			continue;
		}
		begun = true;
		if (quote == '\0' && strchr(FORBIDDEN, c)) {
			result = fault_set(f, FAULT_PERMANENT, "4.3.5", "%s is run without a shell, for which \"%c\" would mean "
			                   "something: put it between '...', or put the command into a script and name that", how->what, c);
		} else if (c == quote) {
			quote = '\0';
		} else if (quote == '\0' && (c == '"' || c == '\'')) {
			quote = c;
		} else if (c == '$' && quote != '\'' && how->has_values) {
			size_t number = take_name(&rest, &name);
			if (number == NAMES)
				result = fault_set(f, FAULT_PERMANENT, "4.3.5", "%s: there is no $%.*s; there are $SENDER, $RECIPIENT, "
				                   "$LOCAL, $EXTENSION, $DOMAIN, $USER and $HOME, and '$' is a dollar sign", how->what,
				                   (int)name.len, name.at);
			else if (how->v)
				add_value(&word, value_of(how->v, number));
		} else {
			buf_add_byte(&word, c);
		}
	}
	if (result == 0 && quote)
		result = fault_set(f, FAULT_PERMANENT, "4.3.5", "%s: a %c is not closed", how->what, quote);
	if (result == 0 && begun)
		text_list_add(out, buf_span(&word));
	buf_free(&word);
	return result;
}

int local_command_check(const char *command, struct fault *f)
{
	struct text_list words = { 0 };
	int result = split(command, &(struct reading){ LOCAL_COMMAND, true, NULL }, &words, f);

	if (result == 0 && (words.count == 0 || words.items[0][0] != '/'))
		result = fault_set(f, FAULT_PERMANENT, "4.3.5", LOCAL_COMMAND " must begin with the program's path, such as "
		                   "\"/usr/lib/dovecot/dovecot-lda -f $SENDER -a $RECIPIENT\"");
	text_list_free(&words);
	return result;
}

int plain_command_words(const char *command, const char *what, struct text_list *out, struct fault *f)
{
	size_t before = out->count;
	int result = split(command, &(struct reading){ what, false, NULL }, out, f);

	if (result == 0 && (out->count == before || out->items[before][0] != '/'))
		result = fault_set(f, FAULT_PERMANENT, "4.3.5", "%s must begin with the program's path, such as /usr/local/bin/program", what);
	return result;
}

static bool is_below(const char *program, const char *folder)
{
	return folder[0] && folder[strlen(folder) - 1] == '/' && strncmp(program, folder, strlen(folder)) == 0 &&
	       strstr(program, "/../") == NULL;
}

bool plain_command_is_among(const char *command, const struct text_list *commands)
{
	struct text_list words = { 0 };
	struct fault ignored = { 0 };
	bool is = false;

	if (plain_command_words(command, "a command", &words, &ignored) == 0)
		for (size_t i = 0; i < commands->count && !is; i++)
			is = span_eq(span_trim(span_of(commands->items[i])), span_trim(span_of(command))) ||
			     strcmp(commands->items[i], words.items[0]) == 0 || is_below(words.items[0], commands->items[i]);
	text_list_free(&words);
	return is;
}

void local_command_words(const char *command, const struct local_command_values *v, struct text_list *out)
{
	struct fault ignored = { 0 };

	split(command, &(struct reading){ LOCAL_COMMAND, true, v }, out, &ignored);
}

void local_command_environment(const struct local_command_values *v, struct text_list *out)
{
	struct buf entry = { 0 };

	for (size_t i = 0; i < NAMES; i++) {
		buf_clear(&entry);
		buf_printf(&entry, "%s=%s", names[i].name, value_of(v, i));
		text_list_add(out, buf_span(&entry));
	}
	buf_free(&entry);
}
