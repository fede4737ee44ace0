#!/usr/bin/env python3
"""
The firmware on an emulated board, with this program at the other end of its serial line.

Run by the build of a port (`meson test -C build-m3 e2e-firmware`), which says by environment what was
built: AIOT_PORT, AIOT_FIRMWARE (the bundled services) and AIOT_FIRMWARE_TEST (tests/board: tasks
that ruin it).  The emulator connects to a socket of ours, so that nothing it sends is lost.
"""
import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

PORT = os.environ.get('AIOT_PORT', '')
MACHINES = {
    'mps2-an385': ['qemu-system-arm', '-M', 'mps2-an385'],
    'microbit': ['qemu-system-arm', '-M', 'microbit'],
    'riscv-virt': ['qemu-system-riscv32', '-M', 'virt', '-bios', 'none'],
}
DEADLINE = 20  # for anything, on a machine that has other things to do, too
IDLE_S, IDLE_MAX = 5, 1000  # seconds, instructions: a fifth of a millisecond at 1 MHz
SMALL = PORT == 'microbit'  # a line for each row, KEY=VALUE
ESCAPES = re.compile(r'\x1b\[[0-9;?]*[A-Za-z]')


class Board:
    """An emulator that runs a firmware; what it has sent is in self.text."""

    def __init__(self, test, firmware, *options):
        self.dir = Path(tempfile.mkdtemp(prefix='aiot-board-'))
        test.addCleanup(shutil.rmtree, self.dir)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.dir / 'serial'))
        listener.listen(1)
        listener.settimeout(DEADLINE)
        self.process = subprocess.Popen(
            [*MACHINES[PORT], '-display', 'none', '-monitor', 'none', '-serial',
             f'unix:{self.dir}/serial',
             *options, '-kernel', firmware], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        test.addCleanup(self.close)
        self.line = listener.accept()[0]
        self.line.setblocking(False)
        listener.close()
        self.text = ''

    def close(self):
        self.line.close()
        self.process.kill()
        self.process.communicate()

    def receive(self, timeout):
        if not select.select([self.line], [], [], timeout)[0]:
            return False
        data = self.line.recv(65536)
        if not data:
            why = self.process.communicate()[1].decode()
            raise AssertionError(f'the emulator ended: {why}; {self.text}')
        self.text += ESCAPES.sub('', data.decode(errors='replace').replace('\r', ''))
        return True

    def send(self, text):
        self.line.sendall(text.encode())

    def expect(self, what):
        """Wait until it was sent, and take all up to there."""
        end = time.monotonic() + DEADLINE
        while what not in self.text:
            if time.monotonic() > end:
                raise AssertionError(f'{what!r} did not come; what did: {self.text!r}')
            self.receive(0.1)
        before, self.text = self.text.split(what, 1)
        return before

    def quiet(self, seconds):
        """Nothing is sent meanwhile."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.receive(0.1)
        return self.text == ''

    def hello(self):
        """The first prompt, whether it is listening already or not."""
        end = time.monotonic() + DEADLINE
        while f'{PORT}> ' not in self.text:
            if time.monotonic() > end:
                raise AssertionError(f'no prompt: {self.text!r}')
            self.send('\r')
            self.receive(0.3)
        while self.receive(0.3):
            pass
        self.text = ''

    def ask(self, command):
        """A command's answer."""
        self.send(command + '\r')
        self.expect(command + '\n')
        return self.expect(f'{PORT}> ')


def have(name):
    return os.environ.get(name) and PORT in MACHINES and shutil.which(MACHINES[PORT][0])


@unittest.skipUnless(have('AIOT_FIRMWARE'), 'no emulator, or no port was built')
class Bundled(unittest.TestCase):
    """The firmware with the bundled services."""

    def board(self):
        board = Board(self, os.environ['AIOT_FIRMWARE'])
        self.assertTrue(board.quiet(0.5), f'a board does not begin to speak: {board.text!r}')
        board.hello()
        return board

    def test_boots_and_runs_the_tasks_of_its_ini_files(self):
        board = self.board()
        tasks = board.ask('list')
        for name, state in (('hello', 'running'), ('leds', 'running'), ('sensor', 'running'),
                            ('world', 'scheduled')):
            self.assertRegex(tasks, rf'{name}\.service +{state} ')
        self.assertNotIn('1969', tasks)
        log = board.ask('log')
        self.assertIn(f'[INFO] [{PORT}] aiotools ', log)
        self.assertIn('start 1, reset: power-on', log)
        self.assertIn('[INFO] [hello.service] hello, world', log)
        self.assertNotIn('[ERROR]', log)

    def test_status_knows_the_ini_files_lines_and_where_a_task_waits(self):
        status = self.board().ask('status --debug --no-log hello')
        if SMALL:
            self.assertRegex(status, r'hello.service running .* whom=world .*\n  greet services\.d/hello\.c:\d+\n')
            return
        self.assertIn('hello.service from hello.ini', status)
        self.assertIn('Task: id 1, ', status)
        self.assertRegex(status, r"'whom': 'world' \(hello\.ini:\d+\)")
        self.assertRegex(status, r'waits at: greet\(\) services\.d/hello\.c:\d+')

    def test_an_option_is_set_and_a_result_is_left(self):
        board = self.board()
        board.ask('set sensor every=10ms')
        board.ask('restart sensor')
        board.quiet(0.5)
        board.text = ''
        self.assertIn('stopped', board.ask('stop sensor'))
        self.assertRegex(board.ask('result sensor'), r'sensor\.service (-->|stopped result=)\s?\d+')
        self.assertRegex(board.ask('status --debug --no-log sensor'), r'readings(: |=)\d{2,}')

    def test_a_reset_that_is_asked_for_keeps_the_log(self):
        board = self.board()
        board.ask('daemon-restart')
        board.quiet(0.5)
        board.hello()
        log = board.ask('log -n 100')
        self.assertIn('start 1, reset: power-on', log)
        self.assertIn('reset, asked for', log)
        self.assertIn('start 2, reset: requested', log)
        self.assertLess(log.index('start 1'), log.index('start 2'))
        self.assertNotIn('[ERROR]', log)

    def test_leds_switch_pins_and_sensor_reads_them(self):
        board = self.board()
        board.ask('set leds pattern=11')
        board.ask('restart leds')
        board.ask('set sensor pin=0 alarm=1')
        board.ask('restart sensor')
        board.quiet(0.3)
        board.text = ''
        self.assertIn('[WARN] [sensor.service] 1 is too high, the limit is 1', board.ask('log'))
        board.ask('stop leds sensor')
        board.ask('start sensor')
        self.assertIn('value=0 ' if SMALL else 'value: 0 ', board.ask('status --debug --no-log sensor'))
        board.ask('set sensor pin=nowhere')
        board.ask('restart sensor')
        self.assertIn("pin 'nowhere': there is no such input", board.ask('traceback sensor'))


WHY = (r"EINVAL: typo\.ini:6: 'evry' is no option of service 'hello'",
       r'ENOMEM: it takes \d+ bytes, \d+ of AIOT_SELF_BYTES=\d+ are left')
# Such an option stops the build of a firmware on a small board; this one's is made without that.
SMALL_WHY = 'wrong options, or its init failed', 'AIOT_SELF_BYTES is too small'



@unittest.skipUnless(have('AIOT_FIRMWARE_TEST'), 'no emulator, or no port was built')
class Ruined(unittest.TestCase):
    """The firmware of tests/board."""

    def board(self, *options):
        board = Board(self, os.environ['AIOT_FIRMWARE_TEST'], *options)
        board.hello()
        return board

    def ruin(self, how):
        """The records of the start behind it, and what info says then."""
        board = self.board()
        board.ask(f'set trouble how={how}')
        board.send('start trouble\r')
        board.quiet(3 if how == 'spin' else 1)
        board.text = ''
        board.hello()
        log = board.ask('log -n 100')
        self.assertIn('start 2, reset: ', log)
        return log[log.index('start 2, '):], board.ask('info')

    def assert_fault(self, log, info, *, reset='fault', what, site=None):
        self.assertIn(f'start 2, reset: {reset}', log)
        self.assertRegex(info, rf'reset={reset} ' if SMALL else rf'reset: +{reset}\n')
        errors = [line for line in log.splitlines() if 'ended by a fault' in line]
        self.assertEqual(len(errors), 1, log)
        self.assertRegex(errors[0], r'\[ERROR\].* the run before this one ended by a fault: '
                                    f'{what}, task trouble.service at ')
        self.assertIn(site or 'tests/board/trouble.c:50,', errors[0])
        return errors[0]

    def test_a_task_that_never_yields_is_named_after_the_reset(self):
        log, info = self.ruin('spin')
        self.assert_fault(log, info, reset='watchdog', what='watchdog')
        self.assertNotIn('pc 0x0,', log)

    def test_a_load_from_nowhere_is_named_after_the_reset(self):
        log, info = self.ruin('load')
        error = self.assert_fault(log, info, what='(hard fault|load from nowhere)')
        pc = int(re.search(r'pc 0x([0-9a-f]+)', error)[1], 16)
        self.assertIn(where(pc), ('make_trouble', 'ruin'))

    def test_a_jump_into_nowhere_is_named_after_the_reset(self):
        log, info = self.ruin('jump')
        error = self.assert_fault(log, info, what='(hard fault|jump into nowhere)')
        self.assertRegex(error, 'pc 0x9000000[01]')

    def test_a_trap_is_named_after_the_reset(self):
        log, info = self.ruin('trap')
        self.assert_fault(log, info, what='(hard fault|breakpoint|illegal instruction)')

    def test_an_assertion_is_named_with_its_own_place(self):
        log, info = self.ruin('assert')
        error = self.assert_fault(log, info, what=r'(strcmp\(self->how, "assert"\) != 0|an assertion failed)',
            site='tests/board/trouble.c:')
        self.assertNotIn('trouble.c:50', error)

    def test_a_stack_that_overflows_is_named_after_the_reset(self):
        log, info = self.ruin('overflow')
        self.assert_fault(log, info, what='stack overflow')

    def test_a_task_that_ends_every_run_is_held_until_somebody_asks(self):
        board = self.board()
        for boot in (2, 3, 4):
            self.assertNotIn('held', board.ask('list --all'))
            board.ask('set trouble how=trap')
            board.send('start trouble\r')
            board.quiet(1)
            board.text = ''
            board.hello()
            self.assertRegex(board.ask('info'), rf'boots[:=] *{boot}\b')
        self.assertRegex(board.ask('list --all'), r'trouble\.service +held')
        self.assertIn('[trouble.service] held: it ended the last 3 runs', board.ask('log -p error'))
        self.assertIn('running', board.ask('start trouble'))
        board.ask('daemon-restart')
        board.quiet(0.5)
        board.hello()
        self.assertNotIn('held', board.ask('list --all'))

    def test_what_cannot_run_is_said_and_the_others_run(self):
        board = self.board()
        log = board.ask('log')
        typo, huge = SMALL_WHY if SMALL else WHY
        self.assertRegex(log, r'\[ERROR\] \[typo\.service\] failed: ' + typo)
        self.assertRegex(log, r'\[ERROR\] \[huge\.service\] failed: ' + huge)
        self.assertIn('[INFO] [sleeper.service] hello, sleeper', log)
        tasks = board.ask('list --all')
        self.assertRegex(tasks, r'sleeper\.service +running')
        self.assertRegex(tasks, r'trouble\.service +stopped')
        self.assertRegex(tasks, r'typo\.service +failed')
        self.assertRegex(tasks, r'huge\.service +failed')

    def test_ten_idle_seconds_are_quiet(self):
        trace = ['-singlestep', '-d', 'exec,nochain', '-D']
        place = tempfile.mkdtemp(prefix='aiot-board-')
        self.addCleanup(shutil.rmtree, place)
        board = self.board(*trace, f'{place}/trace')
        before = count_lines(f'{place}/trace')
        self.assertGreater(before, 1000)
        self.assertTrue(board.quiet(IDLE_S))
        self.assertLess(count_lines(f'{place}/trace') - before, IDLE_MAX)
        board.hello()
        self.assertGreater(count_lines(f'{place}/trace') - before, IDLE_MAX)


def count_lines(path):
    with open(path, 'rb') as f:
        return sum(chunk.count(b'\n') for chunk in iter(lambda: f.read(1 << 20), b''))


def where(address):
    """The function of the test's firmware that an address is in."""
    tool = 'riscv64-unknown-elf-nm' if PORT == 'riscv-virt' else 'arm-none-eabi-nm'
    lines = subprocess.run([tool, '-n', os.environ['AIOT_FIRMWARE_TEST']], check=True, text=True,
        stdout=subprocess.PIPE).stdout.splitlines()
    found = ''
    for line in lines:
        value, kind, name = (line.split() + [''])[:3]
        if kind in 'tTwW' and not name.startswith('$') and int(value, 16) & ~1 <= address:
            found = name
    return found.split('.')[0]


if __name__ == '__main__':
    unittest.main(verbosity=2)
