/* SPDX-License-Identifier: ISC */
/*
 * The command line of sendmail, its words parted by NUL, the first the program's name: what is an operand was one of
 * the words, and the part of the queue that is chosen can be read by who is asked for it.
 */
#include "sendmail-shim/options.h"

#include "base/view/selection.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS_MAX = 32 };

static bool is_word(const char *text, char **argv, int argc)
{
	for (int i = 1; i < argc; i++)
		if (argv[i] == text)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words = malloc(size + 1), *argv[WORDS_MAX + 1] = { 0 };
	struct selection chosen;
	struct options o;
	struct fault f = { 0 };
	int argc = 0;

	if (words == NULL)
		return 0;
	memcpy(words, data, size);
	words[size] = '\0';
	for (size_t at = 0; at <= size && argc < WORDS_MAX; at += strlen(words + at) + 1)
		argv[argc++] = words + at;
	if (options_parse(argc, argv, &o, &f) == 0) {
		for (size_t i = 0; i < o.operand_count; i++)
			if (!is_word(o.operands[i], argv, argc))
				abort();
		if (o.chosen.len > 0 && o.chosen.len < 16 * 1024) {
			if (selection_parse(buf_span(&o.chosen), &chosen, &f) < 0 || selection_is_empty(&chosen) || chosen.all)
				abort();
			selection_free(&chosen);
		}
	} else if (f.kind == FAULT_NONE) {
		abort();
	}
	options_free(&o);
	free(words);
	return 0;
}
