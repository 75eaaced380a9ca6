#include "signet/keyfile.h"

#include "base/secret.h"

enum { KEY_BYTES_MAX = 64 * 1024, PASSPHRASE_BYTES_MAX = 1024 };

struct sign_key *keyfile_read(const char *path, struct span passphrase, struct fault *f)
{
	struct buf pem = { 0 };
	struct sign_key *key = NULL;

	if (secret_read(path, KEY_BYTES_MAX, &pem, f) == 0) {
		key = sign_key_from_pem(buf_span(&pem), passphrase, f);
		if (key == NULL)
			fault_prefix(f, "%s", path);
	}
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
	struct signer *s = signer_new(&options, 1, f);

	signer_free(s);
	return s ? 0 : -1;
}
