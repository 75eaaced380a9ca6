/* SPDX-License-Identifier: ISC */
/*
 * floor - the least that keeping a message costs: reads stdin, writes it to a
 * file, syncs, renames it into place and syncs the folder. Nothing that
 * promises as much can be cheaper. argv[1] is the folder.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char bytes[64 * 1024];
	char name[32], new_name[40];
	ssize_t got, len = 0;

	if (argc != 2 || chdir(argv[1]) != 0)
		return 64;
	while ((got = read(0, bytes + len, sizeof bytes - (size_t)len)) > 0)
		len += got;
	snprintf(name, sizeof name, "%ld", (long)getpid());
	snprintf(new_name, sizeof new_name, "%s.tmp", name);      /* there may be several at once */

	int folder = open(".", O_RDONLY | O_DIRECTORY);
	int fd = open(new_name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (folder < 0 || fd < 0 || write(fd, bytes, (size_t)len) != len || fsync(fd) != 0 ||
	    rename(new_name, name) != 0 || fsync(folder) != 0)
		return 75;
	return 0;
}
