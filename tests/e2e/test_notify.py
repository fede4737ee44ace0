"""The service manager's side: readiness, status, watchdog, and a socket that is handed over."""
import os
import socket
import sys
import time

from aiot import SECONDS, Case, ini, main

TIDY = ini('tidy')

# Makes a listening socket descriptor 3, as a service manager does, and becomes the daemon.
ACTIVATE = '''
import os, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
listening.listen(8)
if listening.fileno() != 3:
    os.dup2(listening.fileno(), 3)
os.set_inheritable(3, True)
os.environ['LISTEN_FDS'] = '1'
os.environ['LISTEN_PID'] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
'''


class Notify(Case):
    def setUp(self):
        super().setUp()
        self.path = f'{self.dir}/notify'
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(self.path)
        self.manager.settimeout(SECONDS)
        self.addCleanup(self.manager.close)
        self.received = []  # (when, line)

    def take(self):
        data = self.manager.recv(4096)
        self.received += [(time.monotonic(), line) for line in data.decode().splitlines()]

    def wait_line(self, line, start=0):
        """Index of the line in what was received."""
        end = time.monotonic() + SECONDS
        while line not in [text for _, text in self.received[start:]]:
            self.assertLess(time.monotonic(), end, f'{line} did not come: {self.received}')
            self.take()
        return start + [text for _, text in self.received[start:]].index(line)

    def notified(self, services=None, **env):
        return self.daemon(services, env={'NOTIFY_SOCKET': self.path, **env})

    def test_ready_comes_when_services_are_loaded(self):
        daemon = self.notified({'one': TIDY, 'two': TIDY})
        self.wait_line('READY=1')
        self.assertEqual(daemon.task('two.service')['state'], 'running')
        self.wait_line('STATUS=2 tasks, 2 running')

    def test_stopping_is_told(self):
        daemon = self.notified({'one': TIDY})
        self.wait_line('READY=1')
        daemon.stop()
        self.assertGreater(self.wait_line('STOPPING=1'), self.wait_line('READY=1'))

    def test_an_abstract_socket_too(self):
        name = f'\0aiot-{os.getpid()}'
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(name)
        manager.settimeout(SECONDS)
        self.daemon(env={'NOTIFY_SOCKET': '@' + name[1:]})
        while b'READY=1' not in manager.recv(4096):
            pass  # what it says before

    def test_no_manager_no_matter(self):
        self.daemon(env={'NOTIFY_SOCKET': f'{self.dir}/nobody', 'WATCHDOG_USEC': '100000'})

    def test_the_watchdog_is_fed_twice_as_often_as_asked_and_status_with_it(self):
        daemon = self.notified({'one': TIDY}, WATCHDOG_USEC='200000')
        first = self.wait_line('WATCHDOG=1')
        while len([1 for _, line in self.received if line == 'WATCHDOG=1']) < 20:
            self.take()
        times = [when for when, line in self.received[first:] if line == 'WATCHDOG=1']
        # Never sooner than its time, but often later on a busy machine: the fastest quarter.
        gaps = sorted(after - before for before, after in zip(times, times[1:]))
        self.assertLess(gaps[len(gaps) // 4], 0.1)
        daemon.ctl('stop', 'one.service')
        self.wait_line('STATUS=1 tasks, 0 running', first)

    def test_the_watchdog_starves_while_a_task_blocks_the_loop(self):
        daemon = self.notified({'block': ini('block', Enabled='no', args={'hold': '1500ms'})},
                               WATCHDOG_USEC='200000')
        self.wait_line('WATCHDOG=1')
        daemon.ctl('load', 'block')
        daemon.wait_state('block.service', 'done')
        self.wait_line('WATCHDOG=1', len(self.received))
        times = [when for when, line in self.received if line == 'WATCHDOG=1']
        while time.monotonic() - times[0] < 2:
            self.take()
        times = [when for when, line in self.received if line == 'WATCHDOG=1']
        self.assertGreater(max(b - a for a, b in zip(times, times[1:])), 1.0)

    def test_without_watchdog_usec_it_is_not_fed(self):
        daemon = self.notified({'one': TIDY}, WATCHDOG_USEC='200000', WATCHDOG_PID='1')
        daemon.stop()
        self.wait_line('STOPPING=1')
        self.assertNotIn('WATCHDOG=1', [line for _, line in self.received])


class Activation(Case):
    def test_a_listening_socket_that_is_handed_over_is_served_and_not_removed(self):
        path = f'{self.dir}/handed.sock'
        daemon = self.daemon({'one': TIDY}, wait=False,
                             prefix=[sys.executable, '-c', ACTIVATE, path])
        daemon.wait_answer(path)
        self.assertFalse(daemon.socket.exists())
        self.ctl(path, 'status', 'one.service')
        self.ctl(path, 'shutdown')
        daemon.wait(0)
        self.assertTrue(os.path.exists(path))

    def test_for_another_process_it_is_not_taken(self):
        daemon = self.daemon(env={'LISTEN_FDS': '1', 'LISTEN_PID': '1'})
        daemon.ctl('info')


if __name__ == '__main__':
    main()
