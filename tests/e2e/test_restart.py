"""The daemon starts itself anew, in each of the ways there are."""
import os
import signal

from aiot import SECONDS, Case, ini, main, wait_for

TIDY = ini('tidy')


def restarting(how):
    return f'[Daemon]\nRestarting = {how}\n'


class Restart(Case):
    def pid(self, daemon):
        return daemon.json('info')['info']['pid']

    def uptime(self, daemon):
        return daemon.json('info')['info']['tasks']['uptime_us']

    def starts(self, daemon):
        return sum(' starting, pid ' in text for text in daemon.texts())

    def again(self, daemon):
        """Restarts it, waits until the next one answers."""
        starts = self.starts(daemon)
        daemon.ctl('daemon-restart')
        wait_for(lambda: self.answers(daemon) and self.starts(daemon) == starts + 1,
                 'it has started again')
        daemon.wait_state('tidy.service', 'running')

    def answers(self, daemon):
        return daemon.ctl('info', code=None).returncode == 0

    def end(self, daemon, pid):
        """The one that took over is nobody's child here."""
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not os.path.exists(f'/proc/{pid}'), f'{pid} has ended', SECONDS)
        self.assertFalse(daemon.socket.exists())

    def test_replace_keeps_the_process(self):
        daemon = self.daemon({'tidy': TIDY})
        pid = self.pid(daemon)
        self.again(daemon)
        self.assertEqual(self.pid(daemon), pid)
        self.assertEqual(pid, daemon.pid)
        self.assertNotIn('the run before this one did not end in order', '\n'.join(daemon.texts()))
        self.again(daemon)

    def test_recall_keeps_the_process_too(self):
        daemon = self.daemon({'tidy': TIDY}, config=restarting('recall'))
        for _ in range(3):
            self.again(daemon)
        self.assertEqual(self.pid(daemon), daemon.pid)

    def test_relaunch_is_a_new_process(self):
        daemon = self.daemon({'tidy': TIDY}, config=restarting('relaunch'))
        self.again(daemon)
        pid = self.pid(daemon)
        self.assertNotEqual(pid, daemon.pid)
        daemon.wait(0)
        self.assertNotEqual(os.getsid(pid), pid)
        self.end(daemon, pid)

    def test_fresh_is_a_new_session(self):
        daemon = self.daemon({'tidy': TIDY}, config=restarting('fresh'))
        self.again(daemon)
        pid = self.pid(daemon)
        daemon.wait(0)
        self.assertEqual(os.getsid(pid), pid)
        self.end(daemon, pid)

    def test_term_after_a_restart_still_ends_it(self):
        daemon = self.daemon({'tidy': TIDY})
        self.again(daemon)
        daemon.stop()

    def test_a_key_that_is_wrong_is_told(self):
        daemon = self.daemon({'tidy': TIDY}, config=restarting('anew'), wait=False)
        daemon.wait(6)
        self.assertIn("aiotoolsd.ini:2: bad value 'anew' for 'Restarting' in [Daemon]",
                      daemon.stderr())


if __name__ == '__main__':
    main()
