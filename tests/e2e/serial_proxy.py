"""A serial line that can be noisy: a UNIX socket before another one, for the tests with boards.

What passes is counted for each way from the moment a connection is made; noise happens at given
bytes of a way, once each.
"""
import os
import select
import socket
import threading

UP, DOWN = 'to the board', 'to the program'


class Noise:
    """At byte `at` of a way: `drop` bytes are lost, one is changed by `flip`, `insert` comes before."""

    def __init__(self, way, at, *, drop=0, flip=0, insert=b''):
        self.way, self.at, self.drop, self.flip, self.insert = way, at, drop, flip, insert

    def spoil(self, data, start):
        """The bytes start, start+1 ... of the way with the noise in them."""
        result = bytearray()
        for place, byte in enumerate(data, start):
            if place == self.at:
                result += self.insert
            if self.at <= place < self.at + self.drop:
                continue
            result.append(byte ^ self.flip if place == self.at else byte)
        return bytes(result)


class Proxy:
    """Listens at `path`, passes all to `target`; self.noise applies to the next connection."""

    def __init__(self, path, target):
        self.path, self.target = str(path), str(target)
        self.noise = []
        self.counts = {UP: 0, DOWN: 0}  # of the last connection
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.wake, self.woken = os.pipe()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def close(self):
        os.write(self.woken, b'x')
        self.thread.join()
        self.listener.close()
        os.close(self.wake)
        os.close(self.woken)

    def run(self):
        while self.wait([self.listener]):
            program = self.listener.accept()[0]
            with program, socket.socket(socket.AF_UNIX) as board:
                board.connect(self.target)
                if not self.pass_on(program, board):
                    return

    def wait(self, sockets):
        """Those that can be read; empty: it is over."""
        ready = select.select([self.wake, *sockets], [], [])[0]
        return [] if self.wake in ready else ready

    def pass_on(self, program, board):
        """Until either end hangs up; False: it is over."""
        counts = {UP: 0, DOWN: 0}
        noise, self.noise = self.noise, []
        while True:
            ready = self.wait([program, board])
            if not ready:
                return False
            for source in ready:
                way, sink = (UP, board) if source is program else (DOWN, program)
                try:
                    data = source.recv(65536)
                    spoiled = data
                    for one in noise:
                        if one.way == way:
                            spoiled = one.spoil(spoiled, counts[way])
                    counts[way] += len(data)
                    self.counts = dict(counts)
                    if data:
                        sink.sendall(spoiled)
                except OSError:
                    data = b''
                if not data:
                    return True
