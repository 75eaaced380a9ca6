#include "tests/scratch.h"
#include "tests/tap.h"

#include "base/log.h"
#include "relay/signetd/commands.h"

#include <poll.h>
#include <stdlib.h>
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

int main(void)
{
	struct settings s = { 0 };

	tap_plan(19);
	scratch_make(folder);
	log_open("commands_test", "stderr");
	add_counter(&s, "token", true);
	add_counter(&s, "password", false);
	add_smarthost(&s, "bad", "", "exit 3");
	add_smarthost(&s, "none", "", "");
	add_smarthost(&s, "slow", "", "sleep 100");
	struct commands *c = commands_new(&s, hear, NULL);
	is_int(commands_deadline_ms(c) == INT64_MAX, 1, "none runs before it is asked for");
	once_for_all(c);
	faults(c);
	commands_ask(c, "slow", 40, 0);
	commands_free(c);
	is_int(waitpid(-1, NULL, WNOHANG), -1, "none outlives its owner");
	buf_free(&heard);
	for (size_t i = 0; i < s.smarthost_count; i++) {
		struct smarthost *h = &s.smarthosts[i];
		char *texts[] = { h->name, h->host, h->user, h->password_file, h->password_command, h->token_command, h->ca_file };
		for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
			free(texts[k]);
	}
	free(s.smarthosts);
	return tap_done();
}
