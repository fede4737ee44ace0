"""Whatever changes files is killed at each system call that does, and fails at each for want of room:
what is read is always the old or the new, whole, and the next try goes through."""
import errno
import json
import os
import pathlib
import shutil
import signal

import aiot

FAULTS = aiot.BUILD / 'tests/e2e/faults.so'
MOST = 60  # calls that any of the verbs makes


def version(number):
    return aiot.BUILD / f'tests/e2e/services/e2e-version-{number}.so'


class Struck(aiot.Case):
    def setUp(self):
        super().setUp()
        self.base = pathlib.Path(self.dir) / 'base'
        self.order = pathlib.Path(self.dir) / 'order'

    def start(self, below='state', services=None):
        """A daemon whose calls about files there obey self.strike()."""
        self.base.mkdir(exist_ok=True)
        env = {'LD_PRELOAD': str(FAULTS), 'AIOT_FAULT_FILE': str(self.order),
               'AIOT_FAULT_DIR': str(self.base / below)}
        if aiot.SANITIZED:
            # gcc's has to be the first library, and comes second now.
            env['ASAN_OPTIONS'] = aiot.ENVIRONMENT['ASAN_OPTIONS'] + ':verify_asan_link_order=0'
        return self.daemon(services, base=self.base, env=env)

    def struck(self, daemon, nth, what, *words):
        """The exit code of a verb whose nth call is struck."""
        new = self.order.with_suffix('.new')
        new.write_text(f'{nth} {what}')
        new.rename(self.order)
        done = daemon.ctl(*words, code=None)
        self.order.unlink()
        if done.returncode == 7:
            daemon.wait(-signal.SIGKILL)
        else:
            self.assertTrue(daemon.alive())
        return done

    def killed_at_each(self, words, check, below='state', services=None, before=None):
        """Until one goes through.  check(daemon, done): done is None behind a kill."""
        for nth in range(1, MOST):
            daemon = self.start(below, services)
            if before:
                before(daemon)
            done = self.struck(daemon, nth, 'kill', *words)
            if done.returncode == 0:
                check(daemon, done)
                self.assertGreater(nth, 4, 'no call was struck')
                return
            self.assertEqual(done.returncode, 7, done.stderr)
            daemon = self.start(below)
            check(daemon, None)
            daemon.stop()
        self.fail(f'over {MOST} calls')

    def failing_at_each(self, words, check, number, below='state', services=None):
        """The same, for want of room or because it is read-only; done is what the verb said."""
        daemon = self.start(below, services)
        for nth in range(1, MOST):
            done = self.struck(daemon, nth, number, *words)
            check(daemon, done)
            if done.returncode == 0 and os.strerror(number) not in done.stdout:
                self.assertGreater(nth, 3, 'no call was struck')
                return
        self.fail(f'over {MOST} calls')


class Services(Struck):
    HELLO = {'hello': aiot.ini('hello')}

    def test_enable_and_disable(self):
        def check(daemon, done):
            text = daemon.state / 'services.json'
            said = json.loads(text.read_text()) if text.exists() else {}
            self.assertIn(said, [{}] + [{'hello': {'enabled': word}} for word in (True, False)])
            word = 'disabled' if said == {'hello': {'enabled': False}} else 'enabled'
            self.assertEqual(daemon.ctl('is-enabled', 'hello', code=None).stdout, f'{word}\n')
            if done:
                self.assertEqual(word, 'disabled')

        self.killed_at_each(['disable', 'hello'], check, services=self.HELLO,
                            before=lambda daemon: daemon.ctl('enable', 'hello'))


class Edit(Struck):
    OLD = aiot.ini('tidy', args={'what': 'old'})
    NEW = aiot.ini('tidy', args={'what': 'new, and longer'}, Description='of today')

    def check(self, daemon, done):
        path = daemon.config / 'services.d/tidy.ini'
        self.assertIn(path.read_text(), (self.OLD, self.NEW))
        self.assertEqual(daemon.json('services', 'tidy')['services'][0]['error'], None)
        self.assertEqual(len(daemon.json('services')['services']), 1)
        if done and done.returncode == 0 and 'until the next boot' not in done.stdout:
            self.assertEqual(path.read_text(), self.NEW)
        path.write_text(self.OLD)

    def test_kills(self):
        self.killed_at_each(['edit', 'tidy', '--text', self.NEW], self.check, 'config',
                            {'tidy': self.OLD})

    def test_a_full_disk(self):
        self.failing_at_each(['edit', 'tidy', '--text', self.NEW], self.full, errno.ENOSPC,
                             'config', {'tidy': self.OLD})

    def full(self, daemon, done):
        """Then the runtime directory has it until the next boot."""
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check(daemon, done)
        kept = daemon.run / 'services.d/tidy.ini'
        if kept.exists():
            self.assertEqual(kept.read_text(), self.NEW)
            self.assertIn('No space left on device', done.stdout)
            kept.unlink()
        daemon.ctl('daemon-reload')


class Install(Struck):
    OLD, NEW = aiot.ini('version', args={'word': 'old'}), aiot.ini('version', args={'word': 'new'})

    def setUp(self):
        super().setUp()
        for name, number, text in ('old', 1, self.OLD), ('new', 2, self.NEW):
            (pathlib.Path(self.dir) / name).mkdir()
            shutil.copy(version(number), f'{self.dir}/{name}/version.so')
            pathlib.Path(f'{self.dir}/{name}/version.ini').write_text(text)

    def is_new(self, daemon):
        """Module and file, whether each is the new one; both are whole."""
        code = (daemon.state / 'modules/version.so').read_bytes()
        text = (daemon.state / 'services.d/version.ini').read_text()
        self.assertIn(code, (version(1).read_bytes(), version(2).read_bytes()))
        self.assertIn(text, (self.OLD, self.NEW))
        return code == version(2).read_bytes(), text == self.NEW

    def old(self, daemon):
        daemon.ctl('install', f'{self.dir}/old')
        self.assertEqual(self.is_new(daemon), (False, False))

    def check(self, daemon, done):
        self.assertIn(self.is_new(daemon), ((False, False), (True, False), (True, True)))
        if done:
            self.assertEqual(self.is_new(daemon), (True, True))
        daemon.ctl('load', 'version', code=None)
        daemon.wait_state('version.service', 'running')
        daemon.ctl('unload', 'version')

    def test_kills(self):
        self.killed_at_each(['install', f'{self.dir}/new'], self.check, before=self.old)
        self.assertEqual(list((self.base / 'state').glob('*/.*')), [])

    def test_a_full_disk(self):
        self.fails_whole(errno.ENOSPC)

    def test_a_disk_that_becomes_read_only(self):
        self.fails_whole(errno.EROFS)

    def fails_whole(self, number):
        def check(daemon, done):
            new = self.is_new(daemon)
            if done.returncode == 0:
                self.assertEqual(new, (True, True))
                return
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(os.strerror(number), done.stderr)
            self.assertEqual(new[0], 'the module is the new one already' in done.stderr)
            self.assertEqual(list((self.base / 'state').glob('*/.*')), [])
            self.old(daemon)

        daemon = self.start()
        self.old(daemon)
        daemon.stop()
        self.failing_at_each(['install', f'{self.dir}/new'], check, number)

    def test_remove(self):
        def check(daemon, done):
            left = {path.name for path in (self.base / 'state').glob('*/version*')}
            self.assertNotIn(left, ({'version.ini'}, ), 'the module went first')
            if done:
                self.assertEqual(left, set())
            else:
                daemon.ctl('unload', 'version', code=None)
                daemon.ctl('remove', 'version', code=0 if left else 5)
                self.assertEqual(list((self.base / 'state').glob('*/version*')), [])

        for nth in range(1, MOST):
            daemon = self.start()
            self.old(daemon)
            done = self.struck(daemon, nth, 'kill', 'remove', 'version')
            if done.returncode != 0:
                daemon = self.start()
            check(daemon, done if done.returncode == 0 else None)
            daemon.stop()
            if done.returncode == 0:
                self.assertGreater(nth, 3, 'no call was struck')
                return
        self.fail(f'over {MOST} calls')


if __name__ == '__main__':
    aiot.main()
