/* SPDX-License-Identifier: ISC */
/*
 * esmtp - the role that speaks SMTP by libesmtp. It has no network and no
 * files: jobs come from smtp, and so do the replies.
 */
#include "base/log.h"
#include "relay/confine.h"
#include "relay/esmtp/library.h"
#include "relay/role.h"
#include "relay/template.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sysexits.h>

int main(int argc, char **argv)
{
	static struct role_start start;
	struct fault f = { 0 };

	(void)argc;
	role_begin(ROLE_ESMTP, argv, NULL, NULL, &start);
	if (confine(ROLE_ESMTP, CONFINE_COPIES, NULL, 0, &f) < 0) {
		log_line(LOG_LEVEL_ERROR, "%s", f.text);
		return EX_TEMPFAIL;
	}
	template_serve(argv, TEMPLATE_CONFINES, false, NULL, NULL, &start);
	struct channel *jobs = channel_new(ROLE_FD_JOBS);
	bool well = library_speak(jobs, ROLE_FD_DIALOGUE, &f) == 0;
	if (!well)
		log_line(LOG_LEVEL_WARNING, "%s", f.text);
	channel_free(jobs);
	template_copy_end(well ? EXIT_SUCCESS : EXIT_FAILURE);
}
