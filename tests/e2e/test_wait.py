"""Waits, child tasks, time-outs of runs and processes, in the real daemon."""
import os

from aiot import Case, ini, main


class Children(Case):
    def test_a_crew_works_and_its_readers_end_with_it(self):
        daemon = self.daemon({'crew': ini('crew', args={'readers': 3, 'enough': 30})})
        daemon.wait_state('crew.service', 'done')
        self.assertEqual(daemon.task('crew.service')['result'], 30)
        self.assertEqual(daemon.ctl('list', '--all').stdout.count('crew.service.'), 0)
        daemon.stop()

    def test_status_names_the_readers_and_unload_takes_them_along(self):
        daemon = self.daemon({'crew': ini('crew', args={'enough': 1000000})})
        daemon.wait_state('crew.service.1', 'running')
        long = daemon.ctl('status', '--debug', 'crew.service').stdout
        self.assertIn('children: crew.service.0, crew.service.1\n', long)
        daemon.ctl('unload', 'crew')
        self.assertEqual(daemon.ctl('list', '--all').stdout.count('crew'), 0)
        daemon.ctl('load', 'crew')
        daemon.wait_state('crew.service.0', 'running')
        daemon.stop()


class Runs(Case):
    def test_a_run_that_takes_longer_than_its_time_out_fails(self):
        daemon = self.daemon({'one': ini('tidy', TimeoutSec='50ms', Priority=5)})
        daemon.wait_state('one.service', 'failed')
        self.assertIn('ETIMEDOUT: took longer than its TimeoutSec of 50ms',
                      daemon.ctl('traceback', 'one.service').stdout)
        long = daemon.ctl('status', '--debug', 'one.service', code=3).stdout
        self.assertIn(', priority 5, a run takes at most 50ms\n', long)
        daemon.stop()


class Processes(Case):
    def test_a_script_runs_and_its_output_is_the_tasks_log(self):
        daemon = self.daemon({'out': ini('outside', args={
            'script': 'echo to stdout; echo to stderr >&2; exit 3'})})
        daemon.wait_state('out.service', 'done')
        self.assertEqual(daemon.task('out.service')['result'], 3)
        texts = daemon.texts('out.service')
        self.assertIn('to stdout', texts)
        self.assertIn('to stderr', texts)
        daemon.stop()

    def test_the_end_of_the_daemon_ends_a_script(self):
        mark = f'{self.dir}/ended'
        daemon = self.daemon({'out': ini('outside', args={
            'script': f"trap 'echo > {mark}; exit 0' TERM; echo up; while :; do sleep 0.1; done"})})
        daemon.wait_text('up')
        daemon.stop()
        self.assertTrue(os.path.exists(mark), 'the script was not told')


if __name__ == '__main__':
    main()
