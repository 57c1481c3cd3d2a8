#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev limit=600
# needs: disk=1G,512M:scsi,512M:nvme
"""Disk pools on disks of the machine: virtio, SCSI and NVMe, by every name udev gives them, and without udev."""
import lab

DISKS = ("/dev/vda", "/dev/sda", "/dev/nvme0n1")


def reset():
    for disk in DISKS:
        lab.run("partx", "--delete", disk, code=None)
        lab.run("dd", "if=/dev/zero", f"of={disk}", "bs=1M", "count=4", "status=none")
        lab.run("wipefs", "-qa", disk)


def test_walk(on):
    on.compare("disk-walk")


lab.main(globals())
