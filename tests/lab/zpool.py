# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the suites of zfs share: a zpool on /dev/vda that all tests use, because making one takes seconds, emptied between
them; and how zfs itself sees what the daemon did."""
import pathlib

import lab

KEPT = "lab"
MIB = 1 << 20


def setup():
    lab.run(lab.ROOT / "scripts/lab-zfs", "load")
    lab.run("zpool", "create", "-m", "none", KEPT, "/dev/vda")


def reset(disks=()):
    """Empties the kept zpool, destroys others, and makes @disks blank."""
    for pool in lab.run("zpool list -H -o name").out.split():
        if pool != KEPT:
            lab.run("udevadm settle")
            lab.run("zpool", "destroy", "-f", pool)
    for child in datasets():
        if "@" not in child and "/" not in child.removeprefix(f"{KEPT}/"):
            lab.run("udevadm settle")
            lab.run("zfs", "destroy", "-R", child, code=None)   # a clone goes with its origin
    assert not datasets(), datasets()
    for disk in disks:
        lab.run("wipefs", "-qaf", disk)
        lab.run("blockdev", "--rereadpt", disk, code=None)
    lab.run("udevadm settle")


def datasets(parent=KEPT):
    """All there is below @parent, snapshots included."""
    return sorted(lab.run("zfs", "list", "-H", "-r", "-t", "all", "-o", "name", parent).out.split()[1:])


def get(prop, dataset):
    """The value of a property as zfs itself says it."""
    return lab.run("zfs", "get", "-Hp", "-o", "value", prop, dataset).out.strip()


def start_pool(on, name="k", source=KEPT):
    on.aljibe("pool-define-as", name, "zfs", "--source-name", source)
    on.aljibe("pool-start", name)


def document(name, capacity, allocation):
    """A file with a request for a volume."""
    path = pathlib.Path("/run/volume.xml")
    path.write_text(f"<volume><name>{name}</name><capacity>{capacity}</capacity><allocation>{allocation}</allocation></volume>")
    return path
