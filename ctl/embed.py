#!/usr/bin/env python3
"""
embed.py - the files of a new service as constants of aiotoolsctl.

Called by meson: embed.py FILE.in... >templates.c.  `service` in a file's name stands for the service's,
as @NAME@ does in its text, which newservice.c fills in.
"""
import pathlib
import sys


def literal(line):
    return '\t "' + line.replace('\\', '\\\\').replace('"', '\\"').replace('\t', '\\t') + '\\n"'


print('/* made by embed.py */\n#include "newservice.h"\n\nconst struct ctl_template ctl_templates[] = {')
for name in sys.argv[1:]:
    path = pathlib.Path(name)
    print(f'\t{{"{path.stem.replace("service", "@NAME@")}",')
    print('\n'.join(map(literal, path.read_text().splitlines())) + '},')
print('\t{NULL, NULL},\n};')
