"""tools/demo, on what is built already; and what README.md shows behind it."""
import os
import re
import shlex
import signal
import unittest

from aiot import BUILD, SOURCE, Case, Process, main, wait_for

DEMO = [SOURCE / 'tools/demo', '--build-dir', BUILD]


class Demo(Case):
    def env(self, **more):
        return super().env(TMPDIR=f'{self.dir}/tmp', **more)

    def setUp(self):
        super().setUp()
        os.mkdir(f'{self.dir}/tmp')

    def left(self):
        return os.listdir(f'{self.dir}/tmp')

    def test_once_shows_status_and_log_and_leaves_nothing(self):
        demo = Process(self, [*DEMO, '--once'])
        demo.wait(0)
        text = demo.stdout()
        for part in ('hello.service: status: running', 'sysmon.service', 'world.service',
                     '[hello.service]', 'AIOTOOLS_SOCKET='):
            self.assertIn(part, text)
        self.assertEqual(self.left(), [])

    def test_it_follows_the_log_until_interrupted_and_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                demo = Process(self, DEMO)
                wait_for(lambda: demo.stdout().count('[hello.service]') > 3, 'it follows')
                demo.stop(number, code=None)
                self.assertIn(demo.popen.returncode, (0, 128 + number))
                self.assertEqual(self.left(), [])

    def test_a_second_terminal_controls_it(self):
        demo = Process(self, DEMO)
        wait_for(lambda: 'AIOTOOLS_SOCKET=' in demo.stdout(), 'it says how')
        path = demo.stdout().split('AIOTOOLS_SOCKET=', 1)[1].split()[0]
        self.ctl(path, 'status', 'hello.service')
        self.ctl(path, 'shutdown')
        demo.wait(0)
        self.assertEqual(self.left(), [])


def masked(text):
    """Without what differs from run to run, lines that repeat themselves once."""
    for pattern, mask in ((r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d', 'TIME'), (r'\d+ s ago', 'N s ago'),
                          (r'TIME \[\S+\] ', 'TIME [host] '), (r'toggles: \d+', 'toggles: N'),
                          (r'in steps: .*', 'in steps'), (r'\S*services.d/blink.c:\d+', 'LINE')):
        text = re.sub(pattern, mask, text)
    return list(dict.fromkeys(line.rstrip() for line in text.strip().splitlines()))


class Readme(Case):
    """Its trial of blink, word by word."""

    def setUp(self):
        super().setUp()
        text = (SOURCE / 'README.md').read_text()
        self.text = text.split('## Blink')[1].split('\n## ')[0]

    def test_the_lines_where_it_waits_are_those_of_the_service(self):
        source = (SOURCE / 'services.d/blink.c').read_text().splitlines()
        for number in set(re.findall(r'services.d/blink.c:(\d+)', self.text)):
            self.assertIn('AIOT_SLEEP_MS', source[int(number) - 1], f'line {number}')

    @unittest.skipIf(os.path.exists('/sys/class/gpio/export'), 'there are pins here')
    def test_what_it_shows_is_what_there_is(self):
        d = self.daemon({'blink': self.text.split('<<END\n')[1].split('END\n')[0]})
        wait_for(lambda: len(d.texts('blink')) >= 4, 'it blinked twice')
        shown = self.text.split('$ export AIOTOOLS_SOCKET')[1].split('```')[0]
        for part in shown.split('\n$ aiotoolsctl ')[1:]:
            words, _, expected = part.partition('\n')
            told = d.ctl(*shlex.split(words), code=None).stdout
            told = told.replace(f'{d.modules}/', 'build-demo/services.d/').replace(f'{d.config}/', '/tmp/blink/')
            self.assertEqual(masked(told), masked(expected), words)


if __name__ == '__main__':
    main()
