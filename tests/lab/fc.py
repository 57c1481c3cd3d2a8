#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev nic=hub,hub modules=sd_mod,fcoe,tcm_fc limit=900
"""Pools on fibre channel: two ports of this machine wired to each other (FCoE, VN2VN), one of which is a target: what libvirtd does with
its disks; and virtual ports that come and go with their pool. Behind a virtual
port there are no disks here: that takes a fabric."""
import os
import pathlib

import lab

TARGETS = pathlib.Path("/sys/kernel/config/target")
PORTS = pathlib.Path("/sys/class/fc_host")
WWNN, WWPN = "2001001b32a90002", "2101001b32a90002"
SIZE = 64 << 20
ports = []      # the two real ones: of the pools, and of the target


def wwn(host, what):
    return (PORTS / host / what).read_text().strip().removeprefix("0x")


def with_colons(name):
    return ":".join(name[at:at + 2] for at in range(0, 16, 2))


def make_disk(name):
    image = pathlib.Path(f"/var/lib/lab-{name}")
    image.write_bytes(b"")
    os.truncate(image, SIZE)
    disk = TARGETS / "core/fileio_0" / name
    disk.mkdir(parents=True)
    (disk / "control").write_text(f"fd_dev_name={image},fd_dev_size={SIZE}")
    (disk / "wwn/vpd_unit_serial").write_text(f"labserial-{name}")
    (disk / "enable").write_text("1")


def group():
    """What the target port serves, in configfs."""
    return TARGETS / "fc" / with_colons(wwn(ports[1], "port_name")) / "tpgt_1"


def serve(number, name):
    """Puts disk @name at @number of the target, for the initiator's port."""
    unit, allowed = group() / f"lun/lun_{number}", group() / f"acls/{with_colons(wwn(ports[0], 'port_name'))}/lun_{number}"
    unit.mkdir(parents=True, exist_ok=True)
    (unit / name).symlink_to(TARGETS / "core/fileio_0" / name)
    allowed.mkdir(parents=True, exist_ok=True)
    (allowed / "m").symlink_to(unit)


def withdraw(number, name):
    (group() / f"acls/{with_colons(wwn(ports[0], 'port_name'))}/lun_{number}/m").unlink()
    (group() / f"lun/lun_{number}" / name).unlink()


def setup():
    lab.run("mount", "-t", "configfs", "none", "/sys/kernel/config", code=None)
    lab.modprobe("target_core_mod", "target_core_file")
    pathlib.Path("/etc/target").mkdir(exist_ok=True)
    pathlib.Path("/var/target").mkdir(exist_ok=True)
    for card in ("eth0", "eth1"):
        lab.run("ip", "link", "set", card, "up")
        pathlib.Path("/sys/bus/fcoe/ctlr_create").write_text(card)
    controllers = sorted(pathlib.Path("/sys/bus/fcoe/devices").glob("ctlr_*"))
    for controller in controllers:
        (controller / "mode").write_text("vn2vn")
    ports[:] = sorted(path.name for path in PORTS.iterdir())
    (TARGETS / "fc").mkdir(exist_ok=True)
    for name in ("one", "two"):
        make_disk(name)
    serve(0, "one")
    for controller in controllers:
        (controller / "enabled").write_text("1")
    for host in ports:
        lab.wait(lambda: (PORTS / host / "port_state").read_text().strip() == "Online", f"{host} to be online")
    lab.wait(lambda: list(pathlib.Path("/dev/disk/by-path").glob("*-fc-*")), "the disk")


def pool(more="", managed=""):
    return (f"<pool type='scsi'><name>p</name><source><adapter type='fc_host' wwnn='{WWNN}' wwpn='{WWPN}' {managed} {more}/></source>"
            "<target><path>/dev/disk/by-path</path></target></pool>")


def virtual():
    """SCSI hosts that are virtual ports of ours."""
    return [path.name for path in PORTS.iterdir() if wwn(path.name, "port_name") == WWPN]


def reset():
    for host in ports:
        if virtual():
            lab.run("sh", "-c", f"echo {WWPN}:{WWNN} >/sys/class/fc_host/{host}/vport_delete", code=None)


@lab.slow
# mission: A2-07
def test_walk(on):
    on.compare("fc-walk")


def begin(on):
    """A pool on the real port, by its number."""
    on.define(f"<pool type='scsi'><name>p</name><source><adapter name='{ports[0]}'/></source>"
              "<target><path>/dev/disk/by-path</path></target></pool>")
    on.aljibe("pool-start p")


# mission: A2-07
def test_port_with_disk(on):
    """Its disk is a volume with a stable path; one that the array adds is seen by a refresh."""
    begin(on)
    assert on.volumes("p") == ["unit:0:0:0"], on.aljibe("vol-list p").out
    assert "-fc-0x" in on.aljibe("vol-path unit:0:0:0 --pool p").out
    digest = on.upload("p", "unit:0:0:0", 2 << 20)
    serve(1, "two")
    try:
        on.aljibe("pool-refresh p")
        assert on.volumes("p") == ["unit:0:0:0", "unit:0:0:1"]
        on.restart()
        assert on.checksum("p", "unit:0:0:0", 2 << 20) == digest
        on.aljibe("vol-wipe unit:0:0:0 --pool p")
        on.aljibe("pool-destroy p")
    finally:
        withdraw(1, "two")
        lab.run("sh", "-c", "echo 1 >/sys/bus/scsi/devices/0:0:0:1/delete", code=None)


def test_virtual_port(on):
    """It comes with the start, survives the daemon, and goes with the stop."""
    on.define(pool())
    assert not virtual()
    on.aljibe("pool-start p")
    assert len(virtual()) == 1
    assert on.volumes("p") == []
    assert "is not online: Linkdown" in on.log()
    on.restart()
    on.aljibe("pool-refresh p")
    on.crash()
    assert on.aljibe("pool-list --name").out.split() == ["p"]
    on.aljibe("pool-destroy p")
    assert not virtual()
    assert "managed" not in on.aljibe("pool-dumpxml p --inactive").out


def test_parents(on):
    """The parent by its name, by its world wide names; a port of somebody else stays; wrong ones are told."""
    first, second = ports
    by_name = f"parent_wwnn='{wwn(first, 'node_name')}' parent_wwpn='{wwn(first, 'port_name')}'"
    for parent, host in ((f"parent='scsi_{second}'", second), (by_name, first)):
        on.define(pool(parent))
        on.aljibe("pool-start p")
        assert f"/{host}/vport-" in os.path.realpath(PORTS / virtual()[0])
        on.aljibe("pool-destroy p")
        on.aljibe("pool-undefine p")
        assert not virtual()
    (PORTS / first / "vport_create").write_text(f"{WWPN}:{WWNN}")
    lab.run("udevadm", "settle")
    on.define(pool(f"parent='scsi_{second}'"))
    wrong = on.aljibe("pool-start p", code=1)
    assert f"does not match parent '{first}'" in wrong.err, wrong
    on.aljibe("pool-undefine p")
    on.define(pool())
    on.aljibe("pool-start p")
    on.aljibe("pool-destroy p")
    assert len(virtual()) == 1, "it was there before the pool"
    on.aljibe("pool-undefine p")
    on.define(pool(managed="managed='yes'"))
    on.aljibe("pool-start p")
    on.aljibe("pool-destroy p")
    assert not virtual()


lab.main(globals())
