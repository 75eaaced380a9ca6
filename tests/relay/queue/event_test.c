#include "tests/tap.h"

#include "base/io.h"
#include "relay/queue/event.h"
#include "tests/scratch.h"

#include <sys/socket.h>
#include <sys/un.h>

enum { MANY = 2000 };

int main(void)
{
	static char folder[] = "/tmp/signet-event-XXXXXX";
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct reply said = { .status = "5.1.1", .relay = "mx.example[192.0.2.1]:25", .code = 550, .kind = FAULT_PERMANENT, .text = "no \"x\"\nhere" };
	struct event e = { EVENT_BOUNCED, "1A", "b@example.net", "b", &said };
	struct buf out = { 0 };
	char got[1000];
	int heard = 0;

	tap_plan(5);
	event_print(&e, 1700000000123, &out);
	is_text(buf_text(&out), "{\"event\": \"bounced\", \"time\": 1700000000, \"queue_id\": \"1A\", \"address\": \"b@example.net\", "
	        "\"original\": \"b\", \"relay\": \"mx.example[192.0.2.1]:25\", \"status\": \"5.1.1\", \"reply\": \"550 no \\\"x\\\" here\"}",
	        "an event");
	buf_free(&out);

	scratch_make(folder);
	snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", folder);
	event_open(at.sun_path);
	event_tell(NULL, &e);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
		abort();
	ok(recv(fd, got, sizeof got, 0) < 0, "what is told to nobody is lost");
	event_tell(NULL, &e);
	ssize_t n = recv(fd, got, sizeof got - 1, 0);
	got[n > 0 ? n : 0] = '\0';
	ok(n > 0 && strstr(got, "\"event\": \"bounced\""), "who comes later hears what comes later");
	for (int i = 0; i < MANY; i++)
		event_tell(NULL, &e);
	while (recv(fd, got, sizeof got, 0) > 0)
		heard++;
	ok(heard > 0 && heard < MANY, "who does not listen loses some and holds up nobody: %d", heard);
	event_tell(NULL, &e);
	ok(recv(fd, got, sizeof got, 0) > 0, "and hears again once it does");
	close(fd);
	return tap_done();
}
