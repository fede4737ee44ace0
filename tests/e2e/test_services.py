"""The bundled services that deal with Linux: interfaces, hosts, files, programs; and the boot example."""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import unittest

from aiot import BUILD, SOURCE, Case, ini, main, wait_for

EMULATED = 'AIOT_EMULATED' in os.environ


def can_unshare():
    """Whether a network namespace of one's own can be had."""
    if EMULATED or not shutil.which('unshare') or not shutil.which('nsenter') or not shutil.which('ip'):
        return False
    return subprocess.run(['unshare', '-n', 'true'], stderr=subprocess.DEVNULL).returncode == 0


class Bundled(Case):
    NAMES = sorted(path.stem for path in (SOURCE / 'services.d').glob('*.ini')
                   if path.stem != 'stats' or (BUILD / 'services.d/stats.so').exists())  # an option of the build

    def bundled(self, texts):
        daemon = self.daemon()
        for name, text in texts.items():
            daemon.add_module(name, BUILD / f'services.d/{name}.so')
            daemon.write(name, text)
        daemon.ctl('daemon-reload')
        return daemon

    def test_each_option_is_in_the_manual_page(self):
        page = (SOURCE / 'man/aiotools-services.7').read_text()
        daemon = self.bundled({name: ini(name, Enabled='no') for name in self.NAMES})
        for name in self.NAMES:
            with self.subTest(name=name):
                parts = re.search(rf'^\.SS (?:\S+, )*{name}\b.*?(?=^\.S[SH] )', page, re.M | re.S)
                self.assertIsNotNone(parts, 'has no part of its own')
                keys = re.findall(r'([a-z-]+) =(?= |$)', parts[0], re.M)
                options = daemon.json('describe', name)['service']['kinds'][0]['options']
                self.assertEqual([o['key'] for o in options if o['key'] not in keys], [])

    def test_each_file_names_options_that_are_there(self):
        texts = {name: (SOURCE / f'services.d/{name}.ini').read_text() for name in self.NAMES}
        daemon = self.bundled(texts)
        for name in self.NAMES:
            with self.subTest(name=name):
                described = daemon.json('describe', name)['service']
                self.assertNotEqual(described['load'], 'failed', daemon.ctl('traceback', name, code=None))
                keys = re.findall(r'^([a-z-]+) =', texts[name].partition('[Args]')[2].partition('[Schedule]')[0],
                                  re.M)
                options = {o['key']: o for o in described['kinds'][0]['options']}
                self.assertEqual([key for key in keys if key not in options], [])


class Hello(Case):
    def as_installed(self, name):
        """The service's own file, switched on."""
        return (SOURCE / f'services.d/{name}.ini').read_text().replace('Enabled = no', 'Enabled = yes')

    def test_they_start_one_behind_the_other(self):
        daemon = self.daemon({name: self.as_installed(name) for name in ('hello_low', 'hello_core')})
        daemon.wait_state('hello_low.service', 'done')
        self.assertEqual(daemon.task('hello_low.service')['result'], {'below': 'core'})
        lines = [line for line in daemon.stdout().splitlines() if line.startswith('[ ')]
        self.assertEqual(lines[0], '[ Booting ] Order: --> hello_core --> hello_low')
        texts = daemon.texts()
        self.assertLess(texts.index('core is ready'),
                        texts.index('building on "core" of hello_core'))

    def test_the_upper_one_waits_for_the_lower_one_that_failed(self):
        daemon = self.daemon({'hello_core': ini('hello_core', Type='core', args={'fail': 'yes'}),
                              'hello_low': self.as_installed('hello_low'),
                              'network': ini('network', Type='core', args={'interfaces': 'lo'})})
        daemon.wait_state('hello_core.service', 'failed')
        daemon.wait_state('hello_low.service', 'waiting')
        daemon.wait_state('network.service', 'done')
        self.assertIn('hello_core.service', daemon.task('hello_low.service')['reason'])

    def test_one_builds_on_the_result_of_the_other(self):
        daemon = self.daemon({'hello_core': ini('hello_core', args={'what': 'ground', 'work': '1ms'})})
        daemon.wait_state('hello_core.service', 'done')
        self.assertEqual(daemon.task('hello_core.service')['result'], 'ground')
        daemon.write('hello_low', ini('hello_low', args={'work': '1ms'}))
        daemon.ctl('daemon-reload')
        daemon.ctl('load', 'hello_low')
        daemon.wait_state('hello_low.service', 'done')
        self.assertEqual(daemon.task('hello_low.service')['result'], {'below': 'ground'})

    def test_without_the_other_it_fails_and_says_what_to_do(self):
        daemon = self.daemon({'hello_low': ini('hello_low', args={'base': 'nobody'}),
                              'hello_core': ini('hello_core', args={'fail': 'yes', 'work': '1ms'})})
        daemon.wait_state('hello_low.service', 'failed')
        self.assertIn("'nobody' has no result to build on; Requires= in this one's file makes it wait",
                      daemon.ctl('traceback', 'hello_low').stdout)
        daemon.wait_state('hello_core.service', 'failed')
        self.assertIn('core is not ready; fail=no lets it be', daemon.ctl('traceback', 'hello_core').stdout)


class Network(Case):
    def network(self, *, prefix=(), **args):
        return self.daemon({'network': ini('network', args=args)}, prefix=prefix)

    def test_the_loopback_is_found_when_it_is_named(self):
        daemon = self.network(interfaces='nothing*, lo', timeout='30s')
        daemon.wait_state('network.service', 'done')
        result = daemon.task('network.service')['result']
        self.assertEqual(result['interface'], 'lo')
        self.assertIn('127.0.0.1/8', result['addresses'])

    def test_what_is_missing_when_the_time_is_over_is_told(self):
        daemon = self.network(interfaces='no-such0', timeout='20ms')
        daemon.wait_state('network.service', 'failed')
        self.assertIn("no network within 0.020 s: there is no interface 'no-such0'",
                      daemon.ctl('traceback', 'network').stdout)

    def test_a_wrong_option_is_a_load_failure(self):
        daemon = self.network(family='ipx')
        self.assertIn('family: it is any, ipv4, ipv6 or both', daemon.ctl('traceback', 'network').stdout)

    @unittest.skipUnless(can_unshare(), 'no network namespace can be had')
    def test_it_waits_until_the_kernel_says_that_an_interface_is_up(self):
        daemon = self.network(prefix=['unshare', '-n'], interfaces='lo', family='ipv4', timeout='0')
        daemon.wait_text('waiting: lo is down')
        self.assertEqual(daemon.task('network.service')['state'], 'running')
        subprocess.run(['nsenter', '-t', str(daemon.pid), '-n', 'ip', 'link', 'set', 'lo', 'up'], check=True)
        daemon.wait_state('network.service', 'done')
        self.assertIn('127.0.0.1/8', daemon.task('network.service')['result']['addresses'])
        stats = daemon.json('status', '-d', 'network', code=3)['tasks'][0]['stats']
        self.assertLess(stats['looks'], 10)


class Ping(Case):
    def ping(self, **args):
        return self.daemon({'ping': ini('ping', args={'timeout': '30s', 'every': '5ms', **args})})

    def stats(self, daemon, name):
        return daemon.json('status', '-d', name, code=None)['tasks'][0]['stats']

    def port(self, listening):
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.bind(('127.0.0.1', 0))
        if listening:
            sock.listen(100)
        return sock.getsockname()[1]

    def test_each_host_has_a_task_with_its_figures(self):
        port = self.port(True)
        daemon = self.ping(hosts=f'127.0.0.1, localhost:{port}', family='ipv4')
        names = ['ping.service.127.0.0.1', f'ping.service.localhost_{port}']
        for name in names:
            wait_for(lambda: (self.stats(daemon, name) or {}).get('answered', 0) >= 3, f'answers of {name}')
            stats = self.stats(daemon, name)
            self.assertEqual((stats['lost'], stats['address']), (0, '127.0.0.1'))
            self.assertTrue(0 <= stats['min'] <= stats['avg'] <= stats['max'], stats)
        daemon.ctl('stop', 'ping')
        result = daemon.task('ping.service')['result']
        self.assertEqual(set(result), {'127.0.0.1', f'localhost:{port}'})
        self.assertGreaterEqual(result['127.0.0.1']['answered'], 3)

    def test_a_report_has_a_row_for_each_host(self):
        daemon = self.ping(hosts='127.0.0.1, localhost', method='tcp', port=str(self.port(True)), count='2')
        daemon.wait_state('ping.service', 'done')
        self.assertRegex(daemon.ctl('report', 'ping').stdout,
                         r'127\.0\.0\.1 +2 +0\.0%  [\d.]+/[\d.]+/[\d.]+/[\d.]+\n *localhost +2 ')

    def test_one_more_host_can_be_added(self):
        daemon = self.ping(hosts=f'127.0.0.1:{self.port(True)}')
        daemon.ctl('add', 'ping/host', f'host=localhost:{self.port(True)}', 'count=1', '--name', 'more')
        daemon.wait_state('more', 'done')
        self.assertEqual(daemon.task('more')['result']['answered'], 1)

    def test_with_a_count_it_ends_with_a_result(self):
        daemon = self.ping(hosts=f'127.0.0.1:{self.port(True)}', count='4')
        daemon.wait_state('ping.service', 'done')
        (figures,) = daemon.task('ping.service')['result'].values()
        self.assertEqual((figures['sent'], figures['answered'], figures['loss']), (4, 4, 0))

    def test_a_host_that_is_silent_is_told_and_fails_it(self):
        port = self.port(False)
        daemon = self.ping(hosts=f'127.0.0.1:{port}, 127.0.0.1:{self.port(True)}', count='2')
        daemon.wait_state('ping.service', 'failed')
        self.assertIn('1 of 2 hosts did not answer', daemon.ctl('traceback', 'ping').stdout)
        told = [text for text in daemon.texts() if 'does not answer' in text]
        self.assertEqual(told, [f'127.0.0.1:{port} does not answer: Connection refused'])

    def test_a_refused_connection_shows_that_a_host_is_there(self):
        daemon = self.ping(hosts='127.0.0.1', method='tcp', port=str(self.port(False)), count='1')
        daemon.wait_state('ping.service', 'done')

    def test_a_name_that_nobody_can_have(self):
        name = 'a' * 64 + '.invalid'  # so that the resolver asks nobody
        daemon = self.ping(hosts=name, count='1')
        daemon.wait_state('ping.service', 'failed')
        self.assertTrue(any(f'{name} does not answer: no address: ' in text
                            for text in daemon.texts()))

    def test_a_wrong_host_is_a_load_failure(self):
        daemon = self.ping(hosts='127.0.0.1:http')
        self.assertIn("hosts: '127.0.0.1:http': a port is a number from 1 to 65535",
                      daemon.ctl('traceback', 'ping').stdout)


class Files(Case):
    def files(self, paths, **args):
        self.inbox = pathlib.Path(self.dir) / 'inbox'
        daemon = self.daemon({'echo': ini('echo', schedule={'StartIn': '1h'}),
                              'files': ini('files', args={'paths': paths.format(self.inbox), 'task': 'echo',
                                                          'settle': '20ms', **args})})
        wait_for(lambda: (self.stats(daemon) or {}).get('directories', 0) > 0, 'watches')
        return daemon

    def stats(self, daemon):
        return daemon.json('status', '-d', 'files', code=None)['tasks'][0]['stats']

    def test_a_file_that_appears_in_a_new_directory_triggers_a_task(self):
        daemon = self.files('{}/*.csv')
        self.inbox.mkdir()
        (self.inbox / 'a.txt').write_text('x')
        (self.inbox / 'a.csv').write_text('x')
        wait_for(lambda: daemon.task('echo.service')['runs'] >= 1, 'a run')
        daemon.wait_text("a.csv: triggered 'echo'")
        self.assertEqual(self.stats(daemon)['last'], str(self.inbox / 'a.csv'))
        self.assertEqual(self.stats(daemon)['failures'], 0)

    def test_a_path_is_handed_on(self):
        daemon = self.files('{}', **{'pass': 'text', 'on': 'changed'})
        self.inbox.mkdir()
        (self.inbox / 'one').write_text('x')
        daemon.wait_text(f"{self.inbox}/one: triggered 'echo'")
        wait_for(lambda: daemon.task('echo.service').get('result') == str(self.inbox / 'one'), 'the path as the result')

    def test_an_order_that_fails_is_told(self):
        daemon = self.files('{}', task='nobody')
        self.inbox.mkdir()
        (self.inbox / 'one').write_text('x')
        daemon.wait_text("trigger 'nobody' failed: ")
        self.assertEqual(daemon.task('files.service')['state'], 'running')

    def test_a_wrong_path_is_a_load_failure(self):
        daemon = self.daemon({'files': ini('files', args={'paths': 'inbox', 'task': 'echo'})})
        self.assertIn("paths: 'inbox': not an absolute path", daemon.ctl('traceback', 'files').stdout)


class Unittest(Case):
    def unittest(self, script, **args):
        self.script = pathlib.Path(self.dir) / 'test.sh'
        self.report = pathlib.Path(self.dir) / 'report.json'
        self.script.write_text(script)
        return self.daemon({'unittest': ini('unittest', args={
            'tests': f'sh {self.script}, true', 'report': self.report, 'settle': '20ms', **args})})

    def results(self):
        if not self.report.exists():
            return None
        return [test['result'] for test in json.loads(self.report.read_text())['tests']]

    def test_a_test_is_run_again_when_its_file_changes(self):
        daemon = self.unittest('echo it is wrong; exit 3')
        wait_for(lambda: self.results() == ['failed', 'passed'], 'the first report')
        self.assertIn('it is wrong', daemon.texts())
        daemon.wait_text('/test.sh: exit code 3 (')
        self.script.write_text('exit 0')
        wait_for(lambda: self.results() == ['passed', 'passed'], 'the second report')
        daemon.ctl('stop', 'unittest')
        result = daemon.task('unittest.service')['result']
        self.assertEqual((result['passed'], result['failed']), (2, 0))
        self.assertEqual([test['runs'] for test in result['tests']][1], 1)

    def test_a_report_has_a_row_for_each_test(self):
        daemon = self.unittest('exit 3', once='yes')
        daemon.wait_state('unittest.service', 'failed')
        self.assertRegex(daemon.ctl('report', 'unittest').stdout,
                         r'2 of 2 ran: 1 passed, 1 failed in all\n *failed +\d+ ms  sh \S+: exit code 3\n'
                         r' *passed +\d+ ms  true\n')

    def test_once_ends_and_fails_with_the_tests(self):
        daemon = self.unittest('sleep 300', once='yes', timeout='3s')
        daemon.wait_state('unittest.service', 'failed')
        self.assertIn('1 of 2 tests failed', daemon.ctl('traceback', 'unittest').stdout)
        self.assertEqual(self.results(), ['failed', 'passed'])
        daemon.wait_text('not over within 3000 ms')

    def test_without_tests_it_does_not_load(self):
        daemon = self.daemon({'unittest': ini('unittest')})
        self.assertIn('tests: there is none; tests = COMMAND, COMMAND',
                      daemon.ctl('traceback', 'unittest').stdout)


if __name__ == '__main__':
    main()
