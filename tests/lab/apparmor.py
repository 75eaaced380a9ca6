#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""apparmor.py - what signetd and its roles do, beside what their AppArmor profile lets them do; no kernel with AppArmor is needed.

apparmor.py held FOLDER                the files that each process holds now: those inherited and received are judged as well
apparmor.py judge RULES PROFILE FOLDER [FROM=TO...]

RULES is what "apparmor_parser --debug" prints of PROFILE, FOLDER has what "strace -ff -y" wrote, a file for each process. Whatever
a process did with success is looked for among the rules of signetd and, once it has executed a role, of that role as well: a role
has what both allow. FROM=TO: a path of the lab that has another name where Signet is installed.

Prints a line for each thing that the profile denies, "ROLE: WHAT", and last "watched: ROLE...". Who owns a file is not judged:
a rule for owners is one for all here. Peers of signals and of sockets of this host are not judged either.
"""
import collections
import glob
import os
import re
import sys

ENTRY = re.compile(r"^Mode:\s+(\S*) ?(?:unsafe)?(\S*)\s+Name:\s+\((.*)\)$")
DENIED = re.compile(r'^\s*deny (\S+) (\w+),', re.M)
CALL = re.compile(r'^(\w+)\((.*)\) += (\S+?)(?:<(.*)>)?(?: \(.*\))?$')
OPENED = re.compile(r'^(-?\w+)(?:<(.*)>)?$')
FOLDER_FD = re.compile(r'^(?:AT_FDCWD|\d+)<([^>]*)>, ')
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
PASSED = re.compile(r'\d+<(/[^>]*)>')
CAPABILITIES = {
    'setuid': 'setuid', 'setreuid': 'setuid', 'setresuid': 'setuid',
    'setgid': 'setgid', 'setregid': 'setgid', 'setresgid': 'setgid', 'setgroups': 'setgid',
}
CHANGES = {'unlink', 'unlinkat', 'rmdir', 'mkdir', 'mkdirat', 'rename', 'renameat', 'renameat2', 'symlink', 'symlinkat', 'mknod', 'mknodat',
           'truncate', 'chmod', 'fchmodat', 'chown', 'lchown', 'fchownat'}


def regex_of(glob_text):
    """apparmor.d(5), "Globbing"."""
    text, out, i, depth = re.sub(r'/+', '/', glob_text), [], 0, 0
    while i < len(text):
        c = text[i]
        if text.startswith('**', i):
            alone = out and out[-1] == '/' and (i + 2 == len(text) or text[i + 2] == '/')
            out.append('.+' if alone else '.*')
            i += 1
        elif c == '*':
            alone = out and out[-1] == '/' and (i + 1 == len(text) or text[i + 1] == '/')
            out.append('[^/]+' if alone else '[^/]*')
        elif c == '?':
            out.append('[^/]')
        elif c == '[':
            end = text.index(']', i + 2)
            out.append(text[i:end + 1])
            i = end
        elif c == '{':
            depth += 1
            out.append('(?:')
        elif c == '}':
            depth -= 1
            out.append(')')
        elif c == ',' and depth:
            out.append('|')
        else:
            out.append(c if c == '/' else re.escape(c))
        i += 1
    return re.compile(''.join(out) + r'\Z')


class Profile:
    def __init__(self):
        self.rules, self.denied, self.capabilities, self.network = [], [], set(), set()

    def lacking(self, path, mode):
        """What of mode it does not allow."""
        path = re.sub(r'/+', '/', path)
        allowed = {c for rule, modes in self.rules if rule.match(path) for c in modes}
        denied = {c for rule, modes in self.denied if rule.match(path) for c in modes}
        return ''.join(sorted(set(mode) - (allowed - denied)))


def read_profiles(rules, source):
    """{name: Profile}. The parser's output does not say which rules deny: those are found in the source."""
    profiles, current, denied = {}, None, {}
    for block in re.split(r'^ *profile ', open(source).read(), flags=re.M)[1:]:
        denied[block.split()[0]] = {(name, modes) for name, modes in DENIED.findall(block)}
    for line in open(rules):
        line = line.rstrip('\n')
        if line.startswith('Name:'):
            name = line.split()[-1]
            current = profiles[name] = Profile()
            names_denied = {n for n, _ in denied.get(name, ())}
        elif line.startswith('Capabilities:'):
            current.capabilities = set(line.split()[1:])
        elif line.startswith('Network:'):
            for family, kinds in re.findall(r'(\w+) \{ ([\w ]*) \}', line):
                current.network |= {(family, kind) for kind in kinds.split()}
        elif current and (m := ENTRY.match(line)):
            modes = set((m[1] + m[2]).replace(':', ''))
            modes |= {'a'} if 'w' in modes else set()
            (current.denied if m[3] in names_denied else current.rules).append((regex_of(m[3]), modes))
    return profiles


class Judge:
    def __init__(self, profiles, names):
        self.profiles, self.names = profiles, names
        self.watched, self.denials = set(), collections.OrderedDict()

    def named(self, path):
        for there, name in self.names:
            if path.startswith(there):
                return name + path[len(there):]
        return path

    def profiles_of(self, role):
        """A role is confined by its own profile and signetd's, both (px -> &)."""
        return ['signetd'] if role == 'signetd' else ['signetd', role]

    def deny(self, role, profile, what):
        self.denials[f"{role}: {what} (profile {profile})"] = True

    def path(self, role, path, mode, is_folder=False):
        path = path.removesuffix(' (deleted)').removesuffix('>(deleted)').removesuffix('(deleted)')
        # The kernel does not judge what has no name in a mounted file system either.
        if not path.startswith('/') or path.startswith(('/memfd:', '/dev/shm/memfd')):
            return
        path = self.named(path)
        if is_folder and not path.endswith('/'):
            path += '/'
        for name in self.profiles_of(role):
            lacking = self.profiles[name].lacking(path, mode)
            if lacking:
                self.deny(role, name, f"{path} {lacking}")

    def capability(self, role, name):
        for profile in self.profiles_of(role):
            if name not in self.profiles[profile].capabilities:
                self.deny(role, profile, f"capability {name}")

    def network(self, role, family, kind):
        for profile in self.profiles_of(role):
            if (family, kind) not in self.profiles[profile].network:
                self.deny(role, profile, f"network {family} {kind}")


def path_argument(arguments, string):
    """With the folder that it is relative to; links above the last component resolved."""
    m = FOLDER_FD.match(arguments)
    path = os.path.join(m[1] if m else '/', string)
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def mode_of(flags):
    mode = 'rw' if 'O_RDWR' in flags else 'w' if 'O_WRONLY' in flags else 'r'
    if 'O_CREAT' in flags or 'O_TRUNC' in flags:
        mode += 'w'
    return mode


def judge_call(judge, role, call, arguments, result_path):
    strings = STRING.findall(arguments)
    if call in ('open', 'openat', 'creat'):
        if 'O_PATH' not in arguments and result_path:
            folder = 'O_DIRECTORY' in arguments and '__O_TMPFILE' not in arguments and 'O_TMPFILE' not in arguments
            judge.path(role, result_path, mode_of(arguments), folder or os.path.isdir(result_path))
    elif call in CHANGES:
        for string in strings[-2:] if call.startswith('rename') else strings[-1:]:
            judge.path(role, path_argument(arguments, string), 'w', call in ('mkdir', 'mkdirat', 'rmdir') or 'AT_REMOVEDIR' in arguments)
    elif call in ('link', 'linkat'):
        judge.path(role, path_argument(arguments, strings[-1]), 'l')
    elif call == 'mmap' and 'PROT_EXEC' in arguments:
        for path in PASSED.findall(arguments):
            judge.path(role, path, 'm')
    elif call == 'flock' or (call == 'fcntl' and re.search(r'F_(OFD_)?SETLKW?\b', arguments)):
        for path in PASSED.findall(arguments)[:1]:
            judge.path(role, path, 'k')
    elif call == 'recvmsg' and 'SCM_RIGHTS' in arguments:
        for path in PASSED.findall(arguments[arguments.index('SCM_RIGHTS'):]):
            judge.path(role, path, 'r')
    elif call in ('connect', 'bind') and 'sun_path="' in arguments:
        judge.path(role, re.search(r'sun_path="([^"]*)"', arguments)[1], 'w')
    elif call == 'bind' and (m := re.search(r'sin6?_port=htons\((\d+)\)', arguments)) and 0 < int(m[1]) < 1024:
        judge.capability(role, 'net_bind_service')
    elif call == 'socket' and (m := re.match(r'AF_(INET6?|NETLINK|PACKET), SOCK_(\w+)', arguments)):
        judge.network(role, m[1].lower(), m[2].split('|')[0].lower())
    elif call in CAPABILITIES:
        judge.capability(role, CAPABILITIES[call])
    elif call in ('fchown', 'chown', 'lchown', 'fchownat'):
        judge.capability(role, 'chown')


def role_of(program, profiles, judge):
    name = os.path.basename(judge.named(program))
    return name if name in profiles else None


def parents_of(folder):
    """{pid: its parent}, by what clone(2) and the like returned."""
    parents = {}
    for file in glob.glob(folder + '/trace.*'):
        pid = int(file.rsplit('.', 1)[1])
        for child in re.findall(r'^(?:clone3?|v?fork)\(.*\) += (\d+)$', open(file, errors='replace').read(), re.M):
            parents[int(child)] = pid
    return parents


def first_role(pid, parents, last_roles, seen=()):
    """The role of the nearest ancestor that executed one: what a process is before it executes anything itself."""
    parent = parents.get(pid)
    if parent is None or parent in seen:
        return None
    return last_roles.get(parent) or first_role(parent, parents, last_roles, (*seen, pid))


def judge_all(judge, profiles, folder):
    """Each process line by line, and last the files that it held."""
    parents, last_roles = parents_of(folder), {}
    files = {int(f.rsplit('.', 1)[1]): f for f in glob.glob(folder + '/trace.*')}
    for pid, file in files.items():
        for program in re.findall(r'^execve\("([^"]*)".*\) += 0$', open(file, errors='replace').read(), re.M):
            last_roles[pid] = role_of(program, profiles, judge) or last_roles.get(pid)
    for pid, file in sorted(files.items()):
        role = first_role(pid, parents, last_roles)
        for line in open(file, errors='replace'):
            m = CALL.match(line.rstrip('\n'))
            if not m or m[3].startswith('-') or m[3] == '?':
                continue
            if m[1] == 'execve':
                program = STRING.match(m[2])[1]
                if role:
                    judge.path(role, os.path.realpath(program), 'x')
                role = role_of(program, profiles, judge) or role
                if role:
                    judge.watched.add(role)
                    judge.path(role, os.path.realpath(program), 'mr')
            elif role:
                judge_call(judge, role, m[1], m[2], m[4])
    for line in open(folder + '/held'):
        pid, mode, path = line.rstrip('\n').split(' ', 2)
        role = last_roles.get(int(pid)) or first_role(int(pid), parents, last_roles)
        if role:
            judge.path(role, path, mode, os.path.isdir(path))


def held(folder):
    """Writes a line for each open file of each traced process to FOLDER/held: PID MODE PATH."""
    with open(folder + '/held', 'w') as out:
        for file in glob.glob(folder + '/trace.*'):
            pid = file.rsplit('.', 1)[1]
            for fd in glob.glob(f'/proc/{pid}/fd/*'):
                try:
                    path = os.readlink(fd)
                    flags = int(re.search(r'^flags:\s+(\d+)', open(f'/proc/{pid}/fdinfo/{os.path.basename(fd)}').read(), re.M)[1], 8)
                except OSError:
                    continue
                if path.startswith('/') and not flags & os.O_PATH:
                    print(pid, {os.O_RDONLY: 'r', os.O_WRONLY: 'w'}.get(flags & os.O_ACCMODE, 'rw'), path, file=out)


def main():
    if sys.argv[1] == 'held':
        held(sys.argv[2])
        return
    rules, source, folder = sys.argv[2:5]
    profiles = read_profiles(rules, source)
    judge = Judge(profiles, sorted((a.split('=') for a in sys.argv[5:]), key=lambda a: -len(a[0])))
    judge_all(judge, profiles, folder)
    for line in sorted(judge.denials):
        print(line)
    print('watched:', *sorted(judge.watched))


main()
