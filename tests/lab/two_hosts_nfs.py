#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest guests=2 limit=1200 modules=loop,nfsd,nfsv3,nfsv4 program=rpc.nfsd,mount.nfs,mkfs.xfs
# slow: two guests, one of which starts anew three times
"""Two hosts, each with an aljibed, and a netfs pool of both on one export of the first: they see each other's volumes, never take a
name twice, and when one dies the other shows what is true and leaves alone what is not its own."""
import os
import pathlib

import lab
import nfs_server as server

MIB = 1 << 20
SERVER = lab.ADDRESSES["a"]
LEASE_SECONDS = 10  # of the server: then it forgets a host that is gone
VERSION = "4.1"     # every block is written, which takes a moment
other = lab.OtherHost()

setup = server.setup
reset_other = server.unmount_all


def reset():
    other.fresh()
    server.reset()


def bring_up(host, options=()):
    host.define(server.document("p", "/export/pool", version=VERSION, host=SERVER, options=options))
    host.each("pool-build p; pool-start p")


def both_up(on, options=()):
    bring_up(on, options)
    bring_up(other, options)


def refreshed(host):
    """The volumes that a host lists once it has looked."""
    host.aljibe("pool-refresh p")
    return host.volumes("p")


def there():
    """What is in the exported directory but half made volumes, and those."""
    names = sorted(os.listdir(server.POOL))
    hidden = [name for name in names if name.startswith(".aljibe-new.")]
    return [name for name in names if name not in hidden], hidden


def together(on, mine, others):
    """One command on each host at the same time: how they ended, that of this host first."""
    answer = other.later("aljibe", others, code=None)
    own = on.aljibe(mine, code=None)
    return own, answer()


# mission: A1-05 A2-04
def test_shared(on):
    """Volumes of either host are the other's as well, with their sizes and bytes as they are now."""
    both_up(on)
    for number in range(3):
        for ended in together(on, f"vol-create-as p a{number} 4M", f"vol-create-as p b{number} 4M --format qcow2"):
            assert ended.code == 0, ended
    assert refreshed(on) == refreshed(other) == there()[0] == ["a0", "a1", "a2", "b0", "b1", "b2"]
    digest = other.upload("p", "a0", 4 * MIB)
    assert on.checksum("p", "a0", 4 * MIB) == digest
    for ended in together(on, "vol-clone a0 a3 --pool p", "vol-clone a0 b3 --pool p"):
        assert ended.code == 0, ended
    assert refreshed(on) == refreshed(other)
    assert on.checksum("p", "b3", 4 * MIB) == digest == other.checksum("p", "a3", 4 * MIB)
    other.aljibe("vol-resize a0 8M --pool p")
    assert "8.00 MiB" in on.aljibe("vol-info a0 --pool p").out
    on.aljibe("vol-resize b0 16M --pool p")
    assert "16.00 MiB" in other.aljibe("vol-info b0 --pool p").out
    on.aljibe("vol-delete b1 --pool p")
    assert "b1" not in refreshed(other)
    other.aljibe("vol-delete b2 --pool p")
    assert on.aljibe("vol-info b2 --pool p", code=None).code == 1
    assert refreshed(on) == refreshed(other) == there()[0] and there()[1] == []


def test_changed_elsewhere(on):
    """What the other host has done to a volume is seen by the next look at it, though the kernel may trust what it remembers for long."""
    both_up(on, options=("actimeo=600",))
    on.each("vol-create-as p v 4M; vol-create-as p q 4M --format qcow2")
    refreshed(other)
    lab.run("find", server.POOL, "-type", "f", "-exec", "touch", "-d", "2 hours ago", "{}", ";")
    refreshed(on)
    on.each("vol-info v --pool p; vol-info q --pool p")
    other.each("vol-resize v 12M --pool p; vol-resize q 24M --pool p")
    refreshed(on)
    assert "12.00 MiB" in on.aljibe("vol-list p --details").out and "24.00 MiB" in on.aljibe("vol-list p --details").out
    other.each("vol-delete v --pool p; vol-create-as p v 20M")
    assert "20.00 MiB" in on.aljibe("vol-info v --pool p").out


# mission: A1-05
def test_same_name(on):
    """Both make a volume of one name at one moment: one has it, the other is told so, and nothing is overwritten."""
    both_up(on)
    on.each("vol-create-as p mine 1M; vol-create-as p theirs 1M")
    refreshed(other)
    digests = on.upload("p", "mine", MIB), other.upload("p", "theirs", MIB)
    forms = ("vol-clone {from_} same --pool p", "vol-create-as p same 1M", "vol-create-as p same 1M --format qcow2",
             "vol-create-as p same 1M --format vdi", "vol-create-as p same 0 --format dir")
    for form in forms:
        for _ in range(3):
            ended = together(on, form.format(from_="mine"), form.format(from_="theirs"))
            assert sorted(one.code for one in ended) == [0, 1], f"{form}: {ended[0]}\n{ended[1]}"
            loser = next(one for one in ended if one.code)
            assert "already exists" in loser.err or "exists already" in loser.err, loser
            assert there() == (["mine", "same", "theirs"], []), there()
            if "clone" in form:
                assert lab.sha256(server.POOL / "same") == digests[ended[1].code == 0], "the other's bytes"
            winner = (on, other)[ended[1].code == 0]
            winner.aljibe("vol-delete same --pool p")
            refreshed(on)
            refreshed(other)


def die_while(on, command, is_under_way):
    """Has the other host die while it runs @command, at a moment when @is_under_way()."""
    other.begin(command)
    lab.wait(is_under_way, f"the middle of {command}")
    other.die()


def after_lease():
    """Waits until the server has forgotten what the other host had open and locked."""
    clients = pathlib.Path("/proc/fs/nfsd/clients")
    lab.wait(lambda: not [one for one in clients.iterdir() if "status: courtesy" not in (one / "info").read_text()
                          and "host-b" in (one / "info").read_text()], "the server to give the other host up", 20 * LEASE_SECONDS)


# mission: A2-04 A9-12
def test_dies_while_making(on):
    """There is no such volume, here or there; what is left of it only its own host removes, when it is back."""
    both_up(on)
    die_while(on, "vol-create-as p v 250M", lambda: there()[1] and (server.POOL / there()[1][0]).stat().st_blocks > 0)
    hidden = there()[1]
    assert refreshed(on) == [] and there()[1] == hidden
    on.aljibe("vol-create-as p v 4M")
    after_lease()
    on.restart()
    assert refreshed(on) == ["v"] and there() == (["v"], hidden)
    digest = on.upload("p", "v", 4 * MIB)
    bring_up(other)
    assert other.volumes("p") == ["v"] and there() == (["v"], [])
    assert other.checksum("p", "v", 4 * MIB) == digest


# mission: A2-04 A9-12
def test_dies_while_uploading(on):
    """The volume keeps its size and what had come; it can be filled again from here at once, and the host that is back reads that."""
    both_up(on)
    other.aljibe("vol-create-as p v 250M --allocation 0")
    other.run("truncate", "-s", "250M", "/lab/zeros")
    die_while(on, "vol-upload v /lab/zeros --pool p", lambda: (server.POOL / "v").stat().st_blocks > 0)
    assert refreshed(on) == ["v"] and "250.00 MiB" in on.aljibe("vol-info v --pool p").out
    digest = on.upload("p", "v", 8 * MIB)
    on.aljibe("vol-clone v w --pool p")
    bring_up(other)
    assert other.volumes("p") == ["v", "w"] and there()[1] == []
    assert other.checksum("p", "v", 8 * MIB) == other.checksum("p", "w", 8 * MIB) == digest


def test_same_machine_id(on):
    """Machines copied from one image may have the same machine-id. Then a lock at the server tells what is in use."""
    bring_up(on)
    other.run("cp", "/etc/machine-id", "/run/own-machine-id")
    own = pathlib.Path("/etc/machine-id").read_text().strip()
    other.run("bash", "-c", f"echo {own} >/etc/machine-id")
    bring_up(other)
    making = other.begin("vol-create-as p v 250M")
    lab.wait(lambda: there()[1], "a volume being made there")
    assert refreshed(on) == [] and there()[1]
    made = other.finish(making)
    assert made.code == 0 and there() == (["v"], []), made
    other.run("cp", "/run/own-machine-id", "/etc/machine-id")


lab.main(globals())
