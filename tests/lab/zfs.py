#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev mem=1536 limit=1800
# needs: disk=1G,512M,512M:scsi
# needs: built=zfs
"""zfs pools on OpenZFS: zpools and datasets, full and thin volumes, clones; zfs that does not end, marks of others, volumes that
were replaced, a disk that fails, no udev.
zfs_crash.py has what is left when the daemon dies."""
import os
import pathlib

import lab
import zpool
from zpool import KEPT, MIB, datasets, document, get, setup, start_pool   # lab.main runs setup()

DISKS = ("/dev/vdb", "/dev/sda")


def reset():
    zpool.reset(DISKS)


def allocation(on, volume, pool="k"):
    return int(on.xml("vol-dumpxml", volume, pool).findtext("allocation"))


# mission: A2-10
def test_walk(on):
    on.compare("zfs-walk")


@lab.slow
def test_documents(on):
    on.compare("zfs-documents")


@lab.slow
def test_build(on):
    """Nothing that is on a device, or in a zpool, is lost without having been asked for."""
    on.aljibe("pool-define-as", "p", "zfs", "--source-name", "tank", "--source-dev", "/dev/vdb")
    lab.run("mkfs.ext4", "-qF", "/dev/vdb")
    done = on.aljibe("pool-build p", code=1)
    assert "Device '/dev/vdb' holds ext4, forced overwrite is necessary" in done.err, done
    assert "holds ext4" in on.aljibe("pool-build p --no-overwrite", code=1).err
    os.makedirs("/run/mounted", exist_ok=True)
    lab.run("mount", "/dev/vdb", "/run/mounted")
    assert "it is mounted on '/run/mounted'" in on.aljibe("pool-build p --overwrite", code=1).err
    lab.run("umount", "/run/mounted")
    on.aljibe("pool-build p --overwrite")
    assert "zfs pool 'tank' already exists" in on.aljibe("pool-build p --overwrite", code=1).err
    on.aljibe("pool-start p")
    assert on.aljibe("find-storage-pool-sources zfs").out.count("<name>") == 2
    on.aljibe("pool-destroy p")
    lab.run("zpool", "export", "tank")
    assert "comes back with 'zpool import tank'" in on.aljibe("pool-start p", code=1).err
    assert "Device '/dev/vdb' holds gpt" in on.aljibe("pool-build p", code=1).err
    lab.run("zpool", "import", "-N", "tank")
    on.aljibe("pool-start p")


def test_bytes(on):
    """Uploads, wipes and sparse uploads: what is in a volume, and what it takes."""
    start_pool(on)
    on.aljibe("vol-create-as k thin 64M --allocation 0")
    digest = on.upload("k", "thin", 8 * MIB)
    assert lab.sha256(f"/dev/zvol/{KEPT}/thin", 8 * MIB) == digest
    lab.run("zpool", "sync", KEPT)
    assert allocation(on, "thin") > 7 * MIB
    on.aljibe("vol-wipe thin --pool k")
    lab.run("zpool", "sync", KEPT)
    assert allocation(on, "thin") < MIB
    lab.run("cmp", "--bytes", 64 * MIB, f"/dev/zvol/{KEPT}/thin", "/dev/zero")
    assert "only the algorithms 'zero' and 'trim'" in on.aljibe("vol-wipe thin --pool k --algorithm nnsa", code=1).err
    source = pathlib.Path("/run/sparse")
    with open(source, "wb") as out:
        out.write(b"begin")
        out.seek(48 * MIB)
        out.write(b"end")
    on.upload("k", "thin", 32 * MIB)
    on.aljibe("vol-upload", "thin", source, "--pool", "k", "--sparse")
    lab.run("cmp", "--bytes", source.stat().st_size, f"/dev/zvol/{KEPT}/thin", source)
    lab.run("zpool", "sync", KEPT)
    assert allocation(on, "thin") < 4 * MIB
    source.unlink()


def test_large_blocks(on):
    """A hole of a sparse upload reads as zeros to its very ends, however large the blocks of the volume are."""
    start_pool(on)
    lab.run("zfs", "create", "-s", "-V", "16M", "-b", "1M", f"{KEPT}/large")
    on.aljibe("pool-refresh k")
    on.upload("k", "large", 16 * MIB)
    source = pathlib.Path("/run/holes")
    with open(source, "wb") as out:
        out.write(b"begin")
        out.seek(11 * MIB + 512 * 1024)
        out.write(b"end")
    on.aljibe("vol-upload", "large", source, "--pool", "k", "--sparse")
    lab.run("cmp", "--bytes", source.stat().st_size, f"/dev/zvol/{KEPT}/large", source)
    lab.run("zpool", "sync", KEPT)
    assert allocation(on, "large") < 8 * MIB
    source.unlink()


def test_clones(on):
    """A copy within the zpool takes no time and no room, is independent, and survives what it was made of."""
    start_pool(on)
    on.aljibe("vol-create-as k a 32M --allocation 0")
    digest = on.upload("k", "a", 8 * MIB)
    on.aljibe("vol-clone a b --pool k")
    on.aljibe("vol-clone b c --pool k")
    on.aljibe("vol-clone a d --pool k")
    assert allocation(on, "b") < MIB and allocation(on, "c") < MIB
    assert on.xml("vol-dumpxml", "b", "k").findtext("backingStore/path").startswith(f"/dev/zvol/{KEPT}/a@aljibe-clone-")
    for clone in "bcd":
        assert on.checksum("k", clone, 8 * MIB) == digest
    other = on.upload("k", "a", 4 * MIB)
    assert on.checksum("k", "b", 8 * MIB) == digest and on.checksum("k", "a", 4 * MIB) == other
    on.aljibe("vol-delete a --pool k")
    on.aljibe("vol-delete b --pool k")
    assert on.volumes("k") == ["c", "d"]
    assert on.xml("vol-dumpxml", "d", "k").find("backingStore/path") is None    # it has taken over what they share
    assert on.checksum("k", "c", 8 * MIB) == digest and on.checksum("k", "d", 8 * MIB) == digest
    on.aljibe("vol-delete c --pool k")
    assert on.checksum("k", "d", 8 * MIB) == digest
    assert datasets() == [f"{KEPT}/d"]      # no snapshot is left
    lab.run("zfs", "create", "-o", "mountpoint=none", f"{KEPT}/vms")
    start_pool(on, "v", f"{KEPT}/vms")
    on.aljibe("vol-create-from", "v", document("e", 40 * MIB, 40 * MIB), "d", "--inputpool", "k")
    assert on.checksum("v", "e", 8 * MIB) == digest
    assert get("volsize", f"{KEPT}/vms/e") == str(40 * MIB) and int(get("refreservation", f"{KEPT}/vms/e")) > 40 * MIB
    assert "which is not in this pool, is a clone of 'd'" in on.aljibe("vol-delete d --pool k", code=1).err
    on.aljibe("vol-delete e --pool v")
    on.aljibe("vol-delete d --pool k")


@lab.slow
def test_snapshots(on):
    """Snapshots that somebody took are nobody else's to delete."""
    start_pool(on)
    on.aljibe("vol-create-as k a 16M --allocation 0")
    digest = on.upload("k", "a", MIB)
    lab.run("zfs", "snapshot", f"{KEPT}/a@monday")
    lab.run("zfs", "clone", f"{KEPT}/a@monday", f"{KEPT}/b")
    assert f"volume 'a' has snapshots ('{KEPT}/a@monday')" in on.aljibe("vol-delete a --pool k", code=1).err
    on.aljibe("pool-refresh k")
    on.aljibe("vol-delete a --pool k --delete-snapshots")
    assert on.checksum("k", "b", MIB) == digest
    assert datasets() == [f"{KEPT}/b", f"{KEPT}/b@monday"]      # the clone took it over
    lab.run("mkfs.ext4", "-qF", f"/dev/zvol/{KEPT}/b")
    os.makedirs("/run/mounted", exist_ok=True)
    lab.run("mount", f"/dev/zvol/{KEPT}/b", "/run/mounted")
    assert "it is mounted on" in on.aljibe("vol-delete b --pool k --delete-snapshots", code=1).err
    assert datasets() == [f"{KEPT}/b", f"{KEPT}/b@monday"]
    lab.run("umount", "/run/mounted")
    lab.run("zfs", "rollback", f"{KEPT}/b@monday")
    with open(f"/dev/zvol/{KEPT}/b", "rb"):
        assert "somebody has it open" in on.aljibe("vol-delete b --pool k --delete-snapshots", code=1).err
    assert on.checksum("k", "b", MIB) == digest


@lab.slow
def test_images(on):
    """Volumes made of images and of files, and files of volumes."""
    start_pool(on)
    os.makedirs("/lab/files", exist_ok=True)
    on.aljibe("pool-create-as f dir --target /lab/files")
    on.aljibe("vol-create-as f raw 24M --format raw")
    digest = on.upload("f", "raw", 4 * MIB)
    lab.run("qemu-img", "convert", "-q", "-O", "qcow2", "/lab/files/raw", "/lab/files/image.qcow2")
    on.aljibe("pool-refresh f")
    for name, source in (("one", "raw"), ("two", "image.qcow2")):
        on.aljibe("vol-create-from", "k", document(name, 32 * MIB, 0), source, "--inputpool", "f")
        assert on.checksum("k", name, 4 * MIB) == digest
        lab.run("zpool", "sync", KEPT)
        assert 3 * MIB < allocation(on, name) < 8 * MIB, allocation(on, name)
    on.aljibe("vol-create-from", "f", document("back", 32 * MIB, 0), "two", "--inputpool", "k")
    assert on.checksum("f", "back", 4 * MIB) == digest


@lab.slow
def test_resize(on):
    """While a guest has it open a volume grows; it never shrinks unless that is said, nor while it is mounted."""
    start_pool(on)
    on.aljibe("vol-create-as k a 16M")
    digest = on.upload("k", "a", 8 * MIB)
    with open(f"/dev/zvol/{KEPT}/a", "rb"):
        on.aljibe("vol-resize a 33554433 --pool k")
    assert get("volsize", f"{KEPT}/a") == str(32 * MIB + 8192)
    assert int(get("refreservation", f"{KEPT}/a")) > 32 * MIB
    assert lab.run("blockdev", "--getsize64", f"/dev/zvol/{KEPT}/a").out.strip() == str(32 * MIB + 8192)
    on.aljibe("vol-resize a 8M --pool k", code=1)
    assert on.checksum("k", "a", 8 * MIB) == digest
    lab.run("mkfs.ext4", "-qF", f"/dev/zvol/{KEPT}/a")
    os.makedirs("/run/mounted", exist_ok=True)
    lab.run("mount", f"/dev/zvol/{KEPT}/a", "/run/mounted")
    assert "it is mounted on" in on.aljibe("vol-resize a 8M --shrink --pool k", code=1).err
    assert "it is mounted on" in on.aljibe("vol-wipe a --pool k", code=1).err
    lab.run("umount", "/run/mounted")
    assert "that could destroy what is in it (ext4)" in on.aljibe("vol-resize a 8M --shrink --pool k", code=1).err
    lab.run("wipefs", "-qa", f"/dev/zvol/{KEPT}/a")
    on.aljibe("vol-resize a 8M --shrink --pool k")
    on.aljibe("vol-create-as k thin 10G --allocation 0")
    assert "Not enough space left in storage pool" in on.aljibe("vol-resize thin 20G --allocate --pool k", code=1).err
    assert get("volsize", f"{KEPT}/thin") == str(10 << 30)


@lab.slow
def test_wipe_shared(on):
    """A wipe that cannot reach the old bytes does not say it was done, and changes nothing."""
    start_pool(on)
    on.aljibe("vol-create-as k a 16M --allocation 0")
    digest = on.upload("k", "a", MIB)
    lab.run("zfs", "snapshot", f"{KEPT}/a@monday")
    assert f"has snapshots ('{KEPT}/a@monday'), which keep its old bytes" in on.aljibe("vol-wipe a --pool k", code=1).err
    lab.run("zfs", "destroy", f"{KEPT}/a@monday")
    on.aljibe("vol-clone a b --pool k")
    assert f"has clones ('{KEPT}/b'), which keep its old bytes" in on.aljibe("vol-wipe a --pool k", code=1).err
    assert f"is a clone of '{KEPT}/a@aljibe-clone-" in on.aljibe("vol-wipe b --pool k", code=1).err
    assert on.checksum("k", "a", MIB) == digest and on.checksum("k", "b", MIB) == digest
    on.aljibe("vol-delete b --pool k")
    on.aljibe("vol-wipe a --pool k")
    lab.run("cmp", "--bytes", 16 * MIB, f"/dev/zvol/{KEPT}/a", "/dev/zero")


@lab.slow
def test_pool_delete(on):
    """A zpool or dataset goes only if there is nothing in it but volumes."""
    on.aljibe("pool-define-as p zfs --source-name tank --source-dev /dev/vdb")
    on.aljibe("pool-build p")
    on.aljibe("pool-start p")
    on.aljibe("vol-create-as p a 16M --allocation 0")
    on.aljibe("vol-clone a b --pool p")
    on.aljibe("pool-destroy p")

    def assert_refused(pool, reason):
        assert reason in on.aljibe(f"pool-delete {pool}", code=1).err

    os.makedirs("/run/tank", exist_ok=True)
    for source, pool in (("tank", "p"), ("tank/vms", "v")):
        lab.run("zfs", "create", "-o", "mountpoint=none", "tank/vms", code=None)
        if pool == "p":
            assert_refused(pool, "'tank/vms' is no volume of this pool")
            lab.run("zfs", "destroy", "tank/vms")
        else:
            on.aljibe("pool-define-as v zfs --source-name tank/vms")
            lab.run("zfs", "create", "-s", "-V", "1M", "tank/vms/x")
        lab.run("mount", "-t", "zfs", "-o", "zfsutil", source, "/run/tank")
        file = pathlib.Path("/run/tank/file")
        file.write_text("somebody's")
        assert_refused(pool, f"there are files in '{source}'")
        lab.run("umount", "/run/tank")
        assert_refused(pool, f"there are files in '{source}'")      # mounted or not
        lab.run("mount", "-t", "zfs", "-o", "zfsutil", source, "/run/tank")
        file.unlink()
        lab.run("umount", "/run/tank")
        for snapshot in (f"{source}@tuesday", f"{source}/{'a' if pool == 'p' else 'x'}@tuesday"):
            lab.run("zfs", "snapshot", snapshot)
            assert_refused(pool, f"'{snapshot}' is no volume of this pool")
            lab.run("zfs", "destroy", snapshot)
    on.aljibe("pool-delete v")
    assert datasets("tank") and lab.run("zfs list tank/vms", code=1)
    on.aljibe("pool-delete p")
    assert "tank" not in lab.run("zpool list -H -o name").out.split()


# Faults.

@lab.slow
def test_replaced(on):
    """Another volume has taken the name: nothing of it is touched."""
    start_pool(on)
    on.aljibe("vol-create-as k v 16M")
    source = lab.world.LAB / "data"
    source.write_text("new")
    for command in ("vol-delete v", "vol-delete v --delete-snapshots", "vol-wipe v", "vol-resize v 8M --shrink", f"vol-upload v {source}"):
        lab.run("udevadm settle")
        lab.run("zfs", "destroy", f"{KEPT}/v")
        lab.run("zfs", "create", "-V", "16M", f"{KEPT}/v")
        lab.run("udevadm settle")
        pathlib.Path(f"/dev/zvol/{KEPT}/v").write_bytes(b"theirs")
        for _ in range(2):      # it is not taken for the old one because one was told of it
            assert "is another one than when the pool was read" in on.aljibe(f"{command} --pool k", code=1).err, command
        assert lab.run("head", "-c", "6", f"/dev/zvol/{KEPT}/v").out == "theirs"
        on.aljibe("pool-refresh k")
    on.aljibe("vol-delete v --pool k")


@lab.slow
def test_replaced_late(on):
    """And if it takes the name between the look at the volume and its end."""
    start_pool(on)
    on.aljibe("vol-create-as k v 16M --allocation 0")
    with on.trap("zfs") as trap:
        trap.plan("program", "delay")
        deleting = on.begin("vol-delete v --pool k")
        lab.wait(lambda: "zfs program" in "\n".join(trap.calls()), "the end")
        lab.run("udevadm settle")
        lab.run(trap.home / "real", "destroy", f"{KEPT}/v")
        lab.run(trap.home / "real", "create", "-s", "-V", "8M", f"{KEPT}/v")
        trap.release()
        said = deleting.communicate(timeout=lab.CLIENT_SECONDS)[1].decode()
    assert deleting.returncode == 1 and "is another one than when the pool was read" in said, said
    assert datasets() == [f"{KEPT}/v"]


@lab.slow
def test_two_pools(on):
    """Two pools of one zpool know of their own operations only: none takes the snapshot away that the other is about to clone."""
    lab.run("zfs", "create", "-o", "mountpoint=none", f"{KEPT}/vms")
    start_pool(on)
    start_pool(on, "v", f"{KEPT}/vms")
    on.aljibe("vol-create-as k a 16M --allocation 0")
    digest = on.upload("k", "a", MIB)
    with on.trap("zfs") as trap:
        trap.plan("clone", "delay")
        cloning = on.begin("vol-create-from", "v", document("b", 16 * MIB, 0), "a", "--inputpool", "k")
        lab.wait(lambda: "zfs clone" in "\n".join(trap.calls()), "the snapshot")
        start_pool(on, "beside")
        assert [name for name in datasets() if f"{KEPT}/a@aljibe-clone-" in name]
        trap.release()
        assert cloning.communicate(timeout=lab.CLIENT_SECONDS) and cloning.returncode == 0
    assert on.checksum("v", "b", MIB) == digest
    # What a crash in one pool leaves at a volume of the other goes when that one is read for the first time.
    with on.trap("zfs") as trap:
        trap.plan("clone", "kill-before")
        on.aljibe("vol-create-from", "v", document("c", 16 * MIB, 0), "a", "--inputpool", "k", code=None)
        on.daemon.process.wait(lab.WAIT_SECONDS)
    on.start()
    on.aljibe("pool-refresh v")
    left = [name for name in datasets() if "@" in name]
    assert len(left) == 1 and get("clones", left[0]) == f"{KEPT}/vms/b", left


@lab.slow
def test_disk_fails(on):
    """zfs stops a zpool whose only disk fails at the first write: everything says so at once and nothing hangs; then it goes on."""
    disk = pathlib.Path("/sys/block/sda/device/state")
    on.aljibe("pool-define-as p zfs --source-name tank --source-dev /dev/sda")
    on.aljibe("pool-build p --overwrite")
    on.aljibe("pool-start p")
    on.aljibe("vol-create-as p a 16M --allocation 0")
    digest = on.upload("p", "a", MIB)
    start_pool(on)
    state = pathlib.Path("/proc/spl/kstat/zfs/tank/state")
    disk.write_text("offline\n")
    try:
        writer = lab.subprocess.Popen(["dd", "if=/dev/urandom", "of=/dev/zvol/tank/a", "bs=1M", "count=2", "seek=4", "conv=fsync"],
                                      stderr=lab.subprocess.DEVNULL)
        lab.wait(lambda: state.read_text().strip() == "SUSPENDED", "the zpool to stop")
        begun = lab.time.monotonic()
        for command in ("pool-refresh p", "vol-create-as p b 1M", "vol-clone a c --pool p", "vol-resize a 32M --pool p", "vol-wipe a --pool p",
                        "vol-delete a --pool p", "vol-dumpxml a p"):
            said = on.aljibe(command, code=1).err
            assert "zfs pool 'tank' is suspended" in said, said
        print(f"# seven commands: {lab.time.monotonic() - begun:.1f} s", flush=True)
        on.aljibe("vol-create-as k beside 1M")
        on.restart()
        assert "zfs pool 'tank' is suspended" in on.aljibe("vol-list p", code=1).err
        on.aljibe("vol-delete beside --pool k")
    finally:
        disk.write_text("running\n")
        lab.run("zpool", "clear", "tank")
    writer.wait(lab.WAIT_SECONDS)
    on.aljibe("pool-refresh p")
    assert on.checksum("p", "a", MIB) == digest
    on.aljibe("pool-destroy p")


@lab.slow
def test_zfs_never_ends(on):
    """Everything else goes on; the call ends at its limit, or with the daemon, and leaves nothing."""
    start_pool(on)
    on.aljibe("vol-create-as k a 1M")
    os.makedirs("/lab/files", exist_ok=True)
    on.aljibe("pool-create-as f dir --target /lab/files")
    with on.trap("zfs") as trap:
        trap.plan(1, "hang")
        stuck = on.begin("pool-refresh k")
        lab.wait(trap.calls, "zfs to be called")
        assert on.volumes("k") == ["a"]
        on.aljibe("vol-create-as f other 1M")
        on.aljibe("vol-create-as k beside 1M")
        on.upload("k", "a", MIB)
        assert b"'zfs' did not end in time" in stuck.communicate(timeout=2 * lab.WAIT_SECONDS)[1]
        on.aljibe("pool-refresh k")
        trap.plan(1, "hang")
        stuck = on.begin("vol-create-as k new 1M")
        lab.wait(trap.calls, "zfs to be called")
        on.stop()
        stuck.communicate()
        on.start()
        on.aljibe("pool-refresh k")
    assert on.volumes("k") == ["a", "beside"]
    assert datasets() == [f"{KEPT}/a", f"{KEPT}/beside"]


@lab.slow
def test_marks_of_others(on):
    """A volume that another host left half made is shown and left alone; a mark that is inherited means nothing."""
    lab.run("zfs", "create", "-s", "-V", "1M", "-o", "aljibe:unfinished=.aljibe-new.0123456789abcdef.x", f"{KEPT}/theirs")
    lab.run("zfs", "create", "-s", "-V", "1M", f"{KEPT}/mine")
    lab.run("zfs", "set", "aljibe:unfinished=.aljibe-new.0123456789abcdef.x", KEPT)
    try:
        start_pool(on)
        assert on.volumes("k") == ["mine", "theirs"]
        assert "theirs: another host, or pool, did not complete it" in on.log(), on.log()
        assert "mine:" not in on.log()
    finally:
        lab.run("zfs", "inherit", "aljibe:unfinished", KEPT)


@lab.slow
def test_without_udev(on):
    """Where nobody makes links the daemon still finds its volumes, and tells them apart."""
    start_pool(on)
    lab.run("udevadm control --exit")
    lab.wait(lambda: lab.run("pidof systemd-udevd", code=None).code, "udev to end")
    try:
        on.aljibe("vol-create-as k a 4M")
        on.aljibe("vol-create-as k b 4M")
        assert not pathlib.Path(f"/dev/zvol/{KEPT}/a").exists()
        first, second = on.upload("k", "a", MIB), on.upload("k", "b", MIB)
        lab.run("mkdir", "-p", f"/dev/zvol/{KEPT}")
        lab.run("ln", "-s", "../../zd0", f"/dev/zvol/{KEPT}/a")     # one of the two links is wrong, whichever zd0 is
        lab.run("ln", "-s", "../../zd0", f"/dev/zvol/{KEPT}/b")
        assert on.checksum("k", "a", MIB) == first and on.checksum("k", "b", MIB) == second
        on.aljibe("vol-delete a --pool k")
        on.aljibe("vol-delete b --pool k")
    finally:
        lab.run("rm", "-rf", f"/dev/zvol/{KEPT}")
        lab.run("/lib/systemd/systemd-udevd --daemon")
        lab.run("udevadm trigger --settle --subsystem-match=block")


lab.main(globals())
