"""examples/embed: the runtime in another program, controlled from outside."""
import signal

from aiot import EMBED, Case, Process, main


class Embed(Case):
    def setUp(self):
        super().setUp()
        self.path = f'{self.dir}/embed.sock'
        self.embed = Process(self, [EMBED, self.path])
        self.embed.wait_answer(self.path)

    def test_it_is_controlled_as_the_daemon_is(self):
        self.assertIn('tick.service: status: running', self.ctl(self.path, 'status').stdout)
        self.ctl(self.path, 'stop', 'tick.service')
        self.ctl(self.path, 'status', 'tick.service', code=3)
        self.ctl(self.path, 'start', 'tick.service')
        self.assertIn('tick 1', self.ctl(self.path, 'log').stdout)
        self.assertIn('linked in', self.ctl(self.path, 'services', '--status').stdout)
        self.ctl(self.path, 'shutdown')
        self.embed.wait(0)
        self.ctl(self.path, 'status', code=7)

    def test_sigterm_ends_it(self):
        self.embed.stop(signal.SIGTERM, code=0)

    def test_a_second_one_on_the_socket_is_refused(self):
        second = Process(self, [EMBED, self.path])
        second.wait(1)
        self.assertIn(self.path, second.stderr())
        self.ctl(self.path, 'status')


if __name__ == '__main__':
    main()
