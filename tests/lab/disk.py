#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev limit=900
# needs: disk=1G,512M:scsi,512M:nvme
"""Disk pools on disks of the machine: virtio, SCSI and NVMe, by every name udev gives them, and without udev; disks that fail,
leave and come back."""
import pathlib
import re
import subprocess

import lab

DISKS = ("/dev/vda", "/dev/sda", "/dev/nvme0n1")
BY_PATH = "/dev/disk/by-path/pci-0000:00:1f.0-scsi-0:0:0:0"
SCSI_DISK = pathlib.Path("/sys/block/sda/device")
SIZE = 1 << 20


def reset():
    for disk in DISKS:
        lab.run("partx", "--delete", disk, code=None)
        lab.run("dd", "if=/dev/zero", f"of={disk}", "bs=1M", "count=4", "status=none")
        lab.run("wipefs", "-qa", disk)
    lab.run("udevadm", "settle")


def start_pool(on, device, table="gpt", target="/dev"):
    on.aljibe("pool-define-as", "p", "disk", "--source-dev", device, "--source-format", table, "--target", target)
    on.aljibe("pool-build p")
    on.aljibe("pool-start p")


# mission: A2-02 A4-21 A6-04 A6-05 A6-06 A6-07
def test_walk(on):
    on.compare("disk-walk")


def test_nvme_by_id(on):
    on.compare("disk-nvme")


@lab.slow
def test_dos_table_by_links(on):
    """Primary and logical partitions of a disk named by a link, and under links: there libvirtd loses its way (D-02, N-113)."""
    start_pool(on, BY_PATH, "dos", "/dev/disk/by-path")
    on.aljibe("vol-create-as p sda1 32M")
    on.aljibe("vol-create-as p sda2 256M --format extended")
    on.aljibe("vol-create-as p sda3 200M")      # so that the smallest space that fits is in the extended one
    on.aljibe("vol-create-as p sda5 32M")
    on.aljibe("vol-create-as p sda6 32M --format linux-lvm")
    assert on.aljibe("vol-path sda6 p").out.strip() == f"{BY_PATH}-part6"
    assert on.aljibe(f"vol-pool {BY_PATH}-part6").out.strip() == "p"
    digest = on.upload("p", "sda5", SIZE)
    refused = on.aljibe("vol-delete sda2 p", code=1)
    assert "sda2" in refused.err, refused
    on.restart()
    on.aljibe("vol-delete sda6 p")
    on.aljibe("vol-delete sda1 p")
    assert on.volumes("p") == ["sda2", "sda3", "sda5"]
    assert on.checksum("p", "sda5", SIZE) == digest
    assert lab.run("lsblk -nro NAME /dev/sda").out.split() == ["sda", "sda2", "sda3", "sda5"]


# mission: A9-02
def test_whole_disk_is_not_for_guests(on):
    start_pool(on, "/dev/vda")
    assert "guests must be given partitions of '/dev/vda', never the disk itself" in on.log()
    assert on.volumes("p") == []


# mission: A9-01
def test_build_keeps_what_is_there(on):
    lab.run("mkfs.xfs -q /dev/vda")
    before = lab.sha256("/dev/vda", 16 * SIZE)
    on.aljibe("pool-define-as p disk --source-dev /dev/vda --source-format gpt --target /dev")
    on.aljibe("pool-build p", code=1)
    on.aljibe("pool-build p --no-overwrite", code=1)
    on.aljibe("pool-start p", code=1)
    assert lab.sha256("/dev/vda", 16 * SIZE) == before
    on.aljibe("pool-build p --overwrite")
    on.aljibe("pool-start p")


def test_mounted_partition_is_left_alone(on):
    start_pool(on, "/dev/sda")
    on.aljibe("vol-create-as p sda1 64M")
    on.aljibe("vol-create-as p sda2 64M")
    lab.run("mkfs.ext4 -q /dev/sda1")
    lab.run("mount /dev/sda1 /mnt")
    pathlib.Path("/mnt/file").write_text("kept")
    try:
        for command in ("vol-delete sda1 p", "vol-wipe sda1 p", "vol-upload sda1 /etc/hostname p"):
            refused = on.aljibe(command, code=1)
            assert "in use: it is mounted on '/mnt'" in refused.err, refused
        on.aljibe("vol-delete sda2 p")
        on.aljibe("vol-create-as p sda2 32M")
        assert pathlib.Path("/mnt/file").read_text() == "kept"
    finally:
        lab.run("umount /mnt")
    on.aljibe("vol-delete sda1 p")


@lab.slow
def test_killed_while_the_table_changes(on):
    """However far a change had come, what was there is there, and a partition is there as a whole or not at all."""
    start_pool(on, "/dev/vda")
    on.aljibe("vol-create-as p vda1 64M")
    digest = on.upload("p", "vda1", SIZE)
    for tenths in range(0, 12, 2):
        create = on.begin("vol-create-as p vda2 64M")
        try:
            create.wait(tenths / 10)
        except subprocess.TimeoutExpired:
            pass
        on.crash()
        create.communicate()
        names = on.volumes("p")
        assert names in (["vda1"], ["vda1", "vda2"]), names
        known = lab.run("lsblk -nro NAME,SIZE /dev/vda").out.split("\n")
        assert ("vda2 64M" in known) == ("vda2" in names), known
        lab.run("sfdisk --verify /dev/vda")
        assert on.checksum("p", "vda1", SIZE) == digest
        if "vda2" in names:
            on.aljibe("vol-delete vda2 p")


@lab.slow
def test_disk_stops_answering_and_answers_again(on):
    start_pool(on, "/dev/sda")
    on.aljibe("vol-create-as p sda1 64M")
    digest = on.upload("p", "sda1", SIZE)
    (SCSI_DISK / "state").write_text("offline\n")
    try:
        failed = on.aljibe("vol-create-as p sda2 64M", code=1)
        assert "sda" in failed.err, failed
        lab.run("sysctl -q vm.drop_caches=3")
        on.aljibe("vol-download sda1 /lab/back p", code=1)
        assert on.is_running()
    finally:
        (SCSI_DISK / "state").write_text("running\n")
    assert on.checksum("p", "sda1", SIZE) == digest
    on.aljibe("vol-create-as p sda2 64M")
    assert on.volumes("p") == ["sda1", "sda2"]


@lab.slow
def test_disk_leaves_and_comes_back(on):
    start_pool(on, BY_PATH)
    on.aljibe("vol-create-as p sda1 64M")
    digest = on.upload("p", "sda1", SIZE)
    host = next(part for part in SCSI_DISK.resolve().parts if re.fullmatch(r"host\d+", part))
    (SCSI_DISK / "delete").write_text("1")
    lab.run("udevadm settle")
    refused = on.aljibe("vol-create-as p sda2 64M", code=1)
    assert "sda" in refused.err or "by-path" in refused.err, refused
    on.aljibe("pool-refresh p", code=1)
    pathlib.Path(f"/sys/class/scsi_host/{host}/scan").write_text("- - -")
    lab.wait(pathlib.Path(BY_PATH).exists, "the disk")
    lab.run("udevadm settle")
    on.aljibe("pool-start p", code=None)
    disk = pathlib.Path(BY_PATH).resolve().name
    assert on.volumes("p") == [f"{disk}1"]
    assert on.checksum("p", f"{disk}1", SIZE) == digest


def test_without_udev(on):
    """In a container nobody makes links, and nothing waits for them."""
    lab.run("udevadm control --exit")
    lab.run("mv /run/udev /run/udev-away")
    start_pool(on, "/dev/sda")
    on.aljibe("vol-create-as p sda1 64M")
    on.upload("p", "sda1", SIZE)
    on.restart()
    assert on.volumes("p") == ["sda1"]
    on.aljibe("vol-delete sda1 p")
    on.aljibe("pool-destroy p")
    on.aljibe("pool-delete p")


lab.main(globals())
