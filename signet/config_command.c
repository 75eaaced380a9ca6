/* SPDX-License-Identifier: ISC */
/*
 * signet config - the configuration's faults, all of them, before a server
 * starts with it.
 */
#include "base/conf/config.h"
#include "base/conf/own_name.h"
#include "base/conf/sendmail_owner.h"
#include "base/secret.h"
#include "relay/route/route.h"
#include "signet/config_command.h"
#include "signet/config_needs.h"
#include "signet/keys/keyset.h"

#include <errno.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

enum { PASSWORD_BYTES_MAX = 4096 };

/* A file that only signetd, as root, may look at is no fault. */
static bool is_for_root(const char *what, const char *path)
{
	if (geteuid() == 0 || access(path, R_OK) == 0 || errno != EACCES)
		return false;
	printf("%s: %s: not for this user to look at; run as root to have it checked\n", path, what);
	return true;
}

/* As signetd will read it: the first line. */
static size_t check_password(const struct settings *s, const char *what, const char *path)
{
	struct buf content = { 0 };
	struct fault f = { 0 };

	if (path[0] == '\0' || is_for_root(what, path))
		return 0;
	int result = (settings_have_no_queue(s) ? secret_read_in_container : secret_read)(path, PASSWORD_BYTES_MAX, &content, &f);
	if (result == 0 && (content.len == 0 || content.at[0] == '\n' || content.at[0] == '\r'))
		result = fault_set(&f, FAULT_PERMANENT, "4.3.5", "%s is empty", path);
	secret_free(&content);
	if (result < 0)
		printf("%s: %s\n", what, f.text);
	return result < 0;
}

static size_t check_readable(const char *what, const char *path)
{
	if (path[0] == '\0' || access(path, R_OK) == 0)
		return 0;
	printf("%s: %s: %s\n", path, what, strerror(errno));
	return 1;
}

/* Each as it would sign. */
static size_t check_keys(const struct settings *s)
{
	struct keyset keys;
	size_t faults = 0;

	keyset_read(s, &keys);
	for (size_t i = 0; i < keys.count; i++) {
		const struct keyset_key *k = &keys.items[i];
		struct buf text = { 0 };
		keyset_warn(&keys, k, &text);
		if (text.len > 0)
			printf("warning: key %s of %s: %s\n", k->selector, k->entry->domain, buf_text(&text));
		buf_free(&text);
		if (k->state == KEYSET_USABLE)
			continue;
		printf("%s key %s of %s: %s\n", k->scheme == SIGN_DKIM ? "signing" : "DomainKeys", k->selector, k->entry->domain,
		       k->fault.text);
		faults += k->state == KEYSET_UNUSABLE;
	}
	keyset_free(&keys);
	return faults;
}

static size_t check_fields(const struct settings *s)
{
	struct fault f = { 0 };
	struct sign_fields *fields = sign_fields_new((const char *const *)s->signed_fields.items, s->signed_fields.count,
	                                             (const char *const *)s->oversigned_fields.items, s->oversigned_fields.count, &f);

	if (fields == NULL)
		printf("signed_fields or oversigned_fields: %s\n", f.text);
	sign_fields_free(fields);
	return fields == NULL;
}

static size_t check_files(const struct settings *s)
{
	size_t faults = check_readable("ca_file", s->ca_file) + check_readable("trust_anchor_file", s->trust_anchor_file) +
	                check_keys(s);

	if (s->signed_fields.count + s->oversigned_fields.count > 0)
		faults += check_fields(s);
	for (size_t i = 0; i < s->smarthost_count; i++) {
		faults += check_password(s, "password file", s->smarthosts[i].password_file);
		faults += check_password(s, "client_secret_file", s->smarthosts[i].oauth_client_secret_file);
		faults += check_password(s, "proxy_password_file", s->smarthosts[i].proxy_password_file);
		faults += check_readable("ca_file", s->smarthosts[i].ca_file);
	}
	faults += check_password(s, "mx_proxy_password_file", s->mx_proxy_password_file);
	return faults;
}

static size_t print_faults(struct buf *text)
{
	size_t faults = 0;

	for (size_t i = 0; i < text->len; i++)
		faults += text->at[i] == '\n';
	fputs(buf_text(text), stdout);
	return faults;
}

/* As signetd will take it: with the host's full name, and the tables read. What is no fault is a warning. */
static size_t check_named_files(const char *path)
{
	struct settings s;
	struct fault f, nameless;
	struct buf tables = { 0 }, warnings = { 0 };

	if (config_load(path, &s, &f) < 0)
		return 0;
	if (!settings_have_no_queue(&s) && own_name_complete(&s, &nameless) < 0)
		buf_printf(&warnings, "warning: %s\n", nameless.text);
	struct routes *routes = routes_read(&s, &tables);
	size_t faults = check_files(&s) + print_faults(&tables);
	if (routes)
		config_needs(routes, SENDMAIL_OWNER_PLACE, &warnings);
	fputs(buf_text(&warnings), stdout);
	routes_free(routes);
	buf_free(&tables);
	buf_free(&warnings);
	settings_free(&s);
	return faults;
}

static int check_config(int argc, char **argv)
{
	struct buf faults = { 0 };

	if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
		fprintf(stderr, "usage: signet config check [FILE]\n");
		return EX_USAGE;
	}
	const char *path = config_file(argc == 2 ? argv[1] : NULL);
	bool named = strcmp(path, CONFIG_DEFAULT_FILE) != 0;
	if (access(path, F_OK) < 0 && errno == ENOENT) {
		printf("%s: there is no such file%s\n", path, named ? "" : "; every setting has its default");
		return named ? EX_CONFIG : EX_OK;
	}
	size_t count = config_check(path, &faults);
	fputs(buf_text(&faults), stdout);
	buf_free(&faults);
	if (count == 0)
		count = check_named_files(path);
	if (count == 0)
		printf("%s: OK, %zu settings\n", path, config_count(path));
	else
		printf("%s: %zu fault%s\n", path, count, count == 1 ? "" : "s");
	return count == 0 ? EX_OK : EX_CONFIG;
}

static int print_manual(int argc, char **argv)
{
	struct buf out = { 0 };

	(void)argv;
	if (argc > 1) {
		fprintf(stderr, "usage: signet config manual\n");
		return EX_USAGE;
	}
	config_print_manual(&out);
	fputs(buf_text(&out), stdout);
	buf_free(&out);
	return EX_OK;
}

int command_config(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "check") == 0)
		return check_config(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "manual") == 0)
		return print_manual(argc - 1, argv + 1);
	fprintf(stderr, "usage: signet config check [FILE] | manual\n");
	return EX_USAGE;
}
