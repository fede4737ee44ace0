"""A board that speaks the serial protocol (lib/core/wire.h) at a UNIX socket or a pseudo-terminal.

As small as the tests of the daemon's nodes allow, and as wicked as they ask: it can be noisy, deaf,
reset, unplugged, and lie.  It runs in a thread of the test; what a test changes is under its lock.
"""
import json
import os
import pty
import select
import socket
import threading
import time
import tty


def crc(data):
    value = 0xffff
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xffff
    return value


def line_of(reply):
    data = json.dumps(reply, separators=(',', ':')).encode()
    return data + b'*%04X\n' % crc(data)


class Error(Exception):
    """An error reply."""

    def __init__(self, name, message=''):
        super().__init__(message)
        self.name, self.message = name, message


class Board:
    def __init__(self, test, tasks=('hello',), *, terminal=False, protocol=1, page=2):
        self.path = os.path.join(test.dir, f'board-{id(self)}.sock')
        self.lock = threading.RLock()
        self.protocol, self.page, self.terminal = protocol, page, terminal
        self.name = 'fake-board'
        self.reset_reason, self.fault = 'power on', None
        self.line_max = 256
        self.deaf = False       # answers nothing
        self.slow = set()       # methods that stay busy
        self.spoil = None       # function: what becomes of each line that is sent
        self.calls = []         # methods that were carried out, with their parameters
        self.boots, self.change = 1, 1
        self.began = time.monotonic()
        self.seq, self.first = 1, 1
        self.records = []
        self.tasks = {}
        for name in tasks:
            self.add(name)
        self.wake_read, self.wake_write = os.pipe()
        self.listener = self.fd = None
        self.ended = False
        self.forget()
        self.plug()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        test.addCleanup(self.finish)

    # ---- what a test does with it ----

    def plug(self):
        """Be there."""
        with self.lock:
            if self.terminal:
                self.fd, slave = pty.openpty()
                tty.setraw(slave)
                if os.path.lexists(self.path):
                    os.unlink(self.path)
                os.symlink(os.ttyname(slave), self.path)
                self.slave = slave
            else:
                self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self.listener.bind(self.path)
                self.listener.listen()
        self.wake()

    def unplug(self):
        with self.lock:
            if os.path.lexists(self.path):
                os.unlink(self.path)
            self.close()
            if self.listener:
                self.listener.close()
            self.listener = None
        self.wake()

    def reset(self, reason='watchdog', fault=None):
        """A reset: the tasks begin anew, the log stays."""
        with self.lock:
            self.boots += 1
            self.change = 1
            self.began = time.monotonic()
            self.reset_reason, self.fault = reason, fault
            self.forget()
            for name in list(self.tasks):
                self.add(name)

    def add(self, name, **more):
        now = time.monotonic()
        self.tasks[name] = {'state': 'running', 'last': None, 'runs': 1, 'since': now,
                            'began': now, **more}

    def state(self, name, state, **more):
        """A task changes its state by itself."""
        with self.lock:
            task = self.tasks[name]
            alive = state in ('running', 'starting', 'stopping')
            now = time.monotonic()
            if alive and task['state'] not in ('running', 'starting', 'stopping'):
                task['runs'] += 1
                task['began'] = now
            if not alive:
                task['last'] = state
                task['took'] = now - task['began']
            task.update(state=state, since=now, **more)
            self.change += 1
        self.wake()

    def log(self, text, name='hello', level='info'):
        with self.lock:
            self.records.append({
                'seq': self.seq, 'cursor': f'{self.seq}@{self.boots:08x}', 'time_us': 0,
                'mono_us': self.now_us(), 'boot': f'{self.boots:032x}', 'level': level,
                'name': name, 'text': text, 'cut': False})
            self.seq += 1
        self.wake()

    def overwrite(self, count):
        """The oldest records are gone."""
        with self.lock:
            self.first += count
            del self.records[:count]

    def say(self, data):
        """Bytes that nobody asked for."""
        with self.lock:
            if self.fd is not None:
                os.write(self.fd, data)

    def finish(self):
        self.ended = True
        self.wake()
        self.thread.join()
        self.unplug()
        os.close(self.wake_read)
        os.close(self.wake_write)

    # ---- the line ----

    def wake(self):
        os.write(self.wake_write, b'.')

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
            if self.terminal:
                os.close(self.slave)
        self.fd = None

    def forget(self):
        """What a reset forgets."""
        self.pending = b''
        self.session = self.id = 0
        self.reply = None       # the last one; None: the call is not over
        self.pages = None       # what is left of an open call
        self.poll = None        # parameters and end of one that waits

    def now_us(self):
        return int((time.monotonic() - self.began) * 1e6)

    def run(self):
        while not self.ended:
            with self.lock:
                files = [self.wake_read]
                if self.fd is not None:
                    files.append(self.fd)
                if self.listener is not None and self.fd is None:
                    files.append(self.listener)
            try:
                ready, _, _ = select.select(files, [], [], 0.05)
            except OSError:  # unplugged meanwhile
                continue
            with self.lock:
                self.turn(ready)

    def turn(self, ready):
        if self.wake_read in ready:
            os.read(self.wake_read, 4096)
        if self.listener in ready and self.fd is None and self.listener is not None:
            self.fd = self.listener.accept()[0].detach()
        elif self.fd is not None and self.fd in ready:
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                data = b''
            if data:
                self.take(data)
            elif not self.terminal:
                self.close()
        self.look()

    def take(self, data):
        for byte in data:
            if byte == 0x15:
                self.pending = b''
            elif byte == 0x0a:
                line, self.pending = self.pending, b''
                if line.startswith(b'{') and not self.deaf:
                    self.line(line)
            else:
                self.pending += bytes([byte])

    def send(self, reply):
        line = line_of(reply)
        if self.spoil:
            line = self.spoil(line)
        if self.fd is not None:
            try:
                os.write(self.fd, line)
            except OSError:
                pass

    def line(self, line):
        try:
            body, _, check = line.rpartition(b'*')
            if len(line) > self.line_max or int(check, 16) != crc(body):
                raise ValueError
            request = json.loads(body)
            session, number = request['session'], request['id']
        except (ValueError, KeyError):
            self.send({'error': 'io.aiotools.InvalidRequest', 'parameters': {'message': 'what?'}})
            return
        mark = {'session': session, 'id': number}
        if (session, number) == (self.session, self.id):
            self.send(self.reply or {'busy': True, **mark})
            return
        if session == self.session and number < self.id:
            return
        known = session == self.session or number == 1
        self.session, self.id, self.reply, self.poll = session, number, None, None
        if known:
            self.begin(request)
        else:  # it was reset meanwhile
            self.answer({'error': 'io.aiotools.InvalidRequest',
                         'parameters': {'message': 'the board does not know this session'}})

    def answer(self, reply):
        self.reply = {**reply, 'session': self.session, 'id': self.id}
        self.send(self.reply)

    def begin(self, request):
        try:
            if request.get('next'):
                if not self.pages:
                    raise Error('io.aiotools.InvalidRequest', 'no call is open')
            else:
                parameters = request.get('parameters', {})
                self.calls.append((request['method'], parameters))
                self.pages = None
                if request['method'] in self.slow:
                    return
                if request['method'] == 'io.aiotools.Node.Poll':
                    self.poll = parameters, time.monotonic() + parameters['wait_ms'] / 1000
                    return
                self.pages = self.carry_out(request['method'], parameters)
            page = self.pages.pop(0)
            self.answer({'parameters': page, **({'continues': True} if self.pages else {})})
        except Error as error:
            self.answer({'error': error.name, 'parameters': {'message': error.message}})

    def look(self):
        """Whether a poll that waits has its answer."""
        if self.poll is None:
            return
        (parameters, end) = self.poll
        if (parameters['change'], parameters['seq']) == (self.change, self.seq) and \
                time.monotonic() < end:
            return
        self.poll = None
        self.answer({'parameters': {'now_us': self.now_us(), 'boots': self.boots,
                                    'change': self.change, 'seq': self.seq}})

    # ---- its commands ----

    def carry_out(self, method, parameters):
        """A list of pages."""
        name = method.removeprefix('io.aiotools.').replace('.', '_').lower()
        if not hasattr(self, name):
            raise Error('org.varlink.service.MethodNotFound', f'{method} is not known here')
        return getattr(self, name)(**parameters)

    def node_hello(self, wall_us=None):
        self.wall_us = wall_us
        return [{'protocol': self.protocol, 'board': self.name, 'version': '0.1',
                 'boots': self.boots, 'now_us': self.now_us(), 'line_max': self.line_max,
                 'reset': self.reset_reason, 'fault': self.fault}]

    def row(self, name):
        task = self.tasks[name]
        now = time.monotonic()
        alive = task['state'] in ('running', 'starting', 'stopping')
        took = now - task['began'] if alive else task.get('took', 0)
        row = {'name': name, 'id': 1, 'state': task['state'], 'last': task['last'],
               'paused': False, 'since_us': 0, 'ago_us': int((now - task['since']) * 1e6),
               'runs': task['runs'], 'restarts': 0, 'place': 'main',
               'runtime_us': int(took * 1e6), 'cpu_us': 1234, 'longest_us': 56,
               'longest': {'function': 'greet', 'file': 'services.d/hello.c', 'line': 12},
               'args': task.get('args', {'whom': 'world'}), 'origins': {'whom': 'default'},
               'stats': task.get('stats', {'greeted': 3})}
        if 'error' in task and not alive:
            row['error'] = task['error']
        elif not alive:
            row['result'] = task.get('result')
        if 'schedule' in task:
            row['schedule'] = task['schedule']
        return row

    def task_status(self, names=None, debug=False, log=True):
        rows = [self.row(name) for name in names or self.tasks]
        pages = [rows[i:i + self.page] for i in range(0, len(rows), self.page)] or [[]]
        return [{'tasks': page} for page in pages]

    def order(self, names, fn):
        done, failed = [], []
        for name in names:
            if name not in self.tasks:
                failed.append({'name': name, 'error': 'io.aiotools.NoSuchTask',
                               'message': f"no such task: '{name}'"})
                continue
            message = fn(name)
            if message:
                failed.append({'name': name, 'error': 'io.aiotools.TaskFailed',
                               'message': message})
            else:
                done.append({'name': name, 'state': self.tasks[name]['state']})
        return [{'failed': failed, 'done': done}]

    def task_start(self, names):
        def start(name):
            if self.tasks[name].get('refuses'):
                return self.tasks[name]['refuses']
            self.state(name, 'running')
        return self.order(names, start)

    def task_stop(self, names, keep_schedule=False):
        return self.order(names, lambda name: self.state(
            name, self.tasks[name].get('stops_as', 'stopped')))

    def task_restart(self, names):
        def restart(name):
            self.state(name, 'stopped')
            self.state(name, 'running')
        return self.order(names, restart)

    def task_set(self, name, args):
        if not set(args) <= {'whom'}:
            raise Error('io.aiotools.Usage', f"cannot set '{name}': no such option")
        self.tasks[name]['args'] = args
        return [{'name': name, 'set': [{'key': key, 'value': value, 'origin': 'set',
                                        'effect': 'live'} for key, value in args.items()]}]

    def task_schedule(self, name, every=None, **_):
        self.tasks[name]['schedule'] = {
            'plan': f'Every={every}', 'start_in_us': 0, 'every_us': 3600000000,
            'from_daemon': False, 'catch_up': 'none', 'overlap': 'skip', 'last_us': None,
            'next_us': 1, 'in_us': 3600000000, 'skipped': 0, 'held': False}
        self.change += 1
        return [{'timers': [{'name': name, 'state': self.tasks[name]['state'], 'paused': False,
                             'now_us': 0, 'schedule': self.tasks[name]['schedule']}]}]

    def task_unschedule(self, names):
        def drop(name):
            self.tasks[name].pop('schedule', None)
            self.change += 1
        return self.order(names, drop)

    def log_read(self, after_cursor=None, **_):
        after = int(after_cursor.split('@')[0]) if after_cursor else self.first - 1
        lost = max(self.first - 1 - after, 0) if after_cursor else 0
        records = [r for r in self.records if r['seq'] > after]
        pages = [{'records': records[i:i + self.page]}
                 for i in range(0, len(records), self.page)] or [{'records': []}]
        if lost:
            pages[0]['lost'] = lost
        if self.records:
            pages[-1]['cursor'] = self.records[-1]['cursor']
        return pages
