#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: host limit=200 program=mkfs.btrfs
"""Directory pools whose volumes are btrfs sub-volumes: what virsh sees of them, a whole life, and what a crash, a full disk and an
unmounted one leave. libvirt has no such pools to compare with (N-152, N-154)."""
import os
import pathlib

import lab

HOME = pathlib.Path("/run/lab-btrfs")
IMAGE = HOME / "disk.img"
MOUNT = HOME / "mount"
POOL = MOUNT / "pool"
XML = f"""<pool type='dir'><name>b</name><target><path>{POOL}</path></target>
  <aljibe:subvolumes xmlns:aljibe='urn:aljibe:1'/></pool>"""


def setup():
    HOME.mkdir(exist_ok=True)
    lab.run("mount", "-t", "tmpfs", "lab", HOME)
    MOUNT.mkdir()


def reset():
    lab.run("umount", MOUNT, code=None)
    IMAGE.unlink(missing_ok=True)
    lab.run("truncate", "-s", "512M", IMAGE)
    lab.run("mkfs.btrfs", "-q", IMAGE)
    lab.run("mount", "-o", "loop", IMAGE, MOUNT)


def subvolumes():
    """Sub-volumes of the pool, as the file system knows them."""
    told = lab.run("btrfs", "subvolume", "list", MOUNT).out
    return sorted(line.split()[-1].removeprefix("pool/") for line in told.splitlines())


def begin(on, is_from_options=False):
    if is_from_options:
        on.aljibe(f"pool-define-as b dir --target {POOL} --subvolumes")
    else:
        on.define(XML)
    on.virsh("pool-build b")
    on.virsh("pool-start b")


def test_definitions(on):
    """From a document and from options comes the same pool. There is nothing to discover: any directory on btrfs will do."""
    documents = []
    for is_from_options in (False, True):
        begin(on, is_from_options)
        on.each("vol-create-as b v 1M; vol-delete v --pool b")
        document = on.xml("pool-dumpxml", "b", "--inactive")
        document.remove(document.find("uuid"))
        documents.append(lab.xml.etree.ElementTree.canonicalize(lab.xml.etree.ElementTree.tostring(document), strip_text=True))
        on.each("pool-destroy b; pool-delete b; pool-undefine b")
    assert documents[0] == documents[1] and "subvolumes" in documents[0], documents


def walk(on, is_from_options):
    """All with virsh, for which this is a pool of type dir with files."""
    begin(on, is_from_options)
    on.virsh("vol-create-as b raw 64M")
    on.virsh("vol-create-as b image 1G --format qcow2")
    assert subvolumes() == ["image", "raw"]
    told = on.virsh("vol-list b --details").out
    assert f"{POOL}/raw/disk" in told and "file" in told and " dir " not in told, told
    assert on.virsh(f"vol-name {POOL}/raw/disk").out.strip() == "raw"
    assert on.virsh("vol-path raw b").out.strip() == f"{POOL}/raw/disk"
    sent = on.upload("b", "raw", 64 << 20)
    assert lab.sha256(POOL / "raw/disk") == sent
    lab.run("sync", "-f", MOUNT)
    before = os.statvfs(MOUNT)
    on.virsh("vol-clone raw copy b")
    lab.run("sync", "-f", MOUNT)
    after = os.statvfs(MOUNT)
    assert (before.f_bfree - after.f_bfree) * after.f_frsize < 8 << 20, "the clone took room"
    assert on.checksum("b", "copy", 64 << 20) == sent
    on.virsh("vol-create-as b over 1G --format qcow2 --backing-vol image --backing-vol-format qcow2")
    assert f"<path>{POOL}/image/disk</path>" in on.virsh("vol-dumpxml over b").out
    on.virsh("vol-resize raw 80M b")
    assert os.path.getsize(POOL / "raw/disk") == 80 << 20
    on.virsh("vol-wipe copy b")
    assert not any((POOL / "copy/disk").read_bytes())
    assert "aljibe:subvolumes" in on.virsh("pool-dumpxml b").out and "<pool type='dir'>" in on.virsh("pool-dumpxml b").out
    on.restart()
    assert on.volumes("b") == ["copy", "image", "over", "raw"]
    assert "aljibe:subvolumes" in on.virsh("pool-dumpxml --inactive b").out
    # What is gained: each volume can be sent by itself.
    lab.run("btrfs", "-q", "subvolume", "snapshot", "-r", POOL / "raw", MOUNT / "raw-1")
    lab.run("btrfs", "-q", "send", "-f", HOME / "stream", MOUNT / "raw-1")
    for volume in on.volumes("b"):
        on.virsh("vol-delete", volume, "b")
    assert subvolumes() == ["raw-1"] and os.listdir(POOL) == []
    on.virsh("pool-destroy b")
    on.virsh("pool-delete b")
    on.virsh("pool-undefine b")
    assert not POOL.exists()


def test_walk(on):
    walk(on, is_from_options=False)


def test_walk_from_options(on):
    walk(on, is_from_options=True)


def test_crash_while_filling(on):
    """Fault one: killed in the middle of a copy. There is no volume, and the next reading of the pool removes what was begun."""
    begin(on)
    on.aljibe("pool-create-as d dir --target /lab/d --build")
    lab.random_file("/lab/d/big", 200 << 20)
    on.aljibe("pool-refresh d")
    document = lab.world.LAB / "v.xml"
    document.write_text("<volume><name>copy</name><capacity>209715200</capacity><allocation>0</allocation></volume>")
    on.begin("vol-create-from", "b", document, "big", "--inputpool", "d")
    lab.wait(lambda: [name for name in subvolumes() if name.startswith(".aljibe-new.")], "the hidden sub-volume")
    on.crash()
    assert on.volumes("b") == [] and subvolumes() == [], subvolumes()


def test_full_and_unmounted(on):
    """Fault two: no room, and then no file system. Neither leaves anything behind, or writes below the mount point (D-11b)."""
    begin(on)
    assert "No space left on device" in on.virsh("vol-create-as b big 2G", code=1).err
    assert subvolumes() == []
    on.virsh("vol-create-as b small 1M")
    lab.run("umount", MOUNT)
    assert on.virsh("vol-create-as b other 1M", code=1).err
    assert on.virsh("vol-delete small b", code=1).err
    assert os.listdir(MOUNT) == []
    lab.run("mount", "-o", "loop", IMAGE, MOUNT)
    on.virsh("pool-refresh b")
    assert on.volumes("b") == ["small"]


def test_not_on_btrfs(on):
    """N-153: refused, and nothing is made."""
    on.define(XML.replace(str(POOL), "/lab/elsewhere"))
    said = on.virsh("pool-build b", code=1).err
    assert "volumes of pool 'b' are to be sub-volumes, but '/lab/elsewhere' is not on btrfs" in said, said
    assert not os.path.exists("/lab/elsewhere")


lab.main(globals())
