/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/about.h"

#include "base/conf/config.h"

#include <stdio.h>
#include <string.h>

static const struct { const char *name, *usage; } programs[] = {
	{ "mailq", "usage: mailq [-v] [--json] [-qI ID] [-qR RECIPIENT] [-qS SENDER]\n"
	  "  Shows the messages that wait: everybody's for root and mailq_users, else your own.\n"
	  "  -v         also when each is tried next\n"
	  "  --json     one object a line, for programs\n"
	  "  -qR, -qS   those whose recipient or sender contains that; -q!R, -q!S the others\n" },
	{ "newaliases", "usage: newaliases\n  Says how many aliases there are and what is wrong with them. A change counts without it.\n" },
	{ "sendmail", "usage: sendmail [-t] [-i] [-f SENDER] [-F NAME] [-N DSN] [-v] [--] [RECIPIENT...] < MESSAGE\n"
	  "       sendmail -bs | -bp | -q | -qI ID | -qR RECIPIENT | -qS SENDER | -bv RECIPIENT... | -bt | -bh | -bH | -bd | -bD\n"
	  "  -t         take recipients from To, Cc and Bcc too\n"
	  "  -i         a line with only a dot does not end the message\n"
	  "  -f SENDER  the envelope sender, who gets reports\n"
	  "  -F NAME    the full name for a From field that is added\n"
	  "  -bs        speaks SMTP on standard input and output\n"
	  "  -bp        shows the queue; -q tries what waits now, -qI, -qR and -qS a part of it\n"
	  "  -bv        says which way mail would go and sends nothing; -bt asks for addresses\n"
	  "  -bh        shows destinations and their state; -bH ends their pauses\n"
	  "  -bd, -bD   starts signetd, in the background or in the foreground\n"
	  "  -C FILE    the configuration (else $SIGNET_CONFIG, else " CONFIG_DEFAULT_FILE ")\n"
	  "sendmail(8) is the manual. Exit 0: the message is on stable storage.\n" },
};

bool about_was_asked(int argc, char **argv)
{
	size_t program = 0, last = sizeof programs / sizeof programs[0] - 1;

	if (argc != 2)
		return false;
	if (strcmp(argv[1], "--version") == 0) {
		printf("sendmail of signet %s\n", VERSION);
	} else if (strcmp(argv[1], "--help") == 0) {
		const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
		while (program < last && strcmp(programs[program].name, name) != 0)
			program++;
		fputs(programs[program].usage, stdout);
	} else {
		return false;
	}
	fflush(stdout);
	return true;
}
