# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the suites of logical pools have in common: LVM asked directly, and a clean beginning."""
import lab

THIN = """<pool type='logical'>
  <name>thin</name>
  <source>
    <device path='/dev/vda'/>
    <name>vg</name>
    <product name='tp'/>
  </source>
</pool>"""


def reset(*disks):
    """Takes all groups apart, whatever state they are in, and empties the disks."""
    lab.run("sh", "-c", "umount -q /mnt; vgchange -qan; dmsetup remove_all --force; true")
    for disk in disks:
        lab.run("wipefs", "-qaf", disk)
        lab.run("dd", "if=/dev/zero", f"of={disk}", "bs=1M", "count=4", "status=none")


def field(volume, name):
    return lab.run("lvs", "--noheadings", "--units", "b", "--nosuffix", "-o", name, volume).out.strip()


def attributes(group):
    """Volume → its letters, as in lvs(8)."""
    return dict(line.split() for line in lab.run("lvs", "--noheadings", "-o", "lv_name,lv_attr", group).out.splitlines())


def allocation(on, volume):
    return int(on.xml("vol-dumpxml", volume, "--pool", "thin").findtext("allocation"))


def pool_allocation(on):
    return int(on.xml("pool-dumpxml", "thin").findtext("allocation"))


def wait_for(on, pool):
    """Waits until a daemon that was started again has read the pool."""
    lab.wait(lambda: on.aljibe("vol-list", pool, code=None).code == 0, f"pool {pool} to be read")


def zeros(size):
    """The checksum of @size zeros."""
    return lab.hashlib.sha256(bytes(size)).hexdigest()
