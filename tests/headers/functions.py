#!/usr/bin/env python3
"""The functions that public headers declare: functions.py FORM HEADER COMPILER...

FORM list: a name a line.  FORM plugin: the source of a service whose module takes the address of
each of them, so that one which the library does not export keeps it from loading.
"""
import re
import subprocess
import sys

MARK = r'__attribute__\s*\(\(visibility\("default"\)\)\)'
PLUGIN = '''/* Generated from the public headers: the address of every function that they declare. */
#include <aiotools-host.h>
#include <aiotools-json.h>
#include <aiotools-pin.h>
#include <aiotools-posix.h>
#include <aiotools.h>

typedef void every_fn(void);

AIOT_API extern every_fn *const every_function[];
every_fn *const every_function[] = {
%s
	NULL,
};

struct every {
	uint32_t count;
};

static enum aiot_co count(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct every, self);
	while (every_function[self->count] != NULL)
		self->count++;
	if (aiot_result_int(t, self->count) < 0)
		AIOT_FAIL(t, -AIOT_ENOMEM, "no room for the result");
	AIOT_END(t);
}

AIOT_SERVICE(every, struct every, .info = "every public function", .main = count);
'''


def functions(header, compiler):
    text = subprocess.run(compiler + ['-E', '-P', header], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    for declaration in re.findall(MARK + r'([^;{]*);', text):
        name = re.match(r'[\w\s*]*?(\w+)\s*\(', declaration)
        if not name:
            sys.exit(f'{header}: not understood: {declaration}')
        yield name.group(1)


def main():
    form, header, compiler = sys.argv[1], sys.argv[2], sys.argv[3:]
    names = sorted(set(functions(header, compiler)))
    if len(names) < 20:
        sys.exit(f'{header}: only {len(names)} functions were found')
    if form == 'plugin':
        print(PLUGIN % '\n'.join(f'\t(every_fn *){name},' for name in names), end='')
    else:
        print('\n'.join(names))


if __name__ == '__main__':
    main()
