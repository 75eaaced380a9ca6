/* SPDX-License-Identifier: ISC */
/*
 * signet oauth - logs a smarthost's user in with an OAuth provider, by a code that is typed on another device (RFC 8628)
 * or with a browser (RFC 6749 section 4.1), and shows which logins there are.
 */
#include "base/base64.h"
#include "base/clock.h"
#include "base/conf/ca_bundle.h"
#include "base/conf/config.h"
#include "base/conf/oauth_terms.h"
#include "base/conf/proxy_place.h"
#include "base/https.h"
#include "base/https_url.h"
#include "base/io.h"
#include "base/json.h"
#include "base/oauth.h"
#include "base/oauth_saved.h"
#include "base/secret.h"
#include "base/sha256.h"
#include "signet/talk/complain.h"
#include "signet/talk/say.h"
#include "signet/way/way_commands.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { ASK_WAIT_MS = 30 * 1000, ROOTS_MAX = 16 * 1024 * 1024, SECRET_MAX = 4096, PROOF_BYTES = 32, STATE_BYTES = 12 };

/* Nobody listens there: the browser shows the address that it was sent to, and the person pastes it (RFC 8252 section 7.3). */
#define REDIRECT_URI "http://127.0.0.1:8425/"

struct login {
	const struct settings *settings;
	const struct smarthost *host;
	struct oauth_terms terms;
	struct oauth_client client;
	struct buf client_secret, roots;
	struct buf proxy, proxy_user, proxy_password;   /* empty: it is asked directly, or without a login there */
	bool by_browser;
};

/* ---- questions ---- */

static void ask(struct login *l, const char *endpoint, const struct buf *form, enum oauth_asked asked, struct oauth_answer *a)
{
	struct https_question what = { .url = endpoint, .form = buf_span(form), .roots = buf_span(&l->roots),
	                               .bytes_max = OAUTH_ANSWER_MAX, .wait_ms = ASK_WAIT_MS };
	struct https_answer page;
	struct fault f;

	if (l->proxy.len > 0)
		what.proxy = buf_text(&l->proxy);
	if (l->proxy_user.len > 0) {
		what.proxy_user = buf_text(&l->proxy_user);
		what.proxy_password = buf_text(&l->proxy_password);
	}
	if (https_ask(&what, &page, &f) == 0)
		oauth_answer_read(asked, page.status, buf_span(&page.body), a);
	else
		oauth_answer_none(&f, a);
	https_answer_free(&page);
}

/* ---- a code that is typed ---- */

/* Until the person has answered, or the code has expired. */
static int poll_for_tokens(struct login *l, const struct oauth_answer *device, struct oauth_answer *tokens, struct fault *f)
{
	struct oauth_wait wait;
	struct buf form = { 0 };
	enum oauth_step step = OAUTH_ASK_LATER;

	oauth_ask_by_device(&l->client, buf_span(&device->device_code), &form);
	oauth_wait_begin(&wait, device, clock_boot_ms());
	while (step == OAUTH_ASK_LATER) {
		while (clock_boot_ms() < wait.next_ms)
			poll(NULL, 0, clock_wait_ms(wait.next_ms));
		oauth_answer_free(tokens);
		ask(l, l->terms.token_endpoint, &form, OAUTH_ASKED_TOKENS, tokens);
		step = oauth_wait_step(&wait, tokens, clock_boot_ms(), f);
	}
	secret_free(&form);
	return step == OAUTH_DONE ? 0 : -1;
}

static int login_by_device(struct login *l, struct oauth_answer *tokens, struct fault *f)
{
	struct oauth_answer device;
	struct buf form = { 0 };
	int result = -1;

	oauth_ask_device(&l->client, l->terms.scope, &form);
	ask(l, l->terms.device_endpoint, &form, OAUTH_ASKED_DEVICE, &device);
	if (device.word == OAUTH_DEVICE) {
		say("Open %s in a browser, on any device, log in as %s and enter the code", device.uri, l->host->user);
		say("    %s", device.user_code);
		if (device.full_uri[0])
			say("or open %s", device.full_uri);
		say("The code is good for %lld minutes; waiting …", (long long)(device.expires_s + 59) / 60);
		fflush(stdout);
		result = poll_for_tokens(l, &device, tokens, f);
	} else {
		oauth_judge(&device, NULL, f);
		if (device.word == OAUTH_SCOPE_WRONG && l->terms.authorize_endpoint[0]) {
			size_t used = strlen(f->text);
			snprintf(f->text + used, sizeof f->text - used, "; it may do so to a browser: signet oauth login --browser %s", l->host->name);
		}
	}
	oauth_answer_free(&device);
	buf_free(&form);
	return result;
}

/* ---- a browser ---- */

/* RFC 4648 section 5, without padding. */
static void add_base64url(struct span bytes, struct buf *out)
{
	size_t from = out->len;

	base64_encode(bytes, out);
	for (size_t i = from; i < out->len; i++)
		out->at[i] = out->at[i] == '+' ? '-' : out->at[i] == '/' ? '_' : out->at[i];
	while (out->len > from && out->at[out->len - 1] == '=')
		out->at[--out->len] = '\0';
}

static void print_address(const struct login *l, const char *state, struct span verifier)
{
	uint8_t digest[SHA256_BYTES];
	struct buf query = { 0 }, challenge = { 0 };

	sha256(verifier, digest);
	add_base64url((struct span){ (const char *)digest, sizeof digest }, &challenge);
	https_form_add(&query, "response_type", SPAN("code"));
	https_form_add(&query, "client_id", span_of(l->client.id));
	https_form_add(&query, "redirect_uri", SPAN(REDIRECT_URI));
	https_form_add(&query, "scope", span_of(l->terms.scope));
	https_form_add(&query, "state", span_of(state));
	https_form_add(&query, "code_challenge", buf_span(&challenge));
	https_form_add(&query, "code_challenge_method", SPAN("S256"));
	https_form_add(&query, "login_hint", span_of(l->host->user));
	say("Open this address in a browser, on any device, and log in as %s:", l->host->user);
	say("%s%c%s%s", l->terms.authorize_endpoint, strchr(l->terms.authorize_endpoint, '?') ? '&' : '?', buf_text(&query),
	    l->terms.authorize_more);
	say("At the end the browser cannot connect to 127.0.0.1, as it should be. Paste the whole address that it shows then:");
	fflush(stdout);
	buf_free(&query);
	buf_free(&challenge);
}

static int login_by_browser(struct login *l, struct oauth_answer *tokens, struct fault *f)
{
	struct buf verifier = { 0 }, state = { 0 }, pasted = { 0 }, code = { 0 }, form = { 0 };
	char random[PROOF_BYTES + STATE_BYTES], c;

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		abort();
	add_base64url((struct span){ random, PROOF_BYTES }, &verifier);
	add_base64url((struct span){ random + PROOF_BYTES, STATE_BYTES }, &state);
	print_address(l, buf_text(&state), buf_span(&verifier));
	/* One line of standard input; the person may take any time. */
	buf_reserve(&pasted, OAUTH_TOKEN_MAX);
	while (pasted.len < OAUTH_TOKEN_MAX && io_read(STDIN_FILENO, &c, 1, IO_FOREVER) == 1 && c != '\n')
		buf_add_byte(&pasted, c);
	int result = pasted.len > 0 ? oauth_code_read(buf_span(&pasted), buf_text(&state), &code, f)
	                            : fault_set(f, FAULT_PERMANENT, "4.7.8", "nothing was pasted");
	if (result == 0) {
		oauth_ask_by_code(&l->client, buf_span(&code), buf_span(&verifier), REDIRECT_URI, &form);
		ask(l, l->terms.token_endpoint, &form, OAUTH_ASKED_TOKENS, tokens);
		result = oauth_judge(tokens, NULL, f);
	}
	secret_free(&verifier);
	buf_free(&state);
	secret_free(&pasted);
	secret_free(&code);
	secret_free(&form);
	return result;
}

/* ---- keeping it ---- */

static int keep_login(const struct login *l, const struct oauth_answer *tokens, struct fault *f)
{
	const struct settings *s = l->settings;
	int64_t now_s = clock_wall_ms() / 1000;
	struct buf lock = { 0 };
	struct stat st;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	struct oauth_saved saved = { .user = l->host->user, .client_id = l->host->oauth_client_id, .token_endpoint = l->terms.token_endpoint,
	                             .login_s = now_s, .changed_s = now_s, .refresh_token = tokens->refresh_token };

	if (tokens->refresh_token.len == 0)
		return fault_set(f, FAULT_PERMANENT, "4.7.8", "the provider gave no refresh token, without which the login ends within the hour; "
		                 "scope has to ask for one (often by the word offline_access)");
	/* The folder is for signetd's user: whoever starts signetd has made the lock of its spool; before that, the setting user names it. */
	buf_printf(&lock, "%s/lock", s->spool);
	const struct passwd *user = uid == 0 && s->user[0] ? getpwnam(s->user) : NULL;
	if (uid == 0 && lstat(buf_text(&lock), &st) == 0) {
		uid = st.st_uid;
		gid = st.st_gid;
	} else if (user) {
		uid = user->pw_uid;
		gid = user->pw_gid;
	}
	buf_free(&lock);
	if (oauth_saved_make_folder(s->oauth_folder, uid, gid, f) < 0)
		return -1;
	return oauth_saved_write(s->oauth_folder, l->host->name, &saved, f);
}

/* ---- the command ---- */

/* The one that is named, or the only one. */
static const struct smarthost *find_host(const struct settings *s, const char *name, struct fault *f)
{
	const struct smarthost *found = NULL;
	size_t count = 0;

	for (size_t i = 0; i < s->smarthost_count; i++) {
		if (!smarthost_uses_oauth(&s->smarthosts[i]) || (name && strcmp(name, s->smarthosts[i].name) != 0))
			continue;
		found = &s->smarthosts[i];
		count++;
	}
	if (count == 1)
		return found;
	if (name)
		fault_set(f, FAULT_PERMANENT, "5.5.4", "%s is not a smarthost with oauth; \"signet oauth status\" lists them", name);
	else if (count == 0)
		fault_set(f, FAULT_PERMANENT, "4.3.5", "no smarthost has the setting oauth; see OAUTH in signet.conf(5)");
	else
		fault_set(f, FAULT_PERMANENT, "5.5.4", "several smarthosts have oauth: name one, as in: signet oauth login %s", found->name);
	return NULL;
}

/* The first line alone; nothing of "". */
static int read_secret(const char *path, const char *setting, struct buf *out, struct fault *f)
{
	if (path[0] && secret_read(path, SECRET_MAX, out, f) < 0)
		return fault_prefix(f, "%s", setting);
	struct span rest = buf_span(out);
	out->len = rest.at ? span_trim(span_cut(&rest, '\n')).len : 0;
	if (out->at)
		out->at[out->len] = '\0';
	return 0;
}

static int prepare(struct login *l, const char *way, struct fault *f)
{
	struct proxy_place place;

	oauth_terms_of(l->host, &l->terms);
	l->by_browser = way ? strcmp(way, "--browser") == 0 : l->terms.by_browser;
	if ((l->by_browser ? l->terms.authorize_endpoint : l->terms.device_endpoint)[0] == '\0')
		return fault_set(f, FAULT_PERMANENT, "4.3.5", "%s is not set for smarthost %s", l->by_browser ? "authorize_endpoint" : "device_endpoint",
		                 l->host->name);
	if (read_secret(l->host->oauth_client_secret_file, "client_secret_file", &l->client_secret, f) < 0)
		return -1;
	/* The smarthost's proxy, which looks up the provider's names as well. */
	if (proxy_place_parse(span_of(l->host->proxy), &place)) {
		proxy_place_print(&place, "socks5h", &l->proxy);
		buf_add_span(&l->proxy_user, place.user);
		if (read_secret(l->host->proxy_password_file, "proxy_password_file", &l->proxy_password, f) < 0)
			return -1;
	}
	l->client = (struct oauth_client){ l->host->oauth_client_id, buf_span(&l->client_secret) };
	const char *path = ca_bundle(l->settings->ca_file, f);
	if (path == NULL)
		return -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result = fd < 0 ? -1 : io_read_file(fd, &l->roots, ROOTS_MAX);
	if (result < 0)
		fault_set(f, FAULT_PERMANENT, "4.3.5", "cannot read certificates from ca_file %s: %s", path, strerror(errno));
	io_close(&fd);
	return result < 0 ? -1 : https_prepare(f);
}

static int login(const struct settings *s, const char *name, const char *way)
{
	struct login l = { .settings = s };
	struct oauth_answer tokens = { 0 };
	struct fault f = { 0 };
	int status = EX_OK;

	l.host = find_host(s, name, &f);
	bool done = l.host && prepare(&l, way, &f) == 0 &&
	            (l.by_browser ? login_by_browser : login_by_device)(&l, &tokens, &f) == 0 && keep_login(&l, &tokens, &f) == 0;
	if (done)
		say("Logged in: mail through %s is sent as %s. To send what waits: signet queue flush", l.host->name, l.host->user);
	else
		status = complain(&f);
	oauth_answer_free(&tokens);
	oauth_terms_free(&l.terms);
	secret_free(&l.client_secret);
	secret_free(&l.proxy_password);
	buf_free(&l.proxy_user);
	buf_free(&l.proxy);
	buf_free(&l.roots);
	return status;
}

/* In the largest unit that fits: "3 days". */
static const char *age(int64_t since_s, char out[SAY_TIME_BYTES])
{
	int64_t s = clock_wall_ms() / 1000 - since_s;
	const struct { int64_t s; const char *one, *many; } units[] = {
		{ 24 * 3600, "day", "days" }, { 3600, "hour", "hours" }, { 60, "minute", "minutes" },
	};

	snprintf(out, SAY_TIME_BYTES, "less than a minute");
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (s >= units[i].s) {
			int64_t n = s / units[i].s;
			snprintf(out, SAY_TIME_BYTES, "%lld %s", (long long)n, n == 1 ? units[i].one : units[i].many);
			break;
		}
	return out;
}

static void login_json(struct json *j, const struct smarthost *h, const struct oauth_saved *saved, const struct fault *f)
{
	json_object(j, NULL);
	json_text(j, "smarthost", h->name);
	json_text(j, "user", h->user);
	json_flag(j, "logged_in", f->kind == FAULT_NONE);
	if (f->kind == FAULT_NONE) {
		json_text(j, "login_user", saved->user);
		json_number(j, "login_s", saved->login_s);
		json_number(j, "token_s", saved->changed_s);
	} else {
		json_text(j, "why", f->text);
	}
	json_end(j);
}

/* One line for each smarthost; where the login is missing, it says what to do. */
static int show_status(const struct settings *s, bool as_json)
{
	struct buf out = { 0 };
	struct json j = { .out = &out };
	char when[SAY_TIME_BYTES], login_age[SAY_TIME_BYTES], token_age[SAY_TIME_BYTES];
	int status = EX_OK;

	for (size_t i = 0; i < s->smarthost_count; i++) {
		const struct smarthost *h = &s->smarthosts[i];
		struct oauth_saved saved;
		struct fault f = { 0 };
		if (!smarthost_uses_oauth(h))
			continue;
		if (oauth_saved_read(s->oauth_folder, h->name, &saved, &f) < 0)
			status = fault_exit_code(&f);
		if (as_json) {
			login_json(&j, h, &saved, &f);
			buf_add_byte(&out, '\n');
		} else if (f.kind != FAULT_NONE) {
			say("%s: %s: %s", h->name, h->user, f.text);
		} else if (strcmp(saved.user, h->user) != 0 || strcmp(saved.client_id, h->oauth_client_id) != 0) {
			say("%s: %s: the login is of %s and another set-up; run: signet oauth login %s", h->name, h->user, saved.user, h->name);
		} else {
			say("%s: %s: logged in %s, %s ago; refresh token %s old", h->name, h->user, say_time(saved.login_s, when),
			    age(saved.login_s, login_age), age(saved.changed_s, token_age));
		}
		oauth_saved_free(&saved);
	}
	fputs(buf_text(&out), stdout);
	buf_free(&out);
	return status;
}

int command_oauth(int argc, char **argv)
{
	bool is_status = argc > 1 && strcmp(argv[1], "status") == 0, is_login = argc > 1 && strcmp(argv[1], "login") == 0;
	const char *name = NULL, *way = NULL;
	bool as_json = false, good = is_status || is_login;
	struct settings s;
	struct fault f = { 0 };

	for (int i = 2; i < argc; i++) {
		if (is_status && strcmp(argv[i], "--json") == 0)
			as_json = true;
		else if (is_login && way == NULL && (strcmp(argv[i], "--browser") == 0 || strcmp(argv[i], "--device") == 0))
			way = argv[i];
		else if (is_login && name == NULL && argv[i][0] != '-')
			name = argv[i];
		else
			good = false;
	}
	if (!good) {
		fprintf(stderr, "usage: signet oauth login [--device | --browser] [SMARTHOST]\n       signet oauth status [--json]\n");
		return EX_USAGE;
	}
	if (config_load(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	int status = is_login ? login(&s, name, way) : show_status(&s, as_json);
	settings_free(&s);
	return status;
}
