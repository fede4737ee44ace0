/*
 * idl.h - the shapes of all data in replies, in varlink's interface language.
 *
 * This text is what GetInterfaceDescription answers and what handlers and renderer agree on.
 * Times are microseconds: *_us since 1970 UTC, ago_us and in_us relative to now, cpu_us and the
 * like spans.
 */
#ifndef AIOT_IDL_H
#define AIOT_IDL_H

/* Placed in front of the methods of each interface that uses them. */
extern const char aiot_idl_task[];
extern const char aiot_idl_log[];
extern const char aiot_idl_service[];
extern const char aiot_idl_daemon[];

#endif
