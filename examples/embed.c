/*
 * embed.c - the runtime in a program of yours: a libuv loop, one service linked in, a socket.
 *
 *	./embed /tmp/embed.sock &
 *	aiotoolsctl --socket /tmp/embed.sock status
 *	aiotoolsctl --socket /tmp/embed.sock shutdown
 *
 * Whatever else the program does on the loop goes on beside it.
 */
#include <stdio.h>

#include <aiotools-host.h>
#include <uv.h>

struct tick {
	uint32_t count;
};

static enum aiot_co tick(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct tick, self);
	for (;;) {
		aiot_info(t, "tick %u", ++self->count);
		AIOT_SLEEP_MS(t, 1000);
	}
	AIOT_END(t);
}

AIOT_SERVICE(tick, struct tick, .info = "Counts the seconds", .main = tick);

int main(int argc, char **argv)
{
	struct aiot_host_options options = {.size = sizeof(options), .loop = uv_default_loop()};
	struct aiot_host *host;
	char why[256] = "no memory";
	int code = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: embed SOCKET\n");
		return 2;
	}
	if (aiot_host_create(&options, &host, why, sizeof(why)) < 0) {
		fprintf(stderr, "embed: %s\n", why);
		return 1;
	}
	if (aiot_host_add_service(host, &aiot_service_tick, NULL) < 0 ||
	    aiot_host_listen(host, argv[1]) < 0 || aiot_host_handle_signals(host) < 0) {
		fprintf(stderr, "embed: %s\n", aiot_host_error(host));
		aiot_host_stop(host, NULL, NULL);
		code = 1;
	}
	(void)uv_run(options.loop, UV_RUN_DEFAULT); /* ends when the host has stopped */
	aiot_host_destroy(host);
	return uv_loop_close(options.loop) < 0 ? 1 : code;
}
