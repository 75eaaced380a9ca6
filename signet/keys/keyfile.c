#include "signet/keys/keyfile.h"

#include "base/io.h"
#include "base/secret.h"
#include "base/secret_command.h"
#include "signet/keys/selector.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_BYTES_MAX = 64 * 1024, PASSPHRASE_BYTES_MAX = 1024 };

struct sign_key *keyfile_read(const char *path, struct span passphrase, struct fault *f)
{
	struct buf pem = { 0 };
	struct sign_key *key = NULL;

	if (secret_read(path, KEY_BYTES_MAX, &pem, f) == 0)
		key = sign_key_from_file_text(buf_span(&pem), path, passphrase, f);
	secret_free(&pem);
	return key;
}

struct sign_key *keyfile_read_configured(const struct dkim_key *k, enum sign_scheme scheme, struct fault *f)
{
	struct buf passphrase = { 0 };
	struct sign_key *key = NULL;
	bool own = scheme == SIGN_DOMAINKEYS && k->domainkeys_file[0];

	if (k->password_command[0] == '\0' || secret_from_command(k->password_command, PASSPHRASE_BYTES_MAX, &passphrase, f) == 0)
		key = keyfile_read(own ? k->domainkeys_file : k->file, buf_span(&passphrase), f);
	secret_free(&passphrase);
	return key;
}

int keyfile_check_names(const char *domain, const char *selector, struct fault *f)
{
	struct sign_options options = { .domain = domain, .selector = selector, .now_s = -1, .expires_s = -1 };

	if (selector_check(domain, selector, f) < 0)
		return -1;
	struct signer *s = signer_new(&options, 1, f);

	signer_free(s);
	return s ? 0 : -1;
}

/* ---- writing ---- */

static int keyfile_failed(struct fault *f, const char *path, const char *what)
{
	return fault_set(f, FAULT_PERMANENT, "4.3.0", "%.300s: %s: %s", path, what, strerror(errno));
}

int keyfile_make_folder(const char *folder, struct fault *f)
{
	if (strcmp(folder, KEYFILE_FOLDER) != 0)
		return 0;
	if ((mkdir("/etc/signet", 0755) < 0 && errno != EEXIST) || (mkdir(folder, 0700) < 0 && errno != EEXIST))
		return keyfile_failed(f, folder, "cannot make the folder");
	return 0;
}

/* A name is given to what is whole: link(2) takes none that there is. */
static int publish_name(int fd, const char *part, const char *path, struct span pem, struct fault *f)
{
	if (io_write_all(fd, pem.at, pem.len, IO_FOREVER) < 0 || fsync(fd) < 0)
		return keyfile_failed(f, path, "cannot write the key");
	if (link(part, path) == 0)
		return 0;
	if (errno != EEXIST)
		return keyfile_failed(f, path, "cannot name the key");
	return fault_set(f, FAULT_PERMANENT, "5.5.4",
	                 "%.300s: there is a file of that name, and keys are never overwritten; take another selector", path);
}

void keyfile_part(const char *path, struct buf *out)
{
	buf_printf(out, "%s.part", path);
}

int keyfile_create(const char *path, struct span pem, struct fault *f)
{
	struct buf part = { 0 };
	int result;

	keyfile_part(path, &part);
	int fd = open(buf_text(&part), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		result = publish_name(fd, buf_text(&part), path, pem, f);
	else if (errno == EEXIST)
		result = fault_set(f, FAULT_PERMANENT, "5.5.4", "%.300s: another signet is making this key, or was killed while "
		                   "making it; then remove this file", buf_text(&part));
	else
		result = keyfile_failed(f, buf_text(&part), "cannot make the key's file");
	if (fd >= 0)
		unlink(buf_text(&part));
	io_close(&fd);
	buf_free(&part);
	if (result < 0)
		return -1;
	char *copy = mem_text(path);
	if (io_sync_folder(dirname(copy)) < 0)
		result = keyfile_failed(f, path, "cannot sync its folder");
	free(copy);
	return result;
}
