/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/oauth_saved.h"
#include "relay/protocol.h"
#include "relay/signetd/commands.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/commands_test_XXXXXX";
static struct buf heard;      /* "SESSION=SECRET#NUMBER " or "SESSION! " of each answer */
static char complaint[FAULT_TEXT_MAX];

static void hear(void *context, uint64_t session, uint64_t number, struct span secret, const struct fault *f)
{
	(void)context;
	if (number)
		buf_printf(&heard, "%d=%.*s#%d ", (int)session, (int)secret.len, secret.at, (int)number);
	else
		buf_printf(&heard, "%d! ", (int)session);
	snprintf(complaint, sizeof complaint, "%s", f->text);
}

static struct buf asked;      /* "HOP:TOKEN>ENDPOINT " of each job for the role oauth */
static bool may_begin = true;

static int begin_refresh(void *context, size_t hop, struct span packed, struct fault *f)
{
	struct refresh_job job;

	(void)context;
	if (!may_begin)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "no process");
	if (refresh_job_decode(packed, &job) < 0)
		abort();
	buf_printf(&asked, "%d:%.*s+%.*s>%s ", (int)hop, (int)job.refresh_token.len, job.refresh_token.at, (int)job.client_secret.len,
	           job.client_secret.at, job.endpoint);
	refresh_job_free(&job);
	return 0;
}

static void cancel_refresh(void *context, size_t hop)
{
	(void)context;
	buf_printf(&asked, "%d cancelled ", (int)hop);
}

static const struct commands_user user = { hear, begin_refresh, cancel_refresh, NULL };

static void add_smarthost(struct settings *s, const char *name, const char *password, const char *token)
{
	struct smarthost *h;

	s->smarthosts = mem_resize(s->smarthosts, s->smarthost_count + 1, sizeof *s->smarthosts);
	h = &s->smarthosts[s->smarthost_count++];
	*h = (struct smarthost){ .name = mem_text(name), .host = mem_text(name), .user = mem_text("u"),
		.password_file = mem_text(""), .password_command = mem_text(password), .token_command = mem_text(token),
		.ca_file = mem_text("") };
}

/* As signetd's loop does it. */
static void work(struct commands *c)
{
	int status;
	pid_t pid;

	while (commands_deadline_ms(c) != INT64_MAX) {
		poll(NULL, 0, 5);
		commands_enforce(c);
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			ok(commands_reaped(c, pid, status), "its own process");
	}
}

static void expect(const char *answers, const char *name)
{
	is_text(buf_text(&heard), answers, "%s", name);
	buf_clear(&heard);
}

/* Prints 1, then 2, then 3 … */
static void add_counter(struct settings *s, const char *name, bool token)
{
	struct buf command = { 0 };

	buf_printf(&command, "cd %s && echo x >> %s && wc -l < %s", folder, name, name);
	add_smarthost(s, name, token ? "" : buf_text(&command), token ? buf_text(&command) : "");
	buf_free(&command);
}

static void once_for_all(struct commands *c)
{
	commands_ask(c, "token", 10, 0);
	commands_ask(c, "token", 11, 0);
	expect("", "nothing before it has ended");
	work(c);
	expect("10=1#1 11=1#1 ", "one run answers both");
	commands_ask(c, "token", 12, 0);
	expect("12=1#1 ", "what is known is told at once");
	commands_ask(c, "token", 10, 1);
	commands_ask(c, "token", 12, 1);
	work(c);
	expect("10=2#2 12=2#2 ", "a refused one is got anew, once for both");
	commands_ask(c, "token", 11, 1);
	expect("11=2#2 ", "who had the old one gets the new one without another run");
	commands_ask(c, "password", 20, 0);
	work(c);
	expect("20=1#1 ", "a password the same way");
}

static void faults(struct commands *c)
{
	commands_ask(c, "bad", 30, 0);
	work(c);
	expect("30! ", "a command that fails");
	ok(strstr(complaint, "token_command of smarthost bad: the command failed") != NULL && strstr(complaint, "exit 3") == NULL, "told: %s", complaint);
	commands_ask(c, "bad", 31, 0);
	work(c);
	expect("31! ", "and is tried again when asked again");
	commands_ask(c, "none", 32, 0);
	expect("32! ", "a smarthost without a command");
	commands_ask(c, "nobody", 33, 0);
	expect("33! ", "no such smarthost");
	ok(!commands_reaped(c, 1, 0), "another's process is none of them");
}

/* ---- logins by OAuth ---- */

enum { OAUTH_HOP = 5 };

static void add_oauth(struct settings *s)
{
	struct smarthost *h;

	add_smarthost(s, "oauth", "", "");
	h = &s->smarthosts[s->smarthost_count - 1];
	h->oauth_provider = mem_text("");
	h->oauth_client_id = mem_text("id");
	h->oauth_client_secret_file = mem_text("");
	h->oauth_tenant = mem_text("common");
	h->oauth_scope = mem_text("mail");
	h->oauth_device_endpoint = mem_text("https://login.example/device");
	h->oauth_authorize_endpoint = mem_text("");
	h->oauth_token_endpoint = mem_text("https://login.example/token");
}

static void expect_asked(const char *jobs, const char *name)
{
	is_text(buf_text(&asked), jobs, "%s", name);
	buf_clear(&asked);
}

static void save(const char *token, const char *endpoint, const char *who)
{
	struct oauth_saved login = { .user = mem_text(who), .client_id = mem_text("id"), .token_endpoint = mem_text(endpoint), .login_s = 1 };
	struct fault f = { 0 };

	buf_add_text(&login.refresh_token, token);
	if (oauth_saved_write(folder, "oauth", &login, &f) < 0)
		printf("Bail out! %s\n", f.text);
	oauth_saved_free(&login);
}

static void answer(struct commands *c, const char *access, const char *refresh, int64_t usable_s)
{
	struct refreshed r = { .access_token = span_of(access), .refresh_token = span_of(refresh), .usable_s = usable_s };

	if (access[0] == '\0')
		fault_set(&r.fault, FAULT_TEMPORARY, "4.7.8", "the login is not accepted any more");
	commands_refreshed(c, OAUTH_HOP, &r);
}

static void kept_is(const char *token, const char *name)
{
	struct oauth_saved kept;
	struct fault f = { 0 };

	oauth_saved_read(folder, "oauth", &kept, &f);
	is_text(buf_text(&kept.refresh_token), token, "%s", name);
	oauth_saved_free(&kept);
}

static void oauth(struct commands *c)
{
	commands_ask(c, "oauth", 50, 0);
	expect("50! ", "nobody has logged in");
	ok(strstr(complaint, "oauth of smarthost oauth: nobody has logged in yet; run: signet oauth login oauth") != NULL, "told: %s", complaint);
	save("rt1", "https://login.example/token", "u");
	commands_ask(c, "oauth", 51, 0);
	commands_ask(c, "oauth", 52, 0);
	expect("", "nothing before the token server has answered");
	expect_asked("5:rt1+>https://login.example/token ", "which is asked once");
	ok(commands_deadline_ms(c) < clock_boot_ms() + 60 * 1000, "and has a deadline");
	answer(c, "at1", "", 3600);
	expect("51=at1#1 52=at1#1 ", "one access token for both");
	kept_is("rt1", "the refresh token stays");
	commands_ask(c, "oauth", 53, 0);
	expect("53=at1#1 ", "what is known is told at once");
	commands_ask(c, "oauth", 53, 1);
	expect_asked("5:rt1+>https://login.example/token ", "a refused one is got again");
	answer(c, "at2", "rt2", 0);
	expect("53=at2#2 ", "and told");
	kept_is("rt2", "the refresh token that came with it is kept");
	commands_ask(c, "oauth", 54, 0);
	expect_asked("5:rt2+>https://login.example/token ", "one whose time is over is got again, by the new refresh token");
	answer(c, "", "", 0);
	expect("54! ", "the login is over");
	commands_ask(c, "oauth", 55, 0);
	buf_clear(&asked);
	commands_refresh_ended(c, OAUTH_HOP);
	expect("55! ", "a process that ends without an answer");
	commands_refresh_ended(c, OAUTH_HOP);
	answer(c, "late", "", 3600);
	expect("", "and what is said after that is not heard");
	may_begin = false;
	commands_ask(c, "oauth", 56, 0);
	expect("56! ", "a process that cannot begin");
	may_begin = true;
	commands_ask(c, "oauth", 57, 0);
	buf_clear(&asked);
	chmod(folder, 0755);
	answer(c, "at3", "rt3", 3600);
	expect("57! ", "no access token while the refresh token that came with it cannot be kept");
	chmod(folder, 0700);
	save("rt4", "https://evil.example/token", "u");
	commands_ask(c, "oauth", 58, 0);
	expect_asked("", "the token of another server is shown to nobody");
	expect("58! ", "and a session is told why");
	save("rt5", "https://login.example/token", "other");
	commands_ask(c, "oauth", 59, 0);
	expect_asked("", "nor that of another user");
	expect("59! ", "likewise");
}

int main(void)
{
	struct settings s = { 0 };

	tap_plan(19 + 21);
	scratch_make(folder);
	log_open("commands_test", "stderr");
	add_counter(&s, "token", true);
	add_counter(&s, "password", false);
	add_smarthost(&s, "bad", "", "exit 3");
	add_smarthost(&s, "none", "", "");
	add_smarthost(&s, "slow", "", "sleep 100");
	add_oauth(&s);
	s.oauth_folder = folder;
	struct commands *c = commands_new(&s, &user);
	is_int(commands_deadline_ms(c) == INT64_MAX, 1, "none runs before it is asked for");
	once_for_all(c);
	faults(c);
	oauth(c);
	commands_ask(c, "slow", 40, 0);
	commands_free(c);
	is_int(waitpid(-1, NULL, WNOHANG), -1, "none outlives its owner");
	buf_free(&heard);
	buf_free(&asked);
	for (size_t i = 0; i < s.smarthost_count; i++) {
		struct smarthost *h = &s.smarthosts[i];
		char *texts[] = { h->name, h->host, h->user, h->password_file, h->password_command, h->token_command, h->ca_file,
			h->oauth_provider, h->oauth_client_id, h->oauth_client_secret_file, h->oauth_tenant, h->oauth_scope,
			h->oauth_device_endpoint, h->oauth_authorize_endpoint, h->oauth_token_endpoint };
		for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
			free(texts[k]);
	}
	free(s.smarthosts);
	return tap_done();
}
