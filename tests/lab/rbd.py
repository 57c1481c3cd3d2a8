#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: host limit=3600
# needs: program=ceph-mon,ceph-osd,ceph-mgr,ceph,rbd
"""Pools of images on a real Ceph cluster."""
import hashlib
import os
import pathlib
import re
import shutil
import time

import ceph
import lab
import world
from faults import Faults

POOL = """<pool type='rbd' xmlns:rbd='http://libvirt.org/schemas/storagepool/rbd/1.0'><name>{name}</name>
<source><name>{source}</name><host name='127.0.0.1'/>{auth}</source><rbd:config_opts>{options}</rbd:config_opts></pool>"""
EXHAUSTIVE = os.environ.get("LAB_EXHAUSTIVE") == "1"    # faults everywhere, not only at some points
FAULTS = 2 if lab.IS_QUICK else 24      # … of each command
SECRET = "6f3d8a3e-0f0f-4a6b-8a52-0b9a4a1f5c12"
PLACES = ("lab", "other", "lab/tenant")


def setup():
    ceph.start("lab", "other")
    ceph.rbd("namespace", "create", "lab/tenant")


def reset():
    for name in PLACES:
        with ceph.Pool(name) as pool:
            pool.clear()


# mission: A1-05 A1-10 A2-09 A9-14 A9-15
def test_walk(on):
    on.compare("rbd-walk")


@lab.slow
def test_odd(on):
    on.compare("rbd-odd", pairs=lab.PAIRS[:2])


def start_pool(on, name="p", source="lab", options="", auth=""):
    """Defines and starts a pool; @options: {name: value} for the Ceph library."""
    options = "".join(f"<rbd:option name='{name}' value='{value}'/>" for name, value in dict(options).items())
    on.define(POOL.format(name=name, source=source, auth=auth, options=options))
    return on.aljibe("pool-start", name)


def allocation(on, volume, pool="p"):
    return int(on.xml("vol-dumpxml", volume, "--pool", pool).find("allocation").text)


# Bytes.

def test_bytes(on):
    start_pool(on)
    on.aljibe("vol-create-as p v 16M")
    digest = on.upload("p", "v", 6 << 20)
    assert allocation(on, "v") == 8 << 20
    holes, back = world.LAB / "holes", world.LAB / "back"
    with open(holes, "wb") as file:
        file.write(b"head")
        file.seek(9 << 20)
        file.write(os.urandom(1 << 20))
        file.truncate(16 << 20)
    on.aljibe("vol-upload", "v", holes, "--pool", "p", "--sparse")      # what was there is gone, and its room given back
    assert allocation(on, "v") == 8 << 20
    on.aljibe("vol-download", "v", back, "--pool", "p", "--sparse")
    assert lab.sha256(back) == lab.sha256(holes) != digest
    assert back.stat().st_blocks * 512 < 10 << 20, "the holes were filled"
    failed = on.aljibe("vol-upload", "v", holes, "--pool", "p", "--offset", 1 << 20, code=1)
    assert "No space left on device" in failed.err, failed
    on.aljibe("vol-wipe v --pool p")
    assert allocation(on, "v") == 0
    assert on.checksum("p", "v", 16 << 20) == hashlib.sha256(bytes(16 << 20)).hexdigest()


@lab.slow
def test_copies(on):
    files = world.LAB / "files"
    files.mkdir()
    on.aljibe(f"pool-create-as files dir --target {files}")
    start_pool(on)
    start_pool(on, "tenant", "lab/tenant")
    on.aljibe("vol-create-as p v 12M")
    on.upload("p", "v", 5 << 20)
    whole = on.checksum("p", "v", 12 << 20)
    document = world.LAB / "copy.xml"
    document.write_text("<volume><name>copy</name><capacity unit='M'>16</capacity><allocation>0</allocation></volume>")
    for pool, source, source_pool in (("files", "v", "p"), ("tenant", "copy", "files"), ("p", "copy", "tenant")):
        on.aljibe("vol-create-from", pool, document, source, "--inputpool", source_pool)
        assert on.checksum(pool, "copy", 12 << 20) == whole, f"{pool} from {source_pool}"
        assert on.xml("vol-dumpxml", "copy", "--pool", pool).find("capacity").text == str(16 << 20)
    assert on.volumes("tenant") == ["copy"] and on.aljibe("vol-path copy --pool tenant").out.strip() == "lab/tenant/copy"
    assert (files / "copy").stat().st_blocks * 512 < 12 << 20, "a copy out of the pool has no holes"
    assert allocation(on, "copy") == 8 << 20
    on.aljibe("vol-clone copy twin --pool tenant")
    assert "lab/tenant/twin" in on.aljibe("vol-delete copy --pool tenant", code=1).err
    on.aljibe("vol-delete twin --pool tenant")
    on.aljibe("vol-delete copy --pool tenant")
    on.aljibe("vol-create-as files image 4M --format qcow2")
    document.write_text(document.read_text().replace("copy", "other"))
    failed = on.aljibe("vol-create-from", "p", document, "image", "--inputpool", "files", code=1)
    assert "volume 'image' is of format qcow2, and an image of this pool is raw: make a raw copy" in failed.err, failed


# Clones.

def make_base(pool):
    pool.create("base", 12 << 20)
    with pool.open("base") as image:
        image.write(b"base" * (1 << 18), 0)
        image.write(b"end" * 1000, 11 << 20)


def test_clones(on):
    start_pool(on)
    with ceph.Pool("lab") as pool:
        make_base(pool)
        on.aljibe("pool-refresh p")
        running = [on.begin("vol-clone", "base", f"c{number}", "--pool", "p") for number in range(2)]    # at once
        assert [process.wait() for process in running] == [0, 0], [process.stderr.read() for process in running]
        before = pool.snapshots("base")
        on.aljibe("vol-clone base c2 --pool p")
        assert pool.snapshots("base") == before, "nothing has changed, and there is a new snapshot"
        with pool.open("base") as image:
            image.write(b"changed", 0)
        on.aljibe("vol-clone base c3 --pool p")
        assert len(pool.snapshots("base")) == len(before) + 1
        assert pool.read("c3", 0, 7) == b"changed" and pool.read("c2", 0, 4) == b"base"
        assert on.xml("vol-dumpxml c3 --pool p").find("backingStore/path").text == f"lab/base@{pool.snapshots('base')[-1]}"
        failed = on.aljibe("vol-delete base --pool p", code=1)
        assert re.search(r"'lab/base' cannot be removed while clones stand on it: (lab/c\d(, )?){4} \(", failed.err), failed
        for number in range(4):
            on.aljibe(f"vol-delete c{number} --pool p")
        assert pool.snapshots("base") == [], "snapshots of clones that are gone"
        with pool.open("base") as image:
            image.create_snap("mine")
        failed = on.aljibe("vol-delete base --pool p", code=1)
        assert "with its snapshots mine (vol-delete --delete-snapshots removes them, too)" in failed.err, failed
        on.aljibe("vol-clone base last --pool p")
        on.aljibe("vol-delete last --pool p")
        assert pool.snapshots("base") == ["mine"]
        on.aljibe("vol-delete base --pool p --delete-snapshots")
        assert not pool.strays() and not pool.images()


# Others use the cluster, too.

@lab.slow
def test_in_use(on):
    start_pool(on)
    on.aljibe("vol-create-as p v 8M")
    small = world.LAB / "small"
    small.write_bytes(b"small")
    with ceph.Pool("lab") as pool, pool.open("v") as image:     # as a machine would have it
        image.write(b"guest", 0)
        image.flush()
        for command in ("vol-delete v --pool p", "vol-wipe v --pool p", "vol-resize v 4M --pool p --shrink",
                        f"vol-upload v {small} --pool p"):
            failed = on.aljibe(command, code=1)
            assert re.search(r"resource busy: image 'lab/v' is open at 127.0.0.1:0/\d+$", failed.err, re.MULTILINE), failed
        on.aljibe("vol-resize v 16M --pool p")
        lab.wait(lambda: image.size() == 16 << 20, "the machine to see the new size")
        on.aljibe("vol-clone v copy --pool p")
        assert image.read(0, 5) == b"guest" == pool.read("copy", 0, 5)
    on.aljibe("vol-resize v 4M --pool p --shrink")
    on.aljibe("vol-delete copy --pool p")
    on.aljibe("vol-delete v --pool p")


@lab.slow
def test_sick_and_foreign(on):
    """One image that cannot be read does not stop the pool, and what another host is making is let alone."""
    foreign = ".aljibe-new.0123456789abcdef.1"
    with ceph.Pool("lab") as pool:
        for name in ("good", "sick", "odd@name", foreign):
            pool.create(name, 4 << 20)
        with pool.open("sick") as image:
            identity = image.id()
        pool.io.remove_object(f"rbd_header.{identity}")
        start_pool(on)
        assert on.volumes("p") == ["good"]
        pool.io.write_full("rbd_id.ghost", b"\x04\0\0\0nope")    # a name that is taken by half
        failed = on.aljibe("vol-create-as p ghost 4M", code=1)
        assert "failed to create volume 'lab/ghost': File exists" in failed.err, failed
        on.aljibe("pool-refresh p")
        assert foreign in pool.images() and not [name for name in pool.images() if name.startswith(".aljibe") and name != foreign]
        pool.io.remove_object("rbd_id.ghost")
        on.aljibe("vol-create-as p ghost 4M")
    assert on.aljibe("vol-info", "sick", "--pool", "p", code=1).err


# The cluster does not answer.

def test_frozen_osd(on):
    """What needs the objects fails at its time limit; what does not answers at once; nothing has to be restarted afterwards."""
    files = world.LAB / "files"
    files.mkdir()
    on.aljibe(f"pool-create-as files dir --target {files}")
    start_pool(on, options={"rados_osd_op_timeout": 2})
    on.aljibe("vol-create-as p v 8M")
    ceph.freeze("osd.0")
    try:
        begun = time.monotonic()
        waiting = on.begin("vol-create-as p new 8M")
        assert "v" in on.volumes("p") and on.volumes("files") == []
        on.aljibe("vol-create-as files quick 1M")
        on.aljibe("vol-info v --pool p")        # as last known
        quick = time.monotonic() - begun
        assert waiting.poll() is None or waiting.returncode == 1
        _, said = waiting.communicate(timeout=lab.WAIT_SECONDS)
        assert waiting.returncode == 1 and b"Connection timed out" in said, said
        assert quick < 10 and time.monotonic() - begun < 30, "others waited"
    finally:
        ceph.thaw("osd.0")
    lab.wait(lambda: on.aljibe("pool-refresh p", code=None).code == 0, "the pool to answer again")
    on.aljibe("vol-create-as p new 8M")
    assert on.volumes("p") == ["new", "v"]
    with ceph.Pool("lab") as pool:
        assert not pool.strays()


@lab.slow
def test_end_while_frozen(on):
    """SIGTERM ends the daemon in a few seconds, whatever its library waits for."""
    start_pool(on)
    on.aljibe("vol-create-as p v 8M")
    ceph.freeze("osd.0", "mon.a")
    try:
        waiting = on.begin("vol-create-as p new 8M")
        lab.wait(lambda: " new " in on.aljibe("vol-list p").out, "the creation to begin")
        begun = time.monotonic()
        on.stop()
        assert time.monotonic() - begun < 10 and on.daemon.process.returncode == 0, on.log()
        assert waiting.wait() == 1
    finally:
        ceph.thaw("osd.0", "mon.a")
    on.start()
    wait_for_pool(on, "p")
    with ceph.Pool("lab") as pool:
        assert on.volumes("p") == pool.images() == ["v"] and not pool.strays()


@lab.slow
def test_frozen_monitor(on):
    """The message names both causes that the library cannot tell apart; a pool that was up is up again when the monitor is."""
    (world.LAB / "secret.xml").write_text(f"<secret><uuid>{SECRET}</uuid><usage type='ceph'><name>key</name></usage></secret>")
    on.aljibe("secret-define", world.LAB / "secret.xml")
    on.aljibe("secret-set-value", SECRET, "--base64", ceph.key())
    auth = f"<auth username='lab' type='ceph'><secret uuid='{SECRET}'/></auth>"
    limits = {"client_mount_timeout": 2, "rados_mon_op_timeout": 2, "rados_osd_op_timeout": 2}
    start_pool(on, "up", auth=auth, options=limits)
    on.aljibe("vol-create-as up v 4M")
    on.define(POOL.format(name="down", source="other", auth=auth, options="<rbd:option name='client_mount_timeout' value='2'/>"))
    on.stop()
    ceph.freeze("mon.a", "osd.0")
    try:
        on.start()
        failed = on.aljibe("pool-start down", code=1)
        assert "127.0.0.1 (nobody answers there, or user 'lab' or its key is wrong): Connection timed out" in failed.err, failed
        assert "active" in on.aljibe("pool-list").out
        failed = on.aljibe("vol-list up", code=1)
        assert "are not known yet" in failed.err or "timed out" in failed.err, failed
    finally:
        ceph.thaw("mon.a", "osd.0")
    lab.wait(lambda: on.aljibe("vol-list up", code=None).out.split()[:1] == ["v"], "the pool to be read")
    on.aljibe("pool-start down")


# Faults in the middle of a command.

def wait_for_pool(on, name):
    lab.wait(lambda: on.virsh("vol-list", name, code=None).code == 0, f"pool {name} to be read")


class Command:
    """A command and what must be true around it: @prepare makes the state it starts from, @is_before and @is_after tell the two states apart
    that are allowed after any fault."""

    def __init__(self, act, prepare, is_before, is_after):
        self.act, self.prepare, self.is_before, self.is_after = act, prepare, is_before, is_after

    def begin(self, on):
        with ceph.Pool("lab") as pool:
            pool.clear()
            self.prepare(pool)
        on.virsh("pool-refresh p")

    def look(self, on, what, may_be_done=True):
        with ceph.Pool("lab") as pool:
            listed = on.virsh("vol-list p").out.split()[::2]
            lab.wait(lambda: not pool.strays(), f"what must go: {what}: {pool.strays()}")   # large images go in the background
            assert listed == pool.images(), f"{what}: {listed} is listed of {pool.images()}"
            assert self.is_before(pool) or may_be_done and self.is_after(pool), f"{what}: {listed}"

    def with_faults(self, on):
        """Plays the command with the daemon killed at some messages, and with some calls failing."""
        with Faults(on) as faults:
            start_pool(on)
            self.begin(on)
            _, messages, calls = faults.run(self.act)
            self.begin(on)
            for number in points(calls):
                done, _, _ = faults.run(self.act, call=number)
                self.look(on, f"call {number} fails", may_be_done=done.code == 0)
                if done.code == 0:
                    self.begin(on)
            for number in points(messages):
                self.begin(on)
                if faults.run(self.act, message=number)[1] >= number:
                    on.start()
                    wait_for_pool(on, "p")
                    self.look(on, f"killed at message {number}")
        print(f"# {self.act[0]}: {len(points(calls))} of {calls} calls failed, killed at {len(points(messages))} of {messages} messages",
              flush=True)


def points(count):
    """All numbers up to @count, or FAULTS of them."""
    if EXHAUSTIVE or count <= FAULTS:
        return range(1, count + 1)
    return [count * part // (FAULTS + 1) for part in range(1, FAULTS + 1)]


def test_faults_while_creating(on):
    Command(("vol-create-as", "p", "new", "8M"), make_base, lambda pool: pool.images() == ["base"],
            lambda pool: pool.images() == ["base", "new"]).with_faults(on)


@lab.slow
def test_lost_records(on):
    """What a host was making whose records are lost is let alone, for another daemon of that host may be making it: it is told of."""
    with Faults(on) as faults, ceph.Pool("lab") as pool:
        start_pool(on)
        _, messages, _ = faults.run(("vol-create-as", "p", "v", "4M"))
        faults.run(("vol-create-as", "p", "new", "4M"), message=messages // 2)
        assert pool.images()[0].startswith(".aljibe-new."), "it was killed elsewhere"
        shutil.rmtree(world.STATE / "rbd-images")
        on.start()
        wait_for_pool(on, "p")
        on.virsh("pool-refresh p")
        hidden = pool.images()[0]
        assert pool.images() == [hidden, "v"] and on.volumes("p") == ["v"]
        assert f"image '{hidden}' was never completed, and nothing is known of it any more" in on.log()


@lab.slow
def test_faults_while_cloning(on):
    def is_before(pool):
        return pool.images() == ["base"] and not pool.snapshots("base")

    def is_after(pool):
        return pool.images() == ["base", "new"] and pool.read("new", 0, 4) == b"base" and pool.read("new", 11 << 20, 3) == b"end"

    Command(("vol-clone", "base", "new", "--pool", "p"), make_base, is_before, is_after).with_faults(on)


@lab.slow
def test_faults_while_copying(on):
    source, document = world.LAB / "pool", world.LAB / "new.xml"
    source.mkdir()
    on.virsh(f"pool-create-as files dir --target {source}")
    on.virsh("vol-create-as files raw 8M")
    lab.random_file(source / "raw", 8 << 20)
    document.write_text("<volume><name>new</name><capacity unit='M'>8</capacity></volume>")
    Command(("vol-create-from", "p", document, "raw", "--inputpool", "files"), make_base, lambda pool: pool.images() == ["base"],
            lambda pool: pool.read("new", 0, 8 << 20) == (source / "raw").read_bytes()).with_faults(on)


def make_base_with_snapshots(pool):
    make_base(pool)
    with pool.open("base") as image:
        for name in ("one", "two", "three"):
            image.create_snap(name)
        image.protect_snap("two")


DELETE = ("vol-delete", "base", "--pool", "p", "--delete-snapshots")


@lab.slow
def test_trash_of_others(on):
    """A daemon died in the middle of a deletion. What people moved to the trash or took out of it before it came back is theirs,
    although a record tells of that very image."""
    seen, number = set(), 0
    with Faults(on) as faults, ceph.Pool("lab") as pool:
        start_pool(on)
        while len(seen) < 2:
            number += 5
            pool.clear()
            make_base_with_snapshots(pool)
            on.virsh("pool-refresh p")
            messages = faults.run(DELETE, message=number)[1]
            assert messages >= number, f"the deletion ended, and only {seen} was seen"
            is_recorded, is_named, is_moved = any((world.STATE / "rbd-images").glob("*")), pool.images() == ["base"], bool(pool.trash())
            if is_recorded and is_named and not is_moved and "moved" not in seen:
                seen.add("moved")
                pool.trash_move("base")
            elif is_moved and not is_named and "restored" not in seen and pool.trash_restore("base"):
                seen.add("restored")
                pool.trash_move("base")
            else:
                on.start()
                continue
            on.start()
            wait_for_pool(on, "p")
            on.virsh("pool-refresh p")
            assert pool.trash() == ["base"] and not any((world.STATE / "rbd-images").glob("*"))
            assert pool.trash_restore("base") and pool.read("base", 11 << 20, 3) == b"end"


@lab.slow
def test_deletion_that_fails_half_way(on):
    """Some snapshots are gone, then the cluster fails: the volume is there again, what is gone is told, and the next deletion goes on."""
    told = {}
    with Faults(on) as faults, ceph.Pool("lab") as pool:
        start_pool(on)
        make_base_with_snapshots(pool)
        on.virsh("pool-refresh p")
        _, _, calls = faults.run(DELETE)
        for number in range(1, calls + 1):
            pool.clear()
            make_base_with_snapshots(pool)
            on.virsh("pool-refresh p")
            done, _, _ = faults.run(DELETE, call=number)
            if done.code == 0:
                assert not pool.images() and not pool.strays(), f"call {number}"
                continue
            gone = re.search(r"snapshots of volume 'lab/base' these are gone already: ([a-z, ]+);", done.err)
            names = gone[1].split(", ") if gone else []
            told[len(names)] = True
            assert pool.snapshots("base") == ["one", "two", "three"][len(names):], f"call {number}: {done.err}"
            assert on.virsh("vol-list p").out.split()[::2] == ["base"] and pool.read("base", 11 << 20, 3) == b"end"
            on.virsh(*DELETE)
            assert not pool.images() and not pool.strays(), f"call {number}"
    assert sorted(told) == [0, 1, 2, 3], told


@lab.slow
def test_faults_while_deleting(on):
    def is_before(pool):
        return pool.images() == ["base"] and pool.read("base", 11 << 20, 3) == b"end"

    Command(DELETE, make_base_with_snapshots, is_before,
            lambda pool: pool.images() == []).with_faults(on)


lab.main(globals())
