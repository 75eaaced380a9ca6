/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/clock.h"
#include "base/io.h"
#include "relay/channel.h"
#include "relay/queue/event.h"
#include "relay/queue/peers.h"
#include "tests/scratch.h"

#include <sys/socket.h>
#include <sys/un.h>

enum { MANY = 2000, SOON_MS = 30 * 1000 };

int main(void)
{
	static char folder[] = "/tmp/signet-event-XXXXXX";
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct reply said = { .status = "5.1.1", .relay = "mx.example[192.0.2.1]:25", .code = 550, .kind = FAULT_PERMANENT, .text = "no \"x\"\nhere" };
	struct event e = { EVENT_BOUNCED, "1A", "b@example.net", "b", &said };
	struct buf out = { 0 };
	char got[1000];
	int heard = 0;

	tap_plan(9);
	event_print(&e, 1700000000123, &out);
	is_text(buf_text(&out), "{\"event\": \"bounced\", \"time\": 1700000000, \"queue_id\": \"1A\", \"address\": \"b@example.net\", "
	        "\"original\": \"b\", \"relay\": \"mx.example[192.0.2.1]:25\", \"status\": \"5.1.1\", \"reply\": \"550 no \\\"x\\\" here\"}",
	        "an event");
	buf_free(&out);

	scratch_make(folder);
	snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", folder);
	event_open(at.sun_path, "");
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

	int ends[2];
	struct frame frame;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		abort();
	struct peer_channel peer = { .channel = channel_new(ends[0]) };
	struct channel *role = channel_new(ends[1]);
	event_open("", "/bin/program");
	event_tell(NULL, &e);
	event_program_came(&peer);
	event_tell(NULL, &e);
	channel_flush(peer.channel);
	is_int(channel_receive(role, &frame, clock_boot_ms() + SOON_MS), 1, "the role that runs the program hears what comes after it has come");
	ok(frame.type == FRAME_EVENT && memmem(frame.payload.at, frame.payload.len, "\"bounced\"", 9), "the event");
	for (int i = 0; i < 20 * MANY; i++)
		event_tell(NULL, &e);
	size_t unsent = channel_unsent_bytes(peer.channel);
	ok(unsent > 0 && unsent < 2 * 1024 * 1024, "one that is too slow loses some, and costs so much: %zu", unsent);
	event_program_lost(&peer);
	event_tell(NULL, &e);
	is_int((long long)channel_unsent_bytes(peer.channel), (long long)unsent, "one that is gone is told nothing");
	channel_free(peer.channel);
	channel_free(role);
	return tap_done();
}
