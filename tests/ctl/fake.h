/*
 * fake.h - a daemon that only plays what it is told, and the real client run against it.
 */
#ifndef TEST_CTL_FAKE_H
#define TEST_CTL_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define FAKE_WORDS 16

/* Pieces of answers. */
#define RECORD(seq, text)                                                                          \
	"{\"seq\":" seq ",\"cursor\":\"c" seq "\",\"time_us\":1795221310000000,\"mono_us\":1,"     \
	"\"boot\":\"b\",\"level\":\"info\",\"name\":\"hello\",\"text\":\"" text                    \
	"\",\"cut\":false}"
#define DONE_A "{\"name\":\"a\",\"state\":\"running\"}"
#define FAILED_B "{\"name\":\"b\",\"error\":\"io.aiotools.NoSuchTask\",\"message\":\"no task 'b'\"}"
#define NO_SUCH                                                                                    \
	"{\"error\":\"io.aiotools.NoSuchTask\",\"parameters\":{\"name\":\"x\","                    \
	"\"message\":\"there is no task 'x'\"}}|"

/* One run of the client.  Zeroed; set what is needed, then fake_start() or fake_run(). */
struct fake {
	/* in */
	const char *words[FAKE_WORDS];	     /* behind the program's name; ended by NULL */
	const char *environment[FAKE_WORDS]; /* "NAME=value", besides AIOTOOLS_SOCKET */
	bool terminal;			     /* its standard output is a terminal */
	bool pipe;			     /* or a pipe; else a file */
	/* out, after fake_end() */
	char *out, *err;
	size_t out_len;
	int exit;      /* its code, -signal when it was killed */
	char *request; /* without its NUL */
	/* private */
	pid_t pid;
	int out_fd, err_fd, client;
};

extern const char *fake_binary; /* the client */
extern char fake_path[];	/* the socket */

/* Listen; 0 or -1.  For cmocka's group set-up and tear-down. */
int fake_setup(void **state);
int fake_teardown(void **state);

/* Start the client without waiting for anything. */
void fake_start(struct fake *f);
/* Accept it and read its request. */
void fake_accept(struct fake *f);
/* Send bytes.  singly: one at a time, each only when the client has read the one before. */
void fake_send(struct fake *f, const char *bytes, size_t len, bool singly);
/* Close the connection. */
void fake_close(struct fake *f);
/* Read from the client's output (pipe or terminal) until text has come. */
void fake_expect(struct fake *f, const char *text);
/* Wait for the client's end and collect. */
void fake_end(struct fake *f);
void fake_free(struct fake *f);

/* All of it: the answer is text (NULs in it: see fake_nul), then the connection is kept open until
 * the client has ended.  answer NULL: the client is not expected to connect. */
void fake_run(struct fake *f, const char *answer);

/* A copy of text in which each '|' is a NUL; freed by the caller. */
char *fake_nul(const char *text, size_t *ret_len);

#endif
