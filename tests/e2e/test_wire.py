"""The control socket as bytes: framing, and clients that are slow, wrong, greedy or gone."""
import json
import shutil
import socket
import subprocess
import unittest

from aiot import SANITIZED, SECONDS, Case, Wire, ini, main, wait_for

TIDY = ini('tidy')
STATUS = b'{"method":"io.aiotools.Task.Status","parameters":{"names":["one.service"]}}'
INVALID = 'io.aiotools.InvalidRequest'


class WireCase(Case):
    def setUp(self):
        super().setUp()
        self.one = self.daemon({'one': TIDY})
        self.wire = self.one.wire()

    def check_status(self, reply):
        self.assertEqual(reply['parameters']['tasks'][0]['name'], 'one.service', reply)

    def tearDown(self):
        # Whatever a client did, others are served.
        self.check_status(self.one.wire().call('io.aiotools.Task.Status', names=['one.service']))


class Framing(WireCase):
    def test_nul_is_answered_with_nul(self):
        for _ in range(2):
            self.wire.send(STATUS + b'\0')
            self.check_status(self.wire.reply(b'\0'))

    def test_lf_is_answered_with_lf(self):
        for _ in range(2):
            self.wire.send(STATUS + b'\n')
            self.check_status(self.wire.reply(b'\n'))

    def test_pretty_printed(self):
        text = json.dumps(json.loads(STATUS), indent=4).encode()
        self.wire.send(text + b'\n' + text + b'\n')
        self.check_status(self.wire.reply(b'\n'))
        self.check_status(self.wire.reply(b'\n'))

    def test_pretty_printed_ended_by_nul_after_a_first_nul(self):
        text = json.dumps(json.loads(STATUS), indent=4).encode()
        self.wire.send(STATUS + b'\0' + text + b'\0')
        self.check_status(self.wire.reply(b'\0'))
        self.check_status(self.wire.reply(b'\0'))

    def test_braces_and_newlines_inside_strings(self):
        self.wire.send(b'{"method":"io.aiotools.Task.Status","parameters":{"names":["a}\\"{"]}}\n')
        self.assertEqual(self.wire.reply(b'\n')['error'], 'io.aiotools.NoSuchTask')

    def test_byte_by_byte(self):
        self.wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        for byte in STATUS + b'\n':
            self.wire.send(bytes([byte]))
        self.check_status(self.wire.reply(b'\n'))

    def test_many_in_one_write_are_answered_in_order(self):
        self.wire.send(b''.join(b'{"method":"io.aiotools.Task.Status","parameters":{"names":["n%d"]'
                                b'}}\0' % i for i in range(200)))
        for i in range(200):
            self.assertIn(f"'n{i}'", self.wire.reply()['parameters']['message'])

    def test_an_id_comes_back(self):
        self.wire.send(STATUS[:-1] + b',"id":7}\0')
        reply = self.wire.reply()
        self.assertEqual(reply['id'], 7)
        self.check_status(reply)

    def test_with_ids_a_stream_does_not_hold_up_other_calls(self):
        self.wire.send(b'{"method":"io.aiotools.Log.Follow","more":true,"id":1}\0')
        self.assertEqual(self.wire.reply()['id'], 1)
        self.wire.send(STATUS[:-1] + b',"id":2}\0')
        while True:
            reply = self.wire.reply()
            if reply['id'] == 2:
                break
        self.check_status(reply)

    def test_half_closed_after_the_request_still_gets_its_answer(self):
        self.wire.send(STATUS + b'\n')
        self.wire.socket.shutdown(socket.SHUT_WR)
        self.check_status(self.wire.reply(b'\n'))
        self.assertTrue(self.wire.closed())


class Wrong(WireCase):
    def test_not_json(self):
        self.wire.send(b'{nonsense}\0')
        self.assertEqual(self.wire.reply()['error'], INVALID)

    def test_json_that_is_no_call(self):
        for text in (b'{}', b'{"method":5}', b'{"parameters":{}}',
                     b'{"method":"io.aiotools.Task.Status","parameters":[]}',
                     b'{"method":"io.aiotools.Task.Status","parameters":{"names":"x"}}'):
            with self.subTest(text=text):
                wire = self.one.wire()
                wire.send(text + b'\0')
                self.assertIn('error', wire.reply())

    def test_an_unknown_method_and_interface(self):
        self.assertEqual(self.wire.call('io.aiotools.Task.Fly')['error'],
                         'org.varlink.service.MethodNotFound')
        self.assertEqual(self.wire.call('org.example.Nothing.At.All')['error'],
                         'org.varlink.service.InterfaceNotFound')

    def test_an_unknown_parameter(self):
        reply = self.wire.call('io.aiotools.Task.Status', nmaes=['x'])
        self.assertEqual(reply['error'], 'org.varlink.service.InvalidParameter')
        self.assertEqual(reply['parameters']['parameter'], 'nmaes')

    def test_too_deep(self):
        deep = b'[' * 1000 + b']' * 1000
        self.wire.send(b'{"method":"io.aiotools.Task.Status","parameters":{"names":' + deep +
                       b'}}\0')
        self.assertEqual(self.wire.reply()['error'], INVALID)

    def test_too_long(self):
        wire = self.wire
        try:
            wire.send(b'{"method":"io.aiotools.Task.Status","parameters":{"names":["' +
                      b'x' * 70000 + b'"]}}\0')
        except (BrokenPipeError, ConnectionResetError):
            pass
        reply = wire.reply()
        self.assertTrue(reply is None or reply['error'] in (INVALID, 'io.aiotools.Limit'), reply)

    def test_the_longest_that_is_allowed(self):
        head = b'{"method":"io.aiotools.Task.Status","parameters":{"names":["one.service"]}'
        self.wire.send(head + b' ' * (65536 - len(head) - 1) + b'}\0')
        self.check_status(self.wire.reply())

    @unittest.skipIf(SANITIZED, 'what was freed is kept by the sanitizer')
    def test_endless_without_an_end_is_bounded(self):
        before = self.rss()
        try:
            for _ in range(400):
                self.wire.send(b'{' + b' ' * 65535)
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.assertLess(self.rss() - before, 8 << 20)

    def rss(self):
        with open(f'/proc/{self.one.pid}/statm', encoding='ascii') as file:
            return int(file.read().split()[1]) * 4096

    def test_bytes_of_every_kind(self):
        self.wire.send(bytes(range(256)) * 16 + b'\n')
        self.wire.socket.shutdown(socket.SHUT_WR)
        self.assertTrue(self.wire.closed())

    def test_cut_in_the_middle_and_gone(self):
        for length in (1, 10, len(STATUS) - 1, len(STATUS)):
            wire = Wire(self.one.socket)
            wire.send(STATUS[:length])
            wire.close()

    def test_gone_while_its_call_waits(self):
        daemon = self.daemon({'slow': ini('tidy', args={'last': '300ms'})})
        wire = Wire(daemon.socket)
        wire.send(b'{"method":"io.aiotools.Task.Stop","parameters":{"names":["slow.service"]}}\0')
        daemon.wait_state('slow.service', 'stopping')
        wire.close()
        daemon.wait_state('slow.service', 'stopped')

    def test_more_for_a_command_that_answers_once(self):
        reply = self.wire.call('io.aiotools.Daemon.Info', more=True)
        self.assertFalse(reply.get('continues', False))

    def test_follow_without_more_is_refused(self):
        self.assertEqual(self.wire.call('io.aiotools.Log.Follow')['error'],
                         'org.varlink.service.ExpectedMore')


class Limits(Case):
    @unittest.skipIf(SANITIZED, 'what was freed is kept by the sanitizer')
    def test_one_that_never_reads_hurts_nobody(self):
        daemon = self.daemon({'one': ini('ends', args={'lines': '3000'})})
        daemon.wait_state('one.service', 'done')
        with open(f'/proc/{daemon.pid}/statm', encoding='ascii') as file:
            before = int(file.read().split()[1])
        wire = daemon.wire()
        wire.socket.settimeout(0.5)
        try:
            for _ in range(2000):
                wire.send(b'{"method":"io.aiotools.Log.Read","more":true}\0')
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            pass
        daemon.ctl('status', code=0)
        with open(f'/proc/{daemon.pid}/statm', encoding='ascii') as file:
            self.assertLess((int(file.read().split()[1]) - before) * 4096, 16 << 20)

    def test_a_follower_that_does_not_read_is_told_what_it_lost(self):
        daemon = self.daemon({'one': ini('ends', args={'lines': '20000'}, Enabled='no')},
                             config='[Log]\nSize = 64K\n')
        wire = daemon.wire()
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.call('io.aiotools.Log.Follow', more=True)
        daemon.ctl('load', 'one')
        daemon.wait_state('one.service', 'done')
        lost = seen = 0
        while True:
            reply = wire.reply()
            self.assertIsNotNone(reply, 'closed')
            parameters = reply['parameters']
            lost += parameters.get('lost', 0)
            seen += len(parameters['records'])
            if parameters['records'] and 'line 19999 ' in parameters['records'][-1]['text']:
                break
            if parameters['records'] and parameters['records'][-1]['text'].startswith('ended'):
                break
        self.assertGreater(lost, 0)
        self.assertGreater(seen, 0)

    def test_clients_over_the_limit_are_refused_and_room_comes_back(self):
        daemon = self.daemon(config='[Control]\nMaxClients = 4\n')
        wires = []
        for _ in range(10):  # an administrator gets two more than others
            wire = daemon.wire()
            try:
                reply = wire.call('org.varlink.service.GetInfo')
            except (BrokenPipeError, ConnectionResetError):
                reply = None
            if reply is None or 'error' in reply:
                break
            wires.append(wire)
        self.assertIn(len(wires), (4, 5, 6))
        for wire in wires:
            self.assertIn('parameters', wire.call('org.varlink.service.GetInfo'))
            wire.close()
        wait_for(daemon.answers, 'there is room again')

    def test_a_large_reply_streams_in_pages(self):
        daemon = self.daemon({'one': ini('ends', args={'lines': '5000'})})
        daemon.wait_state('one.service', 'done')
        wire = daemon.wire()
        reply = wire.call('io.aiotools.Log.Read', more=True)
        pages, texts = 1, [r['text'] for r in reply['parameters']['records']]
        while reply.get('continues'):
            reply = wire.reply()
            pages += 1
            texts += [r['text'] for r in reply['parameters']['records']]
        self.assertGreater(pages, 3)
        lines = [text for text in texts if text.startswith('line ')]
        self.assertEqual(lines, [f'line {i} of 5000' for i in range(5000)])
        self.assertEqual(wire.call('io.aiotools.Log.Read')['error'], 'io.aiotools.UseMore')


class Varlink(WireCase):
    def test_introspection(self):
        info = self.wire.call('org.varlink.service.GetInfo')['parameters']
        self.assertIn('io.aiotools.Task', info['interfaces'])
        for name in info['interfaces']:
            with self.subTest(interface=name):
                reply = self.wire.call('org.varlink.service.GetInterfaceDescription',
                                       interface=name)
                self.assertRegex(reply['parameters']['description'], rf'(?m)^interface {name}$')
        self.assertEqual(self.wire.call('org.varlink.service.GetInterfaceDescription',
                                        interface='org.example.none')['error'],
                         'org.varlink.service.InterfaceNotFound')


class Console(WireCase):
    def console(self, line):
        self.wire.send(line)
        self.wire.socket.shutdown(socket.SHUT_WR)
        text = b''
        while True:
            data = self.wire.socket.recv(65536)
            if not data:
                return text.decode()
            text += data

    def test_a_line_is_a_command_and_is_answered_with_text(self):
        self.assertIn('one.service: status: running', self.console(b'status\n'))

    def test_several_lines(self):
        text = self.console(b'stop one.service\nstatus one.service\nstart one.service\n')
        self.assertIn('status: stopped', text)
        self.assertIn('one.service: running', text)

    def test_an_unknown_command_is_told(self):
        self.assertIn('fly', self.console(b'fly away\n'))

    def test_help(self):
        self.assertIn('daemon-reload', self.console(b'help\n'))
        self.assertIn('--lines', self.daemon().ctl('log', '-h').stdout)

    def test_nothing_is_sent_before_the_first_byte(self):
        self.wire.socket.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            self.wire.socket.recv(1)


@unittest.skipUnless(shutil.which('socat'), 'there is no socat')
class Socat(WireCase):
    def socat(self, text):
        return subprocess.run(['socat', '-t', str(SECONDS), '-', f'UNIX-CONNECT:{self.one.socket}'],
                              input=text, stdout=subprocess.PIPE, timeout=SECONDS, check=True,
                              env=self.env()).stdout

    def test_a_command_in_words(self):
        self.assertIn('one.service: status: running', self.socat(b'status\n').decode())

    def test_a_call_in_json(self):
        self.check_status(json.loads(self.socat(STATUS + b'\n')))


if __name__ == '__main__':
    main()
