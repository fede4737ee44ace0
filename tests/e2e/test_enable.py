"""What people say of services for good: enable, disable, mask, config, edit; and a disk that is
full, read-only, or whose daemon is killed at every write."""
import errno
import json
import os
import signal

import aiot

FAULTS = aiot.BUILD / 'tests/e2e/faults.so'


class Enable(aiot.Case):
    def test_a_disabled_service_stays_away_and_loads_when_named(self):
        daemon = self.daemon({'hello': aiot.ini('hello')})
        self.assertEqual(daemon.ctl('is-enabled', 'hello').stdout, 'enabled\n')
        self.assertEqual(daemon.ctl('disable', 'hello', '--now').stdout,
                         'hello.service: disabled\n')
        self.assertEqual(daemon.ctl('is-enabled', 'hello', code=3).stdout, 'disabled\n')
        self.assertEqual(json.loads((daemon.state / 'services.json').read_text()),
                         {'hello': {'enabled': False}})
        daemon.stop()
        daemon = self.daemon(base=daemon.base)
        self.assertIsNone(daemon.task('hello.service'))
        self.assertIn('loaded', daemon.ctl('load', 'hello').stdout)
        daemon.ctl('load', 'hello', code=1)
        self.assertEqual(daemon.ctl('enable', 'hello').stdout, 'hello.service: enabled, running\n')
        daemon.ctl('is-enabled', 'nix', code=4)
        daemon.ctl('enable', 'nix', code=5)

    def test_mask_and_unmask(self):
        daemon = self.daemon({'hello': aiot.ini('hello'), 'world': aiot.ini('world')})
        daemon.ctl('mask', '*', '--now')
        self.assertEqual(daemon.ctl('is-enabled', '*', code=3).stdout, 'masked\nmasked\n')
        self.assertIn('unmask hello', daemon.ctl('load', 'hello', code=6).stderr)
        self.assertIn('unmask it first', daemon.ctl('enable', 'hello', code=6).stderr)
        self.assertEqual(daemon.ctl('unmask', 'hello').stdout, 'hello.service: enabled\n')
        daemon.ctl('load', 'hello')

    def test_a_masked_one_that_runs_is_not_to_be_reloaded(self):
        daemon = self.daemon({'hello': aiot.ini('hello'), 'world': aiot.ini('hello')})
        daemon.ctl('mask', 'hello')
        (daemon.run / 'services.d').mkdir(exist_ok=True)
        (daemon.run / 'services.d/world.ini').symlink_to('/dev/null')
        self.assertEqual(daemon.ctl('daemon-reload').stdout, '')
        self.assertNotIn('changed', daemon.ctl('services').stdout)
        self.assertEqual(daemon.ctl('reload', '--changed').stdout, '')
        self.assertIn('unmask hello', daemon.ctl('reload', 'hello', code=1).stderr)
        self.assertRegex(daemon.ctl('unload', '*').stdout,
                         r'^\[ OK \].* unloaded\n\[ OK \].* unloaded\n$')

    def test_config_outlives_the_daemon(self):
        daemon = self.daemon({'hello': aiot.ini('hello', args={'every': '10ms'})})
        self.assertEqual(
            daemon.ctl('config', 'hello', 'whom=Eve').stdout,
            'hello.service: enabled (default)\n    whom = Eve (services.json)\n'
            f'    every = 10ms ({daemon.config}/services.d/hello.ini:4)\n'
            'to apply: aiotoolsctl reload hello\n')
        self.assertIn('did you mean', daemon.ctl('config', 'hello', 'whon=x', code=2).stderr)
        daemon.ctl('config', 'hello', '--enable', '--disable', code=2)
        daemon.stop()
        daemon = self.daemon(base=daemon.base)
        daemon.wait_text('hello, Eve')
        daemon.ctl('config', 'hello', 'whom')
        self.assertEqual(daemon.json('get-config')['hello']['origin']['args']['whom'], 'default')

    def test_load_flags(self):
        daemon = self.daemon({'hello': aiot.ini('hello', args={'whom': 'Ada'}, Enabled='no')})
        lines = daemon.ctl('load', 'hello', '--no-config', '--debug').stdout.splitlines()
        self.assertIn('[ OK ] Service: hello.service from', lines[0])
        self.assertRegex(lines[1], r'^    read [\d.]+ ms, module [\d.]+ ms, task [\d.]+ ms, '
                                   r'init [\d.]+ ms, start [\d.]+ ms$')
        daemon.wait_text('hello, world')

    def test_methods_take_names_and_args_as_they_are_typed(self):
        daemon = self.daemon({'hello': aiot.ini('hello')})
        wire = daemon.wire()
        reply = wire.call('io.aiotools.Service.Enable', names='hello')
        self.assertEqual(reply['error'], 'org.varlink.service.InvalidParameter')
        reply = wire.call('io.aiotools.Service.Config', name='hello', args={'every': '5s'})
        self.assertEqual(reply['parameters']['config']['args']['every'], '5s')


class Edit(aiot.Case):
    def editor(self, script):
        path = os.path.join(self.dir, 'editor')
        with open(path, 'w') as file:
            file.write('#!/bin/sh\n' + script + '\n')
        os.chmod(path, 0o755)
        return {'EDITOR': path, 'VISUAL': '', 'TMPDIR': self.dir}

    def copies(self):
        return [name for name in os.listdir(self.dir) if name.startswith('aiotools-')]

    def test_a_good_text_is_taken(self):
        daemon = self.daemon({'hello': aiot.ini('hello', args={'whom': 'Ada'})})
        env = self.editor('sed -i s/Ada/Eve/ "$1"')
        self.assertEqual(daemon.ctl('edit', 'hello', env=env).stdout,
                         f'hello.service: {daemon.config}/services.d/hello.ini written\n'
                         'to apply: aiotoolsctl reload hello\n')
        self.assertIn('whom = Eve', (daemon.config / 'services.d/hello.ini').read_text())
        self.assertEqual(self.copies(), [])

    def test_ctrl_c_is_the_editor_s(self):
        daemon = self.daemon({'hello': aiot.ini('hello', args={'whom': 'Ada'})})
        env = self.editor('kill -INT $PPID; kill -QUIT $PPID; sed -i s/Ada/Eve/ "$1"\n'
                          'grep -q "SigIgn:.*[1-9a-f]" /proc/self/status && exit 1\n'
                          'exit 0')
        daemon.ctl('edit', 'hello', env=env)
        self.assertIn('whom = Eve', (daemon.config / 'services.d/hello.ini').read_text())

    def test_what_is_refused_is_kept_and_its_path_is_told(self):
        daemon = self.daemon({'hello': aiot.ini('hello', args={'whom': 'Ada'})})
        before = (daemon.config / 'services.d/hello.ini').read_text()
        env = self.editor('sed -i s/Module/Modul/ "$1"')
        failed = daemon.ctl('edit', 'hello', code=6, env=env).stderr
        self.assertIn("hello.ini:2: unknown key 'Modul' in [Service], did you mean 'Module'?",
                      failed)
        self.assertEqual((daemon.config / 'services.d/hello.ini').read_text(), before)
        copy, = self.copies()
        self.assertIn(f'what you wrote is in {self.dir}/{copy}\n', failed)
        with open(os.path.join(self.dir, copy)) as file:
            self.assertEqual(file.read(), before.replace('Module', 'Modul'))

    def test_nothing_is_lost_when_the_daemon_is_gone_meanwhile(self):
        daemon = self.daemon({'hello': aiot.ini('hello')})
        # A process that was killed is there until its parent hears of it: as a zombie.
        env = self.editor(f'echo "; mine" >> "$1"; kill -9 {daemon.pid}; '
                          f'until grep -q "State:.Z" /proc/{daemon.pid}/status; do :; done')
        failed = daemon.ctl('edit', 'hello', code=7, env=env).stderr
        daemon.wait(-signal.SIGKILL)
        copy, = self.copies()
        self.assertIn(copy, failed)
        with open(os.path.join(self.dir, copy)) as file:
            self.assertTrue(file.read().endswith('; mine\n'))

    def test_editors_that_do_nothing_or_fail_change_nothing(self):
        daemon = self.daemon({'hello': aiot.ini('hello')})
        self.assertEqual(daemon.ctl('edit', 'hello', env=self.editor('true')).stdout,
                         'nothing was changed\n')
        self.assertIn('failed; nothing has changed',
                      daemon.ctl('edit', 'hello', code=1, env=self.editor('exit 1')).stderr)
        env = {**self.editor(''), 'EDITOR': '/nowhere/ed'}
        self.assertIn("there is no editor '/nowhere/ed'",
                      daemon.ctl('edit', 'hello', code=1, env=env).stderr)
        self.assertIn('no such service', daemon.ctl('edit', 'nix', code=5, env=env).stderr)
        self.assertEqual(self.copies(), [])

    def test_a_change_by_somebody_else_is_not_overwritten(self):
        daemon = self.daemon({'hello': aiot.ini('hello')})
        path = daemon.config / 'services.d/hello.ini'
        env = self.editor(f'echo "; mine" >> "$1"; echo "; theirs" >> {path}')
        self.assertIn('somebody else has changed the file meanwhile',
                      daemon.ctl('edit', 'hello', code=6, env=env).stderr)
        self.assertTrue(path.read_text().endswith('; theirs\n'))

    def test_scripts_give_the_text(self):
        daemon = self.daemon({'hello': aiot.ini('hello')})
        daemon.ctl('edit', 'hello', '--text', aiot.ini('hello', Description='by a script'))
        self.assertIn('by a script', daemon.ctl('cat', 'hello').stdout)


class Faults(aiot.Case):
    def start(self, base=None):
        """A daemon whose writes into its state directory obey self.strike()."""
        self.order = os.path.join(self.dir, 'order')
        base = str(base or os.path.join(self.dir, 'base'))
        os.makedirs(base, exist_ok=True)
        env = {'LD_PRELOAD': str(FAULTS), 'AIOT_FAULT_FILE': self.order,
               'AIOT_FAULT_DIR': os.path.join(base, 'state')}
        if aiot.SANITIZED:
            # gcc's has to be the first library, and comes second now.
            env['ASAN_OPTIONS'] = aiot.ENVIRONMENT['ASAN_OPTIONS'] + ':verify_asan_link_order=0'
        return self.daemon({'hello': aiot.ini('hello')}, base=base, env=env)

    def strike(self, nth, what):
        with open(self.order + '.new', 'w') as file:
            file.write(f'{nth} {what}')
        os.rename(self.order + '.new', self.order)

    def whom(self, daemon):
        return daemon.json('get-config', 'hello')['hello']['args'].get('whom')

    def test_a_kill_at_every_write_leaves_the_old_or_the_new(self):
        daemon = self.start()
        old, n = 'world', 0
        while True:
            n += 1
            new = f'run-{n}'
            self.strike(n, 'kill')
            done = daemon.ctl('config', 'hello', f'whom={new}', code=None)
            os.unlink(self.order)
            if done.returncode == 0:
                break
            self.assertEqual(done.returncode, 7, done.stderr)
            daemon.wait(-signal.SIGKILL)
            text = daemon.state / 'services.json'
            if text.exists():
                json.loads(text.read_text())
            daemon = self.start(daemon.base)
            found = self.whom(daemon)
            self.assertIn(found, (old, new))
            self.assertFalse((daemon.state / 'services.json.bad').exists())
            old = found
        self.assertGreater(n, 4)
        self.assertEqual(self.whom(daemon), new)
        daemon.stop()

    def test_full_and_read_only_disks_mean_until_the_next_boot(self):
        for number in (errno.ENOSPC, errno.EROFS):
            daemon = self.start()
            self.strike(1, number)
            told = daemon.ctl('config', 'hello', 'whom=Eve').stdout
            self.assertIn(os.strerror(number), told)
            self.assertIn('until the next boot', told)
            self.assertEqual(self.whom(daemon), 'Eve')
            self.assertTrue(any('until the next boot' in text for text in daemon.texts()))
            kept = daemon.run / 'services.json'
            self.assertTrue(kept.exists())
            os.unlink(self.order)
            daemon.ctl('config', 'hello', 'whom=Ada')
            self.assertFalse(kept.exists())
            self.assertEqual(self.whom(daemon), 'Ada')
            daemon.stop()

    def test_where_nothing_can_be_written_nothing_changes(self):
        daemon = self.start()
        daemon.ctl('mask', 'hello')
        self.strike(1, errno.ENOSPC)
        (daemon.run / 'services.json.tmp').mkdir()
        failed = daemon.ctl('unmask', 'hello', code=1).stderr
        self.assertIn('No space left on device', failed)
        self.assertIn('nothing has changed', failed)
        self.assertEqual(daemon.ctl('is-enabled', 'hello', code=3).stdout, 'masked\n')
        os.unlink(self.order)
        (daemon.run / 'services.json.tmp').rmdir()
        daemon.stop()
        again = self.start(daemon.base)
        self.assertEqual(again.ctl('is-enabled', 'hello', code=3).stdout, 'masked\n')


if __name__ == '__main__':
    aiot.main()
