"""The service stats: status and figures over HTTP, for whoever asks, however they ask."""
import http.client
import json
import re
import socket
import threading

from aiot import BUILD, Case, ini, main, wait_for

TIDY = ini('tidy')


def stats_ini(**args):
    return ini('stats', args={'listen': '127.0.0.1:0', **args})


class Stats(Case):
    def serve(self, services=None, modules=(), **args):
        daemon = self.daemon({'stats': stats_ini(**args), **(services or {})},
                             modules=['stats', *modules])
        self.port = wait_for(lambda: (daemon.task('stats.service')['state'] == 'running'
                                      and daemon.json('stats', 'stats.service')
                                      ['tasks'][0]['stats']['port']), 'a port')
        return daemon

    def get(self, path, method='GET'):
        """Code, type and text of an answer."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.getheader('Content-Type'), answer.read().decode()
        finally:
            connection.close()

    def test_status_is_what_aiotoolsctl_shows(self):
        daemon = self.serve({'good': TIDY}, modules=['tidy'])
        self.assertIn('libmicrohttpd ', daemon.json('info')['info']['features']['http'])
        code, kind, text = self.get('/status')
        self.assertEqual((code, kind), (200, 'application/json'))
        tasks = {task['name']: task['state'] for task in json.loads(text)['tasks']}
        self.assertEqual(tasks, {'good.service': 'running', 'stats.service': 'running'})
        self.assertEqual(json.loads(self.get('/')[2]).keys(), json.loads(text).keys())
        daemon.ctl('stop', 'good')
        _, _, text = self.get('/status?name=good*')
        self.assertEqual([t['state'] for t in json.loads(text)['tasks']], ['stopped'])

    def test_debug_has_the_long_form(self):
        self.serve({'good': TIDY}, modules=['tidy'])
        task = json.loads(self.get('/debug?name=good.service')[2])['tasks'][0]
        self.assertIn('args', task)
        self.assertNotIn('args', json.loads(self.get('/status?name=good.service')[2])['tasks'][0])

    def test_stats_and_info(self):
        self.serve()
        stats = json.loads(self.get('/stats')[2])['tasks'][0]['stats']
        self.assertEqual(stats['port'], self.port)
        self.assertEqual(json.loads(self.get('/info')[2])['info']['product'], 'aiotools')

    def test_metrics_are_what_prometheus_reads(self):
        self.serve({'good': TIDY}, modules=['tidy'])
        code, kind, text = self.get('/metrics')
        self.assertEqual((code, kind), (200, 'text/plain; version=0.0.4'))
        self.assertIn('aiotools_task_runs_total{task="good.service"} 1\n', text)
        self.assertIn(f'aiotools_stat{{task="stats.service",stat="port"}} {self.port}\n', text)
        for line in text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) aiotools_\w+ .+|'
                                   r'aiotools_\w+\{(\w+="[^"]*",?)+\} -?[0-9.]+)$')

    def test_what_is_no_request_is_a_code_and_a_sentence(self):
        self.serve()
        for path, method, code, word in (
                ('/nothing', 'GET', 404, '/metrics'),
                ('/status', 'POST', 405, 'nothing can be changed'),
                ('/status?name=nope', 'GET', 404, 'no such task'),
                ('/status?name=a%20b', 'GET', 400, 'cannot be'),
                ('/status?name=', 'GET', 400, 'cannot be'),
                ('/status?what=1', 'GET', 400, 'name=PATTERN'),
                ('/info?name=a', 'GET', 400, 'no names')):
            with self.subTest(path):
                got, kind, text = self.get(path, method)
                self.assertEqual((got, kind), (code, 'application/json'))
                self.assertIn(word, json.loads(text)['error'])
        self.assertEqual(self.get('/status', 'HEAD')[::2], (200, ''))

    def test_many_at_once_are_all_answered(self):
        self.serve(clients='32')
        codes = []
        threads = [threading.Thread(target=lambda: codes.append(self.get('/debug')[0]))
                   for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(codes, [200] * 24)

    def test_one_that_never_finishes_its_request_holds_nobody_up(self):
        self.serve()
        with socket.create_connection(('127.0.0.1', self.port)) as slow:
            slow.sendall(b'GET /status HTTP/1.1\r\nHost: ')
            self.assertEqual(self.get('/status')[0], 200)

    def test_one_that_leaves_before_its_answer_harms_nobody(self):
        daemon = self.serve()
        for _ in range(20):
            with socket.create_connection(('127.0.0.1', self.port)) as gone:
                gone.sendall(b'GET /debug HTTP/1.1\r\nHost: x\r\n\r\n')
        self.assertEqual(self.get('/status')[0], 200)
        self.assertEqual(daemon.task('stats.service')['runs'], 1)

    def test_stop_and_start_while_requests_come(self):
        daemon = self.serve()
        clients = [socket.create_connection(('127.0.0.1', self.port)) for _ in range(8)]
        for client in clients:
            client.sendall(b'GET /debug HTTP/1.1\r\nHost: x\r\n\r\n')
        daemon.ctl('stop', 'stats')
        for client in clients:
            client.settimeout(60)
            while client.recv(65536):
                pass
            client.close()
        daemon.ctl('start', 'stats')
        self.port = daemon.json('stats', 'stats.service')['tasks'][0]['stats']['port']
        self.assertEqual(self.get('/status')[0], 200)

    def test_a_thousand_tasks_in_one_answer(self):
        many = {f't{i:04}': TIDY for i in range(1000)}
        self.serve(many, modules=['tidy'])
        _, _, text = self.get('/status')
        self.assertEqual(len(json.loads(text)['tasks']), 1001)
        text = self.get('/metrics')[2]
        self.assertEqual(len(re.findall(r'^aiotools_task_runs_total', text, re.M)), 1001)

    def test_an_address_that_others_reach_has_to_be_wished_for(self):
        daemon = self.daemon({'stats': stats_ini(listen='0.0.0.0:0')}, modules=['stats'])
        self.assertIn('say remote = yes', daemon.ctl('traceback', 'stats').stdout)
        for wrong in ('8888', 'localhost:8888', '127.0.0.1:99999', '127.0.0.1:http', '[::1:1'):
            daemon.write('stats', stats_ini(listen=wrong))
            self.assertIn(f"'{wrong}' is not an address and a port",
                          daemon.ctl('load', 'stats', code=None).stderr
                          + daemon.ctl('traceback', 'stats').stdout)

    def test_a_port_that_is_taken_is_said(self):
        with socket.create_server(('127.0.0.1', 0)) as taken:
            port = taken.getsockname()[1]
            daemon = self.daemon({'stats': stats_ini(listen=f'127.0.0.1:{port}')},
                                 modules=['stats'])
            wait_for(lambda: daemon.task('stats.service')['state'] == 'failed', 'a failure')
            self.assertIn(f'cannot listen on 127.0.0.1:{port}: Address already in use',
                          daemon.ctl('traceback', 'stats').stdout)


if __name__ == '__main__':
    if (BUILD / 'services.d/stats.so').exists():
        main()
    else:
        print('0 passed, 0 failed')  # built without its library
