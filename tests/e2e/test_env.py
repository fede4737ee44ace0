"""The environment from a file, and what a daemon shows of itself at a terminal."""
import os
import pty
import subprocess

from aiot import DAEMON, SECONDS, Case, ini, main, wait_for


class Env(Case):
    def start(self, files, config='', args=(), **options):
        base = f'{self.dir}/d'
        os.makedirs(f'{base}/config/services.d')
        for name, text in files.items():
            with open(f'{base}/{name}', 'w') as file:
                file.write(text)
        return self.daemon({'hello': ini('hello', args={'whom': '${WHOM}'})}, base=base,
                           config=config.format(base=base),
                           args=[word.format(base=base) for word in args], **options)

    def greets(self, daemon, whom):
        daemon.wait_text(f'hello, {whom}')

    def test_dot_env_beside_the_configuration_is_read(self):
        d = self.start({'config/.env': '# who\nexport WHOM="Ada L"\nLEVEL=debug\n'},
                       config='[Log]\nLevel = ${{LEVEL}}\n')
        self.greets(d, 'Ada L')

    def test_the_file_of_the_configuration_counts_more(self):
        d = self.start({'config/.env': 'WHOM=one', 'two.env': 'WHOM=two'},
                       config='[Daemon]\nEnvironmentFile = {base}/two.env\n')
        self.greets(d, 'two')

    def test_the_file_of_the_command_line_counts_alone(self):
        d = self.start({'config/.env': 'WHOM=one\nbroken', 'two.env': 'WHOM=two',
                        'three.env': 'WHOM=three'},
                       config='[Daemon]\nEnvironmentFile = {base}/two.env\n',
                       args=['--env-file', '{base}/three.env'])
        self.greets(d, 'three')

    def test_one_that_may_be_missing(self):
        d = self.start({'config/.env': 'WHOM=one'},
                       config='[Daemon]\nEnvironmentFile = -{base}/none.env\n')
        self.greets(d, 'one')

    def test_a_restart_reads_it_again_and_forgets_what_is_gone(self):
        d = self.start({'config/.env': 'WHOM=one\nONCE=here\n'})
        self.greets(d, 'one')
        (d.config / '.env').write_text('WHOM=two\n')
        d.write('world', ini('hello', args={'whom': '${ONCE}'}))
        d.ctl('daemon-restart')
        # Between the two nobody answers.
        wait_for(lambda: 'hello, two' in d.ctl('log', '-o', 'cat', code=None).stdout, 'it greets')
        wait_for(lambda: 'ONCE' in d.ctl('traceback', 'world', code=None).stdout,
                 'the variable is not set any more')

    def refused(self, files, sentence, **options):
        d = self.start(files, wait=False, **options)
        d.wait(6)
        self.assertIn(sentence, d.stderr())

    def test_what_is_wrong_with_it_is_told(self):
        self.refused({'config/.env': 'WHOM=one\nbroken'}, ".env:2: 'broken' is not KEY=VALUE")

    def test_one_that_is_missing_is_told(self):
        self.refused({}, 'none.env', args=['--env-file', '{base}/none.env'])

    def test_one_of_the_configuration_that_is_missing_is_told(self):
        self.refused({}, 'none.env', config='[Daemon]\nEnvironmentFile = {base}/none.env\n')

    def test_one_that_others_can_write_is_refused(self):
        os.makedirs(f'{self.dir}/e')
        path = f'{self.dir}/e/x.env'
        with open(path, 'w') as file:
            file.write('WHOM=x')
        os.chmod(path, 0o666)
        self.refused({}, path, args=['--env-file', path])


class Banner(Case):
    def shown(self, *args, config=''):
        """What a daemon writes to a terminal up to its first service."""
        os.makedirs(f'{self.dir}/d/config/services.d')
        with open(f'{self.dir}/d/config/aiotoolsd.ini', 'w') as file:
            file.write(config)
        parent, child = pty.openpty()
        words = [DAEMON, '--config-dir', f'{self.dir}/d/config', '--runtime-dir',
                 f'{self.dir}/d/run', '--state-dir', f'{self.dir}/d/state', *args]
        daemon = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=child, stderr=child,
                                  env=self.env())
        os.close(child)
        self.addCleanup(os.close, parent)
        wait_for(lambda: self.ctl(f'{self.dir}/d/run/control.sock', 'info', code=None).returncode == 0,
                 'it answers', SECONDS)
        self.ctl(f'{self.dir}/d/run/control.sock', 'shutdown')
        text = b''
        while True:
            try:
                data = os.read(parent, 4096)
            except OSError:  # its other side is closed
                break
            if not data:
                break
            text += data
        self.assertEqual(daemon.wait(SECONDS), 0)
        return text.decode()

    def test_a_terminal_sees_what_begins(self):
        text = self.shown(config='[Daemon]\nEnvironment = test\n')
        self.assertIn('aiotoolsd ', text)
        self.assertIn('boot mode: system, test', text)
        self.assertIn(os.uname().nodename, text)

    def test_not_with_no_banner(self):
        self.assertEqual(self.shown('--no-banner'), '')

    def test_not_when_quiet(self):
        self.assertEqual(self.shown('-q'), '')


if __name__ == '__main__':
    main()
