/* SPDX-License-Identifier: ISC */
#include "signet/keys/keyfile.h"

#include "base/io.h"
#include "base/new_file.h"
#include "base/secret.h"
#include "base/secret_command.h"
#include "signet/keys/selector.h"
#include "signet/talk/named_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <sysexits.h>

enum { KEY_BYTES_MAX = 64 * 1024, PASSPHRASE_BYTES_MAX = 1024 };

/* One that is no key is not to be kept from others: /etc/passwd. Its text is left in out. */
static bool is_other_file(const char *path, struct buf *out)
{
	return io_read_path(path, out, KEY_BYTES_MAX) == 0 && memmem(buf_text(out), out->len, "PRIVATE KEY", sizeof "PRIVATE KEY" - 1) == NULL;
}

struct sign_key *keyfile_read(const char *path, struct span passphrase, struct fault *f)
{
	struct buf pem = { 0 };
	struct sign_key *key = NULL;

	if (secret_read(path, KEY_BYTES_MAX, &pem, f) == 0 || is_other_file(path, &pem))
		key = sign_key_from_file_text(buf_span(&pem), path, passphrase, f);
	secret_free(&pem);
	return key;
}

struct sign_key *keyfile_read_named(const char *path, struct fault *f)
{
	struct sign_key *key = keyfile_read(path, SPAN(""), f);

	if (key == NULL)
		named_file_fault(path, f);
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

int keyfile_check_words(const char *domain, const char *selector, struct fault *f)
{
	if (keyfile_check_names(domain, selector, f) == 0)
		return 0;
	f->exit_code = EX_USAGE;
	return -1;
}

/* ---- writing ---- */

static int keyfile_failed(struct fault *f, const char *path, const char *what)
{
	int error = errno;

	fault_set(f, FAULT_PERMANENT, "4.3.0", "%.300s: %s: %s", path, what, strerror(error));
	return fault_of_file(f, error, EX_CANTCREAT);
}

int keyfile_make_folder(const char *folder, struct fault *f)
{
	if (strcmp(folder, KEYFILE_FOLDER) != 0)
		return 0;
	if ((mkdir("/etc/signet", 0755) < 0 && errno != EEXIST) || (mkdir(folder, 0700) < 0 && errno != EEXIST))
		return keyfile_failed(f, folder, "cannot make the folder");
	return 0;
}

void keyfile_part(const char *path, struct buf *out)
{
	new_file_part(path, out);
}

int keyfile_is_there(const char *path, struct fault *f)
{
	fault_set(f, FAULT_PERMANENT, "4.3.0", "%.300s: there is a file of that name, and keys are never overwritten; take another selector", path);
	return fault_of_file(f, EEXIST, EX_CANTCREAT);
}

int keyfile_create(const char *path, struct span pem, struct fault *f)
{
	struct buf part = { 0 };
	int result = 0;

	enum new_file_step step = new_file_make(path, pem, 0600);
	bool taken = step != NEW_FILE_MADE && errno == EEXIST;
	keyfile_part(path, &part);
	if (step == NEW_FILE_PART && taken)
		result = keyfile_failed(f, buf_text(&part), "another signet is making this key, or was killed while making it; then remove this file");
	else if (step == NEW_FILE_PART)
		result = keyfile_failed(f, buf_text(&part), "cannot make the key's file");
	else if (step == NEW_FILE_WRITE)
		result = keyfile_failed(f, path, "cannot write the key");
	else if (step == NEW_FILE_NAME && taken)
		result = keyfile_is_there(path, f);
	else if (step == NEW_FILE_NAME)
		result = keyfile_failed(f, path, "cannot name the key");
	else if (step == NEW_FILE_FOLDER)
		result = keyfile_failed(f, path, "cannot sync its folder");
	buf_free(&part);
	return result;
}
