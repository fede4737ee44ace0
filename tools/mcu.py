"""What tools/size and tools/bench know of the boards: their builds, their programs' parts, and how
to look at one that runs.  A module; nothing happens when it is imported.

A program runs in an emulator from power-on.  Instructions are counted by the emulator's own trace of
all that it executes, one line each; so a count is exact, the same every time, and of the program as it
is.  The stack's high-water mark is what is left of a pattern that its memory is filled with before.
"""
import bisect
import collections
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ARM_NM, RISCV_NM = 'arm-none-eabi-nm', 'riscv64-unknown-elf-nm'
SEMIHOSTING = ['-semihosting-config', 'enable=on,target=native']
PORTS = {  # emulator, compiler, nm
    'mps2-an385': (['qemu-system-arm', '-M', 'mps2-an385', *SEMIHOSTING], 'arm-none-eabi-gcc', ARM_NM),
    'microbit': (['qemu-system-arm', '-M', 'microbit', *SEMIHOSTING], 'arm-none-eabi-gcc', ARM_NM),
    'riscv-virt': (['qemu-system-riscv32', '-M', 'virt', '-bios', 'none'],
                   'riscv64-unknown-elf-gcc', RISCV_NM),
}
BUILDS = {}  # where a port is built, if not in build-PORT
PAINT = 0xa7
DEADLINE_S = 60


class Unable(Exception):
    """Something that is needed is not there, or does not do what it should: a sentence."""


# ---- builds ----

def build_dir(port):
    return BUILDS.get(port, os.path.join(ROOT, f'build-{port}'))


def run(command, what):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    if done.returncode != 0:
        raise Unable(f'{what}:\n{done.stdout[-4000:]}')
    return done.stdout


def build(port, *programs):
    """Build programs of a port in its directory; the directory is made if there is none."""
    emulator, compiler, _ = PORTS[port]
    for tool in (emulator[0], compiler):
        if shutil.which(tool) is None:
            raise Unable(f'{tool} is not installed; tools/setup --mcu installs what the boards take')
    where = build_dir(port)
    if not os.path.exists(f'{where}/build.ninja'):
        run(['meson', 'setup', where, '--cross-file', f'lib/mcu/{port}/cross.ini'],
            f'{where} cannot be configured')
    run(['ninja', '-C', where, *programs], f'{where} does not build')
    return [os.path.join(where, program) for program in programs]


# ---- what a program is made of ----

class Symbols:
    """The symbols of a program."""

    def __init__(self, port, program):
        lines = run([PORTS[port][2], '-n', '-S', '--defined-only', program], f'{program} has no symbols')
        self.value, self.size = {}, {}
        functions = []
        for line in lines.splitlines():
            words = line.split()
            name = words[-1]
            if name.startswith('$'):
                continue
            self.value[name] = int(words[0], 16)
            if len(words) == 4:
                self.size[name] = int(words[1], 16)
            if words[-2] in 'tTwW':
                functions.append((int(words[0], 16) & ~1, name.split('.')[0]))
        self.addresses = [address for address, _ in functions]
        self.names = [name for _, name in functions]

    def function(self, pc):
        return self.names[bisect.bisect_right(self.addresses, pc) - 1]

    def starting_with(self, prefix):
        """{address: rest of the name} of functions."""
        return {address: name[len(prefix):] for address, name in zip(self.addresses, self.names)
                if name.startswith(prefix)}


Part = collections.namedtuple('Part', 'group name flash ram')
MAP_INPUT = re.compile(r'^ \S+ +0x([0-9a-f]+) +0x([0-9a-f]+)(?: (\S.*))?\s*$')
MAP_OUTPUT = re.compile(r'^(\.\S+) +0x([0-9a-f]+) +0x([0-9a-f]+)')
GROUPS = [('libaiot-core', 'core'), ('libaiot-mcu-string', 'string'), ('libgcc', 'compiler'),
          ('services.d', 'services'), ('libaiot-mcu-port', 'port')]


def part_of(path):
    """("core", "exec") for lib/core/libaiot-core.a(exec.c.o)."""
    if path is None:
        return 'linker', 'gaps'
    name = re.sub(r'^.*\(|\)$', '', path) if '(' in path else os.path.basename(path)
    name = re.sub(r'(\.c)?\.o$', '', name)
    name = re.sub(r'^(\.\._)+', '', name).replace('meson-generated_', '').lstrip('._')
    group = next((group for mark, group in GROUPS if mark in path), 'program')
    return group, re.sub(r'^.*(lib_core_|lib_mcu_|services\.d_)', '', name)


NAMELESS = 'program', 'lto'
LTO = re.compile(r'\.ltrans\d*\.')
LTO_GROUPS = [('/lib/core/', 'core'), ('/services.d/', 'services'), ('/lib/mcu/string.c', 'string'),
              ('/cortex-m/', 'port'), ('/riscv/', 'port'), ('/lib/mcu/uart.c', 'port'), ('/lib/mcu/port.c', 'port'),
              *((f'/lib/mcu/{port}/', 'port') for port in PORTS)]


def sources_of(program):
    """[(address, size, source)] of what has a name in a program, by its debug information."""
    with open(program, 'rb') as file:
        arm = file.read(20)[18] == 40
    lines = run([ARM_NM if arm else RISCV_NM, '-n', '-S', '-l', '--defined-only', program],
                f'{program} has no symbols')
    found = re.findall(r'^([0-9a-f]+) ([0-9a-f]+) \w \S+\t(\S+):\d+$', lines, flags=re.M)
    # Functions that are alike are one, with two names.
    return sorted({int(address, 16) & ~1: (int(address, 16) & ~1, int(size, 16), os.path.normpath(source))
                   for address, size, source in found}.values())


def name_parts(counter, nameless, sources, stretches):
    """Give what was optimised as one to the sources that its names are of.  What has no name, texts and
    constants, is shared out by what else there is of each."""
    named = collections.Counter()
    for address, size in stretches:
        at = bisect.bisect_left(sources, (address, 0, ''))
        for begin, length, source in sources[at:bisect.bisect_left(sources, (address + size, 0, ''))]:
            group = next((group for mark, group in LTO_GROUPS if mark in source), 'program')
            named[group, os.path.basename(source).removesuffix('.c')] += min(length, address + size - begin)
    rest, whole = counter.pop(nameless, 0) - sum(named.values()), sum(named.values())
    for key, size in named.items():
        counter[key] += size + rest * size // whole
    if named:
        counter[max(named)] += rest - sum(rest * size // whole for size in named.values())
    elif rest:
        counter[nameless] = rest


def read_map(map_path):
    """({output section: size}, {output section: [(address, size, object)]}) of a linker's map."""
    total, inputs = collections.Counter(), collections.defaultdict(list)
    output, begun = None, False
    with open(map_path, encoding='utf-8') as file:
        # A name that is too long for its column has the rest of its line to itself.
        text = re.sub(r'^( ?\.\S+)\n +0x', r'\1 0x', file.read(), flags=re.M)
    for line in text.splitlines():
        begun = begun or line == 'Linker script and memory map'
        if not begun or not line:
            continue
        if not line.startswith(' '):
            found = MAP_OUTPUT.match(line)
            output = found.group(1) if found else None
            if found:
                total[output] = int(found.group(3), 16)
            continue
        found = MAP_INPUT.match(line)
        if output and found:
            inputs[output].append((int(found.group(1), 16), int(found.group(2), 16), found.group(3)))
    return total, inputs


def parts(map_path):
    """What the linker put into a program: ([Part of each object], flash, static ram, stack)."""
    total, inputs = read_map(map_path)
    flash, ram, stretches = collections.Counter(), collections.Counter(), collections.defaultdict(list)
    for output in ('.text', '.data', '.bss', '.noinit'):
        rows = inputs[output]
        for (address, size, path), behind in zip(rows, rows[1:] + [(1 << 32, 0, '')]):
            # Texts that others have, too, are told with their size and take none.
            key, size = part_of(path), min(size, behind[0] - address)
            if path and LTO.search(path):
                key = NAMELESS
                stretches[output].append((address, size))
            flash[key] += size if output in ('.text', '.data') else 0
            ram[key] += size if output != '.text' else 0
    if stretches:
        sources = sources_of(map_path.removesuffix('.map') + '.elf')
        name_parts(flash, NAMELESS, sources, stretches['.text'] + stretches['.data'])
        name_parts(ram, NAMELESS, sources, stretches['.data'] + stretches['.bss'] + stretches['.noinit'])
    whole = total['.text'] + total['.data']
    kept = total['.data'] + total['.bss'] + total['.noinit']
    for counter, sum_of_all in ((flash, whole), (ram, kept)):
        rest = sum_of_all - sum(counter.values())
        if rest < 0 or rest > 64:
            raise Unable(f'{map_path}: the parts do not add up, {rest} bytes are left')
        counter[('linker', 'gaps')] += rest
    found = [Part(*key, flash[key], ram[key]) for key in set(flash) | set(ram) if flash[key] or ram[key]]
    return sorted(found, key=lambda part: (-part.flash, -part.ram, part.name)), whole, kept, total['.stack']


def core_flash(found):
    """Of these parts what is neither the port's, nor a service, nor the table that ini2c.py makes."""
    return sum(part.flash for part in found if part.group not in ('port', 'services') and
               not (part.group == 'program' and part.name.startswith('tasks-')))


# ---- counting ----

def marks(port, program, *options):
    """Run a program that ends by itself; {mark: Counter of addresses executed between begin_MARK and
    end_MARK}, and its Symbols."""
    symbols = Symbols(port, program)
    begin, end = symbols.starting_with('begin_'), symbols.starting_with('end_')
    with tempfile.TemporaryDirectory(prefix='aiot-trace-') as place:
        trace = f'{place}/trace'
        os.mkfifo(trace)
        with subprocess.Popen(
                [*PORTS[port][0], '-display', 'none', '-monitor', 'none', '-serial', 'null', *options,
                 '-singlestep', '-d', 'exec,nochain', '-D', trace, '-kernel', program],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            found, counter = {}, None
            with open(trace, encoding='ascii', errors='replace') as lines:
                for line in lines:
                    if not line.startswith('Trace'):
                        continue
                    pc = int(line[line.index('[') + 1:].split('/', 2)[1], 16)
                    if pc in begin:
                        counter = found.setdefault(begin[pc], collections.Counter())
                    elif pc in end:
                        counter = None
                    elif counter is not None:
                        counter[pc] += 1
            said = process.stderr.read().decode(errors='replace')
        if process.returncode != 0:
            raise Unable(f'{program} ended with status {process.returncode}: {said}')
    return found, symbols


def per_function(counter, symbols):
    """Counter of instructions by function."""
    by = collections.Counter()
    for pc, count in counter.items():
        by[symbols.function(pc)] += count
    return by


# ---- a board that runs ----

class Debugger:
    """The emulator's debug port: the board's memory, as its processor sees it."""

    CHUNK = 512

    def __init__(self, line):
        self.line = line
        line.settimeout(0.2)

    def answer(self):
        """The text of the next packet."""
        data, limit = b'', time.monotonic() + DEADLINE_S
        while time.monotonic() < limit:
            found = re.search(rb'\$([^#]*)#[0-9a-f]{2}', data)
            if found:
                self.line.sendall(b'+')
                return found.group(1).decode()
            try:
                data += self.line.recv(65536)
            except TimeoutError:
                continue
        raise Unable('the emulator does not answer as a debugger expects')

    def packet(self, text):
        """Send a packet, and return the answer's text."""
        self.line.sendall(f'${text}#{sum(text.encode()) & 0xff:02x}'.encode())
        return self.answer()

    def fill(self, begin, end, byte):
        for at in range(begin, end, self.CHUNK):
            size = min(self.CHUNK, end - at)
            if self.packet(f'M{at:x},{size:x}:' + f'{byte:02x}' * size) != 'OK':
                raise Unable(f'the emulator refuses to write at 0x{at:x}')

    def read(self, begin, end):
        memory = b''
        for at in range(begin, end, self.CHUNK):
            memory += bytes.fromhex(self.packet(f'm{at:x},{min(self.CHUNK, end - at):x}'))
        return memory

    def go(self):
        self.line.sendall(b'$c#63')

    def halt(self):
        self.line.sendall(b'\x03')
        self.answer()


class Board:
    """A program in its emulator, halted at its first instruction, with its serial line."""

    def __init__(self, port, program, *options):
        self.port, self.program = port, program
        self.place = tempfile.TemporaryDirectory(prefix='aiot-board-')
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f'{self.place.name}/serial')
        listener.listen(1)
        listener.settimeout(DEADLINE_S)
        self.process = subprocess.Popen(
            [*PORTS[port][0], '-display', 'none', '-monitor', 'none', '-S',
             '-gdb', f'unix:{self.place.name}/debug,server=on,wait=off',
             '-serial', f'unix:{self.place.name}/serial', *options, '-kernel', program],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.serial = listener.accept()[0]
            line = socket.socket(socket.AF_UNIX)
            limit = time.monotonic() + DEADLINE_S
            while not os.path.exists(f'{self.place.name}/debug') and time.monotonic() < limit:
                time.sleep(0.02)
            line.connect(f'{self.place.name}/debug')
        except OSError as error:
            self.close()
            raise Unable(f'{PORTS[port][0][0]} did not start: {error}') from error
        finally:
            listener.close()
        self.debugger = Debugger(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.place.cleanup()

    @staticmethod
    def until(line, end, deadline_s=DEADLINE_S):
        """What comes, up to and with `end`; None: it did not come."""
        text, limit = b'', time.monotonic() + deadline_s
        line.settimeout(0.2)
        while end not in text:
            if time.monotonic() > limit:
                return None
            try:
                data = line.recv(65536)
            except TimeoutError:
                continue
            if not data:
                return None
            text += data
        return text

    def ask(self, command):
        """Type a command, and wait for the prompt behind its answer."""
        self.serial.sendall(command.encode() + b'\r')
        answer = self.until(self.serial, f'\n{self.port}> '.encode())
        if answer is None:
            raise Unable(f'{self.program}: no prompt after {command!r}')
        return answer.decode(errors='replace')

    def wake(self):
        """Get the first prompt."""
        limit = time.monotonic() + DEADLINE_S
        while time.monotonic() < limit:
            self.serial.sendall(b'\r')
            if self.until(self.serial, f'{self.port}> '.encode(), 1):
                while self.until(self.serial, b'> ', 0.5):
                    pass
                return
        raise Unable(f'{self.program}: no prompt')


def stack_used(port, program, exercise, *options):
    """(bytes of the stack that were ever touched, bytes there are) while exercise(board) ran."""
    symbols = Symbols(port, program)
    begin, end = symbols.value['aiot_stack_bottom'], symbols.value['aiot_stack_top']
    with Board(port, program, *options) as board:
        board.debugger.fill(begin, end, PAINT)
        board.debugger.go()
        exercise(board)
        board.debugger.halt()
        memory = board.debugger.read(begin, end)
    untouched = next((i for i, byte in enumerate(memory) if byte != PAINT), len(memory))
    return len(memory) - untouched, len(memory)
