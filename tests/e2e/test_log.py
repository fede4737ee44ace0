"""The log from the outside: reading, following, filters, and what outlives the daemon."""
import json
import signal

from aiot import CTL, Case, Process, ini, main, wait_for

TIDY = ini('tidy')


class Log(Case):
    def follow(self, daemon, *words):
        process = Process(self, [CTL, '--socket', daemon.socket, *words])
        self.addCleanup(lambda: process.alive() and process.stop(signal.SIGINT, code=None))
        return process

    def test_short_lines_have_time_host_level_and_name(self):
        daemon = self.daemon({'one': TIDY})
        self.assertRegex(daemon.ctl('log', 'one.service').stdout,
                         r'^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[\S+\] \[INFO\] \[one\.service\] '
                         r'waiting, nothing\n')

    def test_names_lines_level_and_grep_narrow_it(self):
        daemon = self.daemon({'one': ini('ends', args={'lines': '50'}), 'two': TIDY})
        daemon.wait_state('one.service', 'done')
        self.assertEqual(daemon.texts('two.service'), ['waiting, nothing'])
        self.assertEqual(daemon.texts('one.service', '-n', '2')[-1], 'line 49 of 50')
        self.assertEqual(len(daemon.texts('one.service', '-n', '2')), 2)
        self.assertEqual(daemon.texts('-g', 'line 7 of'), ['line 7 of 50'])
        self.assertEqual(daemon.texts('one.service', '-p', 'error'), [])

    def test_json_is_one_record_a_line(self):
        daemon = self.daemon({'one': ini('ends', args={'lines': '50'})})
        daemon.wait_state('one.service', 'done')
        records = [json.loads(line)
                   for line in daemon.ctl('--json', 'log', 'one.service').stdout.splitlines()]
        texts = [record['text'] for record in records if record['text'].startswith('line ')]
        self.assertEqual(texts, [f'line {i} of 50' for i in range(50)])
        seqs = [record['seq'] for record in records]
        self.assertEqual(seqs, sorted(set(seqs)))

    def test_after_a_cursor_comes_what_is_new(self):
        daemon = self.daemon({'one': TIDY})
        records = daemon.ctl('--json', 'log').stdout.splitlines()
        cursor = json.loads(records[-1])['cursor']
        self.assertEqual(daemon.texts('--after-cursor', cursor), [])
        daemon.ctl('stop', 'one.service')
        self.assertIn('tidied up', daemon.texts('--after-cursor', cursor))
        daemon.ctl('log', '--after-cursor', 'nonsense', code=2)

    def test_follow_shows_the_last_lines_and_then_new_ones(self):
        daemon = self.daemon({'one': TIDY})
        for verb in (('follow',), ('log', '-f')):
            with self.subTest(verb=verb):
                process = self.follow(daemon, *verb)
                wait_for(lambda: 'waiting, nothing' in process.stdout(), 'the old line')
                before = process.stdout().count('waiting, nothing')
                daemon.ctl('restart', 'one.service')
                wait_for(lambda: process.stdout().count('waiting, nothing') > before, 'the new')
                process.stop(signal.SIGINT, code=None)

    def test_follow_of_a_name_shows_no_others(self):
        daemon = self.daemon({'one': TIDY, 'two': TIDY})
        process = self.follow(daemon, 'follow', 'two.service')
        wait_for(lambda: '[two.service]' in process.stdout(), 'the old line')
        daemon.ctl('restart', 'one.service')
        daemon.ctl('restart', 'two.service')
        wait_for(lambda: process.stdout().count('waiting') >= 2, 'the new line')
        self.assertNotIn('one.service', process.stdout())

    def test_follow_ends_with_the_daemon(self):
        daemon = self.daemon({'one': TIDY})
        process = self.follow(daemon, 'follow')
        wait_for(lambda: 'waiting' in process.stdout(), 'the old line')
        daemon.stop()
        self.assertIn(process.wait(code=None), (1, 7))
        self.assertIn('the daemon', process.stderr())
        self.assertIn('tidied up', process.stdout())

    def test_a_full_ring_keeps_the_newest_and_counts_what_is_lost(self):
        daemon = self.daemon({'one': ini('ends', args={'lines': '5000'})},
                             config='[Log]\nSize = 16K\n')
        daemon.wait_state('one.service', 'done')
        texts = daemon.texts('one.service')
        self.assertEqual(texts[-1], 'line 4999 of 5000')
        self.assertLess(len(texts), 1000)
        first = json.loads(daemon.ctl('--json', 'log').stdout.splitlines()[0])['seq']
        self.assertGreater(first, 4000)

    def test_kill_9_loses_no_line(self):
        daemon = self.daemon({'one': ini('ends', args={'lines': '100'})})
        daemon.wait_state('one.service', 'done')
        daemon.stop(signal.SIGKILL, code=-signal.SIGKILL)
        again = self.daemon(base=daemon.base)
        texts = again.texts('one.service')
        self.assertEqual([text for text in texts if text.startswith('line ')][:100],
                         [f'line {i} of 100' for i in range(100)])

    def test_debug_lines_are_kept_only_when_asked_for(self):
        self.assertIn('info', self.daemon(config='[Log]\nLevel = info\n').ctl('info').stdout)


if __name__ == '__main__':
    main()
