"""What the end-to-end tests are made of: a real daemon in a directory of its own, the real client.

Nothing here sleeps for a fixed time: what is expected is waited for, up to a generous deadline.
Every process is ended by its id, and a test fails when one is left, when the daemon leaves its
socket behind, or when a sanitizer had something to say.

Run by `meson test`; by hand with AIOT_BUILD=build-test python3 tests/e2e/test_basic.py [TEST].
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get('AIOT_BUILD', SOURCE / 'build-test')).resolve()
DAEMON = BUILD / 'daemon/aiotoolsd'
CTL = BUILD / 'ctl/aiotoolsctl'
EMBED = BUILD / 'examples/embed'
SANITIZED = DAEMON.exists() and b'__asan_init' in DAEMON.read_bytes()
BYTE_ORDER = '>' if DAEMON.exists() and DAEMON.read_bytes()[5] == 2 else '<'  # for struct
MUSL = DAEMON.exists() and b'/ld-musl-' in DAEMON.read_bytes()
SECONDS = 60  # how long anything may take on a slow machine

# ASan's own exit code, so that no other can be taken for it.
ENVIRONMENT = {
    'PATH': os.environ.get('PATH', '/usr/bin:/bin'),
    'LC_ALL': 'C',
    'TZ': 'UTC',
    # Where qemu-user finds the loader and the libraries.
    **{name: value for name, value in os.environ.items() if name == 'QEMU_LD_PREFIX'},
    'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + ':exitcode=99',
    'UBSAN_OPTIONS': os.environ.get('UBSAN_OPTIONS', ''),
}
os.umask(0o022)  # what others can write, the daemon does not trust


def wait_for(condition, what, seconds=SECONDS):
    """Returns the first true value of condition()."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'not within {seconds} s: {what}')
        time.sleep(0.01)


def listens(path):
    """Whether somebody listens at the socket: its name is there a moment before."""
    for line in pathlib.Path('/proc/net/unix').read_text().splitlines():
        words = line.split(maxsplit=7)
        if words[7:] == [str(path)] and words[3] == '00010000':  # __SO_ACCEPTCON
            return True
    return False


def processes_with(word):
    """Ids of the processes that have the word in their environment."""
    for entry in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            if word.encode() in (entry / 'environ').read_bytes():
                yield int(entry.name)
        except OSError:
            continue


def module(name):
    """A built module's file; those of the tests' own services are called e2e-NAME.so."""
    for path in (BUILD / f'tests/e2e/services/e2e-{name}.so', BUILD / f'services.d/{name}.so',
                 BUILD / f'tests/headers/{name}.so', BUILD / f'examples/{name}.so'):
        if path.exists():
            return path
    raise AssertionError(f'no module {name} was built')


def ini(service, *, args=None, schedule=None, **keys):
    """The text of a service's INI file."""
    keys = {'Module': service, **keys}
    text = '[Service]\n' + ''.join(f'{k} = {v}\n' for k, v in keys.items())
    if args:
        text += '[Args]\n' + ''.join(f'{k} = {v}\n' for k, v in args.items())
    if schedule:
        text += '[Schedule]\n' + ''.join(f'{k} = {v}\n' for k, v in schedule.items())
    return text


class Wire:
    """A connection to a control socket, with nothing between."""

    def __init__(self, path, seconds=SECONDS):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(seconds)
        self.pending = b''
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def message(self, end=b'\0'):
        """The next message without its end; None when the other side closes before."""
        while end not in self.pending:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self.pending += data
        text, self.pending = self.pending.split(end, 1)
        return text

    def reply(self, end=b'\0'):
        text = self.message(end)
        return None if text is None else json.loads(text)

    def call(self, method, end=b'\0', more=False, **parameters):
        request = {'method': method, 'parameters': parameters}
        if more:
            request['more'] = True
        self.send(json.dumps(request).encode() + end)
        return self.reply(end)

    def closed(self):
        """Waits for the other side to close; what came before is dropped."""
        try:
            while self.socket.recv(65536):
                continue
        except ConnectionResetError:
            pass
        return True


class Process:
    """A program with its output in files, for as long as a test."""

    ends_as = None  # exit code after a SIGTERM at the end of the test; None: any

    def __init__(self, test, words, env=None, **popen):
        self.test = test
        self.waited = False
        self.words = [str(word) for word in words]
        self.out = tempfile.TemporaryFile(dir=test.dir)
        self.err = tempfile.TemporaryFile(dir=test.dir)
        self.popen = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=self.out,
                                      stderr=self.err, env=env or test.env(), **popen)
        test.addCleanup(self.finish)

    @property
    def pid(self):
        return self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def read(self, file):
        return os.pread(file.fileno(), 1 << 24, 0).decode('utf-8', 'replace')

    def stdout(self):
        return self.read(self.out)

    def stderr(self):
        return self.read(self.err)

    def told(self):
        return f'\n{" ".join(self.words)}\nstdout:\n{self.stdout()}\nstderr:\n{self.stderr()}'

    def wait_answer(self, path):
        """Until the client gets an answer at the socket."""
        def answered():
            if not self.alive():
                self.test.fail('ended at its start' + self.told())
            return self.test.ctl(path, 'info', code=None).returncode == 0
        wait_for(answered, f'an answer at {path}')

    def kill(self, number):
        os.kill(self.pid, number)

    def wait(self, code=0, seconds=SECONDS):
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.test.fail('did not end' + self.told())
        self.waited = True
        if code is not None:
            self.test.assertEqual(self.popen.returncode, code, self.told())
        return self.popen.returncode

    def stop(self, number=signal.SIGTERM, code=0):
        self.kill(number)
        return self.wait(code)

    def finish(self):
        try:
            if self.alive():
                self.stop(code=self.ends_as)
        finally:
            if self.alive():
                self.popen.kill()
                self.popen.wait()
            told = self.told()
            self.out.close()
            self.err.close()
        for word in ('Sanitizer', 'runtime error:'):
            self.test.assertNotIn(word, told)


class Daemon(Process):
    """aiotoolsd in its own directory; services: {name: text of its INI}."""

    ends_as = 0

    def __init__(self, test, services=None, *, modules=(), config='', env=None, args=(), base=None,
                 wait=True, boot=True, prefix=(), **popen):
        self.base = pathlib.Path(base or tempfile.mkdtemp(dir=test.dir))
        self.base.chmod(0o755)
        self.config, self.run, self.state, self.modules = (
            self.base / name for name in ('config', 'run', 'state', 'modules'))
        for path in (self.config / 'services.d', self.modules):
            path.mkdir(parents=True, exist_ok=True)
        self.socket = self.run / 'control.sock'
        for name in modules:
            self.add_module(name)
        for name, text in (services or {}).items():
            self.write(name, text)
        if config:
            (self.config / 'aiotoolsd.ini').write_text(config)
        super().__init__(test, [*prefix, DAEMON, '--config-dir', self.config,
                                '--runtime-dir', self.run, '--state-dir', self.state,
                                '--module-dir', self.modules, *args],
                         env=test.env(**(env or {})), **popen)
        if wait:
            wait_for(self.answers, 'the daemon answers')
        if wait and boot:
            wait_for(self.booted, 'the daemon has loaded its services')

    def add_module(self, name, source=None):
        # In one step, as an upgrade does it: the old one may be mapped.
        new = self.modules / f'.{name}'
        shutil.copy(source or module(name), new)
        new.rename(self.modules / f'{name}.so')

    def write(self, name, text):
        """Writes a service's INI; its module comes along where it is a built one."""
        (self.config / f'services.d/{name}.ini').write_text(text)
        for line in text.splitlines():
            key, _, value = line.partition('=')
            if key.strip() == 'Module' and not (self.modules / f'{value.strip()}.so').exists():
                try:
                    self.add_module(value.strip())
                except AssertionError:
                    continue

    def answers(self):
        if not self.alive():
            self.test.fail('the daemon ended at its start' + self.told())
        try:
            wire = Wire(self.socket)
        except OSError:
            return False
        try:
            return wire.call('org.varlink.service.GetInfo') is not None
        finally:
            wire.close()

    def booted(self):
        wire = Wire(self.socket)
        try:
            info = wire.call('io.aiotools.Daemon.Info')['parameters']['info']
        finally:
            wire.close()
        return info['boot']['state'] == 'booted'

    def wire(self, seconds=SECONDS):
        wire = Wire(self.socket, seconds)
        self.test.addCleanup(wire.close)
        return wire

    def ctl(self, *words, code=0, env=None, **run):
        """Runs aiotoolsctl; its exit code is checked unless code is None."""
        return self.test.ctl(self.socket, *words, code=code, env=env, **run)

    def json(self, *words, code=0):
        return json.loads(self.ctl('--json', *words, code=code).stdout)

    def task(self, name):
        """The task as `status` has it, None if there is none."""
        wire = Wire(self.socket)
        try:
            reply = wire.call('io.aiotools.Task.Status', names=[name])
        finally:
            wire.close()
        return reply['parameters']['tasks'][0] if 'error' not in reply else None

    def wait_state(self, name, state):
        def reached():
            task = self.task(name)
            return task and task['state'] == state
        wait_for(reached, f'{name} is {state}; it is {self.task(name)}')

    def texts(self, *words):
        """The texts of the log, oldest first."""
        return self.ctl('log', '-o', 'cat', *words).stdout.splitlines()

    def wait_text(self, part):
        wait_for(lambda: any(part in text for text in self.texts()), f'"{part}" in the log')

    def finish(self):
        """It runs until the test ends it, it ends in order, and leaves nothing but its log."""
        here = self.waited or self.alive()
        super().finish()
        self.test.assertTrue(here, f'ended by itself with {self.popen.returncode}')
        if self.popen.returncode == 0 and self.run.exists():
            left = {path.name for path in self.run.iterdir()} - {'held', 'log.ring', 'last-runs', 'services.d'}
            self.test.assertEqual({name for name in left if not name.startswith('node-')}, set())


class Case(unittest.TestCase):
    """A test with a directory of its own."""

    def setUp(self):
        # Short: a socket's path has 107 characters.
        self.dir = tempfile.mkdtemp(prefix='aiot-')
        os.chmod(self.dir, 0o755)
        self.addCleanup(self.clean)

    def clean(self):
        left = list(processes_with(self.dir))
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)
        self.assertEqual(left, [], 'processes were left')
        self.assertFalse(os.path.exists(self.dir))

    def env(self, **more):
        return {**ENVIRONMENT, 'AIOT_TEST': self.dir, **more}

    def daemon(self, *args, **options):
        return Daemon(self, *args, **options)

    def ctl(self, path, *words, code=0, env=None, **run):
        run.setdefault('stdin', subprocess.DEVNULL)
        # The client ends by itself or fails the test: it is killed at the deadline.
        done = subprocess.run([str(CTL), '--socket', str(path), *map(str, words)], timeout=SECONDS,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8',
                              env=self.env(**(env or {})), **run)
        if code is not None:
            self.assertEqual(done.returncode, code,
                             f'{" ".join(map(str, words))}\nstdout:\n{done.stdout}\n'
                             f'stderr:\n{done.stderr}')
        return done


def runs_here():
    """Whether this machine starts what was built: a program for another needs tools/foreign."""
    try:
        return subprocess.run([DAEMON, '--version'], stdout=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def main():
    """Runs the tests of the calling file; status 77 when none of them can run here."""
    if not runs_here():
        print(f'{DAEMON} does not run on this machine')
        sys.exit(77)
    program = unittest.main(module='__main__', exit=False, verbosity=2)
    result = program.result
    failed = len(result.failures) + len(result.errors)
    passed = max(result.testsRun - failed - len(result.skipped), 0)
    print(f'{passed} passed, {failed} failed, {len(result.skipped)} skipped')
    if failed:
        sys.exit(1)
    sys.exit(0 if passed else 77)
