"""Object files that cannot be loaded: each is refused with a reason, the daemon and others go on."""
import os
import pathlib
import struct
import unittest

from aiot import BYTE_ORDER, MUSL, SANITIZED, Case, ini, main, module

TIDY = ini('tidy')


class Broken(Case):
    def refused(self, name, *words, daemon=None):
        """The service did not load; the words are in what load, log, services and traceback say."""
        done = daemon.ctl('load', name, code=1)
        texts = {
            'load': done.stdout + done.stderr,
            'log': '\n'.join(daemon.texts()),
            'services': daemon.ctl('services', '--status').stdout,
            'traceback': daemon.ctl('traceback', name).stdout,
        }
        for where, text in texts.items():
            for word in words:
                self.assertIn(word, text, where)
        self.assertIn(f'[ ERROR ] Service: {name}.service', daemon.stdout())
        self.assertEqual(daemon.task('good.service')['state'], 'running')
        self.assertIsNone(daemon.task(f'{name}.service'))

    def with_file(self, name, data):
        daemon = self.daemon({'good': TIDY})
        (daemon.modules / f'{name}.so').write_bytes(data)
        daemon.write(name, ini(name))
        daemon.ctl('daemon-reload', code=None)
        return daemon

    def test_no_file(self):
        daemon = self.daemon({'good': TIDY, 'absent': ini('absent')})
        self.refused('absent', 'absent.so', str(daemon.modules), daemon=daemon)

    def test_not_an_elf_file(self):
        self.refused('text', 'text.so', 'not an object file',
                     daemon=self.with_file('text', b'#!/bin/sh\necho hello\n'))

    def test_an_empty_file(self):
        self.refused('empty', 'empty.so', 'not an object file', daemon=self.with_file('empty', b''))

    def test_of_another_machine(self):
        data = bytearray(module('tidy').read_bytes())
        own = struct.unpack_from(BYTE_ORDER + 'H', data, 18)[0]
        struct.pack_into(BYTE_ORDER + 'H', data, 18, 243 if own != 243 else 62)  # RISC-V, x86-64
        self.refused('other', 'other.so', 'RISC-V', daemon=self.with_file('other', bytes(data)))

    def test_cut_short(self):
        data = module('tidy').read_bytes()
        self.refused('cut', 'cut.so', daemon=self.with_file('cut', data[:len(data) // 2]))

    def test_without_the_symbol(self):
        daemon = self.daemon({'good': TIDY, 'nosymbol': ini('nosymbol')})
        self.refused('nosymbol', 'aiot_service_nosymbol', daemon=daemon)

    @unittest.skipIf(SANITIZED, 'a sanitizer ends it in its own way')
    def test_whose_constructor_crashes(self):
        daemon = self.daemon({'good': TIDY, 'crashes': ini('crashes', Enabled='no')})
        self.refused('crashes', 'crashes.so: crashes when it is opened', daemon=daemon)

    def test_cut_anywhere_it_is_refused_and_ends_nobody(self):
        data = module('ends').read_bytes()
        daemon = self.with_file('ends', b'')
        refused = 0
        for part in range(1, 40):
            (daemon.modules / 'ends.so').write_bytes(data[:len(data) * part // 40])
            done = daemon.ctl('load', 'ends', code=None)
            if done.returncode == 0:  # what was missing is not needed, as the table of sections
                daemon.ctl('unload', 'ends')
                continue
            refused += 1
            self.assertIn('ends.so: ', done.stderr)
        self.assertGreater(refused, 4)
        self.assertEqual(daemon.task('good.service')['runs'], 1)

    def test_calling_what_nobody_has(self):
        daemon = self.daemon({'good': TIDY, 'undefined': ini('undefined')})
        self.refused('undefined', 'aiot_test_nobody_has_this', daemon=daemon)

    def test_of_another_abi(self):
        daemon = self.daemon({'good': TIDY, 'wrongabi': ini('wrongabi')})
        self.refused('wrongabi', 'ABI 2', 'ABI 1', daemon=daemon)

    def test_whose_init_fails(self):
        daemon = self.daemon({'good': TIDY, 'dofail': ini('dofail')})
        self.refused('dofail', 'divide by zero', daemon=daemon)

    def test_writable_by_others(self):
        daemon = self.daemon({'good': TIDY})
        daemon.write('ends', ini('ends'))
        (daemon.modules / 'ends.so').chmod(0o666)
        daemon.ctl('daemon-reload')
        self.refused('ends', 'ends.so', daemon=daemon)

    @unittest.skipUnless(os.geteuid() == 0, 'needs root, to give files away')
    def test_of_another_user(self):
        daemon = self.daemon({'good': TIDY})
        daemon.write('ends', ini('ends'))
        os.chown(daemon.modules / 'ends.so', 65534, 65534)
        daemon.ctl('daemon-reload')
        self.refused('ends', 'ends.so', daemon=daemon)

    def test_mended_it_loads(self):
        daemon = self.daemon({'good': TIDY, 'absent': ini('absent', Enabled='no')})
        daemon.ctl('load', 'absent', code=1)
        daemon.write('absent', TIDY)
        daemon.ctl('load', 'absent')
        self.assertEqual(daemon.task('absent.service')['state'], 'running')

    def test_a_directory_in_its_place(self):
        daemon = self.daemon({'good': TIDY})
        (daemon.modules / 'dir.so').mkdir()
        daemon.write('dir', ini('dir'))
        daemon.ctl('daemon-reload')
        self.refused('dir', 'dir.so', daemon=daemon)


class Exchanged(Case):
    def test_the_same_module_copied_there_anew_has_not_changed(self):
        daemon = self.daemon({'one': TIDY})
        daemon.add_module('tidy')
        daemon.ctl('daemon-reload')
        self.assertFalse(daemon.json('services')['services'][0]['changed'])

    def test_a_changed_module_is_noticed_and_used_after_unload(self):
        daemon = self.daemon({'one': TIDY})
        with open(daemon.modules / 'tidy.so', 'ab') as file:
            file.write(b'more')
        daemon.ctl('daemon-reload')
        self.assertTrue(daemon.json('services')['services'][0]['changed'])
        daemon.ctl('unload', 'one')
        daemon.ctl('load', 'one')
        self.assertFalse(daemon.json('services')['services'][0]['changed'])

    @unittest.skipIf(MUSL, 'musl never unmaps a module')
    def test_an_unloaded_module_is_not_mapped_any_more(self):
        daemon = self.daemon({'one': TIDY})
        maps = pathlib.Path(f'/proc/{daemon.pid}/maps')
        self.assertIn('/tidy.so', maps.read_text())
        daemon.ctl('unload', 'one')
        self.assertNotIn('/tidy.so', maps.read_text())


if __name__ == '__main__':
    main()
