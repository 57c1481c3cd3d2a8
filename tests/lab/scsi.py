#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev limit=900 program=sg_persist
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


def test_adapters(on):
    on.compare("scsi-adapters")


lab.main(globals())
