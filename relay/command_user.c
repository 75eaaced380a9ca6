/* SPDX-License-Identifier: ISC */
#include "relay/command_user.h"

int command_user_become(const struct settings *s, struct mailbox_user *out, struct fault *f)
{
	struct fault why = { 0 };

	if (mailbox_user_find(s->command_user, out, &why) < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "command_user: %s; name one who may do nothing else", why.text);
	if (out->uid == 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "command_user: %s is root, as whom no program is run: name another user",
		                 s->command_user);
	if (mailbox_user_become(out, MAILBOX_ALL_GROUPS, &why) < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "signetd may not run programs as %s, the command_user: start it by its unit or "
		                 "as root, or name the user that it runs as", s->command_user);
	return 0;
}
