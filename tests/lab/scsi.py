#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev limit=900 program=scrub
# needs: disk=128M:scsi:lab0,64M:scsi:lab1
"""Pools on SCSI host adapters: virtio-scsi, whose units have stable paths, and the kernel's own test adapter, whose units come,
go and fail at command."""
import pathlib

import lab

DEBUG = pathlib.Path("/sys/bus/pseudo/drivers/scsi_debug")


def setup():
    """host0 is virtio-scsi; host1 has two units of its own."""
    lab.run("modprobe", "scsi_debug", "add_host=1", "num_tgts=1", "max_luns=2", "dev_size_mb=64", "per_host_store=1")
    lab.run("udevadm", "settle")


def pool(name, host, target="/dev/disk/by-id"):
    return f"<pool type='scsi'><name>{name}</name><source><adapter name='{host}'/></source><target><path>{target}</path></target></pool>"


def node_of(host, lun):
    """/dev/sdX of unit @lun on host number @host."""
    return pathlib.Path("/dev") / next(pathlib.Path(f"/sys/bus/scsi/devices/{host}:0:0:{lun}/block").iterdir()).name


# mission: A2-07
def test_walk(on):
    on.compare("scsi-walk")


@lab.slow
def test_adapters(on):
    on.compare("scsi-adapters")


def test_units_come_and_go(on):
    """A unit that the adapter has more is seen by a refresh; one that went is not, and operations on it say so."""
    on.define(pool("p", "host1", "/dev/disk/by-id"))
    on.aljibe("pool-start p")
    assert on.volumes("p") == ["unit:0:0:0", "unit:0:0:1"]
    (DEBUG / "max_luns").write_text("3")
    on.aljibe("pool-refresh p")
    assert on.volumes("p") == ["unit:0:0:0", "unit:0:0:1", "unit:0:0:2"]
    pathlib.Path("/sys/bus/scsi/devices/1:0:0:2/delete").write_text("1")
    (DEBUG / "max_luns").write_text("2")
    lost = on.aljibe("vol-wipe unit:0:0:2 --pool p", code=1)
    assert "No such file or directory" in lost.err or "no storage vol" in lost.err, lost
    on.aljibe("pool-refresh p")
    assert on.volumes("p") == ["unit:0:0:0", "unit:0:0:1"]


def test_another_disk_at_the_path(on):
    """Names of nodes move to other disks: nothing is written to one that is not the volume."""
    on.define(pool("p", "host1", "/dev"))
    on.aljibe("pool-start p")
    first, second = node_of(1, 0), node_of(1, 1)
    on.upload("p", "unit:0:0:0", 1 << 20)
    on.upload("p", "unit:0:0:1", 1 << 20)
    for lun in (0, 1):
        pathlib.Path(f"/sys/bus/scsi/devices/1:0:0:{lun}/delete").write_text("1")
    for lun in (1, 0):
        pathlib.Path("/sys/class/scsi_host/host1/scan").write_text(f"0 0 {lun}")
        lab.wait(lambda: pathlib.Path(f"/sys/bus/scsi/devices/1:0:0:{lun}/block").is_dir(), "the disk")
    lab.run("udevadm", "settle")
    if (node_of(1, 0), node_of(1, 1)) != (second, first):
        raise lab.Skip("the kernel gave the disks their old names")
    before = lab.sha256(second, 1 << 20)
    pathlib.Path("/lab/one").write_bytes(b"x" * 4096)
    for command in ("vol-upload unit:0:0:0 /lab/one --pool p", "vol-wipe unit:0:0:0 --pool p"):
        refused = on.aljibe(command, code=1)
        assert f"'{first}' is another device than when the pool was read; refresh the pool" in refused.err, refused
    assert lab.sha256(second, 1 << 20) == before
    on.aljibe("pool-refresh p")
    on.aljibe("vol-upload unit:0:0:0 /lab/one --pool p")
    assert pathlib.Path(second).open("rb").read(4096) == b"x" * 4096


@lab.slow
def test_adapter_vanishes(on):
    """An adapter that is taken out: the pool stays as it was known, operations fail, others answer; after a restart it is inactive."""
    (DEBUG / "add_host").write_text("1")
    lab.run("udevadm", "settle")
    hosts = sorted(pathlib.Path("/sys/class/scsi_host").glob("host*"), key=lambda path: int(path.name[4:]))
    on.define(pool("p", hosts[-1].name, "/dev"))
    on.define(pool("q", "host0", "/dev/disk/by-path"))
    on.aljibe("pool-start p")
    on.aljibe("pool-start q")
    (DEBUG / "add_host").write_text("-1")
    lab.wait(lambda: not hosts[-1].exists(), "the end of the adapter")
    lost = on.aljibe("pool-refresh p", code=1)
    assert f"Could not open '{hosts[-1]}/scan' to trigger host scan" in lost.err, lost
    assert on.volumes("q") == ["unit:0:0:0", "unit:0:1:0"]
    on.restart()
    assert on.aljibe("pool-list --name").out.split() == ["q"]


def test_disks_in_use(on):
    on.define(pool("p", "host1"))
    on.aljibe("pool-start p")
    disk = node_of(1, 0)
    lab.run("mkfs", "-t", "ext4", "-q", disk)
    lab.run("mount", disk, "/mnt")
    try:
        refused = on.aljibe("vol-wipe unit:0:0:0 --pool p", code=1)
        assert "in use: it is mounted on '/mnt'" in refused.err, refused
    finally:
        lab.run("umount", "/mnt")
    on.aljibe("vol-wipe unit:0:0:0 --pool p")
    assert lab.run("blkid", "-p", disk, code=None).code == 2, "something is left"


lab.main(globals())
