"""aiotoolsctl --serial and a board that is a Linux process: verbs, noise, resets, other boards."""
import fcntl
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

import aiot
from serial_proxy import DOWN, UP, Noise, Proxy

BOARD = aiot.BUILD / 'lib/mcu/native/aiot-board'


def crc(data):
    value = 0xffff
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xffff
    return value


def line(answer):
    text = json.dumps(answer, separators=(',', ':')).encode()
    return text + b'*%04X\n' % crc(text)


class Board(aiot.Process):
    """The native board, at a socket in the test's directory."""

    ends_as = 0

    def __init__(self, test, *args, way='--socket'):
        self.path = pathlib.Path(test.dir) / 'board'
        self.noinit = pathlib.Path(test.dir) / 'noinit'
        super().__init__(test, [BOARD, way, self.path, '--noinit', self.noinit, *args])
        there = aiot.listens if way == '--socket' else os.path.lexists
        aiot.wait_for(lambda: there(self.path), 'the board is there')

    def ctl(self, *words, code=0, path=None, **run):
        run.setdefault('stdin', subprocess.DEVNULL)
        done = subprocess.run([str(aiot.CTL), '--serial', str(path or self.path), *map(str, words)],
                              timeout=aiot.SECONDS, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding='utf-8', env=self.test.env(), **run)
        if code is not None:
            self.test.assertEqual(done.returncode, code, f'{words}\n{done.stdout}\n{done.stderr}')
        return done

    def json(self, *words, code=0):
        return json.loads(self.ctl('--json', *words, code=code).stdout)

    def task(self, name):
        return self.json('status', name, code=None)['tasks'][0]


class Verbs(aiot.Case):
    def setUp(self):
        super().setUp()
        self.board = Board(self)

    def says(self, *words, code=0):
        done = self.board.ctl(*words, code=code)
        return done.stdout if code == 0 else done.stderr

    def test_tasks_are_started_stopped_and_shown(self):
        self.assertIn('● hello.service: status: running since 20', self.says('status'))
        self.assertEqual(self.says('start', 'count'), 'count.service: done\n')
        self.assertEqual(self.says('restart', 'count'), 'count.service: done\n')
        self.assertEqual(self.board.task('count')['runs'], 2)
        self.assertEqual(self.says('result', 'count'), 'count.service --> 2\n')
        self.assertEqual(self.says('stop', 'slow'), 'slow.service: stopped\n')
        self.assertEqual(self.board.task('slow')['state'], 'stopped')
        self.assertEqual(self.says('-q', 'start', 'slow'), '')
        self.assertIn('count.service', self.says('traceback', 'count'))

    def test_start_without_a_name_does_not_hang_the_board(self):
        self.assertIn('stuck.service: done\n', self.says('start'))
        self.assertEqual(self.board.json('info')['info']['boots'], 1)

    def test_a_table_has_one_width_though_each_row_is_a_page(self):
        rows = self.says('list', '--all').splitlines()
        self.assertGreater(len(rows), 5)
        self.assertEqual(len({len(re.match(r'\S+ +', row)[0]) for row in rows}), 1, rows)

    def test_options_stats_schedules_debug_and_info(self):
        self.assertEqual(self.says('set', 'hello', 'whom=Ada'), 'hello.service: whom = Ada, at once\n')
        self.assertRegex(self.says('stats', 'hello'), r'^TASK           STAT     VALUE\nhello.service  greeted  \d+\n$')
        self.assertIn('Every=1h', self.says('schedule', 'count', '--every', '1h'))
        self.assertIn('count.service', self.says('unschedule', 'count'))
        self.assertEqual(self.says('debug'), 'debug mode: on\n')
        self.assertIn("'whom': 'Ada' (set)", self.says('status', 'hello'))
        self.assertEqual(self.says('debug', 'off'), 'debug mode: off\n')
        self.assertEqual(self.board.json('info')['info']['name'], 'native')

    def test_what_is_wrong_is_a_sentence_and_the_usual_exit_code(self):
        self.assertIn("no such task: 'nobody'", self.says('start', 'nobody', code=5))
        self.assertIn("no such task: 'nobody'", self.says('status', 'nobody', code=4))
        self.says('status', 'count', code=3)
        self.assertIn('services is not to be had here: the board at ', self.says('services', code=1))
        self.assertIn('add is not to be had here', self.says('add', 'hello', code=1))
        told = self.says('start', *['a' * 60 + str(i) for i in range(10)], code=2)
        self.assertRegex(told, r'^start: the request is \d+ bytes long, and this board takes 576: ')

    def test_the_log_has_the_right_time_and_goes_on_by_cursor(self):
        self.says('start', 'count')
        shown = self.says('log', 'count', '--show-cursor').splitlines()
        self.assertRegex(shown[0], time.strftime('^%Y-', time.gmtime()) + r'.* \[native\] \[INFO\] '
                         r'\[count.service\] run 1$')
        cursor = shown[-1].split()[-1]
        self.says('start', 'count')
        self.assertEqual(self.says('log', 'count', '-o', 'cat', '--after-cursor', cursor), 'run 2\n')

    def test_follow_shows_new_lines_until_it_is_interrupted(self):
        self.says('start', 'count')
        follow = aiot.Process(self, [aiot.CTL, '--serial', self.board.path, 'log', '-f', '-o', 'cat'])
        follow.ends_as = None
        aiot.wait_for(lambda: 'run 1' in follow.stdout(), 'what was there is shown')
        before = follow.stdout().count('hello, ')
        aiot.wait_for(lambda: follow.stdout().count('hello, ') > before, 'and what comes')
        follow.stop(signal.SIGINT, code=-signal.SIGINT)

    def test_serial_excludes_the_ways_to_a_daemon(self):
        done = self.board.ctl('--socket', '/nowhere', 'status', code=2)
        self.assertIn('ask either a board or a daemon', done.stderr)
        done = self.board.ctl('status', code=2, path='/dev/null,12345')
        self.assertIn("'12345' is not a baud rate", done.stderr)
        done = self.board.ctl('status', code=7, path='/dev/null')
        self.assertIn('it is neither a serial device nor a socket', done.stderr)
        done = self.board.ctl('status', code=7, path='/nowhere/at/all')
        self.assertIn('no board is reachable at /nowhere/at/all: no such file', done.stderr)


class Person(aiot.Case):
    def test_a_person_has_prompt_echo_and_the_same_verbs(self):
        board = Board(self)
        with socket.socket(socket.AF_UNIX) as terminal:
            terminal.settimeout(aiot.SECONDS)
            terminal.connect(str(board.path))
            text = ''

            def says(words, end='native> '):
                nonlocal text
                text = ''
                terminal.sendall(words.encode())
                while not text.endswith(end):
                    text += terminal.recv(4096).decode('utf-8', 'replace')
                return text
            self.assertEqual(says('\r'), '\r\nnative> ')
            self.assertEqual(says('start count\r'), 'start count\r\ncount.service: done\r\nnative> ')
            self.assertIn('runs: 1\r\n', says('stats\r'))
            says('follow -o cat\r', 'world\r\n')
            self.assertTrue(says('q').endswith('native> '))
            self.assertIn("did you mean 'status'?", says('stats\x7f\x7f\x7f\x7ftat\r'))
            self.assertIn("no such task: 'nobody'; list --all shows all", says('start nobody\r'))
            self.assertIn("is none of the options: whom, every\r\n", says('set hello zzzzzz=1\r'))
            columns = {len(re.match(r'\S+ +\w+ +', row)[0]) for row in says('list --all\r').splitlines()[1:-1]}
            self.assertEqual(len(columns), 1, text)
            self.assertNotRegex(says('help\r'), 'aiotoolsctl|daemon(?!-restart)')


class Device(aiot.Case):
    def test_a_pseudo_terminal_is_a_serial_device(self):
        board = Board(self, way='--pty')
        for baud in ('', ',9600', ',921600'):
            done = board.ctl('start', 'count', path=f'{board.path}{baud}')
            self.assertEqual(done.stdout, 'count.service: done\n')
        self.assertEqual(json.loads(board.ctl('--json', 'status', 'count', code=None).stdout)
                         ['tasks'][0]['runs'], 3)

    def test_two_programs_do_not_mix(self):
        board = Board(self, way='--pty')
        device = os.open(board.path, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(device, fcntl.LOCK_EX)
        done = board.ctl('status', code=7)
        self.assertIn('another program uses it', done.stderr)
        os.close(device)

        def start():
            # Each waits two seconds for the others; where all is slow that is not enough.
            done = board.ctl('start', 'count', code=None)
            while 'another program uses it' in done.stderr:
                done = board.ctl('start', 'count', code=None)
            self.assertEqual(done.stdout, 'count.service: done\n', done.stderr)
        several = [threading.Thread(target=start) for _ in range(3)]
        for one in several:
            one.start()
        for one in several:
            one.join()
        self.assertEqual(json.loads(board.ctl('--json', 'result', 'count').stdout), {'count.service': 3})


class Reset(aiot.Case):
    def test_a_task_that_never_yields_is_found_and_named_after_the_reset(self):
        board = Board(self)
        before = board.json('info')['info']['boots']
        board.ctl('set', 'stuck', 'hang=yes')
        done = board.ctl('start', 'stuck', code=7)
        self.assertRegex(done.stderr, 'no answer from|was reset')
        info = aiot.wait_for(lambda: self.answers(board), 'the board is back')
        self.assertEqual(info['boots'], before + 1)
        self.assertEqual(info['reset'], 'watchdog')
        self.assertIn('watchdog, task stuck.service', board.ctl('log', '-p', 'error').stdout)

    def answers(self, board):
        done = board.ctl('--json', 'info', code=None)
        return json.loads(done.stdout)['info'] if done.returncode == 0 else None

    def test_the_log_outlives_a_reset_and_follow_goes_on(self):
        board = Board(self)
        board.ctl('start', 'count')
        follow = aiot.Process(self, [aiot.CTL, '--serial', board.path, 'log', '-f', '-o', 'cat'])
        follow.ends_as = None
        aiot.wait_for(lambda: 'run 1' in follow.stdout(), 'what was there is shown')
        board.kill(signal.SIGUSR1)
        aiot.wait_for(lambda: 'start 2' in follow.stdout(), 'it was reset')
        follow.stop(signal.SIGINT, code=-signal.SIGINT)
        self.assertIn('run 1', board.ctl('log', '-o', 'cat').stdout)


    def test_follow_goes_on_with_a_board_that_is_away_for_seconds(self):
        board = Board(self)
        board.ctl('start', 'count')
        proxy = Proxy(pathlib.Path(self.dir) / 'patient', board.path)
        self.addCleanup(proxy.close)
        away = Noise(UP, 1 << 40, drop=1 << 40)
        proxy.noise = [away]
        follow = aiot.Process(self, [aiot.CTL, '--serial', proxy.path, 'log', '-f', '-o', 'cat'])
        follow.ends_as = None
        aiot.wait_for(lambda: 'run 1' in follow.stdout(), 'what was there is shown')
        away.at = proxy.counts[UP]
        # A request is some 80 bytes long and sent four times: these are two that nobody answers.
        aiot.wait_for(lambda: not follow.alive() or proxy.counts[UP] > away.at + 800, 'it asks on')
        before = follow.stdout().count('hello, ')
        away.drop = 0
        aiot.wait_for(lambda: not follow.alive() or follow.stdout().count('hello, ') > before,
                      'it goes on')
        self.assertTrue(follow.alive(), follow.told())
        follow.stop(signal.SIGINT, code=-signal.SIGINT)


class OtherBoards(aiot.Case):
    """What is no board of ours; played by this program."""

    def serve(self, answer):
        """At a socket: what answer(request) returns, for each line."""
        path = pathlib.Path(self.dir) / 'other'
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(1)

        def run():
            connection = listener.accept()[0]
            with connection:
                text = b''
                while data := connection.recv(4096):
                    text += data
                    while b'\n' in text:
                        one, text = text.split(b'\n', 1)
                        request = json.loads(one.strip(b'\x15').rsplit(b'*', 1)[0])
                        connection.sendall(answer(request))
        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(listener.close)
        self.addCleanup(thread.join)
        return path

    def status(self, path):
        done = subprocess.run([str(aiot.CTL), '--serial', str(path), 'status'], timeout=aiot.SECONDS,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8',
                              stdin=subprocess.DEVNULL, env=self.env())
        self.assertEqual(done.returncode, 7, done)
        return done.stderr

    def test_silence_is_told_after_four_tries(self):
        asked = []

        def silent(request):
            asked.append(request)
            return b''
        start = time.monotonic()
        self.assertIn('no answer from', self.status(self.serve(silent)))
        self.assertGreaterEqual(time.monotonic() - start, 0.9)
        aiot.wait_for(lambda: len(asked) == 4, 'the last one has been read here, too')
        self.assertEqual([one['id'] for one in asked], [1] * 4)

    def test_chatter_is_no_answer(self):
        self.assertIn('no answer from', self.status(self.serve(
            lambda request: b'login: \r\nPassword: {"parameters":{}}\n' + b'\xff\x00' * 1000)))

    def test_a_firmware_of_another_protocol_version_is_named(self):
        told = self.status(self.serve(lambda request: line(
            {'parameters': {'protocol': 2}, 'session': request['session'], 'id': request['id']})))
        self.assertRegex(told, 'speaks protocol 2, this aiotoolsctl 1: bring both to the same version')


class Noises(aiot.Case):
    """Noise at bytes of the exchange: the order is answered, and run once."""

    def setUp(self):
        super().setUp()
        self.board = Board(self)
        self.proxy = Proxy(pathlib.Path(self.dir) / 'noisy', self.board.path)
        self.addCleanup(self.proxy.close)

    def start(self, *noise):
        self.proxy.noise = list(noise)
        done = self.board.ctl('start', 'count', path=self.proxy.path, code=None)
        self.assertEqual((done.returncode, done.stdout), (0, 'count.service: done\n'),
                         f'{done.stderr} {[vars(one) for one in noise]}')

    def each(self, way, count, **what):
        self.start()
        length = self.proxy.counts[way]
        for i in range(count):
            self.start(Noise(way, i * length // count, **what))
        runs = self.board.json('result', 'count')['count.service']
        self.assertEqual(runs, count + 1)

    def test_lost_bytes(self):
        self.each(UP, 12, drop=1)

    def test_lost_bytes_of_answers(self):
        self.each(DOWN, 12, drop=9)

    def test_changed_bytes(self):
        self.each(UP, 12, flip=0x10)

    def test_changed_bytes_of_answers(self):
        self.each(DOWN, 12, flip=0x41)

    def test_bursts(self):
        self.each(UP, 12, insert=os.urandom(100))

    def test_bursts_in_answers(self):
        self.each(DOWN, 12, insert=os.urandom(100))

    def test_both_ways_at_once(self):
        self.start(Noise(UP, 30, flip=1), Noise(DOWN, 30, flip=1))
        self.assertEqual(self.board.json('result', 'count')['count.service'], 1)


FIRMWARE = os.environ.get('AIOT_FIRMWARE', '')
MACHINE = os.environ.get('AIOT_MACHINE', 'mps2-an385')  # or microbit, for the smallest console
QEMU = ['qemu-system-arm', '-M', MACHINE, '-display', 'none', '-monitor', 'none', '-serial']


@unittest.skipUnless(FIRMWARE, 'AIOT_FIRMWARE= says no firmware for the board AIOT_MACHINE=')
class OnQemu(aiot.Case):
    def test_the_same_on_an_emulated_board(self):
        path = pathlib.Path(self.dir) / 'uart'
        qemu = aiot.Process(self, [*QEMU, f'unix:{path},server=on,wait=off', '-kernel', FIRMWARE])
        qemu.ends_as = None
        aiot.wait_for(lambda: aiot.listens(path), 'the emulator is there')
        ctl = lambda *words, code=0: Board.ctl(self.Line(self, path), *words, code=code).stdout
        self.assertIn('hello.service: status: running since 20', ctl('status'))
        self.assertEqual(ctl('set', 'hello', 'whom=QEMU', 'every=200ms'),
                         'hello.service: whom = QEMU, at once\n'
                         'hello.service: every = 200ms, at once\n')
        aiot.wait_for(lambda: 'hello, QEMU' in ctl('log', '-o', 'cat'), 'the log')
        self.assertEqual(ctl('stop', 'hello'), 'hello.service: stopped\n')

    class Line:
        def __init__(self, test, path):
            self.test, self.path = test, path


if __name__ == '__main__':
    aiot.main()
