/*
 * session-lines.h - what a program says to the board of fake-board.h, and hears: for test-session.c
 * and test-session-room.c.
 */
#ifndef SESSION_LINES_H
#define SESSION_LINES_H

#include "session.h"

#define PLAY_STOPS                                                                                 \
	"{\"method\":\"io.aiotools.Task.Stop\",\"parameters\":{\"names\":[\"play\"]},\"session\":" \
	"5,"                                                                                       \
	"\"id\":1}"
#define COUNT_STARTS(id)                                                                           \
	"{\"method\":\"io.aiotools.Task.Start\",\"parameters\":{\"names\":[\"count\"]},"           \
	"\"session\":5,"                                                                           \
	"\"id\":" #id "}"
#define LARGE (AIOT_SERIAL_BYTES >= 1024) /* replies: in others there is a row a page */
#if LARGE
#define MORE
#else
#define MORE ",\"continues\":true"
#endif
#if AIOT_TEXT
#define SAID(long, short) long
#define NONE_FAILED "\"failed\":[],"
#define NAK(message)                                                                               \
	"{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{\"message\":\"" message "\"}}"
#else
#define SAID(long, short) short
#define NONE_FAILED
#define NAK(message) "{\"error\":\"io.aiotools.InvalidRequest\"}"
#endif
#define COUNTED(id)                                                                                \
	"{\"parameters\":{" NONE_FAILED "\"done\":[{\"name\":\"count\",\"state\":\"done\"}]}" MORE \
	",\"session\":5,\"id\":" #id "}"
#define NO_PAGE SAID("no call has a next page here", "no page")
#define NEXT(id) "{\"session\":5,\"id\":" #id ",\"next\":true}"

#endif
