/* SPDX-License-Identifier: ISC */
#include "signet/talk/options.h"

#include "base/buf.h"

#include <getopt.h>
#include <stdlib.h>

int options_take(int argc, char **argv, const struct option_row *rows, size_t count)
{
	struct option *options = mem_alloc((count + 1) * sizeof *options);
	bool fine = true;
	int found, row = 0;

	for (size_t i = 0; i < count; i++)
		options[i] = (struct option){ rows[i].name, rows[i].value ? required_argument : no_argument, NULL, 0 };
	optind = 0;    /* another command line than any before */
	while ((found = getopt_long(argc, argv, "", options, &row)) != -1) {
		fine &= found == 0;
		if (found == 0 && rows[row].value)
			*rows[row].value = optarg;
		else if (found == 0)
			*rows[row].flag = true;
	}
	free(options);
	return fine ? optind : -1;
}
