"""The examples, with the INI files that come with them, in a daemon."""
import socket
import threading

from aiot import SOURCE, Case, main, wait_for


class Examples(Case):
    def test_all_of_them_load(self):
        files = {path.stem: path.read_text() for path in (SOURCE / 'examples').glob('*.ini')}
        self.assertEqual(set(files), {path.stem for path in (SOURCE / 'examples').glob('*.c')} - {'embed'})
        d = self.daemon(files)
        self.assertEqual(d.ctl('list').stdout, '')  # none is enabled
        for name in sorted(files):
            if name != 'service':
                d.ctl('load', name)
        d.wait_state('results', 'done')
        self.assertEqual(d.ctl('result', 'results').stdout, 'results.service --> 21.5\n')
        self.assertEqual(d.task('schedule')['state'], 'scheduled')
        d.wait_state('errors', 'failed')
        self.assertIn('in send_part', d.ctl('traceback', 'errors').stdout)
        d.wait_state('crew', 'done')
        self.assertEqual(d.ctl('call', 'verbs', 'push', '5').stdout, 'depth 1\n')
        self.assertIn('1 on the stack', d.ctl('report').stdout)

    def test_a_whole_service_says_what_is_missing(self):
        d = self.daemon({'service': (SOURCE / 'examples/service.ini').read_text() +
                         '[Args]\nsensor = nothing\n'})
        d.ctl('load', 'service')
        d.wait_state('service', 'failed')
        self.assertIn("sensor 'nothing' or output 'heater' does not work",
                      d.ctl('status', 'service', code=3).stdout + d.ctl('traceback', 'service').stdout)

    def serve(self, heard):
        """A server that greets each client, and keeps what it says.  Returns its port."""
        server = socket.create_server(('127.0.0.1', 0))

        def talk(line):
            heard.append(line.readline())
            line.write('OK\n')
            line.flush()
            heard.extend(line)

        def accept():
            while True:
                try:
                    line = server.accept()[0].makefile('rw', newline='\n')
                except OSError:  # the test is over
                    return
                threading.Thread(target=talk, args=[line], daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()
        self.addCleanup(lambda: (server.shutdown(socket.SHUT_RDWR), server.close()))
        return server.getsockname()[1]

    def test_the_next_version_of_a_client_goes_on_counting(self):
        heard = []
        port = self.serve(heard)
        d = self.daemon({'client': (SOURCE / 'examples/client.ini').read_text() +
                         f'[Args]\nport = {port}\nevery = 10ms\n'})
        d.ctl('load', 'client')
        wait_for(lambda: 'PUB 4\n' in heard, 'it publishes')
        self.assertEqual(heard[:6], ['CONNECT aiotools\n'] + [f'PUB {i}\n' for i in range(5)])
        module = d.modules / 'client.so'
        changed = module.read_bytes() + b'another version'
        module.unlink()
        module.write_bytes(changed)
        self.assertIn('reloaded', d.ctl('reload', 'client').stdout)
        wait_for(lambda: heard.count('CONNECT aiotools\n') == 2, 'it connects again')
        wait_for(lambda: heard[-1].startswith('PUB'), 'it publishes again')
        self.assertEqual(heard.count('PUB 0\n'), 1)

    def test_the_readme_names_each(self):
        text = (SOURCE / 'examples/README.md').read_text()
        for path in (SOURCE / 'examples').glob('*.c'):
            self.assertIn(f'({path.name})', text)


if __name__ == '__main__':
    main()
