/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/buf.h"
#include "base/conf/local_command.h"

static const struct local_command_values values = {
	.sender = "-x@a.example", .recipient = "al+box@b.example", .local = "al+box", .extension = "box", .domain = "b.example",
	.user = "al", .home = "/home/al b",
};

static const struct {
	const char *command, *words;     /* each in [] */
} good[] = {
	{ "/bin/a", "[/bin/a]" },
	{ "  /bin/a \t b  ", "[/bin/a][b]" },
	{ "/bin/a -a $RECIPIENT", "[/bin/a][-a][al+box@b.example]" },
	{ "/bin/a ${USER}x$EXTENSION", "[/bin/a][alxbox]" },
	{ "/bin/a $HOME/x", "[/bin/a][/home/al b/x]" },
	{ "/bin/a 'a b' \"c $USER\" '$USER'", "[/bin/a][a b][c al][$USER]" },
	{ "/bin/a ''", "[/bin/a][]" },
	{ "/bin/a 'a|b'\";\"", "[/bin/a][a|b;]" },
	{ "/bin/a $SENDER", "[/bin/a][\"-x\"@a.example]" },
	{ "/bin/a -f$SENDER", "[/bin/a][-f-x@a.example]" },
	{ "/bin/a \"it's\"", "[/bin/a][it's]" },
};

static const struct {
	const char *command, *says;
} bad[] = {
	{ "", "must begin with the program's path" },
	{ "   ", "must begin with the program's path" },
	{ "procmail", "must begin with the program's path" },
	{ "$USER", "must begin with the program's path" },
	{ "/bin/a | /bin/b", "without a shell, for which \"|\"" },
	{ "/bin/a >b", "for which \">\"" },
	{ "/bin/a `id`", "for which \"`\"" },
	{ "/bin/a $(id)", "there is no $;" },
	{ "/bin/a $sender", "there is no $sender;" },
	{ "/bin/a ${SENDER", "there is no $SENDER;" },
	{ "/bin/a $SENDERS", "there is no $SENDERS;" },
	{ "/bin/a $", "there is no $;" },
	{ "/bin/a \\'", "for which \"\\\"" },
	{ "/bin/a 'b", "a ' is not closed" },
	{ "/bin/a \"b", "a \" is not closed" },
};

static const char *words_of(const char *command, const struct local_command_values *v)
{
	static struct buf shown;
	struct text_list words = { 0 };

	buf_clear(&shown);
	local_command_words(command, v, &words);
	for (size_t i = 0; i < words.count; i++)
		buf_printf(&shown, "[%s]", words.items[i]);
	text_list_free(&words);
	return buf_text(&shown);
}

int main(void)
{
	struct local_command_values odd = values;
	struct text_list environment = { 0 };
	struct fault f;

	tap_plan(2 * TAP_ROWS(good) + TAP_ROWS(bad) + 5);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		f = (struct fault){ 0 };
		is_int(local_command_check(good[i].command, &f), 0, "%s: %s", good[i].command, f.text);
		is_text(words_of(good[i].command, &values), good[i].words, "%s", good[i].command);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		f = (struct fault){ 0 };
		ok(local_command_check(bad[i].command, &f) < 0 && strstr(f.text, bad[i].says), "%s: %s", bad[i].command, f.text);
	}
	odd.sender = "";
	is_text(words_of("/bin/a -f $SENDER b", &odd), "[/bin/a][-f][][b]", "the null sender is an empty word");
	odd.extension = "-\"\\";
	is_text(words_of("/bin/a $EXTENSION", &odd), "[/bin/a][\"-\\\"\\\\\"]", "what is not an address is quoted as a whole");
	odd.sender = "$USER `id` 'x'";
	is_text(words_of("/bin/a $SENDER", &odd), "[/bin/a][$USER `id` 'x']", "nothing in a value is looked at again");
	local_command_environment(&values, &environment);
	is_int(environment.count, 7, "the environment has them all");
	is_text(environment.items[0], "SENDER=-x@a.example", "as they are");
	text_list_free(&environment);
	return tap_done();
}
