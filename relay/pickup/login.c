#include "relay/pickup/login.h"

#include <pwd.h>
#include <stdio.h>

void login_name(uint32_t uid, struct buf *out)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry;

	if (file == NULL)
		return;
	while ((entry = fgetpwent(file)) != NULL) {
		if (entry->pw_uid == uid) {
			buf_add_text(out, entry->pw_name);
			break;
		}
	}
	fclose(file);
}
