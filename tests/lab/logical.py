#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev limit=1200
# needs: disk=1G,1G,256M modules=dm_mod,dm_thin_pool,dm_snapshot,dm_mirror,dm_raid
# needs: program=lvm,thin_check
"""Logical pools: volume groups of LVM, and thin pools in them."""
import lab

DISKS = ("/dev/vda", "/dev/vdb", "/dev/vdc")


def reset():
    lab.run("sh", "-c", "vgchange --quiet -an 2>/dev/null; dmsetup remove_all --force")
    for disk in DISKS:
        lab.run("sh", "-c", f"wipefs -qaf {disk}; dd if=/dev/zero of={disk} bs=1M count=4 status=none")


# mission: A2-08
def test_walk(on):
    on.aljibe("pool-define-as vg logical --source-dev /dev/vda --source-name vg --target /dev/vg")
    on.aljibe("pool-build vg")
    on.aljibe("pool-start vg")
    on.aljibe("vol-create-as vg v1 50M")
    digest = on.upload("vg", "v1", 3 << 20)
    on.aljibe("vol-resize v1 100M --pool vg")
    on.aljibe("vol-clone v1 v2 --pool vg")
    assert on.checksum("vg", "v2", 3 << 20) == digest
    on.aljibe("vol-wipe v2 --pool vg")
    on.aljibe("vol-delete v2 --pool vg")
    on.restart()
    lab.wait(lambda: on.aljibe("vol-list", "vg", code=None).code == 0, "the pool to be read")
    assert on.volumes("vg") == ["v1"]
    on.aljibe("vol-delete v1 --pool vg")
    on.aljibe("pool-destroy vg")
    on.aljibe("pool-delete vg")
    assert not lab.run("pvs --noheadings").out


lab.main(globals())
