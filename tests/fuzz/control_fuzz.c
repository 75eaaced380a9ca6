/* SPDX-License-Identifier: ISC */
/*
 * The owner's socket: any bytes, in two pieces, to the queue's core with a
 * store behind it. Whatever is said is answered or the connection ends; the
 * first byte says where the pieces are cut.
 */
#include "base/clock.h"
#include "relay/queue/control_server.h"
#include "relay/queue/core.h"
#include "relay/queue/store_destination.h"
#include "relay/queue/store_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct queue queue;
static struct settings settings;
static struct core_setup core;
static struct channel *parent;

static void put_message(struct store *s)
{
	struct submission m = { .uid = 7, .sender = "a@example.org", .envid = "", .from_domain = "", .message_id = "",
		.program = "", .held = "", .body_file = "", .message = SPAN("x") };
	struct store_recipient r = { .address = "b@example.net", .original = "", .orcpt = "", .due_ms = INT64_MAX / 2,
		.expires_ms = INT64_MAX };
	struct via by_mx = { .kind = VIA_NAMES, .names = { (char *[]){ "mx" }, 1 } };
	bool known;

	store_begin(s);
	store_put_message(s, &m, 1, &r.message, &known);
	r.destination = store_destination_id(s, "example.net", &by_mx, NULL);
	store_put_recipient(s, &r);
	store_put_waiting(s, r.message, 1, STORE_NEVER);
	if (store_commit(s, NULL) < 0)
		abort();
}

static char folder[] = "/tmp/signet-control-fuzz.XXXXXX";

static void remove_folder(void)
{
	char command[100];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	(void)!system(command);
}

static struct core_time now(void)
{
	return (struct core_time){ clock_wall_ms(), clock_boot_ms() };
}

static void turn(void)
{
	struct epoll_event ready[4];
	struct core_time then = now();
	int n = epoll_wait(core.epoll, ready, 4, 0);

	if (!core_step(&queue, &then, ready, n))
		abort();
}

static void give_listener(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	struct peer peer = { .role = ROLE_CONTROL };
	struct buf packed = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&any, sizeof any.sun_family) < 0 || listen(fd, 5) < 0)
		abort();
	peer_encode(&peer, &packed);
	channel_send(parent, FRAME_PEER, buf_span(&packed), fd);
	buf_free(&packed);
	turn();
}

static void begin(void)
{
	struct fault f;
	int pair[2];

	settings_defaults(&settings);
	if (mkdtemp(folder) == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		abort();
	free(settings.spool);
	settings.spool = mem_text(folder);
	parent = channel_new(pair[1]);
	core = (struct core_setup){
		.settings = &settings, .routes = routes_open(&settings, -1), .store = store_open(folder, &f),
		.parent = channel_new(pair[0]), .epoll = epoll_create1(0), .random = 1, .now = now(),
	};
	if (core.store == NULL || core.routes == NULL)
		abort();
	atexit(remove_folder);
	put_message(core.store);
	core_begin(&queue, &core);
	give_listener();
}

static void empty(int fd)
{
	char bytes[4096];

	while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sockaddr_un address;
	socklen_t len = sizeof address;

	if (queue.store == NULL)
		begin();
	if (size == 0 || size > 20000)
		return 0;
	size_t cut = data[0] < size ? data[0] : size;
	getsockname(control_socket(&queue), (struct sockaddr *)&address, &len);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&address, len) < 0)
		abort();
	(void)!send(fd, data, cut, MSG_NOSIGNAL);
	turn();
	turn();
	(void)!send(fd, data + cut, size - cut, MSG_NOSIGNAL);
	turn();
	turn();
	empty(fd);
	close(fd);
	turn();
	turn();
	empty(channel_fd(parent));
	if (control_clients(&queue) != 0 || queue.looks != NULL)
		abort();
	return 0;
}
