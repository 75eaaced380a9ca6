/* SPDX-License-Identifier: ISC */
#include "signet/keys/key_command.h"

#include "signet/keys/keys_commands.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} actions[] = {
	{ "new", key_new },
	{ "list", key_list },
	{ "show", key_show },
	{ "import", key_import },
	{ "rotate", key_rotate },
	{ "revoke", key_revoke },
};

int command_key(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof actions / sizeof actions[0]; i++)
		if (strcmp(argv[1], actions[i].name) == 0)
			return actions[i].run(argc - 1, argv + 1);
	fprintf(stderr, "usage: signet key new | list | show | import | rotate | revoke; signet help key tells more\n");
	return EX_USAGE;
}
