"""A board on a serial line, taken in by the daemon: [Node] in an INI file."""
import json
import os
import signal
import subprocess
import threading
import time
import unittest

import aiot
from aiot import wait_for
from board import Board


def node(board, **keys):
    """The INI file of a node; Service: what goes there."""
    service = keys.pop('service', '')
    keys = {'Device': board.path, **keys}
    return service + '[Node]\n' + ''.join(f'{k} = {v}\n' for k, v in keys.items())


class Case(aiot.Case):
    def start(self, tasks=('hello', 'world'), services=None, keys=None, **options):
        self.board = Board(self, tasks, **options)
        self.aiotoolsd = self.daemon({'board': node(self.board, **(keys or {})), **(services or {})})
        return self.aiotoolsd

    def connected(self, tasks=('hello', 'world')):
        for name in tasks:
            wait_for(lambda name=name: self.aiotoolsd.task(f'board:{name}'), f'task {name}')

    def away(self, name='hello'):
        return (self.aiotoolsd.task(f'board:{name}') or {}).get('away')

    def lost(self):
        return wait_for(self.away, 'the node to be lost')

    def found(self):
        wait_for(lambda: self.aiotoolsd.task('board:hello') and not self.away(), 'the node')

    def texts(self, *names):
        return self.aiotoolsd.texts(*names)

    def ctl(self, *words, code=0, **more):
        if words and isinstance(words[0], str) and not words[0].startswith('/'):
            words = (self.aiotoolsd.socket, *words)
        return super().ctl(*words, code=code, **more)

    def asked(self, method):
        with self.board.lock:
            return [p for m, p in self.board.calls if m == f'io.aiotools.{method}']

    def failing(self, *words, code=1):
        done = self.ctl(*words, code=code)
        self.assertEqual(done.stdout, '')
        return done.stderr


class Shown(Case):
    def test_tasks_and_the_node_itself_are_in_status(self):
        self.start()
        self.connected()
        lines = self.ctl('status').stdout.splitlines()
        self.assertRegex(lines[0], r'^● board.service: status: running since ')
        self.assertRegex(lines[1], r'^● board:hello: status: running since .*; \d+ s ago$')
        self.assertRegex(lines[2], r'^● board:world: status: running since ')
        self.assertEqual(len(lines), 3)
        self.assertIn('board:hello', self.ctl('list').stdout)
        self.assertIn('connected: fake-board, firmware 0.1', self.texts('board'))
        self.assertRegex(self.ctl('services').stdout, r'board.service +loaded +enabled +running')

    def test_the_long_form_has_args_and_stats_of_the_board(self):
        self.start()
        self.connected()
        text = self.ctl('status', '--debug', 'board:hello', '--no-log').stdout
        self.assertIn("args: { 'whom': 'world' (default) }", text)
        self.assertIn('Stats: greeted: 3', text)
        self.assertIn('greet() services.d/hello.c:12', text)
        self.assertIn('place board', text)
        text = self.ctl('status', '--debug', 'board', '--no-log').stdout
        self.assertIn('board: fake-board', text)
        self.assertIn('reset: power on', text)
        self.assertIn("'Baud': 115200 (default)", text)

    def test_stats_are_read_anew_while_nothing_changes(self):
        self.start(keys={'RefreshSec': '100ms'})
        self.connected()
        with self.board.lock:
            self.board.tasks['hello']['stats'] = {'greeted': 77}
        wait_for(lambda: 'greeted: 77' in self.ctl('status', '-d', 'board:hello').stdout, 'stats')

    def test_states_follow_the_board(self):
        daemon = self.start()
        self.connected()
        self.board.state('hello', 'done', result=42)
        daemon.wait_state('board:hello', 'done')
        self.assertEqual(self.ctl('result', 'board:hello').stdout, 'board:hello --> 42\n')
        self.assertRegex(self.ctl('status', 'board:hello', '--no-log', code=3).stdout,
                         r'status: done @ .* --> result: 42')
        self.ctl('is-active', 'board:hello', code=3)
        self.ctl('is-active', 'board:world')

    def test_a_failure_has_its_traceback(self):
        daemon = self.start()
        self.connected()
        self.board.state('hello', 'failed', error={
            'error': 'EDOM', 'code': -33, 'message': 'divide by zero',
            'traceback': [{'function': 'greet', 'file': 'services.d/hello.c', 'line': 12},
                          {'function': 'halve', 'file': 'services.d/half.c', 'line': 3}]})
        daemon.wait_state('board:hello', 'failed')
        text = self.ctl('traceback', 'board:hello').stdout
        self.assertIn('EDOM: divide by zero', text)
        self.assertLess(text.index('services.d/hello.c'), text.index('services.d/half.c'))
        self.ctl('is-failed', 'board:hello')

    def test_runs_go_into_the_history(self):
        daemon = self.start()
        self.connected()
        self.board.state('hello', 'done', result=42)
        daemon.wait_state('board:hello', 'done')
        self.assertRegex(self.ctl('history', 'board:hello').stdout, r'board:hello .*success.*42')

    def test_wait_is_for_the_run_on_the_board(self):
        self.start()
        self.connected()
        timer = threading.Timer(0.3, self.board.state, ('hello', 'done'))
        timer.start()
        self.addCleanup(timer.join)
        self.assertIn('done', self.ctl('wait', 'board:hello').stdout)

    def test_a_condition_may_name_a_task_of_the_board(self):
        daemon = self.start(['hello.service'], services={'ends': aiot.ini('ends', schedule={
            'When': "after task 'board:hello'"})})
        self.connected(('hello',))
        self.board.state('hello.service', 'done')
        wait_for(lambda: (daemon.task('ends.service') or {}).get('runs', 0) >= 1, 'the run')

    def test_a_task_that_the_board_has_no_more_is_gone(self):
        daemon = self.start()
        self.connected()
        with self.board.lock:
            del self.board.tasks['world']
            self.board.change += 1
        wait_for(lambda: not daemon.task('board:world'), 'it to be gone')


class Orders(Case):
    def test_stop_start_restart(self):
        daemon = self.start()
        self.connected()
        self.assertEqual(self.ctl('stop', 'board:hello').stdout, 'board:hello: stopped\n')
        self.assertEqual(daemon.task('board:hello')['state'], 'stopped')
        self.assertEqual(self.ctl('start', 'board:hello').stdout, 'board:hello: running\n')
        self.assertEqual(daemon.task('board:hello')['runs'], 2)
        self.assertEqual(self.ctl('restart', 'board:hello').stdout, 'board:hello: running\n')
        self.assertEqual(daemon.task('board:hello')['runs'], 3)
        self.assertEqual(len(self.asked('Task.Restart')), 1)
        self.assertIn('is running already', self.failing('start', 'board:hello'))
        self.assertEqual(self.asked('Task.Stop'), [{'names': ['hello']}])

    def test_patterns_reach_the_board_too(self):
        self.start()
        self.connected()
        self.assertEqual(self.ctl('stop', 'board:*').stdout,
                         'board:hello: stopped\nboard:world: stopped\n')

    def test_a_schedule_is_kept_if_asked_for(self):
        self.start()
        self.connected()
        self.ctl('stop', '--keep-schedule', 'board:hello')
        self.assertEqual(self.asked('Task.Stop'), [{'names': ['hello'], 'keep_schedule': True}])

    def test_a_scheduled_task_is_taken_off_its_schedule(self):
        daemon = self.start()
        self.connected()
        self.ctl('schedule', 'board:hello', '--every', '1h')
        self.board.state('hello', 'scheduled')
        daemon.wait_state('board:hello', 'scheduled')
        self.ctl('is-active', 'board:hello')
        self.assertEqual(self.ctl('stop', 'board:hello').stdout, 'board:hello: stopped\n')

    def test_what_the_board_refuses_ends_the_wait_with_its_sentence(self):
        self.start()
        self.connected()
        self.ctl('stop', 'board:hello')
        with self.board.lock:
            self.board.tasks['hello']['refuses'] = 'cannot start \'hello\': no such pin'
        self.assertIn("node 'board': cannot start 'hello': no such pin",
                      self.failing('start', 'board:hello'))
        self.aiotoolsd.wait_state('board:hello', 'stopped')

    def test_options_are_set_on_the_board(self):
        self.start()
        self.connected()
        self.assertEqual(self.ctl('set', 'board:hello', 'whom=Ada').stdout,
                         'board:hello: whom = Ada, at once\n')
        self.assertEqual(self.asked('Task.Set'), [{'name': 'hello', 'args': {'whom': 'Ada'}}])
        self.assertIn('no such option', self.failing('set', 'board:hello', 'who=Ada'))
        self.assertIn('too long', self.failing('set', 'board:hello', 'whom=' + 300 * 'x'))

    def test_schedules_are_the_boards(self):
        daemon = self.start()
        self.connected()
        self.assertIn('board:hello', self.ctl('schedule', 'board:hello', '--every', '1h').stdout)
        self.assertRegex(self.ctl('timers').stdout, r'board:hello +Every=1h')
        self.assertRegex(self.ctl('status', 'board:hello').stdout, r'starts in 00:59:\d\d|01:00:00')
        self.ctl('unschedule', 'board:hello')
        self.assertNotIn('schedule', daemon.task('board:hello'))

    def test_timers_behind_schedule_showed_the_plan_before(self):
        self.start(('hello', 'world', 'leds'))
        self.connected()
        for plan in ('1h', '2h', '3h'):
            self.ctl('schedule', 'board:hello', '--every', plan)
            self.assertRegex(self.ctl('timers').stdout, 'board:hello +Every=' + plan)
        self.assertEqual([p.get('names') for p in self.asked('Task.Status') if p.get('names')], 3 * [['hello']])

    def test_an_answer_is_told_though_the_board_falls_silent_behind_it(self):
        self.start()
        self.connected()
        with self.board.lock:
            self.board.slow.add('io.aiotools.Task.Status')
        self.assertIn('Every=1h', self.ctl('schedule', 'board:hello', '--every', '1h').stdout)
        self.assertEqual(len(self.asked('Task.Schedule')), 1)

    def test_what_the_board_cannot_do_is_a_sentence(self):
        self.start()
        self.connected()
        self.assertIn('not known here', self.failing('trigger', 'board:hello'))
        self.assertIn('give its name alone', self.failing('pause', 'board:hello', 'board:world'))
        self.assertIn("node 'board' has it", self.failing('delete', 'board:hello'))

    def test_a_stop_that_takes_long_is_waited_for(self):
        self.start()
        self.connected()
        with self.board.lock:
            self.board.slow.add('io.aiotools.Task.Stop')

        def finish():
            wait_for(lambda: self.asked('Task.Stop'), 'the stop')
            self.board.state('hello', 'stopping')
            time.sleep(3)  # longer than a lost order would take
            self.board.state('hello', 'stopped')
        thread = threading.Thread(target=finish)
        thread.start()
        self.addCleanup(thread.join)
        self.assertEqual(self.ctl('stop', 'board:hello').stdout, 'board:hello: stopped\n')
        self.assertEqual(len(self.asked('Task.Stop')), 1)

    def test_what_tasks_call_reaches_the_board(self):
        self.start()
        self.connected()
        wire = aiot.Wire(self.aiotoolsd.socket)
        self.addCleanup(wire.close)
        reply = wire.call('io.aiotools.Task.Set', name='board:hello', args={'whom': 'Bob'})
        self.assertEqual(reply['parameters']['name'], 'board:hello')

    def test_many_callers_at_once_are_all_answered(self):
        self.start()
        self.connected()
        wires = [aiot.Wire(self.aiotoolsd.socket) for _ in range(20)]
        for wire in wires:
            self.addCleanup(wire.close)
            wire.send(json.dumps({'method': 'io.aiotools.Task.Set', 'parameters': {
                'name': 'board:hello', 'args': {'whom': 'x'}}}).encode() + b'\0')
        replies = [wire.reply() for wire in wires]
        full = [r for r in replies if r.get('error') == 'io.aiotools.Limit']
        self.assertGreaterEqual(len(replies) - len(full), 8)

    def test_the_daemons_end_stops_nothing_on_the_board(self):
        daemon = self.start()
        self.connected()
        daemon.stop()
        self.assertEqual(self.asked('Task.Stop'), [])
        self.assertEqual(self.board.tasks['hello']['state'], 'running')

    def test_the_daemons_end_waits_for_no_stop_on_the_board(self):
        daemon = self.start()
        self.connected()
        self.board.state('hello', 'stopping')
        daemon.wait_state('board:hello', 'stopping')
        daemon.stop()


class Troubles(Case):
    def test_unplugged_and_plugged_in_again(self):
        self.start()
        self.connected()
        self.board.unplug()
        away = self.lost()
        self.assertEqual(away['why'], 'its device is gone')
        self.assertRegex(self.ctl('status', 'board:hello', '--no-log').stdout,
                         r'as it was told last: not reachable since .*: its device is gone')
        for verb in 'start', 'stop', 'restart':
            self.assertIn("node 'board' is not reachable", self.failing(verb, 'board:hello'))
        self.assertIn("node 'board' is not reachable", self.failing('set', 'board:hello', 'a=b'))
        self.ctl('is-active', 'board', code=3)
        self.board.plug()
        self.found()
        self.ctl('stop', 'board:hello')
        self.assertEqual(sum('not reachable' in text for text in self.texts('board')), 1)

    def test_a_terminal_that_goes_and_comes(self):
        self.start(terminal=True)
        self.connected()
        self.assertEqual(self.ctl('stop', 'board:hello').stdout, 'board:hello: stopped\n')
        self.board.unplug()
        self.lost()
        self.board.plug()
        self.found()
        self.ctl('start', 'board:hello')

    def test_a_board_that_comes_later(self):
        self.board = Board(self)
        self.board.unplug()
        self.aiotoolsd = self.daemon({'board': node(self.board)})
        self.aiotoolsd.wait_text('not reachable: cannot open ')
        self.assertEqual(self.aiotoolsd.task('board.service')['state'], 'restarting')
        self.board.plug()
        self.connected(('hello',))
        self.assertEqual(self.aiotoolsd.task('board.service')['state'], 'running')

    def test_an_order_that_is_not_answered(self):
        self.start()
        self.connected()
        with self.board.lock:
            self.board.deaf = True
        self.assertRegex(self.failing('stop', 'board:hello'), 'does not answer|no answer')
        self.lost()
        self.assertEqual(self.away()['why'], f'{self.board.path}: no answer')
        with self.board.lock:
            self.board.deaf = False
        self.found()
        self.aiotoolsd.wait_state('board:hello', 'running')

    def waits_for_a_stop(self, then, code=1):
        self.start()
        self.connected()
        with self.board.lock:
            self.board.slow.add('io.aiotools.Task.Stop')

        def do():
            wait_for(lambda: self.asked('Task.Stop'), 'the stop')
            then()
        thread = threading.Thread(target=do)
        thread.start()
        self.addCleanup(thread.join)
        return self.ctl('stop', 'board:hello', code=code)

    def test_unplugged_while_a_stop_is_awaited(self):
        done = self.waits_for_a_stop(lambda: self.board.unplug())
        self.assertIn("node 'board' is not reachable: its device is gone", done.stderr)

    def test_reset_while_a_stop_is_awaited(self):
        def reset():
            with self.board.lock:
                self.board.slow.clear()
            self.board.reset()
        done = self.waits_for_a_stop(reset)  # whether it was carried out nobody knows: not again
        self.assertIn('the board was reset meanwhile: watchdog', done.stderr)
        self.aiotoolsd.wait_text('the board was reset: watchdog')

    def test_reset_when_a_stop_was_accepted(self):
        def reset():
            self.board.state('hello', 'stopping')
            wait_for(lambda: len(self.asked('Node.Poll')) > polls, 'the board to be polled')
            self.board.reset()
        polls = 1 << 30

        def then():
            nonlocal polls
            polls = len(self.asked('Node.Poll'))
            reset()
        done = self.waits_for_a_stop(then)
        self.assertIn('the board was reset meanwhile', done.stderr)
        self.aiotoolsd.wait_state('board:hello', 'running')

    def test_a_reset_is_told_with_its_reason_and_fault(self):
        daemon = self.start()
        self.connected()
        self.board.log('before')
        daemon.wait_text('before')
        self.board.state('hello', 'stopped')
        daemon.wait_state('board:hello', 'stopped')
        self.board.reset('watchdog', {'what': 'watchdog', 'task': 'hello', 'file': 'hello.c',
                                      'line': 7, 'pc': 0x1234, 'lr': 0x5678})
        self.board.log('after')
        daemon.wait_text('the board was reset: watchdog; boots: 2')
        daemon.wait_text("watchdog in task 'hello' at hello.c:7, pc 0x00001234, lr 0x00005678")
        daemon.wait_text('after')
        self.assertEqual(self.texts('board:hello'), ['before', 'after'])
        daemon.wait_state('board:hello', 'running')

    def test_noise_both_ways(self):
        self.start()
        self.connected()
        count = 0

        def spoil(line):
            nonlocal count
            count += 1
            if count % 3 == 0:
                return line[:len(line) // 2] + b'\xff\x00{' + line[len(line) // 2 + 1:]
            return b'\x80{"' + line if count % 3 == 1 else line
        self.board.spoil = spoil
        for i in range(5):
            self.board.say(b'\x00{{{"}*0000\n')
            self.assertEqual(self.ctl('restart', 'board:hello').stdout, 'board:hello: running\n')
        self.assertEqual(len(self.asked('Task.Restart')), 5)
        self.assertEqual(self.aiotoolsd.task('board:hello')['runs'], 6)

    def test_another_protocol_is_said_once(self):
        self.start(protocol=2)
        self.aiotoolsd.wait_text('its firmware speaks protocol 2, and this is 1')
        time.sleep(1)
        self.assertEqual(sum('protocol' in text for text in self.texts()), 1)
        self.assertEqual(self.aiotoolsd.task('board.service')['state'], 'restarting')
        self.board.protocol = 1
        self.ctl('restart', 'board')
        self.connected()

    def test_what_answers_is_no_board(self):
        self.board = Board(self)
        self.board.node_hello = lambda **_: (_ for _ in ()).throw(ValueError)
        self.board.carry_out = lambda method, parameters: self.no_method(method)
        self.aiotoolsd = self.daemon({'board': node(self.board)})
        self.aiotoolsd.wait_text('is no board of ours: what is')

    @staticmethod
    def no_method(method):
        from board import Error
        raise Error('org.varlink.service.MethodNotFound', f'what is {method}?')

    def test_a_device_that_is_none(self):
        path = os.path.join(self.dir, 'file')
        with open(path, 'w', encoding='utf-8'):
            pass
        self.aiotoolsd = self.daemon({'a': f'[Node]\nDevice = {path}\n',
                                      'b': '[Node]\nDevice = /dev/null\n'})
        self.aiotoolsd.wait_text(f'{path} is neither a serial device nor a socket')
        self.aiotoolsd.wait_text('/dev/null is neither a serial device nor a socket')

    def test_stopping_the_node_frees_the_line(self):
        self.start()
        self.connected()
        self.ctl('stop', 'board')
        self.assertEqual(self.away()['why'], 'it is stopped')
        self.assertIn('it is stopped', self.failing('stop', 'board:hello'))
        wait_for(lambda: self.board.fd is None, 'the line to be free')
        self.ctl('start', 'board')
        self.found()


class Nonsense(Case):
    def test_names_and_texts_of_a_wicked_board(self):
        evil = {'a' * 64: {}, 'a/b': {}, '\x1b[2J': {}, '': {}, 'x:y': {}, 'n' * 5000: {}}
        self.board = Board(self, ['hello'], page=1)
        for name in evil:
            self.board.add(name)
        self.board.tasks['hello']['args'] = {'\x1b[31mwhom': '\x1b]0;title\x07\u009b5m'}
        self.board.name = 'evil\x1b[2J\nboard'
        self.aiotoolsd = self.daemon({'board': node(self.board)})
        self.connected(('hello',))
        self.aiotoolsd.wait_text('a task of the board cannot be shown here')
        self.board.log('\x1b[31mred\u009b0m\x07', name='../\x1b[1m')
        self.aiotoolsd.wait_text('red')
        names = {t['name'] for t in json.loads(self.ctl('--json', 'status').stdout.splitlines()[0])
                 .get('tasks', [])}
        self.assertLessEqual(names, {'board.service', 'board:hello'})
        for words in (('status', '-d'), ('log',), ('services',), ('status', 'board', '-d')):
            text = self.ctl(*words).stdout
            self.assertNotIn('\x1b', text)
            self.assertNotIn('\u009b', text)
            self.assertNotIn('\x07', text)

    def test_more_tasks_than_are_wanted(self):
        self.start([f't{i}' for i in range(500)], keys={'MaxTasks': 20}, page=10)
        self.aiotoolsd.wait_text('more than MaxTasks=20 tasks')
        self.connected(('t0', 't19'))
        self.assertEqual(len(self.ctl('status').stdout.splitlines()), 21)

    def test_deep_answers_do_not_break_those_of_the_daemon(self):
        deep = {}
        for _ in range(10):
            deep = {'a': deep}
        self.board = Board(self, ['hello'])
        self.board.tasks['hello']['args'] = deep
        self.board.tasks['hello'].update(state='done', result=deep)
        self.aiotoolsd = self.daemon({'board': node(self.board)})
        self.connected(('hello',))
        self.assertIn('board:hello', self.ctl('status', '-d').stdout)

    def test_answers_that_nobody_can_read_are_said(self):
        deep = {}
        for _ in range(20):
            deep = {'a': deep}
        self.board = Board(self, ['hello'])
        self.board.tasks['hello'].update(state='done', result=deep)
        self.aiotoolsd = self.daemon({'board': node(self.board)})
        self.aiotoolsd.wait_text('the board does not tell its tasks')
        self.board.log('and yet its log is read')
        self.aiotoolsd.wait_text('and yet its log is read')

    def test_a_board_that_always_has_news_does_not_keep_the_daemon_busy(self):
        self.start()
        self.connected()
        self.board.look = lambda: (self.board.poll and (
            setattr(self.board, 'change', self.board.change + 1), Board.look(self.board)))
        before = len(self.board.calls)
        time.sleep(1)
        self.assertLess(len(self.board.calls) - before, 250)

    def test_endless_pages(self):
        self.start()
        self.connected()

        class Endless(list):
            def pop(self, _):
                return {'records': []}

            def __bool__(self):
                return True
        self.board.log_read = lambda **_: Endless()
        self.board.log('never read')
        time.sleep(0.5)
        self.assertEqual(self.ctl('stop', 'board:hello').stdout, 'board:hello: stopped\n')


class Log(Case):
    def test_lines_come_under_the_tasks_name_at_their_time(self):
        daemon = self.start()
        self.connected()
        before = time.time()
        self.board.log('one')
        self.board.log('two', name='world', level='warn')
        daemon.wait_text('two')
        records = [json.loads(line) for line in
                   self.ctl('log', '-o', 'json', 'board:*').stdout.splitlines()]
        self.assertEqual([(r['name'], r['text'], r['level']) for r in records],
                         [('board:hello', 'one', 'info'), ('board:world', 'two', 'warn')])
        for record in records:
            self.assertAlmostEqual(record['time_us'] / 1e6, before, delta=5)

    def test_status_of_a_task_ends_with_its_lines(self):
        daemon = self.start()
        self.connected()
        self.board.log('a line')
        daemon.wait_text('a line')
        self.assertIn('[board:hello] a line', self.ctl('status', 'board:hello').stdout)

    def test_lines_that_were_overwritten_are_counted(self):
        daemon = self.start()
        self.connected()
        self.board.log('first')
        daemon.wait_text('first')
        self.board.unplug()
        self.lost()
        for i in range(10):
            self.board.log(f'line {i}')
        self.board.overwrite(7)
        self.board.plug()
        daemon.wait_text('line 9')
        self.assertIn('lost=6 lines of the board\'s log were overwritten before they were read',
                      self.texts('board'))
        self.assertEqual(self.texts('board:hello'),
                         ['first'] + [f'line {i}' for i in range(6, 10)])

    def test_another_run_of_the_daemon_goes_on_where_the_last_one_ended(self):
        daemon = self.start()
        self.connected()
        self.board.log('one')
        daemon.wait_text('one')
        daemon.stop()
        self.board.log('two')
        self.aiotoolsd = self.daemon(base=daemon.base)
        self.aiotoolsd.wait_text('two')
        self.assertEqual(self.texts('board:hello'), ['one', 'two'])

    def test_many_lines_are_all_read_once(self):
        daemon = self.start(page=3)
        self.connected()
        for i in range(300):
            self.board.log(f'line {i}')
        daemon.wait_text('line 299')
        self.assertEqual(self.texts('board:hello'), [f'line {i}' for i in range(300)])

    def test_follow_goes_on_with_the_boards_lines(self):
        daemon = self.start()
        self.connected()
        wire = aiot.Wire(daemon.socket)
        self.addCleanup(wire.close)
        wire.send(b'{"method":"io.aiotools.Log.Follow","parameters":{"names":["board:hello"]},'
                  b'"more":true}\0')
        self.board.log('now')
        self.assertEqual(wire.reply()['parameters']['records'][0]['text'], 'now')


@unittest.skipUnless((aiot.BUILD / 'lib/mcu/native/aiot-board').exists(), 'no board was built')
class Native(Case):
    """The firmware itself, as a Linux process."""

    def plug(self, how='--socket'):
        self.path = os.path.join(self.dir, 'uart')
        self.process = subprocess.Popen(
            [str(aiot.BUILD / 'lib/mcu/native/aiot-board'), how, self.path, '--noinit',
             os.path.join(self.dir, 'noinit')], stdin=subprocess.DEVNULL, env=self.env())
        self.addCleanup(self.pull)
        wait_for(lambda: os.path.lexists(self.path), 'the UART')

    def pull(self):
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()

    def begin(self, how='--socket'):
        self.plug(how)
        self.aiotoolsd = self.daemon({'board': f'[Node]\nDevice = {self.path}\n'})
        self.connected(('count', 'slow'))

    def test_orders_and_results(self):
        for how in ('--socket', '--pty'):
            with self.subTest(how):
                self.begin(how)
                self.assertEqual(self.ctl('start', 'board:count').stdout, 'board:count.service: done\n')
                self.assertEqual(self.ctl('result', 'board:count').stdout, 'board:count.service --> 1\n')
                self.assertEqual(self.ctl('stop', 'board:slow').stdout,
                                 'board:slow.service: stopped\n')
                self.aiotoolsd.wait_text('starting on native')
                self.aiotoolsd.stop()
                self.pull()

    def test_an_order_that_ends_in_a_reset_says_why(self):
        self.begin()
        self.ctl('set', 'board:stuck', 'hang=yes')
        self.assertRegex(self.failing('start', 'board:stuck'),
                         "'board:stuck.service' failed: the board was reset meanwhile: watchdog in task 'stuck.service'")
        wait_for(lambda: not self.away('slow'), 'the node')
        self.assertEqual(self.ctl('start', 'board:count').stdout, 'board:count.service: done\n')

    def test_a_schedule_on_the_board(self):
        self.begin()
        self.ctl('schedule', 'board:count', '--every', '100ms')
        wait_for(lambda: self.aiotoolsd.task('board:count')['runs'] > 3, 'its runs')
        self.assertIn('board:count', self.ctl('timers').stdout)
        self.ctl('unschedule', 'board:count')

    def test_the_long_form_shows_no_account_that_nobody_keeps(self):
        self.begin()
        text = self.ctl('status', '--debug', '--no-log', 'board:hello').stdout
        self.assertIn('place board', text)
        self.assertNotIn('in steps', text)

    def test_no_line_is_told_again_behind_a_reset(self):
        self.begin()
        self.aiotoolsd.wait_text('start 1, reset: power-on')
        for start in (2, 3):
            self.process.send_signal(signal.SIGUSR1)
            self.aiotoolsd.wait_text(f'start {start}, reset: external')
        starts = [text for text in self.texts('board:native') if 'starting on native' in text]
        self.assertEqual([text.split(', ')[1] for text in starts], ['start 1', 'start 2', 'start 3'])

    def test_reset_and_silence(self):
        self.begin()
        self.process.send_signal(signal.SIGUSR1)
        wait_for(lambda: any('the board was reset: ' in t and t.endswith('; boots: 2')
                             for t in self.texts('board')), 'the reset')
        self.process.send_signal(signal.SIGSTOP)
        self.assertRegex(self.failing('stop', 'board:slow'), 'does not answer|no answer')
        wait_for(lambda: self.away('slow'), 'the node to be lost')
        self.process.send_signal(signal.SIGCONT)
        wait_for(lambda: not self.away('slow'), 'the node')
        self.pull()
        wait_for(lambda: self.away('slow'), 'the node to be lost')
        os.unlink(self.path)
        self.plug()
        wait_for(lambda: not self.away('slow'), 'the node')


FIRMWARE = os.environ.get('AIOT_FIRMWARE', '')
MACHINE = os.environ.get('AIOT_MACHINE', 'mps2-an385')  # or microbit, for the smallest console


@unittest.skipUnless(FIRMWARE, 'AIOT_FIRMWARE= says no firmware for the board AIOT_MACHINE=')
class OnQemu(Case):
    def test_an_emulated_board(self):
        path = os.path.join(self.dir, 'uart')
        qemu = aiot.Process(self, [
            'qemu-system-arm', '-M', MACHINE, '-display', 'none', '-monitor', 'none',
            '-serial', f'unix:{path},server=on,wait=off', '-kernel', FIRMWARE])
        qemu.ends_as = None
        wait_for(lambda: os.path.exists(path), 'the emulator')
        self.aiotoolsd = self.daemon({'board': f'[Node]\nDevice = {path}\n'})
        self.connected(('hello', 'leds', 'sensor', 'world'))
        self.aiotoolsd.wait_text(f'connected: {MACHINE}')
        self.assertEqual(self.ctl('stop', 'board:leds').stdout, 'board:leds.service: stopped\n')
        self.assertEqual(self.ctl('set', 'board:hello', 'whom=Ada', 'every=100ms').returncode, 0)
        self.ctl('restart', 'board:hello')
        self.aiotoolsd.wait_text('hello, Ada')
        self.assertIn('Stats: greeted:', self.ctl('status', '-d', 'board:hello').stdout)


class Files(Case):
    def told(self, text):
        daemon = self.daemon({'board': text})
        return next(line for line in daemon.stdout().splitlines() if 'board' in line)

    def test_what_is_wrong_with_a_file_is_said(self):
        for text, said in (
                ('[Node]\nBaud = 9600\n', 'needs Device='),
                ('[Node]\nDevice = /dev/x\nBuad = 9600\n', "did you mean 'Baud'"),
                ('[Node]\nDevice = /dev/x\nBaud = 9601\n', 'no rate of serial devices'),
                ('[Node]\nDevice = ttyACM0\n', 'is no path'),
                ('[Node]\nDevice = /dev/x\nMaxTasks = 0\n', 'not from 1 to 1024'),
                ('[Service]\nModule = hello\n[Node]\nDevice = /dev/x\n', 'not both'),
                ('[Node]\nDevice = /dev/x\n[Args]\na = b\n', 'stand in [Node]'),
                ('[Node]\nDevice = /dev/x\n[Schedule]\nEvery = 1s\n', 'has no [Schedule]')):
            with self.subTest(text):
                self.assertIn(said, self.told(text))

    def test_a_name_that_leaves_no_room(self):
        daemon = self.daemon({'b' * 32: '[Node]\nDevice = /dev/x\n'})
        self.assertIn('too long for a node: at most 31 letters', daemon.stdout())

    def test_unloaded_and_loaded_again(self):
        daemon = self.start(keys={'service': '[Service]\nDescription = The one in the hall\n'})
        self.connected()
        self.assertIn('The one in the hall', self.ctl('services').stdout)
        self.ctl('unload', 'board')
        self.assertEqual(self.ctl('status').stdout, '')
        self.assertEqual(self.asked('Task.Stop'), [])
        self.ctl('load', 'board')
        self.connected()
        self.assertIn('MaxTasks', self.ctl('describe', 'board').stdout)

    def test_a_wrong_word_is_told_with_the_options_of_a_node(self):
        self.start()
        self.connected()
        self.assertIn("cannot add 'board': 'x' is none of the options: Device, Baud, MaxTasks, RefreshSec\n",
                      self.failing('add', 'board', 'x', code=2))

    def test_a_node_has_one_task(self):
        daemon = self.start()
        self.connected()
        self.assertIn('one task', self.failing('add', 'board'))
        self.assertTrue(daemon.task('board:hello'))
        self.assertEqual(len(self.ctl('list').stdout.splitlines()), 3)

    def test_a_changed_file_is_noticed(self):
        daemon = self.start()
        self.connected()
        daemon.write('board', node(self.board, MaxTasks=1))
        self.ctl('daemon-reload')
        self.assertTrue(daemon.task('board.service')['changed'])
        self.ctl('unload', 'board')
        self.ctl('load', 'board')
        daemon.wait_text('more than MaxTasks=1')

    def test_two_boards(self):
        self.board = Board(self, ['hello'])
        other = Board(self, ['hello', 'leds'])
        self.aiotoolsd = self.daemon({'board': node(self.board), 'desk': node(other)})
        self.connected(('hello',))
        wait_for(lambda: self.aiotoolsd.task('desk:leds'), 'the other board')
        self.ctl('stop', '*:hello')
        self.assertEqual(other.tasks['hello']['state'], 'stopped')
        self.assertEqual(self.board.tasks['hello']['state'], 'stopped')


if __name__ == '__main__':
    aiot.main()
