/* SPDX-License-Identifier: ISC */
#include "relay/queue/spool.h"

#include "base/clock.h"
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/*
 * From linux/magic.h and the file systems' own sources; named here because not
 * every header has all. FUSE is not among them: its locks are the kernel's and
 * its syncs are passed on, and some containers' roots are made of it.
 */
static const struct {
	uint32_t magic;
	const char *name;
} networks[] = {
	{ 0x6969, "NFS" }, { 0x517b, "SMB" }, { 0xff534d42, "CIFS" }, { 0xfe534d42, "SMB2" },
	{ 0x01021997, "9p" }, { 0x5346414f, "AFS" }, { 0x6b414653, "AFS" }, { 0x00c36400, "Ceph" },
	{ 0x0bd00bd0, "Lustre" }, { 0x73757245, "Coda" }, { 0x47504653, "GPFS" }, { 0x01161970, "GFS2" },
	{ 0x7461636f, "OCFS2" }, { 0xaad7aaea, "PanFS" }, { 0x19830326, "BeeGFS" }, { 0x564c, "NCP" },
};

static void join(char out[SPOOL_PATH_MAX], const char *spool, const char *folder, const char *name)
{
	snprintf(out, SPOOL_PATH_MAX, "%s/%s%s%s", spool, folder, *folder && *name ? "/" : "", name);
}

const char *spool_network_name(uint64_t statfs_type)
{
	for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
		if ((uint32_t)statfs_type == networks[i].magic)
			return networks[i].name;
	return NULL;
}

int spool_check(const char *spool, struct fault *f)
{
	char body[SPOOL_PATH_MAX];
	struct statfs fs;

	if (statfs(spool, &fs) < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "spool %s: %s; make it, owned by the user signetd runs as",
		                 spool, strerror(errno));
	const char *network = spool_network_name((uint64_t)fs.f_type);
	if (network)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "spool %s is on %s: locks and syncs there do not keep mail safe; "
		                 "set spool to a folder on a local disk", spool, network);
	join(body, spool, "body", "");
	if (mkdir(body, 0700) < 0 && errno != EEXIST)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "cannot make %s: %s; the user signetd runs as must be able to "
		                 "write there", body, strerror(errno));
	join(body, spool, "body", "new");
	if (mkdir(body, 0700) < 0 && errno != EEXIST)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "cannot make %s: %s", body, strerror(errno));
	join(body, spool, "body", "");
	io_sync_folder(body);     /* what pickup syncs in a folder is worth something when that is there */
	return 0;
}

static uint32_t big_endian(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The database header of SQLite's file format: user version at 60, application id at 68. */
int spool_check_version(const char *path, uint32_t application, uint32_t newest, struct fault *f)
{
	unsigned char head[72];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot open %s: %s", path, strerror(errno));
	ssize_t n = pread(fd, head, sizeof head, 0);
	io_close(&fd);
	if (n == 0)
		return 0;
	if (n < (ssize_t)sizeof head || memcmp(head, "SQLite format 3", 16) != 0)
		return fault_set(f, FAULT_PERMANENT, "5.3.0", "%s is not a database", path);
	uint32_t version = big_endian(head + 60), id = big_endian(head + 68);
	if (id != 0 && id != application)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "%s belongs to another program", path);
	if (version > newest)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "%s was written by a newer signet (version %u, this one knows "
		                 "%u): nothing was touched; install the newer signet again", path, version, newest);
	return 0;
}

bool spool_reserve(const char *spool)
{
	char path[SPOOL_PATH_MAX];
	struct stat st;

	join(path, spool, "", "reserve");
	if (stat(path, &st) == 0 && st.st_blocks * 512 >= SPOOL_RESERVE_BYTES)
		return true;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	bool made = posix_fallocate(fd, 0, SPOOL_RESERVE_BYTES) == 0;
	io_close(&fd);
	if (!made)
		unlink(path);
	return made;
}

void spool_release(const char *spool)
{
	char path[SPOOL_PATH_MAX];

	join(path, spool, "", "reserve");
	unlink(path);
}

bool spool_body_name_ok(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len < 256 && name[0] != '.' && strchr(name, '/') == NULL;
}

/* Where pickup leaves them, and where they are kept. */
static const char *const folders[] = { "body", "body/new" };

enum { FOLDERS = sizeof folders / sizeof folders[0] };

void spool_keep_body(const char *spool, const char *name)
{
	char from[SPOOL_PATH_MAX], to[SPOOL_PATH_MAX];

	join(from, spool, "body/new", name);
	join(to, spool, "body", name);
	renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

/* O_NONBLOCK: a FIFO would keep us waiting for somebody to write into it. */
static int open_either(const char *spool, const char *name)
{
	char path[SPOOL_PATH_MAX];
	int fd = -1;

	for (size_t i = 0; i < FOLDERS && fd < 0 && (i == 0 || errno == ENOENT); i++) {
		join(path, spool, folders[i], name);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	}
	return fd;
}

int spool_open_body(const char *spool, const char *name, uint64_t size_bytes, bool *damaged, struct fault *f)
{
	int fd = open_either(spool, name);
	struct stat st;

	*damaged = fd < 0 && (errno == ELOOP || errno == ENXIO || errno == ENODEV);
	if (fd < 0 || fstat(fd, &st) < 0) {
		fault_set(f, FAULT_TEMPORARY, "4.3.0", "its body file %s in the spool: %s", name,
		          errno == ELOOP ? "it is a symbolic link" : strerror(errno));
		io_close(&fd);
		return -1;
	}
	*damaged = !S_ISREG(st.st_mode) || (uint64_t)st.st_size != size_bytes;
	if (!*damaged)
		return fd;
	io_close(&fd);
	if (!S_ISREG(st.st_mode))
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "its body file %s in the spool is not a regular file", name);
	return fault_set(f, FAULT_TEMPORARY, "4.3.0", "its body file %s in the spool has %llu bytes, and %llu were stored", name,
	                 (unsigned long long)st.st_size, (unsigned long long)size_bytes);
}

void spool_remove_body(const char *spool, const char *name)
{
	char path[SPOOL_PATH_MAX];

	for (size_t i = 0; i < FOLDERS; i++) {
		join(path, spool, folders[i], name);
		unlink(path);
	}
}

static DIR *open_folder(const char *spool, size_t i)
{
	char path[SPOOL_PATH_MAX];

	join(path, spool, folders[i], "");
	return opendir(path);
}

static bool is_regular(DIR *folder, const char *name, struct stat *st)
{
	return fstatat(dirfd(folder), name, st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st->st_mode);
}

/* Of a known one in the folder of new ones, the move after its commit did not come. */
static bool sweep_one(const char *spool, size_t folder, DIR *open, const char *name, int64_t age_s, spool_known *known,
                      void *context)
{
	struct stat st;

	if (!is_regular(open, name, &st) || clock_wall_ms() / 1000 - st.st_mtime < age_s)
		return false;
	if (!known(context, name))
		return unlinkat(dirfd(open), name, 0) == 0;
	if (folder > 0)
		spool_keep_body(spool, name);
	return false;
}

unsigned spool_sweep(const char *spool, int64_t age_s, spool_known *known, void *context)
{
	unsigned swept = 0;
	struct dirent *entry;

	for (size_t i = 0; i < FOLDERS; i++) {
		DIR *folder = open_folder(spool, i);
		if (folder == NULL)
			continue;
		while ((entry = readdir(folder)) != NULL)
			swept += sweep_one(spool, i, folder, entry->d_name, age_s, known, context);
		closedir(folder);
	}
	return swept;
}

bool spool_has_bodies(const char *spool)
{
	bool found = false;
	struct dirent *entry;
	struct stat st;

	for (size_t i = 0; i < FOLDERS && !found; i++) {
		DIR *folder = open_folder(spool, i);
		if (folder == NULL)
			continue;
		while (!found && (entry = readdir(folder)) != NULL)
			found = is_regular(folder, entry->d_name, &st);
		closedir(folder);
	}
	return found;
}
