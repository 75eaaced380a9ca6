/* SPDX-License-Identifier: ISC */
#include "base/conf/config_owner.h"

#include <sys/stat.h>

bool config_owner_others_write(const struct config_owner *o)
{
	return o->known && ((o->mode & S_IWOTH) || ((o->mode & S_IWGRP) && o->gid != 0));
}

bool config_owner_may_run(const struct config_owner *o, const struct config_reader *r)
{
	if (!o->known || (o->uid != 0 && (o->uid != r->euid || r->uid != r->euid)))
		return false;
	/* The group of a user's own file is as a rule the user's alone. */
	return r->euid == 0 || o->uid == 0 ? !config_owner_others_write(o) : !(o->mode & S_IWOTH);
}

bool config_owner_is_quoted(const struct config_owner *o, const struct config_reader *r, bool is_default)
{
	if (!o->known || r->uid != r->euid)
		return false;
	return is_default || o->uid == r->uid || (!r->submits && (o->mode & S_IROTH));
}
