#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""durability.py TRACE - no acknowledgement leaves before the sync of what it acknowledges.

TRACE is what `strace -f -y -xx -s 1000000` wrote of signetd, sendmail and
signet-drop. The rules are held against the order of calls of each process:

  queue        SUBMITTED without a fault: after its SUBMIT was received, the
               WAL was written and then synced, and nothing written to it
               since is unsynced. COMMITTED, and removing a body file: no
               unsynced write to the WAL.
  pickup       SUBMIT: every body file it made was synced after its last
               write, and its folder after the file appeared. A reply "accepted",
               and removing a drop file: after a SUBMITTED was received.
  signet-drop  exit 0: the file was synced, then renamed, then the folder synced.
  sendmail     exit 0: somebody had a SUBMITTED or a signet-drop that exited 0
               for it before.

Prints what broke them, and how often each acknowledgement was seen.
"""
import re
import sys
from collections import Counter, defaultdict

SUBMIT, SUBMITTED, COMMITTED = 32, 33, 101
LINE = re.compile(r'^(\d+)\s+(?:[\d.]+\s+)?(.*)$')
CALL = re.compile(r'^(\w+)\((.*)\)\s+=\s+(-?\d+|\?)(.*)$', re.S)
FD = re.compile(r'^(\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2}|[^>])*)>')
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def text(hexed):
    return bytes(int(h, 16) for h in re.findall(r'\\x([0-9a-f]{2})', hexed))


def path_of(fd_text):
    found = FD.match(fd_text)
    if not found:
        return None, ''
    path = found.group(2)
    if '\\x' in path:
        path = text(path).decode('latin-1')
    return found.group(1), path.removesuffix('(deleted)')


def calls(lines):
    """Whole calls, in the order in which they ended: within a process that is the order they were made in."""
    open_calls = {}
    for line in lines:
        found = LINE.match(line.rstrip('\n'))
        if not found:
            continue
        pid, rest = int(found.group(1)), found.group(2)
        if rest.endswith('<unfinished ...>'):
            open_calls[pid] = rest[:-len('<unfinished ...>')].rstrip()
            continue
        resumed = re.match(r'<\.\.\. \w+ resumed>(.*)$', rest, re.S)
        if resumed:
            before = open_calls.pop(pid, '')
            # strace pads before "= result"
            rest = before + (' ' if before.endswith(',') else '') + resumed.group(1).lstrip(' ')
        if rest.startswith('+++ exited with '):
            yield pid, 'exited', '', int(rest.split()[3])
            continue
        if rest.startswith('exit_group('):
            continue
        found = CALL.match(rest)
        if found and found.group(3) != '?':
            yield pid, found.group(1), found.group(2), int(found.group(3))


class Frames:
    """Cuts a channel's bytes into frames."""

    def __init__(self):
        self.bytes = b''

    def add(self, data):
        self.bytes += data
        while len(self.bytes) >= 8:
            length = int.from_bytes(self.bytes[:4], 'big')
            if len(self.bytes) < 8 + length:
                return
            yield int.from_bytes(self.bytes[4:6], 'big'), self.bytes[8:8 + length]
            self.bytes = self.bytes[8 + length:]


class Process:
    def __init__(self):
        self.program = '?'
        self.dirty = {}              # path → what was not synced
        self.received = {}           # ticket → [wal written since, wal synced since]
        self.submitted = 0           # SUBMITTED received
        self.done = []               # what signet-drop did, in order
        self.frames = defaultdict(Frames)


class Checker:
    def __init__(self):
        self.processes = defaultdict(Process)
        self.seen = Counter()
        self.broken = []
        self.kept = 0                # submissions on stable storage so far
        self.acknowledged = 0        # sendmails that exited 0

    def wrong(self, process, what):
        self.broken.append(f'{process.program}: {what}')

    def no_dirty(self, process, part, what):
        for path in process.dirty:
            if part in path:
                self.wrong(process, f'{what} with {path} {process.dirty[path]}')

    def call(self, pid, name, arguments, result):
        process = self.processes[pid]
        handler = getattr(self, 'on_' + name, None)
        if handler and result >= 0:
            handler(process, pid, arguments, result)

    # ---- what processes are ----

    def on_execve(self, process, pid, arguments, result):
        program = text(STRING.search(arguments).group(1)).decode('latin-1')
        self.processes[pid] = Process()
        self.processes[pid].program = program.rsplit('/', 1)[-1]
        if b'-bp' in [text(word) for word in STRING.findall(arguments)]:
            self.processes[pid].program = 'mailq'

    def inherit(self, process, pid, arguments, result):
        if result and result not in self.processes:
            self.processes[result].program = process.program + "'s child"

    on_clone = on_clone3 = on_fork = on_vfork = inherit

    def on_exited(self, process, pid, arguments, result):
        if result != 0:
            return
        if process.program == 'signet-drop':
            self.seen['signet-drop exit 0'] += 1
            if process.done != ['write', 'sync', 'rename', 'sync folder']:
                self.wrong(process, f'exit 0 after {process.done}')
            self.kept += 1
        if process.program == 'sendmail':
            self.seen['sendmail exit 0'] += 1
            self.acknowledged += 1
            if self.acknowledged > self.kept:
                self.wrong(process, 'exit 0 before anything was stored for it')

    # ---- files ----

    def written(self, process, pid, arguments, result):
        _, path = path_of(arguments)
        if not path.startswith('/var/spool/signet'):
            return
        process.dirty[path] = 'written and not synced'
        if path.endswith('-wal'):
            for state in process.received.values():
                state[0], state[1] = True, False
        if process.program == 'signet-drop' and process.done[-1:] != ['write']:
            process.done.append('write')

    on_write = on_pwrite64 = on_writev = on_pwritev = on_sendfile = on_copy_file_range = written

    def synced(self, process, pid, arguments, result):
        _, path = path_of(arguments)
        process.dirty.pop(path, None)
        process.dirty.pop(path.rstrip('/') + '/', None)
        if path.endswith('-wal'):
            for state in process.received.values():
                state[1] = state[0]
        if process.program == 'signet-drop':
            process.done.append('sync folder' if path.rstrip('/').endswith('/drop') else 'sync')

    on_fsync = on_fdatasync = synced

    def on_openat(self, process, pid, arguments, result):
        if 'O_CREAT' not in arguments or 'O_TMPFILE' in arguments:
            return
        name = text(STRING.search(arguments).group(1)).decode('latin-1')
        _, folder = path_of(arguments)
        path = name if name.startswith('/') else folder + '/' + name
        if '/body/' in path:
            process.dirty[path.rsplit('/', 1)[0] + '/'] = 'has a new name and is not synced'

    def renamed(self, process, pid, arguments, result):
        if process.program == 'signet-drop':
            process.done.append('rename')

    on_rename = on_renameat = on_renameat2 = renamed

    def removed(self, process, pid, arguments, result):
        name = text(STRING.search(arguments).group(1)).decode('latin-1')
        _, folder = path_of(arguments) if FD.match(arguments) else (None, '')
        path = name if name.startswith('/') else folder + '/' + name
        if process.program == 'queue' and '/body/' in path:
            self.seen['queue removes a body'] += 1
            self.no_dirty(process, '-wal', 'a body is removed')
        if process.program == 'pickup' and '/drop/' in path:
            self.seen['pickup removes a drop file'] += 1
            if process.submitted == 0:
                self.wrong(process, 'a drop file is removed that the queue has not stored')
            process.submitted -= 1

    on_unlink = on_unlinkat = removed

    # ---- frames ----

    def bytes_of(self, arguments, result):
        data = b''.join(text(s) for s in STRING.findall(arguments))
        return data[:result]

    def on_sendmsg(self, process, pid, arguments, result):
        fd, _ = path_of(arguments)
        if process.program not in ('queue', 'pickup'):
            return
        for kind, payload in process.frames[fd, 'out'].add(self.bytes_of(arguments, result)):
            self.sent(process, kind, payload)

    def sent(self, process, kind, payload):
        if process.program == 'pickup' and kind == SUBMIT:
            self.seen['SUBMIT'] += 1
            self.no_dirty(process, '/body', 'SUBMIT')
        if process.program == 'queue' and kind == COMMITTED:
            self.seen['COMMITTED'] += 1
            self.no_dirty(process, '-wal', 'COMMITTED')
        if process.program == 'queue' and kind == SUBMITTED and payload[8] == 0:
            self.seen['SUBMITTED'] += 1
            self.kept += 1
            state = process.received.pop(payload[:8], [False, False])
            if not state[0]:
                self.wrong(process, 'SUBMITTED, and nothing was written to the WAL since its SUBMIT')
            elif not state[1]:
                self.wrong(process, 'SUBMITTED, and the WAL was not synced')

    def on_recvmsg(self, process, pid, arguments, result):
        fd, _ = path_of(arguments)
        if process.program not in ('queue', 'pickup') or not result:
            return
        for kind, payload in process.frames[fd, 'in'].add(self.bytes_of(arguments, result)):
            if process.program == 'queue' and kind == SUBMIT:
                process.received[payload[:8]] = [False, False]
            if process.program == 'pickup' and kind == SUBMITTED:
                process.submitted += 1


def main():
    checker = Checker()
    with open(sys.argv[1], encoding='latin-1') as trace:
        for call in calls(trace):
            checker.call(*call)
    for what in checker.broken:
        print('broken:', what)
    print('seen:', ', '.join(f'{count} {what}' for what, count in sorted(checker.seen.items())))
    return 1 if checker.broken or checker.seen['SUBMITTED'] == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
