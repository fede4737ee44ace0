"""tools/demo, on what is built already."""
import os
import signal

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


if __name__ == '__main__':
    main()
