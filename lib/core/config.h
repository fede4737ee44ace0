/*
 * config.h - what a build of the core has: all of it on a host, on a board what fits there.
 *
 * Set by the build for a whole program (lib/mcu/meson.build), never by a source file.  Headers of
 * what may be missing declare functions that do nothing instead, so that callers need not know.
 */
#ifndef AIOT_CONFIG_H
#define AIOT_CONFIG_H

#include <aiotools.h> /* AIOT_BOARD */

/* At=, Cron= and When=: calendars, conditions, the past of tasks.  Without: StartIn and Every. */
#ifndef AIOT_CALENDARS
#define AIOT_CALENDARS 1
#endif

/* Commands, JSON and text.  Without them nobody can ask. */
#ifndef AIOT_CONTROL
#define AIOT_CONTROL 1
#endif

/* Help texts, introspection, and what spares people a look into the manual. */
#ifndef AIOT_HELP
#define AIOT_HELP 1
#endif

/*
 * Replies with all that is known, and text as a daemon's: tables, colours, sentences that say what
 * to do.  Without: fewer parameters and members of the same names, a line for each row, short
 * errors.
 */
#ifndef AIOT_TEXT
#define AIOT_TEXT 1
#endif

/* Events, queues, waits for other tasks, children, time-outs of runs. */
#ifndef AIOT_WAITS
#define AIOT_WAITS 1
#endif

/*
 * Results and errors with their words.  Without: the words go to the log, and a code is kept; a
 * result is accepted and not kept.
 */
#ifndef AIOT_OUTCOMES
#define AIOT_OUTCOMES 1
#endif

/* Tasks of a higher priority are run first. */
#ifndef AIOT_PRIORITY
#define AIOT_PRIORITY (!AIOT_BOARD)
#endif

/* Steps and rounds are counted. */
#ifndef AIOT_COUNTERS
#define AIOT_COUNTERS (!AIOT_BOARD || AIOT_CALENDARS)
#endif

/* aiot_call(): a task gives commands as a client does. */
#ifndef AIOT_CALLS
#define AIOT_CALLS (AIOT_CONTROL && AIOT_WAITS)
#endif

/* Options that are set while the program runs. */
#ifndef AIOT_SETTINGS
#define AIOT_SETTINGS 1
#endif

/* A service's own verbs and conditions. */
#ifndef AIOT_VERBS
#define AIOT_VERBS AIOT_WAITS
#endif

/* Runs that are ordered beside the schedule's. */
#ifndef AIOT_EXTRA
#define AIOT_EXTRA AIOT_WAITS
#endif

/* Orders: stop, restart, hold.  Without: a task that is started ends by itself. */
#ifndef AIOT_ORDERS
#define AIOT_ORDERS (AIOT_CONTROL || AIOT_WAITS)
#endif

/* Entries that leave: deleted, or made for one run.  Without: they are known from the start, and
 * stay. */
#ifndef AIOT_DELETE
#define AIOT_DELETE AIOT_TEXT
#endif

/*
 * Jitter= and Overlap=, and what is told of runs that were left out.  Without: what is due while
 * its task runs is left out.
 */
#ifndef AIOT_JITTER
#define AIOT_JITTER AIOT_CALENDARS
#endif

/* Restart=, StartLimitBurst=, WatchdogSec=: runs that are begun anew, or given up. */
#ifndef AIOT_SUPERVISE
#define AIOT_SUPERVISE (!AIOT_BOARD)
#endif

/* Bytes of an error's sentence; more is cut.  They lie on the stack. */
#ifndef AIOT_SENTENCE_MAX
#define AIOT_SENTENCE_MAX (!AIOT_BOARD ? 512 : AIOT_TEXT ? 120 : 80)
#endif

#if AIOT_CONTROL && !(AIOT_OUTCOMES && AIOT_SETTINGS)
#error "commands show outcomes, and set options"
#endif
#if (AIOT_CONTROL || AIOT_WAITS) && !AIOT_ORDERS
#error "commands and tasks give orders"
#endif
#if AIOT_CALENDARS && !AIOT_JITTER
#error "calendars' schedules have all of their keys"
#endif
#if !AIOT_TEXT && (!AIOT_BOARD || AIOT_CALLS || AIOT_CALENDARS)
#error "short replies are a small board's, which has no calendars"
#endif
#if AIOT_CONTROL && AIOT_TEXT && !AIOT_JITTER
#error "long replies tell of runs that were left out"
#endif
#if AIOT_SUPERVISE && (AIOT_BOARD || !AIOT_WAITS || !AIOT_EXTRA)
#error "supervision is a host's, which has time-outs of runs and arguments of a run"
#endif
#if AIOT_EXTRA && !AIOT_SETTINGS
#error "extra runs have arguments of their own"
#endif

#endif
