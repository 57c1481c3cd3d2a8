# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two hosts that share a pool, in the namespaces of one suite: each is an aljibed with an identity (/etc/machine-id), directories and a socket
of its own; the servers of the storage are the same. What they owe each other whatever the type of the pool is checked here.
"""
import contextlib
import hashlib
import os
import pathlib
import shutil

import lab
import world

HOMES = pathlib.Path("/run/hosts")
POOL = "p"
COUNT = 4               # of what each makes at once
BIG = 160 << 20         # takes a while to copy


class HostDaemon(world.Daemon):
    """The daemon of one host; its machine-id is seen by nobody else."""

    def __init__(self, name, machine):
        super().__init__("aljibed", lab.program("aljibed"))
        self.home = HOMES / name
        self.socket, self.log = self.home / "socket", self.home / "log"
        (self.home / "machine-id").write_text(hashlib.sha256(machine.encode()).hexdigest()[:32] + "\n")

    def _command(self):
        return ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/machine-id && exec "$@"', str(self.home / "machine-id"),
                self.program, "--socket", str(self.socket), "--config-dir", str(self.home / "etc"),
                "--secret-dir", str(self.home / "secrets"), "--state-dir", str(self.home / "run")], {}


class Host(lab.Lab):
    """As lab.Lab, on a host called @name, which is machine @machine."""

    def __init__(self, name, machine=None):
        self.home = HOMES / name
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        self.name = name
        self.daemon, self.state = HostDaemon(name, machine or name), self.home / "run"

    def make_files(self):
        """A pool "files" of this host alone; returns its directory."""
        self.each(f"pool-create-as files dir --target {self.home}/files --build")
        return self.home / "files"


@contextlib.contextmanager
def two(document, machines=("a", "b")):
    """Two hosts on which the pool of @document is up, as `with hosts.two(XML) as (a, b):`."""
    both = [Host(name, machine) for name, machine in zip("ab", machines)]
    try:
        for host in both:
            host.define(document)
            host.aljibe("pool-start", POOL)
        yield both
    except AssertionError as error:
        raise AssertionError("\n".join([str(error)] + [f"{host.name} said: {host.log()[-1500:]}" for host in both])) from error
    finally:
        complaints = [host.end() for host in both]
    assert not any(complaints), complaints


def ended(running):
    """Waits for commands of begin(), and returns their exit statuses and messages."""
    told = [process.communicate(timeout=lab.CLIENT_SECONDS)[1].decode() for process in running]
    return [process.returncode for process in running], told


def all_at_once(commands):
    """Runs (host, command) pairs at the same time; all must work."""
    codes, told = ended([host.begin(command) for host, command in commands])
    assert not any(codes), list(zip(commands, told))


def see_the_same(both, names):
    for host in both:
        host.aljibe("pool-refresh", POOL)
        assert host.volumes(POOL) == sorted(names), f"{host.name} sees {host.volumes(POOL)} instead of {sorted(names)}"


def work_at_once(a, b):
    """Both make, clone, list and delete at the same time."""
    both, numbers = (a, b), range(COUNT)
    a.aljibe("vol-create-as", POOL, "base", "8M", "--allocation", "0")
    digest = a.upload(POOL, "base", 3 << 20)
    b.aljibe("pool-refresh", POOL)
    all_at_once([(host, f"vol-create-as {POOL} {host.name}{n} 4M --allocation 0") for n in numbers for host in both]
                + [(host, f"vol-list {POOL}") for host in both])
    all_at_once([(host, f"vol-clone base clone-{host.name}{n} --pool {POOL}") for n in numbers for host in both]
                + [(host, f"pool-refresh {POOL}") for host in both])
    made = [f"{kind}{host.name}{n}" for kind in ("", "clone-") for n in numbers for host in both]
    see_the_same(both, ["base", *made])
    assert {host.checksum(POOL, f"clone-{other.name}0", 3 << 20) for host in both for other in both} == {digest}
    all_at_once([(host, f"vol-delete {name} --pool {POOL}") for host, other in ((a, "b"), (b, "a"))     # each what the other one made
                 for name in made if name.rstrip("0123456789").endswith(other)] + [(host, f"pool-refresh {POOL}") for host in both])
    see_the_same(both, ["base"])
    assert b.checksum(POOL, "base", 3 << 20) == digest


def race_for_names(a, b):
    """The same name at the same time: one host wins, the other is told, and the volume holds what the winner put in."""
    document = world.LAB / "same.xml"
    digests = [lab.random_file(host.make_files() / "source", 2 << 20) for host in (a, b)]
    for host in (a, b):
        host.aljibe("pool-refresh files")
    for number in range(COUNT):
        document.write_text(f"<volume><name>same{number}</name><capacity unit='M'>2</capacity><allocation>0</allocation></volume>")
        codes, told = ended([host.begin("vol-create-from", POOL, str(document), "source", "--inputpool", "files") for host in (a, b)])
        assert sorted(codes) == [0, 1] and "exists" in told[codes.index(1)], told
        for host in (a, b):
            host.aljibe("pool-refresh", POOL)
            assert host.checksum(POOL, f"same{number}", 2 << 20) == digests[codes.index(0)], f"same{number} is a mixture"
    codes, _ = ended([host.begin(f"vol-delete same0 --pool {POOL}") for host in (a, b)])
    assert 0 in codes
    see_the_same((a, b), [f"same{number}" for number in range(1, COUNT)])


def die_while_making(a, b, hidden):
    """A host that dies in the middle of a creation leaves nothing that others show, take or remove, and tidies up when it is back. @hidden()
    lists the pool's hidden names."""
    document = world.LAB / "half.xml"
    lab.random_file(a.make_files() / "big", BIG)
    a.aljibe("pool-refresh files")
    document.write_text(f"<volume><name>half</name><capacity>{BIG}</capacity><allocation>0</allocation></volume>")
    making = a.begin("vol-create-from", POOL, str(document), "big", "--inputpool", "files")
    lab.wait(hidden, "the hidden volume")
    a.kill()
    making.communicate()
    left = hidden()
    assert left, "it was complete before the host died"
    see_the_same((b,), [])
    assert hidden() == left, "one host removed what another one was making"
    b.aljibe("vol-create-as", POOL, "half", "4M", "--allocation", "0")
    digest = b.upload(POOL, "half", 1 << 20)
    a.start()
    a.aljibe("pool-refresh", POOL)
    lab.wait(lambda: not hidden(), "the half volume to go")
    see_the_same((a, b), ["half"])
    assert a.checksum(POOL, "half", 1 << 20) == digest


@contextlib.contextmanager
def uploading(host, volume):
    """While it lasts @host writes to @volume and waits for more bytes: the process of its client."""
    pipe = world.LAB / "pipe"
    os.mkfifo(pipe)
    upload = host.begin("vol-upload", volume, str(pipe), "--pool", POOL)
    with open(pipe, "wb") as source:
        source.write(bytes(1 << 20))
        source.flush()
        yield upload
    pipe.unlink()


def make_beside_a_twin(a, b):
    """Two daemons of one machine: what one is making is not taken for a leftover by the other one, which reads the pool all the time."""
    lab.random_file(a.make_files() / "source", 24 << 20)
    a.aljibe("pool-refresh files")
    document = world.LAB / "twin.xml"
    for number in range(COUNT):
        document.write_text(f"<volume><name>v{number}</name><capacity unit='M'>24</capacity><allocation>0</allocation></volume>")
        making = [a.begin("vol-create-from", POOL, str(document), "source", "--inputpool", "files"),
                  a.begin(f"vol-create-as {POOL} w{number} 4M --allocation 0")]
        while any(process.poll() is None for process in making):
            codes, told = ended([b.begin(f"pool-refresh {POOL}")])
            assert codes == [0], told
        codes, told = ended(making)
        assert codes == [0, 0], told
    see_the_same((a, b), [f"{kind}{number}" for kind in "vw" for number in range(COUNT)])
