/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/check_aliases.h"

#include "base/io.h"
#include "base/mail/alias_file.h"
#include "sendmail-shim/tell_caller.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { FILE_MAX = 64 * 1024 * 1024 };

static void check_file(const char *path)
{
	struct buf text = { 0 }, faults = { 0 };
	struct alias_file f;
	int error = io_read_path(path, &text, FILE_MAX) < 0 ? errno : 0;

	if (error == ENOENT) {
		dprintf(STDOUT_FILENO, "%s: there is no such file, and so no aliases in it\n", path);
	} else if (error) {
		buf_printf(&faults, "%s: %s", path, io_error_text(error));
		tell_caller(buf_span(&faults));
	} else {
		alias_file_read(buf_span(&text), &f);
		for (size_t i = 0; i < f.fault_count && i < ALIAS_FAULTS_SHOWN; i++)
			buf_printf(&faults, "%s:%u: %s\n", path, f.faults[i].line, f.faults[i].text);
		if (f.fault_count > ALIAS_FAULTS_SHOWN)
			buf_printf(&faults, "%s: and %zu more faults\n", path, f.fault_count - ALIAS_FAULTS_SHOWN);
		tell_caller_lines("", buf_span(&faults));
		dprintf(STDOUT_FILENO, "%s: %zu alias%s, %zu fault%s\n", path, f.count, f.count == 1 ? "" : "es", f.fault_count,
		        f.fault_count == 1 ? "" : "s");
		alias_file_free(&f);
	}
	buf_free(&text);
	buf_free(&faults);
}

void check_aliases(const struct text_list *files)
{
	if (files->count == 0)
		dprintf(STDOUT_FILENO, "no aliases: the setting aliases names no file\n");
	for (size_t i = 0; i < files->count; i++)
		check_file(files->items[i]);
}
