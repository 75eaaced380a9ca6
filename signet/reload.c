#include "signet/reload.h"

#include "base/config.h"
#include "relay/control.h"
#include "signet/commands.h"
#include "signet/complain.h"
#include "signet/say.h"

#include <stdio.h>
#include <sysexits.h>

int reload_ask(const struct settings *s, struct fault *f)
{
	struct submit_query query = { (enum submit_operation)CONTROL_RELOAD, SPAN("") };

	return control_ask(s->control, query, NULL, NULL, NULL, f);
}

int command_reload(int argc, char **argv)
{
	struct settings s;
	struct fault f = { 0 };

	(void)argv;
	if (argc > 1) {
		fprintf(stderr, "usage: signet reload\n");
		return EX_USAGE;
	}
	if (config_read(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	int status = reload_ask(&s, &f) < 0 ? complain(&f) : EX_OK;
	if (status == EX_OK)
		say("signetd checks %s and starts again with it; its log says how that went", config_file(NULL));
	settings_free(&s);
	return status;
}
