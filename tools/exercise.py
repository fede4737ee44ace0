"""Everything that can be asked of a board, so that its stack is used as far as it ever is.

For tools/size.  Every verb of the core's command table is here at least once, with what makes it go
deepest; one that is missing is an error, so that a new verb gets its line.
"""
import json
import re
import time

import mcu

VERBS = {
    'status': ['status', 'status --debug', 'status -n 20 hello', 'status nosuch'],
    'list': ['list', 'list --all'],
    'debug': ['debug on', 'status', 'debug off'],
    'start': ['start', 'start hello', 'start nosuch'],
    'stop': ['stop hello', 'stop world --keep-schedule', 'stop'],
    'restart': ['restart hello', 'restart'],
    'set': ['set hello every=2s whom=somebody', 'set hello every=never', 'set hello nosuch=1', 'set hello whom'],
    'result': ['result', 'result world'],
    'traceback': ['traceback', "traceback '*'"],
    'schedule': ['schedule world --every 5s', 'schedule world --in 1s --every 1min', 'schedule world --every x',
                 'schedule world --cron "*/5 * * * *"', 'schedule world --when "every 1 min | after task hello"'],
    'unschedule': ['unschedule world'],
    'timers': ['timers', 'timers --next 3'],
    'pause': ['pause world'],
    'resume': ['resume world'],
    'trigger': ['trigger world', 'trigger hello whom=you'],
    'reset-failed': ['reset-failed'],
    'is-active': ['is-active hello'],
    'is-failed': ['is-failed hello'],
    'wait': ['wait --timeout 1s hello'],
    'call': ['call hello nosuch'],
    'stats': ['stats', 'stats hello'],
    'log': ['log', 'log -n 5 -p info', 'log hello -g hello', 'log -o json -n 3'],
    'follow': [],  # has no end but a key; typed below
    'info': ['info'],
    'help': ['help', 'help status', 'nosuch', 'status --nosuch'],
}
METHODS = [
    ('io.aiotools.Node.Hello', {'wall_us': 1795221310000000}),
    ('io.aiotools.Task.Status', {'names': ['*'], 'debug': True}),
    ('io.aiotools.Task.List', {'all': True}),
    ('io.aiotools.Log.Read', {}),
    ('io.aiotools.Task.Set', {'name': 'hello.service', 'values': {'every': '3s'}}),
    ('io.aiotools.Node.Poll', {'change': 0, 'seq': 0, 'wait_ms': 10}),
]


def crc(data):
    """CRC-16/CCITT-FALSE."""
    value = 0xffff
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xffff
    return value


def verbs_of_the_core():
    with open(f'{mcu.ROOT}/lib/core/commands-core.c', encoding='utf-8') as source:
        return re.findall(r'\{AIOT_CMD_[A-Z_]+,[^"{}]*"([a-z-]+)"', source.read())


def type_all(board):
    missing = [verb for verb in verbs_of_the_core() if verb not in VERBS]
    if missing:
        raise mcu.Unable(f"tools/exercise.py does not type these verbs: {', '.join(missing)}")
    board.wake()
    for commands in VERBS.values():
        for command in commands:
            board.ask(command)
    board.serial.sendall(b'follow\r')
    time.sleep(1.5)
    board.ask(' ')
    board.ask('start')
    for _ in range(20):  # longer than any line; no faster than the UART's ring is emptied
        board.serial.sendall(b'x' * 16)
        time.sleep(0.02)
    board.serial.sendall(b'\x15')
    board.wake()  # asks again: on a busy machine the ring may be full all the same


def call_all(board):
    number = 0
    for method, parameters in METHODS:
        number += 1
        text = request(number, f'"method":"{method}","parameters":{json.dumps(parameters)}')
        while True:
            for _ in range(8):  # bytes may be lost where the UART's ring is small: as a peer does
                board.serial.sendall(text)
                answer = board.until(board.serial, b'\n', 2)
                if answer is not None and b'"session":4711' in answer:
                    break
            else:
                raise mcu.Unable(f'{board.program}: no reply to {method}')
            if b'"continues":true' not in answer:
                break
            number += 1
            text = request(number, '"next":true')


def request(number, members):
    text = f'{{{members},"session":4711,"id":{number}}}'.encode()
    return b'\x15' + text + b'*%04X\n' % crc(text)


def of(program):
    """What to do to this program."""
    def console(board):
        type_all(board)
        call_all(board)

    def nothing(board):
        time.sleep(2.5)

    return nothing if program.endswith('bare.elf') else console
