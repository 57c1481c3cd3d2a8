#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev nic=hub,hub modules=sd_mod,fcoe,tcm_fc limit=900
"""Pools on fibre channel: two ports of this machine wired to each other (FCoE, VN2VN), one of which is a target; virtual ports that come
and go with their pool. Behind a virtual port there are no disks here: that takes a fabric."""
import os
import pathlib

import lab

TARGETS = pathlib.Path("/sys/kernel/config/target")
PORTS = pathlib.Path("/sys/class/fc_host")
WWNN, WWPN = "2001001b32a90002", "2101001b32a90002"
ports = []      # the two real ones: of the pools, and of the target


def wwn(host, what):
    return (PORTS / host / what).read_text().strip().removeprefix("0x")


def with_colons(name):
    return ":".join(name[at:at + 2] for at in range(0, 16, 2))


def serve(initiator, port):
    """A disk behind @port for @initiator."""
    image = pathlib.Path("/var/lib/lab-fc")
    image.write_bytes(b"")
    os.truncate(image, 64 << 20)
    disk = TARGETS / "core/fileio_0/l1"
    disk.mkdir(parents=True)
    (disk / "control").write_text(f"fd_dev_name={image},fd_dev_size={64 << 20}")
    (disk / "wwn/vpd_unit_serial").write_text("labserial0001")
    (disk / "enable").write_text("1")
    (TARGETS / "fc").mkdir(exist_ok=True)
    group = TARGETS / "fc" / with_colons(port) / "tpgt_1"
    unit = group / "lun/lun_0"
    unit.mkdir(parents=True)
    (unit / "l1").symlink_to(disk)
    allowed = group / "acls" / with_colons(initiator) / "lun_0"
    allowed.mkdir(parents=True)
    (allowed / "m").symlink_to(unit)


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
    serve(*(wwn(port, "port_name") for port in ports))
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


# mission: A2-07
def test_port_with_disk(on):
    """The real port, by its name: its disk is a volume with a stable path."""
    on.define(f"<pool type='scsi'><name>p</name><source><adapter name='{ports[0]}'/></source>"
              "<target><path>/dev/disk/by-path</path></target></pool>")
    on.aljibe("pool-start p")
    assert on.volumes("p") == ["unit:0:0:0"], on.aljibe("vol-list p").out
    assert "-fc-0x" in on.aljibe("vol-path unit:0:0:0 --pool p").out
    digest = on.upload("p", "unit:0:0:0", 2 << 20)
    on.aljibe("pool-refresh p")
    assert on.checksum("p", "unit:0:0:0", 2 << 20) == digest
    on.aljibe("vol-wipe unit:0:0:0 --pool p")
    on.aljibe("pool-destroy p")


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
