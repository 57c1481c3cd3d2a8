#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev limit=3000
# needs: disk=1G modules=dm_mod,dm_thin_pool,dm_snapshot
# needs: program=lvm,thin_check
# slow: kills the daemon some fifty times
"""The daemon dies at every call of LVM, before it and after it: no volume is half made then, and none is lost."""
import lab
import lvm

BYTES = 8 << 20


def reset():
    lvm.reset("/dev/vda")


class Group:
    """A group with one volume that must survive everything. @thin: in a thin pool."""

    def __init__(self, on, thin):
        self.on, self.pool, self.digest = on, "thin" if thin else "vg", None

    def prepare(self):
        lab.run("vgcreate -q vg /dev/vda")
        if self.pool == "thin":
            lab.run("lvcreate -qy --type thin-pool -n tp -L 64M vg")
            lab.run(f"lvcreate -qy -V {BYTES}b --thinpool tp -n keep vg")
        else:
            lab.run(f"lvcreate -qy -n keep -L {BYTES}b vg")
        self.digest = lab.random_file("/dev/vg/keep", BYTES)
        product = "<product name='tp'/>" if self.pool == "thin" else ""
        path = lab.world.LAB / "pool.xml"
        path.write_text(f"<pool type='logical'><name>{self.pool}</name><source><name>vg</name>{product}</source></pool>")
        self.on.aljibe(f"pool-create {path}")

    def check(self, *sizes):
        """What must be true after a crash. @sizes: those that volume v may have; None: it may be gone."""
        lvm.wait_for(self.on, self.pool)
        found = {name: attr for name, attr in lvm.attributes("vg").items() if name != "tp"}
        assert set(self.on.volumes(self.pool)) == set(found), f"{found} are not the volumes listed"
        assert all(attr[4] == "a" for attr in found.values()), f"not all are active: {found}"
        assert not lab.run("lvs --noheadings -o lv_tags vg").out.strip(), "a mark is left"
        assert not list(lab.pathlib.Path("/run").glob("*/storage/intents/*")), "a record is left"
        assert lab.sha256("/dev/vg/keep") == self.digest, "the other volume was touched"
        size = int(lvm.field("vg/v", "lv_size")) if "v" in found else None
        assert size in sizes, f"v has {size} bytes"
        return size


def crash(on, thin, command, *sizes, before=None, after=None, write=lambda: None):
    group = Group(on, thin)

    def prepare():
        group.prepare()
        write()
        if before:
            on.aljibe(before)

    def check():
        size = group.check(*sizes)
        if after:
            after(group, size)

    print("#", on.crash_everywhere("lvm", prepare, lambda: on.aljibe(command, code=None), check), "crashes", flush=True)


def test_create(on):
    crash(on, False, f"vol-create-as vg v {BYTES}", None, BYTES)


def same_bytes(group, size):
    assert size is None or lab.sha256("/dev/vg/v", BYTES) == group.digest, "the copy is not whole"


def clone(pool):
    """The command; vol-clone would look at the volume first, within a second of which LVM may not have begun here."""
    document = lab.world.LAB / "clone.xml"
    return f"vol-create-from {pool} {document} keep --inputpool {pool}", \
        lambda: document.write_text("<volume><name>v</name></volume>")


def test_copy(on):
    command, write = clone("vg")
    crash(on, False, command, None, BYTES, write=write, after=same_bytes)


def test_thin_clone(on):
    command, write = clone("thin")
    crash(on, True, command, None, BYTES, write=write, after=same_bytes)


def test_resize(on):
    crash(on, True, f"vol-resize v {2 * BYTES} --pool thin", BYTES, 2 * BYTES, before=f"vol-create-as thin v {BYTES}")


def test_delete(on):
    crash(on, False, "vol-delete v --pool vg", None, BYTES, before=f"vol-create-as vg v {BYTES}")


lab.main(globals())
