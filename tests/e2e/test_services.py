"""The bundled services that deal with Linux: interfaces, hosts, files, programs; and the boot example."""
import os
import shutil
import subprocess
import unittest

from aiot import Case, ini, main, wait_for

EMULATED = 'AIOT_EMULATED' in os.environ


def can_unshare():
    """Whether a network namespace of one's own can be had."""
    if EMULATED or not shutil.which('unshare') or not shutil.which('nsenter') or not shutil.which('ip'):
        return False
    return subprocess.run(['unshare', '-n', 'true'], stderr=subprocess.DEVNULL).returncode == 0


class Hello(Case):
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
        self.assertLess(daemon.json('status', '-d', 'network')['tasks'][0]['stats']['looks'], 10)


if __name__ == '__main__':
    main()
