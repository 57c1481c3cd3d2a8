#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev mem=768 limit=600 program=multipath modules=dm_multipath,dm_service_time,sd_mod
"""Multipath pools on two paths to one disk (two adapters of scsi_debug that show the same store): what libvirtd does with them, and
paths that fail, one and all."""
import hashlib
import os
import pathlib
import threading

import lab

CONFIGURATION = """defaults {
 user_friendly_names yes
 find_multipaths no
 no_path_retry fail
}
"""
PATHS = (pathlib.Path("/sys/block/sda/device/state"), pathlib.Path("/sys/block/sdb/device/state"))
DEBUG = pathlib.Path("/sys/bus/pseudo/drivers/scsi_debug/virtual_gb")
NODE = pathlib.Path("/dev/mapper/mpatha")
MIB = 1 << 20
NODE_BYTES = 64 * MIB


def set_state(path, state):
    """The kernel refuses a state the path is in, and one without a newline."""
    if path.read_text().strip() != state:
        path.write_text(f"{state}\n")


def setup():
    pathlib.Path("/etc/multipath.conf").write_text(CONFIGURATION)
    lab.run("modprobe scsi_debug add_host=2 dev_size_mb=64 vpd_use_hostno=0 per_host_store=0")
    lab.run("udevadm settle")


def reset():
    """One map without partitions, of two paths that work."""
    for path in PATHS:
        set_state(path, "running")
    if NODE.exists():
        lab.run(f"dd if=/dev/zero of={NODE} bs=1M count=64 oflag=direct status=none")
    lab.run("multipath -F", code=None)
    lab.run("multipath -v0", code=None)
    lab.run("udevadm settle")
    lab.wait(NODE.exists, NODE)


def begin(on):
    on.aljibe("pool-create-as p mpath --target /dev/mapper")


@lab.slow
# mission: A2-07
def test_walk(on):
    on.compare("mpath-walk")


@lab.slow
def test_partitions(on):
    """N-180. Partitions of a map are no volumes; as long as they are there nobody writes over them."""
    begin(on)
    lab.run("sfdisk --quiet --no-reread /dev/mapper/mpatha", stdin=None, input=b"label: gpt\n,16M\n")
    part = lab.wait(lambda: list(pathlib.Path("/dev/mapper").glob("mpatha?part1")) or list(pathlib.Path("/dev/mapper").glob("mpatha1")),
                    "the partition")[0]
    on.aljibe("pool-refresh p")
    assert on.volumes("p") == ["dm-0"]
    before = lab.sha256(NODE)
    said = on.aljibe("vol-wipe dm-0 p", code=1).err
    assert "'/dev/mapper/mpatha' is in use" in said, said
    assert "in use" in on.aljibe(f"vol-upload dm-0 {lab.__file__} --pool p", code=1).err
    assert lab.sha256(NODE) == before
    lab.run("dmsetup", "remove", part)
    on.upload("p", "dm-0", MIB)


# Faults.

def upload_without(on, path):
    """Uploads, and takes @path away in the middle of it. Whether it was in use then."""
    source, back = lab.world.LAB / "fifo", lab.world.LAB / "back"
    os.mkfifo(source)
    data = os.urandom(32 * MIB)
    upload = on.begin("vol-upload", "dm-0", source, "--pool", "p")
    with open(source, "wb") as feed:
        feed.write(data[:8 * MIB])
        feed.flush()
        set_state(path, "offline")
        feed.write(data[8 * MIB:])
    said = upload.communicate(timeout=lab.WAIT_SECONDS)[1].decode()
    assert upload.returncode == 0, said
    on.aljibe(f"vol-download dm-0 {back} --pool p --length {len(data)}")
    assert back.read_bytes() == data
    source.unlink()
    return "failed" in lab.run("multipath -ll", code=None).out


def test_one_path_fails(on):
    """In the middle of an upload; the other path takes over. Which of the two is in use first is the adapter's choice."""
    begin(on)
    if not upload_without(on, PATHS[0]):
        reset()
        assert upload_without(on, PATHS[1]), "neither path was in use"


@lab.slow
def test_all_paths_fail(on):
    """The list stays and other calls are answered; bytes are refused until a path is back."""
    begin(on)
    digest = on.upload("p", "dm-0", MIB)
    for path in PATHS:
        set_state(path, "offline")
    said = on.aljibe(f"vol-upload dm-0 {lab.__file__} --pool p", code=1).err
    assert "no path leads to '/dev/mapper/mpatha' at the moment (sda is offline, sdb is offline): Input/output error" in said, said
    on.aljibe("pool-refresh p")
    assert "64.00 MiB" in on.aljibe("vol-info dm-0 p").out
    for path in PATHS:
        set_state(path, "running")
    lab.run("multipath -F")
    lab.run("multipath -v0")
    lab.run("udevadm settle")
    assert on.checksum("p", "dm-0", MIB) == digest


@lab.slow
def test_queue_without_paths(on):
    """N-245. A map that queues what it cannot send, and has lost all its paths: no transfer is begun that would wait for ever, and one that
    waits holds nobody else up; it goes on when a path is back."""
    begin(on)
    on.aljibe("pool-create-as d dir --target /lab")
    digest = on.upload("p", "dm-0", MIB)
    lab.run("dmsetup message mpatha 0 queue_if_no_path")
    source = lab.world.LAB / "fifo"
    os.mkfifo(source)
    data = os.urandom(32 * MIB)
    upload = on.begin("vol-upload", "dm-0", source, "--pool", "p")
    feed = open(source, "wb")
    feed.write(data[:8 * MIB])
    feed.flush()
    for path in PATHS:
        set_state(path, "offline")
    feeder = threading.Thread(target=lambda: (feed.write(data[8 * MIB:]), feed.close()))
    feeder.start()
    try:
        for act in ("vol-info dm-0 p", "pool-refresh p", "vol-list p", "vol-create-as d v 1M", "pool-refresh d"):
            on.aljibe(act, limit=30)
        assert "volume 'dm-0' is still in use" in on.aljibe("vol-wipe dm-0 p", code=1, limit=30).err
    finally:
        for path in PATHS:
            set_state(path, "running")
        lab.run("multipath -v0")
        for path in ("8:0", "8:16"):
            lab.run(f"dmsetup message mpatha 0 'reinstate_path {path}'")
        feeder.join(lab.WAIT_SECONDS)
    said = upload.communicate(timeout=lab.WAIT_SECONDS)[1].decode()
    assert upload.returncode == 0, said
    assert on.checksum("p", "dm-0", len(data)) == hashlib.sha256(data).hexdigest() != digest
    for path in PATHS:
        set_state(path, "offline")
    for act in ("vol-wipe dm-0 p", f"vol-upload dm-0 {lab.__file__} --pool p", "vol-download dm-0 /lab/back --pool p"):
        said = on.aljibe(act, code=1, limit=30).err
        assert "no path leads to '/dev/mapper/mpatha' at the moment (sda is offline, sdb is offline)" in said, said


@lab.slow
def test_queue_without_disks(on):
    """N-245. The same once the kernel has removed the disks: the map is all that is left, and queues."""
    begin(on)
    lab.run("multipath -F")
    units = NODE_BYTES // 512
    lab.run(f"dmsetup create mpatha --uuid mpath-left --table '0 {units} multipath 1 queue_if_no_path 0 0 0'")
    try:
        on.aljibe("pool-refresh p", limit=30)
        for act in ("vol-wipe dm-0 p", f"vol-upload dm-0 {lab.__file__} --pool p", "vol-download dm-0 /lab/back --pool p"):
            said = on.aljibe(act, code=1, limit=30).err
            assert "no path leads to '/dev/mapper/mpatha' at the moment (it has no disks): Input/output error" in said, said
    finally:
        lab.run("dmsetup message mpatha 0 fail_if_no_path")
        lab.run("multipath -F", code=None)


@lab.slow
def test_map_grows(on):
    """A disk that the array enlarged is larger as soon as multipath-tools have taken that over; its bytes stay."""
    begin(on)
    digest = on.upload("p", "dm-0", MIB)
    DEBUG.write_text("1")                   # GiB; the adapter stores the first 64 MiB, again and again
    try:
        for path in PATHS:
            (path.parent / "rescan").write_text("1")
        lab.run("multipath -r -v0")
        lab.wait(lambda: pathlib.Path("/sys/block/dm-0/size").read_text().strip() == str((1 << 30) // 512), "the map to grow")
        assert "1.00 GiB" in on.aljibe("vol-info dm-0 p").out
        on.aljibe("pool-refresh p")
        assert on.xml("vol-dumpxml dm-0 p").find("capacity").text == str(1 << 30)
        assert on.checksum("p", "dm-0", MIB) == digest
        one = lab.world.LAB / "one"
        one.write_bytes(b"x" * 4096)
        on.aljibe(f"vol-upload dm-0 {one} --pool p --offset {(1 << 30) - 4096}")
    finally:
        DEBUG.write_text("0")
        for path in PATHS:
            (path.parent / "rescan").write_text("1")
        lab.run("multipath -F", code=None)


def test_map_goes(on):
    """A map that is taken down is no volume any more, and another one of its number is not taken for it."""
    begin(on)
    lab.run("multipath -F")
    assert "no storage vol with matching path '/dev/mapper/mpatha'" in on.aljibe("vol-info dm-0 p", code=1).err
    lab.run("dmsetup create other --uuid mpath-other --table '0 2048 zero'")
    lab.run("udevadm settle")
    said = on.aljibe(f"vol-upload dm-0 {lab.__file__} --pool p", code=1).err
    assert "mpatha" in said, said
    on.aljibe("pool-refresh p")
    assert on.aljibe("vol-path dm-0 p").out.strip() == "/dev/mapper/other"
    lab.run("dmsetup remove other")
    on.aljibe("pool-refresh p")
    assert on.volumes("p") == []


def test_map_of_another_disk(on):
    """N-243. A map of the same number and the same name, but on another disk: nothing is read from it or written to it."""
    begin(on)
    lab.run("multipath -F")
    lab.run(f"dmsetup create mpatha --uuid mpath-3other --table '0 {64 * MIB // 512} linear /dev/sda 0'")
    lab.wait(NODE.exists, NODE)
    before = lab.sha256(NODE)
    for act in (f"vol-upload dm-0 {lab.__file__} --pool p", "vol-wipe dm-0 p", f"vol-download dm-0 {lab.world.LAB}/back --pool p"):
        said = on.aljibe(act, code=1).err
        assert "'/dev/mapper/mpatha' is not the map 'dm-0' any more; refresh the pool" in said, said
    assert lab.sha256(NODE) == before
    on.aljibe("pool-refresh p")
    on.aljibe(f"vol-upload dm-0 {lab.__file__} --pool p")
    lab.run("dmsetup remove mpatha")


lab.main(globals())
