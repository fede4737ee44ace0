"""Writes what Linux unpacks as its first root: a cpio archive of the newc format, compressed.

Used by tools/board.  Files belong to root whoever writes it, and there can be devices in it, for
which cpio(1) would have to be root.
"""
import gzip
import pathlib
import stat


class Archive:
    def __init__(self):
        self.parts = []
        self.names = set()

    def _entry(self, name, mode, data=b'', rdev=(0, 0)):
        encoded = name.encode() + b'\0'
        numbers = [len(self.names) + 1, mode, 0, 0, 2 if stat.S_ISDIR(mode) else 1, 0, len(data),
                   0, 0, *rdev, len(encoded), 0]
        header = b'070701' + b''.join(b'%08X' % number for number in numbers)
        self.parts += [_padded(header + encoded), _padded(data)]
        self.names.add(name)

    def folder(self, path, mode=0o755):
        """The folder and those above it, unless they are there."""
        names = [str(part) for part in pathlib.PurePath(path).parents][:-1][::-1] + [str(path)]
        for name in names:
            if name not in self.names:
                self._entry(name, stat.S_IFDIR | mode)

    def _in_folder(self, path, mode, data=b'', rdev=(0, 0)):
        if str(path) in self.names:
            raise ValueError(f'{path} is there already')
        parent = pathlib.PurePath(path).parent
        if parent.name:
            self.folder(parent)
        self._entry(str(path), mode, data, rdev)

    def file(self, path, data, mode=0o644):
        self._in_folder(path, stat.S_IFREG | mode, data)

    def link(self, path, target):
        self._in_folder(path, stat.S_IFLNK | 0o777, str(target).encode())

    def device(self, path, major, minor, mode=0o600):
        self._in_folder(path, stat.S_IFCHR | mode, rdev=(major, minor))

    def write(self, path):
        end = Archive()
        end._entry('TRAILER!!!', 0)
        # Of no time and no name: the same tree makes the same file.
        with open(path, 'wb') as raw, \
                gzip.GzipFile(filename='', mode='wb', compresslevel=1, fileobj=raw, mtime=0) as out:
            for part in self.parts + end.parts:
                out.write(part)


def _padded(data):
    return data + b'\0' * (-len(data) % 4)
