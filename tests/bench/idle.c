/*
 * idle.c - usage: bench-idle SOCKET; a libuv program that listens and does nothing.
 *
 * A program of its own, whose memory is what an idle daemon cannot do without.
 */
#include <uv.h>

static void refuse(uv_stream_t *listener, int status)
{
	(void)listener;
	(void)status;
}

int main(int argc, char **argv)
{
	uv_loop_t loop;
	uv_pipe_t listener;

	if (argc != 2 || uv_loop_init(&loop) < 0 || uv_pipe_init(&loop, &listener, 0) < 0)
		return 2;
	if (uv_pipe_bind(&listener, argv[1]) < 0 ||
	    uv_listen((uv_stream_t *)&listener, 16, refuse) < 0)
		return 1;
	return uv_run(&loop, UV_RUN_DEFAULT);
}
