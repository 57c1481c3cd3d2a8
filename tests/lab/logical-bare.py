#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest limit=600
# needs: disk=1G,1G modules=dm_mod,dm_thin_pool,dm_snapshot
# needs: program=lvm,thin_check
# slow: the same walk again, without udev
"""Logical pools where no udev daemon runs, as in a container: LVM makes the nodes itself then, if it is told to."""
import os

import lab
import lvm

PIECE = 3 << 20
os.environ["DM_DISABLE_UDEV"] = "1"     # for what this suite runs itself; the daemon finds out


def reset():
    lvm.reset("/dev/vda", "/dev/vdb")


def test_walk(on):
    on.aljibe("pool-define-as vg logical --source-dev /dev/vdb --source-name vg --target /dev/vg")
    on.aljibe("pool-build vg")
    on.aljibe("pool-start vg")
    on.aljibe("vol-create-as vg v1 50M")
    digest = on.upload("vg", "v1", PIECE)
    on.aljibe("vol-resize v1 100M --pool vg")
    on.aljibe("vol-clone v1 v2 --pool vg")
    assert on.checksum("vg", "v2", PIECE) == digest
    on.aljibe("vol-create-as vg s1 50M --backing-vol v1")
    on.restart()
    lvm.wait_for(on, "vg")
    assert on.volumes("vg") == ["s1", "v1", "v2"]
    on.aljibe("pool-destroy vg")
    assert not os.path.exists("/dev/vg/v1")
    on.aljibe("pool-start vg")
    assert on.checksum("vg", "v1", PIECE) == digest
    for name in ("s1", "v1", "v2"):
        on.aljibe(f"vol-delete {name} --pool vg")
    on.aljibe("pool-destroy vg")
    on.aljibe("pool-delete vg")


def test_thin(on):
    on.define(lvm.THIN)
    on.aljibe("pool-build thin")
    on.aljibe("pool-start thin")
    on.aljibe("vol-create-as thin v1 1G")
    digest = on.upload("thin", "v1", PIECE)
    on.aljibe("vol-clone v1 v2 --pool thin")
    assert on.checksum("thin", "v2", PIECE) == digest
    on.aljibe("vol-wipe v1 --pool thin")
    assert lvm.allocation(on, "v1") == 0
    for name in ("v1", "v2"):
        on.aljibe(f"vol-delete {name} --pool thin")
    on.aljibe("pool-destroy thin")
    on.aljibe("pool-delete thin")
    assert not lab.run("pvs --noheadings").out


lab.main(globals())
