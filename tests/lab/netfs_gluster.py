#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: host limit=600 program=glusterd,gluster,mount.glusterfs
"""Netfs pools on gluster volumes mounted by FUSE."""
import os
import pathlib

import lab

HOST = "10.77.0.1"
BRICKS = pathlib.Path("/run/gluster/bricks")
TARGET = pathlib.Path("/lab/pool")


def setup():
    """A server with one volume, on a file system that has extended attributes of the kind it needs."""
    for place in ("/run/gluster", "/var/lib/glusterd", "/var/log/glusterfs"):
        pathlib.Path(place).mkdir(exist_ok=True)
        lab.run("mount", "-t", "tmpfs", "gluster", place)
    BRICKS.mkdir()
    lab.run("truncate", "-s", "600M", "/run/gluster/bricks.img")
    lab.run("mkfs.xfs", "-q", "/run/gluster/bricks.img")
    lab.run("mount", "-o", "loop", "/run/gluster/bricks.img", BRICKS)
    lab.run("glusterd")
    lab.wait(lambda: lab.run("gluster", "--mode=script", "pool", "list", code=None).code == 0, "glusterd")
    gluster("create", "vms", f"{HOST}:{BRICKS}/vms", "force")
    gluster("start", "vms")


def gluster(*words):
    return lab.run("gluster", "--mode=script", "volume", words[0], *words[1:])


def brick():
    return sorted(name for name in os.listdir(BRICKS / "vms") if name != ".glusterfs")


def mounts():
    return [line for line in pathlib.Path("/proc/self/mounts").read_text().splitlines() if f" {TARGET} " in line]


def reset(owner=0, mode=0o755):
    """An empty volume that counts root, and belongs to @owner."""
    while mounts():
        lab.run("umount", "-l", TARGET)
    gluster("start", "vms", "force")
    gluster("set", "vms", "server.root-squash", "off")
    lab.run("mount", "-t", "glusterfs", f"{HOST}:/vms", "/mnt")
    lab.run("find", "/mnt", "-mindepth", "1", "-delete")
    os.chown("/mnt", owner, owner)
    os.chmod("/mnt", mode)
    lab.run("umount", "/mnt")


# mission: A2-04 A2-05
def test_walk(on):
    on.compare("netfs-gluster-walk")


def bring_up(on):
    on.each(f"pool-define-as p netfs --source-host {HOST} --source-path vms --source-format glusterfs --target {TARGET}; "
              "pool-build p; pool-start p")


# mission: A2-05 A9-12
def test_life(on):
    """All of a volume's life; the mount outlives the daemon, and a pool whose mount somebody else changes says so."""
    bring_up(on)
    on.each("vol-create-as p v 8M; vol-create-as p q 64M --format qcow2; vol-create-as p o 64M --format qcow2 "
              "--backing-vol q --backing-vol-format qcow2")
    digest = on.upload("p", "v", 8 << 20)
    on.each("vol-clone v w --pool p; vol-clone q r --pool p; vol-resize v 16M --pool p; vol-resize q 128M --pool p")
    on.crash()
    lab.wait(lambda: on.aljibe("vol-list p", code=None).code == 0, "the pool to be read")
    assert on.volumes("p") == ["o", "q", "r", "v", "w"] == brick() and on.checksum("p", "w", 8 << 20) == digest
    for image in ("q", "r", "o"):
        lab.run("qemu-img", "check", TARGET / image)
    lab.run("umount", TARGET)
    on.aljibe("vol-create-as p x 1M", code=1)
    on.aljibe("pool-refresh p", code=1)
    assert os.listdir(TARGET) == []
    on.each("pool-destroy p; pool-start p; vol-wipe v --pool p")
    on.each("; ".join(f"vol-delete {name} --pool p" for name in on.volumes("p")))
    on.each("pool-destroy p; pool-delete p; pool-undefine p")
    assert not mounts() and brick() == []


# mission: A2-05
def test_root_squash(on):
    """On a server that does not count root the pool's volumes belong to whoever the directory belongs to, and all of their life works."""
    reset(owner=1234, mode=0o700)
    gluster("set", "vms", "server.root-squash", "on")
    bring_up(on)
    assert on.volumes("p") == []
    on.each("vol-create-as p raw 4M; vol-create-as p image 64M --format qcow2; vol-create-as p other 8M --format vdi; "
            "vol-create-as p folder 0 --format dir")
    digest = on.upload("p", "raw", 4 << 20)
    on.each("vol-clone raw again --pool p; vol-resize raw 8M --pool p; vol-resize image 128M --pool p; pool-refresh p; "
            "vol-clone image converted --pool p; vol-info image --pool p")
    assert on.checksum("p", "again", 4 << 20) == digest
    assert {os.stat(BRICKS / "vms" / name).st_uid for name in brick()} == {1234}
    on.crash()
    lab.wait(lambda: on.aljibe("vol-list p", code=None).code == 0, "the pool to be read")
    assert on.volumes("p") == brick()
    on.each("vol-wipe raw --pool p; " + "; ".join(f"vol-delete {name} --pool p" for name in on.volumes("p")))
    assert brick() == []
    on.each("pool-destroy p; pool-delete p; pool-undefine p")


def test_killed_while_making(on):
    bring_up(on)
    with on.trap("qemu-img") as trap:
        trap.plan(1, "hang")
        making = on.begin("vol-create-as p v 8M --format vdi")
        lab.wait(trap.calls, "qemu-img to begin")
        on.kill()
        making.wait()
    assert len(brick()) == 1 and brick()[0].startswith(".aljibe-new."), brick()
    on.start()
    lab.wait(lambda: not brick(), "what was left to go")


def test_server_gone(on):
    """The brick dies: what was known is still listed, other pools work, and with the brick all is back."""
    bring_up(on)
    on.each("vol-create-as p v 4M; pool-define-as d dir --target /lab/d; pool-build d; pool-start d")
    digest = on.upload("p", "v", 4 << 20)
    gluster("stop", "vms", "force")
    refused = on.aljibe("pool-refresh p", code=1, limit=120)
    assert "not connected" in refused.err, refused
    assert on.volumes("p") == ["v"]
    on.each("vol-create-as d w 1M; vol-delete w --pool d; pool-list --all")
    gluster("start", "vms")
    lab.wait(lambda: on.aljibe("pool-refresh p", code=None).code == 0, "the volume to be back")
    assert on.checksum("p", "v", 4 << 20) == digest
    # its client dies, and with it the mount: what is left of that can be stopped
    lab.run("pkill", "-KILL", "-f", f"glusterfs .*{TARGET}")
    on.aljibe("pool-refresh p", code=1)
    on.each("pool-destroy p; pool-start p")
    assert on.checksum("p", "v", 4 << 20) == digest


lab.main(globals())
