/*
 * server-commands.h - commands that do what a test of the control server, or its fuzzer, asks for.
 */
#ifndef SERVER_COMMANDS_H
#define SERVER_COMMANDS_H

#include "server.h"

/*
 * The stub's methods:
 *	test.Echo.Say(text)            {"text":...}
 *	test.Echo.Big(bytes)           one reply of so many bytes
 *	test.Echo.Fail()               TaskFailed
 *	test.Echo.Stop(wait)           closes the server inside the handler, then {}, or waits
 *	test.Flow.Pages(count,bytes)   count pages {"page":1,"fill":"..."}, 1 ..., then {}
 *	test.Flow.Wait()               {"begun":true,"released":n} when stub.released is not 0
 *	test.Flow.Stream()             {"tick":n} for each tick up to stub.ticks
 *	test.Flow.Secret()             {}, for operators only
 * Verbs: say, fail, wait, secret, and the real `follow`, `start` and `info`.
 */
struct stub {
	uint32_t released, ticks;
	uint32_t steps;	    /* of Pages, Wait and Stream */
	uint32_t silent;    /* pages of `follow` with nothing in them, before the first tick */
	uint32_t page_fill; /* "fill" bytes of `pages` when not asked for */
	bool hasty;	    /* Wait releases itself inside its step */
	struct aiot_server *server;
	void (*closed)(void *arg);
	void *closed_arg;
};

void stub_commands(struct stub *stub, struct aiot_commands *ret);

#endif
