#!/usr/bin/env python3
"""
ini2c.py - turns services' INI files into constants for a board.

Called by meson when a firmware is built:

    ini2c.py FILE.ini [+Section.Key=Value]... [FILE.ini ...] >tasks.c

A board has no files, so what the daemon reads at its start is read here, by the same rules
(aiotools-service(5)), and what is wrong is said with file and line, all of it at once.  `+` stands
for a line of the file before it, and replaces one.  The result are the constants of tasks.h, sorted by
name, which the firmware runs.

What is known only to the program itself, a service's own options, is checked at its start; in a build
without AIOT_SETTINGS by native/native/values.c, when it is built.
"""
import re
import sys

LINE_MAX = 190
NAME = re.compile(r'[A-Za-z0-9_.@-]{1,64}')
SECOND = 10**9
UNITS = {
    'ns': 1, 'us': 10**3, 'ms': 10**6,
    's sec secs second seconds': SECOND,
    'm min mins minute minutes': 60 * SECOND,
    'h hr hrs hour hours': 3600 * SECOND,
    'd day days': 86400 * SECOND,
    'w week weeks': 7 * 86400 * SECOND,
}
UNIT = {name: ns for names, ns in UNITS.items() for name in names.split()}
SPAN_MAX = 36525 * 86400 * SECOND
NEEDS_HOST = 'needs files, a wall clock or more memory than a board has'


class Wrong(Exception):
    """The end of a sentence about a value."""


def plain(key):
    return key.lower().replace('_', '').replace('-', '')


def span(text):
    """A time span in ns: 500ms, 1min 30s, 01:30:00, 10."""
    number = re.compile(r'(\d+|(?=\.\d))(\.\d*)?')
    clock = re.compile(r':([0-5]\d):([0-5]\d)(\.\d*)?')
    unit = re.compile(r'[ \t]*([A-Za-z]+)')
    wrong = Wrong(f"'{text}' is not a time span such as 10s or 1min 30s")
    rest, total = text.strip(' \t'), 0
    alone = number.fullmatch(rest)
    if alone:
        return bounded(text, part(alone[1], alone[2], SECOND))
    while True:
        found = number.match(rest)
        if not found:
            raise wrong
        rest = rest[found.end():]
        time, word = clock.match(rest), unit.match(rest)
        if time and not found[2]:
            seconds = int(found[1]) * 3600 + int(time[1]) * 60 + int(time[2])
            total += part(seconds, time[3], SECOND)
        elif word and word[1] in UNIT:
            total += part(found[1], found[2], UNIT[word[1]])
        else:
            raise wrong
        rest = rest[(word or time).end():].lstrip(' \t')
        if not rest:
            return bounded(text, total)
        rest = rest.removeprefix(',').lstrip(' \t')


def bounded(text, ns):
    if ns > SPAN_MAX:
        raise Wrong(f"'{text}' is too long, at most 100 years")
    return ns


def part(whole, fraction, unit):
    digits = (fraction or '.')[1:]
    return int(whole or 0) * unit + (int(digits) * unit // 10**len(digits) if digits else 0)


# ---- reading ----


class File:
    """An INI file: entries[(section, key)] = (line, key as written, value)."""

    def __init__(self, path):
        self.path = path
        self.label = path.rsplit('/', 1)[-1]
        self.name = self.label[:-4] if self.label.endswith('.ini') else self.label
        self.entries, self.errors, self.sections = {}, [], {}
        self.section = self.last = None
        with open(path, 'rb') as f:
            lines = f.read().removeprefix(b'\xef\xbb\xbf').split(b'\n')
        for self.line, raw in enumerate(lines, 1):
            self.read_line(raw.removesuffix(b'\r'))

    def complain(self, line, text):
        where = f'{self.path}:{line}' if line else self.path
        self.errors.append((line, f'{where}: {text}'))

    def read_line(self, raw):
        try:
            text = raw.decode()
        except UnicodeDecodeError as e:
            return self.complain(self.line, f'not UTF-8 in column {e.start + 1}')
        bad = re.search(r'[\x00-\x08\x0a-\x1f\x7f]', text)
        if bad:
            return self.complain(self.line, f'control character 0x{ord(bad[0]):02x} '
                                 f'in column {bad.start() + 1}')
        if len(raw) > LINE_MAX:
            return self.complain(self.line, f'line of {len(raw)} bytes, over {LINE_MAX}; '
                'an indented line goes on with the one before')
        rest = text.strip(' \t')
        if not rest or rest[0] in '#;':
            return None
        rest = re.sub(r'[ \t]+;.*', '', rest)
        if text[0] in ' \t' and self.last:
            line, key, value = self.entries[self.last]
            self.entries[self.last] = (line, key, f'{value} {rest}'.strip())
        elif rest[0] == '[':
            self.read_section(rest)
        else:
            self.read_pair(rest)
        return None

    def read_section(self, text):
        found = re.fullmatch(r'\[[ \t]*([^\]]*?)[ \t]*\]', text)
        self.last = None
        self.section = found[1] if found else ''
        if not found or not found[1]:
            self.complain(self.line, f"'{text}' is no section header")
        else:
            self.sections.setdefault(plain(found[1]), (self.line, found[1]))

    def read_pair(self, text):
        found = re.fullmatch(r'([^=:]*?)[ \t]*[=:][ \t]*(.*)', text)
        self.last = None
        if not found or not found[1]:
            self.complain(self.line, f"'{text}' is neither 'Key = value' nor '[Section]'")
        elif self.section is None:
            self.complain(self.line, f"key '{found[1]}' stands before any [Section]")
        elif '${' in found[2]:
            self.complain(self.line, 'a board has no environment variables')
        elif self.section:
            self.add(self.line, self.section, found[1], found[2].replace('$$', '$'))

    def add(self, line, section, key, value):
        at = (plain(section), plain(key))
        if at in self.entries and line:
            return self.complain(line, f"key '{key}' in [{section}] is already set "
                                 f'in line {self.entries[at][0]}')
        self.entries[at] = (line, key, value)
        self.last = at
        return None

    def replace(self, text):
        """+Section.Key=Value of the command line."""
        found = re.fullmatch(r'\+([^.=]+)\.([^=]+)=(.*)', text)
        if not found:
            self.complain(0, f"'{text}' is not +Section.Key=Value")
        else:
            self.add(0, found[1], found[2], found[3])


# ---- meaning ----


class Task:
    """One row of the table, from a file."""

    def __init__(self, file):
        self.file = file
        self.name = file.name + '.service'
        self.given = {'enabled': True, 'stop': 10 * SECOND, 'timeout': 0, 'priority': 0}
        self.plan, self.args = {}, []
        for section, (line, written) in file.sections.items():
            if section not in SECTIONS:
                hint = near(section, SECTIONS, '[{}]')
                file.complain(line, f'unknown section [{written}]{hint}')
        for (section, key), (line, written, value) in file.entries.items():
            try:
                self.take(section, key, line, written, value)
            except Wrong as e:
                file.complain(line, str(e) if section == 'args' else f'{written}: {e}')
        self.check()

    def take(self, section, key, line, written, value):
        if section == 'args':
            origin = f'{self.file.label}:{line}' if line else 'the build'
            return self.args.append((written, value, origin))
        known = SECTIONS.get(section)
        if known is None:
            return None  # said once, for the section
        if key not in known:
            elsewhere = [other for other, keys in SECTIONS.items() if key in keys]
            hint = near(key, known, "'{}'")
            if elsewhere:
                hint = f', it belongs in [{SPELT[elsewhere[0]]}]'
            return self.file.complain(line, f"unknown key '{written}' in [{SPELT[section]}]{hint}")
        return known[key](self, value)

    def check(self):
        if not NAME.fullmatch(self.file.name) or len(self.file.name) > 56:
            self.file.complain(0, f"'{self.file.name}' cannot be the name of a service")
        if not self.given.get('module'):
            self.file.complain(0, '[Service] needs Module=, the name of its source')
        kind, planned = self.given.get('type'), bool(self.plan)
        line = self.file.entries.get(('service', 'type'), (0,))[0]
        if kind == 'runtime' and planned:
            self.file.complain(line, 'Type=runtime has no [Schedule]; use Type=schedule')
        if kind == 'schedule' and not planned:
            self.file.complain(line, 'Type=schedule needs a [Schedule] with StartIn or Every')
        if planned and not {'start_in', 'every'} & set(self.plan):
            self.file.complain(0, 'a schedule needs StartIn or Every')

    # One method a key; the value is text.

    def set_info(self, value):
        self.given['info'] = value

    def set_docs(self, value):
        self.given['docs'] = value

    def set_module(self, value):
        if not re.fullmatch(r'[A-Za-z_][A-Za-z0-9_]*', value):
            raise Wrong(f"'{value}' cannot be the name of a service that is linked in")
        self.given['module'] = value

    def set_type(self, value):
        if plain(value) == 'core':
            raise Wrong('a board starts all of its tasks at once; runtime or schedule there')
        if plain(value) not in ('runtime', 'schedule'):
            raise Wrong(f"'{value}' is neither runtime nor schedule")
        self.given['type'] = plain(value)

    def set_enabled(self, value):
        words = ['no', 'yes', 'false', 'true', 'off', 'on', '0', '1']
        if plain(value) not in words:
            raise Wrong(f"'{value}' is neither yes nor no")
        self.given['enabled'] = words.index(plain(value)) % 2 == 1

    def set_stop(self, value):
        ns = span(value)
        if not 10**6 <= ns <= 3600 * SECOND:
            raise Wrong(f"'{value}' is not a time span from 1ms to 1h")
        self.given['stop'] = ns

    def set_timeout(self, value):
        ns = 0 if plain(value) == 'never' or value == '0' else span(value)
        if plain(value) != 'never' and value != '0' and not 10**6 <= ns < 2**32 * 10**6:
            raise Wrong(f"'{value}' is neither `never` nor a time span from 1ms to 49d")
        self.given['timeout'] = ns

    def set_priority(self, value):
        if not re.fullmatch(r'-?\d{1,9}', value) or abs(int(value)) > 100:
            raise Wrong(f"'{value}' is not a whole number from -100 to 100")
        self.given['priority'] = int(value)

    def set_start_in(self, value):
        text, _, origin = value.partition(' from ')
        if plain(origin.strip()) not in ('', 'task', 'daemon'):
            raise Wrong(f"counts `from task` or `from daemon`, not '{origin}'")
        self.plan['start_in'] = span(text)
        self.plan['from_daemon'] = plain(origin.strip()) == 'daemon'

    def set_every(self, value):
        self.plan['every'] = span(value)
        if self.plan['every'] < 10**6:
            raise Wrong(f"'{value}' is too short, at least 1ms")

    def set_jitter(self, value):
        self.plan['jitter'] = span(value)

    def set_overlap(self, value):
        words = ['skip', 'queue']
        if plain(value) == 'allow':
            raise Wrong('`allow` needs memory for another task; skip or queue on a board')
        if plain(value) not in words:
            raise Wrong(f"'{value}' is none of skip, queue")
        self.plan['overlap'] = words.index(plain(value))

    def refuse(self, value):
        raise Wrong(NEEDS_HOST)


SECTIONS = {
    'service': {
        'description': Task.set_info, 'documentation': Task.set_docs, 'module': Task.set_module,
        'type': Task.set_type, 'enabled': Task.set_enabled, 'timeoutstopsec': Task.set_stop,
        'timeoutsec': Task.set_timeout, 'priority': Task.set_priority,
        'requires': Task.refuse, 'wants': Task.refuse, 'after': Task.refuse,
        'timeoutstartsec': Task.refuse,
    },
    'schedule': {
        'startin': Task.set_start_in, 'every': Task.set_every, 'jitter': Task.set_jitter,
        'overlap': Task.set_overlap, 'at': Task.refuse, 'cron': Task.refuse, 'when': Task.refuse,
        'catchup': Task.refuse,
    },
    'args': {},
}
# As documented; what a board refuses is nothing to be hinted at.
SPELT = {plain(word): word for word in (
    'Service', 'Args', 'Schedule', 'Description', 'Documentation', 'Module', 'Type', 'Enabled',
    'TimeoutStopSec', 'TimeoutSec', 'Priority', 'StartIn', 'Every', 'Jitter', 'Overlap')}


def near(key, known, form):
    """", did you mean 'Key'?" or nothing."""
    words = [word for word in known if word in SPELT]
    best = min(words, key=lambda word: distance(key, word), default=None)
    close = best is not None and distance(key, best) <= 2
    return f', did you mean {form.format(SPELT[best])}?' if close else ''


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


# ---- writing ----


def literal(text):
    if text is None:
        return 'NULL'
    out = ''.join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f'\\{b:03o}'
                  for b in text.encode())
    return f'"{out}"'


def plan_of(plan):
    fields = ['AIOT_PLAN_OF_SPANS']
    if 'start_in' in plan:
        fields += ['.has_start_in = true', f".start_in_ns = UINT64_C({plan['start_in']})"]
    if plan.get('from_daemon'):
        fields.append('.from_daemon = true')
    for key in ('every', 'jitter'):
        if plan.get(key):
            fields.append(f'.{key}_ns = UINT64_C({plan[key]})')
    if plan.get('overlap'):
        fields.append('.overlap = AIOT_OVERLAP_QUEUE')
    return fields[0] + ' ' + ', '.join(fields[1:])


def only(condition, lines):
    return f'#if {condition}\n{lines}#endif\n'


def fields_of(*fields):
    return ''.join(f'\t\t{field},\n' for field in fields)


def spec(number, task):
    given = task.given
    args = [f'.args = args_{number}', f'.arg_count = {len(task.args)}'] if task.args else []
    orders = [f".stop_timeout_ms = {given['stop'] // 10**6}"]
    if given['timeout']:
        orders.append(f".timeout_ms = {given['timeout'] // 10**6}u")
    rest = [f".priority = {given['priority']}"] if given['priority'] else []
    return '\t{\n' + fields_of(
        '.place = &aiot_board_place.place',
        '.core = &aiot_board_core',
        f".name = {literal(task.name)}",
        f".service = &aiot_service_{given['module']}",
    ) + only('AIOT_SETTINGS', fields_of(f'.label = {literal(task.file.label)}', *args)) + only(
        '!AIOT_SETTINGS', fields_of(f'.values = aiot_board_values_{number}')) + only(
        'AIOT_ORDERS', fields_of(*orders)) + (
        only('AIOT_PRIORITY || AIOT_CONTROL', fields_of(*rest)) if rest else '') + '\t},\n'


def row(number, task):
    given = task.given
    told = [f'.{key} = {literal(given[key])}' for key in ('info', 'docs') if key in given]
    rest = []
    if task.plan:
        rest.append(f'.plan = &plan_{number}')
    if not given['enabled']:
        rest.append('.disabled = true')
    return '\t{\n' + (only('AIOT_CONTROL', fields_of(*told)) if told else '') + fields_of(*rest) + '\t},\n'


# What is in some builds only: switch of lib/core/config.h, keys, whether a task needs it.
OPTIONAL = (
    ('AIOT_JITTER', 'Jitter and Overlap', lambda task: task.plan.get('jitter') or task.plan.get('overlap')),
    ('AIOT_PRIORITY', 'Priority', lambda task: task.given['priority']),
    ('AIOT_WAITS', 'TimeoutSec', lambda task: task.given['timeout']),
)


def check_build(task):
    """Nothing that was asked for is left out silently."""
    return ''.join(only(f'!{switch}', f'#error "{task.file.label}: {keys}: not in this build ({switch})"\n')
                   for switch, keys, needs in OPTIONAL if needs(task))


def write_parts(number, task):
    """What a task's spec and row point to."""
    args = ''.join('\t{%s, %s, %s},\n' % tuple(map(literal, arg)) for arg in task.args)
    args = f'static const struct aiot_arg args_{number}[] = {{\n{args}}};\n' if args else ''
    values = f'extern const union aiot_value aiot_board_values_{number}[];\n'
    print('\n' + (only('AIOT_SETTINGS', args) if args else '') + only('!AIOT_SETTINGS', values), end='')
    print(check_build(task), end='')
    if task.plan:
        print(f'static const struct aiot_plan plan_{number} = {{{plan_of(task.plan)}}};')


def write(tasks):
    files = ', '.join(task.file.label for task in tasks) or 'no file'
    print(f'/*\n * Made by ini2c.py from {files}.\n */\n#include "tasks.h"\n')
    tasks = sorted(tasks, key=lambda task: task.name)
    for module in sorted({task.given['module'] for task in tasks}):
        print(f'extern const struct aiot_service aiot_service_{module};')
    for number, task in enumerate(tasks):
        write_parts(number, task)
    numbers, room = range(len(tasks)), len(tasks) or 1
    specs = ''.join(map(spec, numbers, tasks)) or '\t{0},\n'
    rows = ''.join(map(row, numbers, tasks)) or '\t{0},\n'
    names = ''.join(f'\t&aiot_board_tasks[{i}].entry,\n' for i in numbers) or '\tNULL,\n'
    print(f'\nconst uint32_t aiot_board_task_count = {len(tasks)};')
    print(f'struct aiot_task aiot_board_tasks[{room}];')
    print(f'const struct aiot_spec aiot_board_specs[] = {{\n{specs}}};')
    print(f'const struct aiot_board_row aiot_board_rows[] = {{\n{rows}}};')
    print(f'struct aiot_entry *const aiot_board_names[] = {{\n{names}}};')


def main(words):
    files = []
    for word in words:
        if not word.startswith('+'):
            files.append(File(word))
        elif files:
            files[-1].replace(word)
        else:
            sys.exit(f'ini2c.py: {word} stands before any file')
    tasks = [Task(file) for file in files]
    seen = {}
    for file in files:
        if seen.setdefault(plain(file.name), file) is not file:
            file.complain(0, f"there is another '{file.label}': {seen[plain(file.name)].path}")
    errors = [text for file in files for _, text in sorted(file.errors)]
    if errors:
        sys.exit('\n'.join(errors))
    write(tasks)


if __name__ == '__main__':
    try:
        main(sys.argv[1:])
    except OSError as e:
        sys.exit(f'{e.filename}: {e.strerror}')
