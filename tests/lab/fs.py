#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev limit=900 disk=2G,512M:scsi
"""File systems on real partitions of a disk: ext4, xfs, vfat and a disc, in the kernel that mounts them all; and disks that
fail or leave while a pool is on them."""
import pathlib
import re

import lab

SIZE = 1 << 20
PARTITIONS = ("/dev/vda1", "/dev/vda2", "/dev/vda3", "/dev/vda4", "/dev/sda1")
SCSI_DISK = pathlib.Path("/sys/block/sda/device")


def setup():
    lab.run("sfdisk -q /dev/vda", input=b"label: gpt\n,512M\n,256M\n,64M\n,512M\n")
    lab.run("sfdisk -q /dev/sda", input=b"label: gpt\n,256M\n")
    lab.run("udevadm settle")


def reset():
    lab.run("umount --quiet --lazy /lab/p", code=None)
    for partition in PARTITIONS:
        lab.run("wipefs", "-qa", partition)


def start_pool(on, device, kind):
    on.aljibe("pool-define-as", "p", "fs", "--source-dev", device, "--source-format", kind, "--target", "/lab/p")
    on.aljibe("pool-build p --no-overwrite")
    on.aljibe("pool-start p")


# mission: A2-03 A4-22 A6-08 A6-09 A6-10 A6-11 A6-12
def test_walk(on):
    on.compare("fs-walk")


def test_vfat(on):
    on.compare("fs-vfat")


def make_disc():
    lab.run("mkdir -p /root/disc")
    pathlib.Path("/root/disc/tools.img").write_bytes(b"\0" * 4096)
    lab.run("genisoimage -quiet -r -o /root/disc.iso /root/disc")
    lab.run("dd if=/root/disc.iso of=/dev/vda3 bs=1M status=none")


def test_iso(on):
    on.compare("fs-iso", before=make_disc)


@lab.slow
def test_xfs_on_a_partition(on):
    start_pool(on, "/dev/vda4", "xfs")
    on.aljibe("vol-create-as p v 16M --allocation 0")
    digest = on.upload("p", "v", SIZE)
    on.aljibe("vol-clone v w --pool p")
    assert on.checksum("p", "w", SIZE) == digest
    on.crash()
    assert on.volumes("p") == ["v", "w"]
    assert on.checksum("p", "v", SIZE) == digest


# mission: A9-03
def test_whole_disk_is_warned_of(on):
    lab.run("wipefs -qa /dev/sda")
    try:
        start_pool(on, "/dev/sda", "ext4")
        assert "'/dev/sda' is a whole disk: a partition is safer" in on.log(), on.log()
        on.aljibe("pool-destroy p")
    finally:
        lab.run("wipefs -qa /dev/sda")
        lab.run("sfdisk -q /dev/sda", input=b"label: gpt\n,256M\n")
        lab.run("udevadm settle")


def test_partition_is_not_warned_of(on):
    start_pool(on, "/dev/sda1", "ext4")
    assert "whole disk" not in on.log()


@lab.slow
def test_killed_around_mkfs(on):
    """A build that was cut off is begun again, and then the pool starts."""
    def prepare():
        on.aljibe("pool-define-as p fs --source-dev /dev/vda1 --source-format ext4 --target /lab/p")

    def check():
        on.aljibe("pool-build p --overwrite")
        on.aljibe("pool-start p")
        assert on.volumes("p") == ["lost+found"]
        on.aljibe("pool-destroy p")

    assert on.crash_everywhere("mkfs.ext4", prepare, lambda: on.aljibe("pool-build p --no-overwrite", code=None), check) == 2


@lab.slow
def test_disk_fails_under_a_running_pool(on):
    """Writes fail with words, nothing hangs, and what was written is there when the disk answers again."""
    start_pool(on, "/dev/sda1", "ext4")
    on.aljibe("vol-create-as p v 4M")
    digest = on.upload("p", "v", SIZE)
    lab.run("sync")
    (SCSI_DISK / "state").write_text("offline\n")
    try:
        lab.run("sysctl -q vm.drop_caches=3")
        on.aljibe("vol-download v /lab/back --pool p", code=1)
        assert on.is_running()
    finally:
        (SCSI_DISK / "state").write_text("running\n")
    on.aljibe("pool-destroy p")
    on.aljibe("pool-start p")
    assert on.checksum("p", "v", SIZE) == digest


@lab.slow
def test_disk_leaves_and_comes_back(on):
    """The pool can be stopped although its disk is gone, and started when the disk is there again."""
    start_pool(on, "/dev/disk/by-path/pci-0000:00:1f.0-scsi-0:0:0:0-part1", "ext4")
    on.aljibe("vol-create-as p v 4M")
    digest = on.upload("p", "v", SIZE)
    lab.run("sync")
    host = next(part for part in SCSI_DISK.resolve().parts if re.fullmatch(r"host\d+", part))
    (SCSI_DISK / "delete").write_text("1")
    lab.run("udevadm settle")
    on.aljibe("vol-create-as p w 4M", code=1)
    on.aljibe("pool-destroy p")
    pathlib.Path(f"/sys/class/scsi_host/{host}/scan").write_text("- - -")
    lab.wait(pathlib.Path("/dev/disk/by-path/pci-0000:00:1f.0-scsi-0:0:0:0-part1").exists, "the disk")
    on.aljibe("pool-start p")
    assert on.checksum("p", "v", SIZE) == digest


lab.main(globals())
