"""The life of a task at the terminal: add, set, trigger, wait, result ... with their exit codes."""
import json
import os
import re

from aiot import Case, ini, main, wait_for

TIDY = ini('tidy')
SLOW = ini('ends', args={'after': '10min'})
BROKEN = ini('ends', args={'code': '5'})
ECHO = ini('echo', args={'after': '10min', 'text': 'from the file'})
LATER = {'StartIn': '1h', 'Every': '1h'}
LONG = ''.join(chr(c) for c in range(1, 0x80)) * 470 + '=\u00e9\U0001f600' * 100


class Adding(Case):
    def test_tasks_are_added_and_deleted(self):
        daemon = self.daemon({'echo': ECHO})
        self.assertEqual(daemon.ctl('add', 'echo').stdout, 'echo\n')
        self.assertEqual(daemon.ctl('add', 'echo', 'text=a=b').stdout, 'echo_1\n')
        self.assertEqual(daemon.json('add', 'echo/number'),
                         {'name': 'echo.number', 'kept': False})
        self.assertEqual(daemon.ctl('add', 'echo', '--name', 'x').stdout, 'x\n')
        daemon.wait_state('echo.number', 'done')
        text = daemon.ctl('status', '--debug', '--no-log', 'echo_1').stdout
        self.assertIn("'text': 'a=b' (add)", text)
        self.assertRegex(text, r"'after': '10min' \(\S+/echo\.ini:4\)")
        self.assertEqual(daemon.ctl('delete', 'x').stdout, 'x: deleted\n')
        self.assertIsNone(daemon.task('x'))
        self.assertEqual(daemon.ctl('delete', '*').stdout,
                         'echo: deleted\necho.number: deleted\necho_1: deleted\n')
        daemon.wait_state('echo.service', 'running')

    def test_what_cannot_be_added(self):
        daemon = self.daemon({'echo': ECHO, 'off': ini('e2e-tidy', Enabled='no'),
                              'dofail': ini('dofail')})
        for words, code, part in (
                (['nix'], 5, "no such service: 'nix'"),
                (['off'], 1, "service 'off' is not loaded; aiotoolsctl load off"),
                (['dofail'], 1, "service 'dofail' did not load; aiotoolsctl traceback dofail"),
                (['echo/nix'], 2, "service 'echo' has no kind 'nix'"),
                (['echo', 'txt=1'], 2, "'txt' is none of the options, did you mean 'text'?"),
                (['echo', 'after=soon'], 2, "after: 'soon' is not a time span"),
                (['echo', 'text'], 2, 'text: a value is needed: text=VALUE'),
                (['echo', 'text=bad'], 1, "cannot add 'echo': EINVAL: text: bad"),
                (['echo', '--name', 'a b'], 2, "'a b' cannot be a task's name"),
                ([], 2, 'a SERVICE[/KIND] is needed')):
            with self.subTest(words=words):
                done = daemon.ctl('add', *words, code=code)
                self.assertIn(part, done.stderr)
                self.assertEqual(done.stdout, '')
        self.assertEqual(daemon.ctl('list').stdout.count('\n'), 1)

    def test_what_cannot_be_deleted(self):
        daemon = self.daemon({'echo': ECHO})
        self.assertIn('aiotoolsctl unload echo', daemon.ctl('delete', 'echo', code=1).stderr)
        daemon.ctl('delete', 'nobody', code=5)
        self.assertIn("no task matches 'z*'", daemon.ctl('delete', 'z*', code=1).stderr)

    def test_unloading_takes_added_tasks_first(self):
        daemon = self.daemon({'echo': ECHO})
        for _ in range(20):
            daemon.ctl('add', 'echo')
        daemon.ctl('unload', 'echo')
        self.assertEqual(daemon.json('list', '--all'), {'tasks': []})
        daemon.wait_text("service 'echo': tasks of it that were added go first: 20")
        daemon.ctl('load', 'echo')

    def test_a_name_that_is_taken_is_raised_or_kept_as_configured(self):
        daemon = self.daemon({'echo': ECHO}, config='[Daemon]\ntask_pre_exist = raise\n')
        daemon.ctl('add', 'echo')
        done = daemon.ctl('add', 'echo', code=1)
        self.assertIn('there is a task of that name already', done.stderr)
        daemon = self.daemon({'echo': ECHO}, config='[Daemon]\ntask_pre_exist = ignore\n')
        daemon.ctl('add', 'echo')
        self.assertEqual(daemon.json('add', 'echo'), {'name': 'echo', 'kept': True})


class Setting(Case):
    def test_live_ones_take_effect_at_once_and_others_at_the_next_start(self):
        daemon = self.daemon({'echo': ECHO})
        text = daemon.ctl('set', 'echo', 'text=new', 'after=0').stdout
        self.assertEqual(text, 'echo.service: text = new, at once\n'
                               'echo.service: after = 0, from the next start on\n')
        text = daemon.ctl('status', 'echo', '--debug', '--no-log').stdout
        self.assertIn("'text': 'new' (set)", text)
        self.assertIn("'after': '10min' (at the next start: '0', set)", text)
        daemon.ctl('restart', 'echo')
        daemon.wait_state('echo.service', 'done')
        self.assertEqual(daemon.ctl('result', 'echo').stdout, 'echo.service --> new\n')
        text = daemon.ctl('set', 'echo', 'text').stdout
        self.assertRegex(text, r'^echo\.service: text = from the file \(\S+echo\.ini:5\), from the '
                               r'next start on\n$')
        daemon.ctl('start', 'echo')
        daemon.ctl('wait', 'echo')
        self.assertEqual(daemon.json('result', 'echo'), {'echo.service': 'from the file'})
        self.assertEqual(daemon.json('set', 'echo', 'text=')['set'], [
            {'key': 'text', 'value': '', 'origin': 'set', 'effect': 'start'}])

    def test_what_cannot_be_set(self):
        daemon = self.daemon({'echo': ECHO})
        for words, code, part in (
                (['nobody', 'a=b'], 5, "'nobody'"),
                (['ech*', 'a=b'], 2, "set takes exactly one name, and 'ech*' is a pattern"),
                (['echo', 'txt=b'], 2, "did you mean 'text'?"),
                (['echo', 'after=x', 'text=y'], 2, "after: 'x' is not a time span"),
                (['echo', 'text=1', 'TEXT=2'], 2, 'text: given twice'),
                (['echo', '=1'], 2, 'has no key'),
                (['echo'], 2, 'a KEY=VALUE is needed'),
                (['echo', b'text=\xff'], 2, 'not given as UTF-8'),
                (['echo', 'text=' + 'x' * (60 * 1024 + 1)], 2, '61441 bytes, 61440 are allowed'),
                (['echo', 'text=' + 'x' * 70000], 1, 'the request is over 65536 bytes')):
            with self.subTest(words=words[:1]):
                words = [w if isinstance(w, str) else os.fsdecode(w) for w in words]
                done = daemon.ctl('set', *words, code=None)
                self.assertEqual(done.returncode, code)
                self.assertIn(part, done.stderr)
        self.assertIn('from the file', daemon.ctl('status', '-d', 'echo').stdout)

    def test_texts_up_to_60_KiB_are_kept_byte_for_byte(self):
        daemon = self.daemon({'echo': ECHO})
        self.assertLess(len(LONG.encode()), 60 * 1024 + 1)
        wire = daemon.wire()
        for text in ('x' * 60 * 1024, '\u00e9' * 30 * 1024, 'a\x01\x1b[31m\n\t=\u00e9\U0001f600"\\'):
            request = {'method': 'io.aiotools.Task.Set',
                       'parameters': {'name': 'echo', 'args': {'text': text, 'after': '0'}}}
            wire.send(json.dumps(request, ensure_ascii=False).encode() + b'\0')
            self.assertNotIn('error', wire.reply())
            daemon.ctl('restart', 'echo')
            daemon.wait_state('echo.service', 'done')
            self.assertTrue(daemon.json('result')['echo.service'] == text)
        daemon.ctl('set', 'echo', 'text=' + LONG[:9000])
        daemon.ctl('start', 'echo')
        daemon.ctl('wait', 'echo')
        self.assertEqual(daemon.json('result', 'echo')['echo.service'], LONG[:9000])
        self.assertNotIn('\x1b', daemon.ctl('result', 'echo').stdout)

    def test_a_result_over_60_KiB_fails_the_task_with_a_sentence(self):
        daemon = self.daemon({'ends': SLOW})
        reply = daemon.wire().call('io.aiotools.Task.Set', name='ends', args={'code': 'x' * 61440})
        self.assertEqual(reply['error'], 'io.aiotools.Usage')
        self.assertLess(len(reply['parameters']['message']), 200)


class Running(Case):
    def test_wait_exits_with_the_task_s_own_code(self):
        daemon = self.daemon({'bad': ini('ends', args={'code': '5', 'after': '300ms'}),
                              'good': ini('ends'), 'slow': SLOW})
        done = daemon.ctl('wait', 'bad', code=5)
        self.assertEqual(done.stdout, 'bad.service: failed: EIO: failed as asked, 5\n')
        self.assertEqual(daemon.ctl('wait', 'good').stdout, 'good.service: done\n')
        done = daemon.ctl('wait', 'slow', '--timeout', '50ms', code=1)
        self.assertIn("'slow.service' is running still", done.stderr)
        daemon.ctl('wait', 'nobody', code=5)
        daemon.ctl('wait', code=2)
        self.assertEqual(daemon.json('wait', 'good', 'bad', code=5)['ended'], [
            {'name': 'good.service', 'state': 'done', 'code': 0},
            {'name': 'bad.service', 'state': 'failed', 'code': 5,
             'message': 'EIO: failed as asked, 5'}])

    def test_wait_goes_on_until_somebody_stops_it(self):
        daemon = self.daemon({'slow': SLOW})
        wire = daemon.wire()
        wire.send(b'{"method":"io.aiotools.Task.Wait","parameters":{"names":["slow"]}}\0')
        wait_for(lambda: daemon.task('slow.service')['state'] == 'running', 'it runs')
        daemon.ctl('stop', 'slow')
        self.assertEqual(wire.reply()['parameters']['ended'][0]['state'], 'stopped')

    def test_is_active_and_is_failed(self):
        daemon = self.daemon({'bad': BROKEN, 'tidy': TIDY, 'late': ini('ends', schedule=LATER)})
        daemon.wait_state('bad.service', 'failed')
        for verb, words, code, text in (
                ('is-active', ['tidy'], 0, 'running\n'), ('is-active', ['late'], 0, 'scheduled\n'),
                ('is-active', ['bad'], 3, 'failed\n'), ('is-active', ['nix'], 4, 'unknown\n'),
                ('is-active', ['nix', 'bad', 'tidy'], 0, 'unknown\nfailed\nrunning\n'),
                ('is-active', ['z*'], 0, ''), ('is-failed', ['bad'], 0, 'failed\n'),
                ('is-failed', ['*'], 0, 'failed\nscheduled\nrunning\n'),
                ('is-failed', ['tidy'], 3, 'running\n'), ('is-failed', ['nix'], 4, 'unknown\n')):
            with self.subTest(verb=verb, words=words):
                done = daemon.ctl(verb, *words, code=code)
                self.assertEqual(done.stdout, text)
                self.assertEqual('nix' in words, "no such task: 'nix'" in done.stderr)
        self.assertEqual(daemon.ctl('-q', 'is-active', 'tidy').stdout, '')
        self.assertEqual(daemon.ctl('reset-failed').stdout, 'bad.service: stopped\n')
        daemon.ctl('is-failed', 'bad', code=3)
        self.assertIn('bad.service: has not failed', daemon.ctl('traceback', 'bad').stdout)
        daemon.ctl('reset-failed', 'nobody', code=5)

    def test_of_very_many_tasks_any_counts(self):
        daemon = self.daemon({'echo': ECHO})
        wire = daemon.wire()
        for i in range(1500):
            wire.call('io.aiotools.Task.Add', service='echo/number', name=f'n{i}')
        self.assertEqual(daemon.ctl('is-active', '*').stdout.count('\n'), 1501)
        daemon.ctl('is-failed', '*', code=3)
        self.assertEqual(len(daemon.json('result')), 1501)
        self.assertEqual(daemon.ctl('delete', 'n*').stdout.count(': deleted\n'), 1500)

    def test_extra_runs_wait_for_each_other(self):
        daemon = self.daemon({'echo': ini('echo', args={'after': '50ms'}, schedule=LATER)})
        self.assertEqual(daemon.ctl('pause', 'echo').stdout, 'echo.service: scheduled, paused\n')
        self.assertIn(', paused', daemon.ctl('status', 'echo').stdout)
        daemon.ctl('trigger', 'echo', 'text=1', 'after=1min')
        done = daemon.ctl('trigger', 'echo', 'text=22')
        self.assertEqual(done.stdout, 'echo.service: running, paused, 1 extra run waiting\n')
        daemon.ctl('trigger', 'echo', 'text=333')
        self.assertEqual(daemon.task('echo.service')['queued'], 2)
        daemon.ctl('stop', '--keep-schedule', 'echo')
        wait_for(lambda: daemon.task('echo.service').get('result') == '333', 'the last one ended')
        sizes = [t for t in daemon.texts('echo.service') if t.endswith(' bytes')]
        self.assertEqual(sizes, ['2 bytes', '3 bytes'])
        self.assertEqual(daemon.ctl('resume', 'echo').stdout, 'echo.service: scheduled\n')
        daemon.ctl('trigger', 'echo', 'after=1min')
        daemon.ctl('trigger', 'echo')
        daemon.ctl('stop', 'echo')
        self.assertNotIn('queued', daemon.task('echo.service'))

    def test_what_cannot_be_triggered_or_paused(self):
        daemon = self.daemon({'slow': SLOW})
        daemon.ctl('trigger', 'nobody', code=5)
        daemon.ctl('trigger', code=2)
        self.assertIn('did you mean', daemon.ctl('trigger', 'slow', 'afte=1', code=2).stderr)
        wire = daemon.wire()
        for _ in range(1000):
            wire.call('io.aiotools.Task.Trigger', names=['slow'])
        self.assertIn('1000 runs of it wait already', daemon.ctl('trigger', 'slow', code=1).stderr)
        self.assertIn('it has no schedule', daemon.ctl('pause', 'slow', code=1).stderr)
        daemon.ctl('pause', 'nobody', code=5)


class Verbs(Case):
    def test_a_service_s_own_verbs(self):
        daemon = self.daemon({'echo': ECHO})
        self.assertEqual(daemon.ctl('call', 'echo', 'size').stdout, '13\n')
        self.assertEqual(daemon.ctl('call', 'echo', 'say', 'a b', '2').stdout, 'a b\n')
        self.assertEqual(daemon.json('call', 'echo', 'say', 'times=2'),
                         {'name': 'echo.service', 'verb': 'say', 'result': 'hello'})
        daemon.wait_text('a b, 2 times')
        for words, code, part in (
                (['nobody', 'say'], 5, "'nobody'"), (['ec*', 'say'], 2, 'is a pattern'),
                (['echo', 'sya'], 2, "did you mean 'say'?"),
                (['echo', 'say', '1', '2', '3'], 2, "'3' is one word too many"),
                (['echo', 'say', 'tims=1'], 2, "did you mean 'times'?"),
                (['echo', 'say', 'x', 'y'], 2, "times: 'y' is not a whole number"),
                (['echo', 'say', 'x', '4'], 1, 'EBUSY: not 4 times'), (['echo'], 2, 'a VERB is')):
            with self.subTest(words=words):
                self.assertIn(part, daemon.ctl('call', *words, code=code).stderr)
        daemon.wait_state('echo.service', 'running')
        text = daemon.ctl('describe', 'echo').stdout
        self.assertIn('Verb: say - say something to the log\n', text)
        self.assertRegex(text, r'what +string +hello +the words')
        self.assertIn('(live)', text)


class Bosses(Case):
    def test_a_service_orders_others_about(self):
        daemon = self.daemon({'echo': ECHO, 'boss': ini('boss', Enabled='no')})
        daemon.ctl('load', 'boss')
        daemon.ctl('wait', 'boss')
        self.assertEqual(daemon.json('result', 'boss', 'echo.service'), {
            'boss.service': 'stop=0 set=0 start=0 add=0 add=0 delete=0 call=0 pause=-5',
            'echo.service': 'as told'})
        daemon.wait_text("3 found; cannot pause 'echo.service': it has no schedule")
        self.assertIn('stop echo.service: by task boss.service', daemon.texts())
        self.assertIsNone(daemon.task('extra'))

    def test_a_service_ends_the_daemon(self):
        daemon = self.daemon({'echo': ECHO, 'boss': ini('boss', args={'end': 'yes'})}, wait=False)
        daemon.wait(0)

    def test_a_name_that_is_no_task_s(self):
        daemon = self.daemon({'echo': ECHO, 'boss': ini('boss', args={'whom': 'nobody'})})
        daemon.ctl('wait', 'boss')
        self.assertTrue(daemon.json('result', 'boss')['boss.service'].startswith(
            'stop=-2 set=-2 start=-2 '))


class Looking(Case):
    def test_a_failure_three_awaits_deep(self):
        daemon = self.daemon({'deep': ini('deep')})
        daemon.wait_state('deep.service', 'failed')
        lines = ['Traceback (most recent call last):',
                 r'  File "[^"]*deep\.c", line \d+, in deep',
                 r'  File "[^"]*deep\.c", line \d+, in open_bus',
                 r'  File "[^"]*deep\.c", line \d+, in read_sensor', 'EIO: sensor 17 is silent']
        chain = r'\n +'.join(line.replace('(most recent call last)', r'\(most recent call last\)')
                             for line in lines)
        self.assertRegex(daemon.ctl('traceback', 'deep').stdout,
                         r'^deep\.service: Traceback\n +' + chain + '\n$')
        self.assertRegex(daemon.ctl('status', '--debug', 'deep', code=3).stdout,
                         r'traceback: deep\.service: Traceback\n +' + chain + '\n')
        error = daemon.json('traceback', 'deep')['tracebacks'][0]['error']
        self.assertEqual((error['error'], error['code'], error['message']),
                         ('EIO', -5, 'sensor 17 is silent'))
        self.assertEqual([s['function'] for s in error['traceback']],
                         ['deep', 'open_bus', 'read_sensor'])
        self.assertEqual(daemon.json('result')['deep.service'], error)
        self.assertTrue(all(s['line'] > 0 and s['file'].endswith('deep.c')
                            for s in error['traceback']))

    def test_debug_mode_makes_every_status_the_long_one(self):
        daemon = self.daemon({'tidy': ini('tidy', schedule={'StartIn': '0s', 'Every': '1h'})})
        self.assertNotIn('waits at', daemon.ctl('status', 'tidy').stdout)
        self.assertEqual(daemon.ctl('debug').stdout, 'debug mode: on\n')
        text = daemon.ctl('status', 'tidy').stdout
        for part in ('Loaded: Service: tidy.service from ', 'Active: (active) running since ',
                     'Type: schedule.service', 'Task: id ', ', runs 1, ', 'in steps: ',
                     'longest step: ', 'waits at: ', 'schedule: last @ ', 'schedule opts: ',
                     'args: {', '(default)'):
            self.assertIn(part, text)
        self.assertNotRegex(text, r'\d (us|ms|s)\b.* at ')
        self.assertEqual(daemon.ctl('debug', 'on').stdout, 'debug mode: on\n')
        self.assertEqual(daemon.json('debug', 'off'), {'debug': False})
        self.assertNotIn('waits at', daemon.ctl('status', 'tidy').stdout)
        self.assertIn("'mode' has to be on or off", daemon.ctl('debug', 'x', code=2).stderr)

    def test_orders_are_logged_with_who_gave_them(self):
        daemon = self.daemon({'one': TIDY, 'two': TIDY})
        daemon.ctl('stop', 'one', 'two')
        daemon.ctl('start', '*')
        daemon.ctl('status')
        orders = [t for t in daemon.texts() if re.search(r': by uid \d+$', t)]
        self.assertEqual(orders, [f'stop one two: by uid {os.getuid()}',
                                  f'start *: by uid {os.getuid()}'])

    def test_the_console_knows_them_all(self):
        daemon = self.daemon({'echo': ECHO})
        wire = daemon.wire()
        wire.send(b'set echo text=\'a b\'\n')
        self.assertEqual(wire.message(b'\n'), b'echo.service: text = a b, at once')
        wire.send(b'add echo --name z\n')
        self.assertEqual(wire.message(b'\n'), b'z')
        wire.send(b'is-active z\n')
        self.assertEqual(wire.message(b'\n'), b'running')
        wire.send(b'call z size\n')
        self.assertEqual(wire.message(b'\n'), b'13')
        wire.send(b'delete z\n')
        self.assertEqual(wire.message(b'\n'), b'z: deleted')


if __name__ == '__main__':
    main()
