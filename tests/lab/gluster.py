#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: host limit=600 program=glusterd,gluster,glusterfs
"""Gluster pools on a server with one brick: what libvirt can do of them compared, the rest of a volume's life, and a server
that vanishes and returns."""
import os
import pathlib
import signal
import time

import gluster_server as server
import lab
from gluster_server import MOUNT, SERVER

POOL = MOUNT / "images"
SERVED = server.BRICK / "images"    # the same where it is served from: a client of gluster may remember for a second
XML = f"""<pool type='gluster'><name>g</name>
  <source><host name='{SERVER}'/><dir path='/images'/><name>labvol</name></source></pool>"""


def setup():
    server.start()


def reset():
    lab.run("find", MOUNT, "-mindepth", "1", "-delete")
    POOL.mkdir()


def hidden():
    return [name for name in os.listdir(SERVED) if name.startswith(".aljibe-new.")]


# mission: A2-05
def test_beside_libvirt(on):
    def before():
        lab.run("truncate", "-s", "1M", POOL / "raw.img")
        lab.run("qemu-img", "create", "-q", "-f", "qcow2", POOL / "a.qcow2", "20M")
        lab.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "a.qcow2", "-F", "qcow2", POOL / "over.qcow2")
        (POOL / "dir").mkdir()
        (POOL / "with space%é&.img").write_text("x")
        for path in (POOL, *POOL.iterdir()):
            os.chmod(path, 0o755 if path.is_dir() else 0o600)
    on.compare("gluster-walk", before)


# mission: A9-12
def test_walk(on):
    """What libvirt cannot do on gluster (N-148, N-149, N-151): every volume made, filled, copied, resized, wiped and deleted through the daemon."""
    on.define(XML)
    on.aljibe("pool-build g")
    on.aljibe("pool-start g")
    on.aljibe("vol-create-as g raw 20M --allocation 0")
    assert on.upload("g", "raw", 8 << 20) == lab.sha256(SERVED / "raw", 8 << 20)
    on.aljibe("vol-create-as g full 8M")
    assert os.stat(SERVED / "full").st_blocks * 512 >= 8 << 20
    on.virsh("vol-create-as g image 1G --format qcow2")
    lab.run("qemu-img", "check", "-q", SERVED / "image")
    on.virsh("vol-create-as g over 1G --format qcow2 --backing-vol image")
    told = lab.run("qemu-img", "info", "-U", SERVED / "over", code=None).out
    assert f"gluster://{SERVER}/labvol/images/image" in told and "backing file format: qcow2" in told, told
    on.virsh("vol-clone raw copy g")
    assert lab.sha256(SERVED / "copy") == lab.sha256(SERVED / "raw")
    on.virsh("vol-clone image image2 g")
    assert lab.sha256(SERVED / "image2") == lab.sha256(SERVED / "image")
    assert "would have to be converted" in on.virsh("vol-clone over over2 g", code=1).err
    on.virsh("vol-resize raw 30M g")
    assert os.path.getsize(SERVED / "raw") == 30 << 20 and on.checksum("g", "raw", 8 << 20) == on.checksum("g", "copy", 8 << 20)
    on.virsh("vol-resize raw 1M g", code=1)
    on.virsh("vol-resize raw 10M g --shrink")
    on.virsh("vol-wipe copy g")
    assert os.path.getsize(SERVED / "copy") == 20 << 20 and not any((SERVED / "copy").read_bytes())
    on.aljibe("pool-refresh g")
    on.restart()
    assert on.volumes("g") == ["copy", "full", "image", "image2", "over", "raw"], on.volumes("g")
    begun = time.monotonic()
    on.aljibe("pool-destroy g")
    assert time.monotonic() - begun < 5, "stopping waited for libgfapi"
    on.aljibe("pool-start g")
    (POOL / "dir/full").mkdir(parents=True)
    on.aljibe("pool-refresh g")
    assert "cannot remove gluster volume dir 'dir': Directory not empty" in on.virsh("vol-delete dir g", code=1).err # N-147
    (POOL / "dir/full").rmdir()
    for volume in on.volumes("g"):
        on.aljibe("vol-delete", volume, "--pool", "g")
    assert os.listdir(SERVED) == []
    on.aljibe("pool-destroy g")
    on.aljibe("pool-delete g")
    assert not SERVED.exists()
    on.aljibe("pool-undefine g")


def test_to_and_from_other_pools(on):
    on.define(XML)
    on.aljibe("pool-start g")
    on.aljibe("pool-create-as d dir --target /lab/d --build")
    on.aljibe("vol-create-as d raw 8M --allocation 0")
    sent = on.upload("d", "raw", 3 << 20)
    document = lab.world.LAB / "v.xml"
    document.write_text("<volume><name>raw2</name><capacity>8388608</capacity><allocation>0</allocation></volume>")
    on.virsh("vol-create-from", "g", document, "raw", "--inputpool", "d")
    assert on.checksum("g", "raw2", 3 << 20) == sent
    assert os.stat(SERVED / "raw2").st_blocks * 512 < 4 << 20, "holes were filled"
    document.write_text("<volume><name>raw3</name><capacity>8388608</capacity>"
                        "<target><format type='qcow2'/></target></volume>")
    on.virsh("vol-create-from", "d", document, "raw2", "--inputpool", "g")
    lab.run("qemu-img", "compare", "-f", "raw", "-F", "qcow2", SERVED / "raw2", "/lab/d/raw3")


def test_life(on):
    """What libvirt has no words for, with virsh and with aljibe on the same daemon."""
    on.compare("gluster-life", pairs=lab.PAIRS[1:])


@lab.slow
def test_root_squash(on):
    """The server takes root for nobody: where nobody may write, nothing is made, changed or removed, and the reason is told; where nobody may, all
    works."""
    on.define(XML)
    os.chmod(SERVED, 0o755)
    (SERVED / "theirs").write_bytes(bytes(1 << 20))
    server.volume("set", "labvol", "server.root-squash", "on")
    try:
        on.aljibe("pool-start g")
        assert on.volumes("g") == ["theirs"]
        for command in ("vol-create-as g new 1M", "vol-create-as g new 1M --format qcow2", "vol-resize theirs 2M g", "vol-wipe theirs g",
                        "vol-delete theirs g", "vol-upload theirs /etc/hostname --pool g", "vol-clone theirs twin g"):
            assert "Permission denied" in on.virsh(command, code=1).err, command
        assert os.listdir(SERVED) == ["theirs"] and (SERVED / "theirs").stat().st_size == 1 << 20
        for path in (SERVED, SERVED / "theirs"):
            os.chown(path, 65534, 65534)
        lab.wait(lambda: on.virsh("vol-create-as g new 4M", code=None).code == 0, "the client to see the new owner")
        digest = on.upload("g", "new", 1 << 20)
        assert (SERVED / "new").stat().st_uid == 65534 and on.xml("vol-dumpxml new g").findtext("target/permissions/owner") == "65534"
        for command in ("vol-clone new twin g", "vol-resize new 8M g", "vol-wipe theirs g", "vol-delete theirs g"):
            on.virsh(command)
        assert on.checksum("g", "twin", 1 << 20) == digest
        document = lab.world.LAB / "v.xml"
        document.write_text("<volume><name>roots</name><capacity>1</capacity><target><permissions><owner>0</owner><group>0</group>"
                            "<mode>0600</mode></permissions></target></volume>")
        on.virsh("vol-create", "g", document)      # the server lets files be given away, and then they are out of reach
        assert (SERVED / "roots").stat().st_uid == 0 and on.xml("vol-dumpxml roots g").findtext("target/permissions/owner") == "0"
        assert "Permission denied" in on.virsh("vol-resize roots 2M g", code=1).err
        assert on.volumes("g") == ["new", "roots", "twin"] and hidden() == []
    finally:
        server.volume("set", "labvol", "server.root-squash", "off")
        for path in (SERVED, *SERVED.iterdir()):
            os.chown(path, 0, 0)


@lab.slow
def test_brick_that_cannot_allocate(on):
    """New volumes are filled with zeros. In one that exists a guest may be writing where there was a hole: that is refused."""
    brick = server.HOME / "plain/brick"
    server.serve("plain", brick, "-O", "^extent,^64bit")
    on.define(XML.replace("labvol", "plain").replace("/images", "/"))
    on.aljibe("pool-start g")
    on.aljibe("vol-create-as g full 4M")
    assert (brick / "full").stat().st_blocks * 512 >= 4 << 20
    on.aljibe("vol-create-as g thin 4M --allocation 0")
    digest = on.upload("g", "thin", 1 << 20)
    said = on.virsh("vol-resize thin 8M g --allocate", code=1).err
    assert "cannot allocate the holes of volume 'thin', which others may be writing to: Operation not supported" in said, said
    assert (brick / "thin").stat().st_size == 4 << 20 and on.checksum("g", "thin", 1 << 20) == digest
    on.virsh("vol-resize full 8M g --allocate")
    assert (brick / "full").stat().st_blocks * 512 >= 8 << 20
    on.aljibe("pool-destroy g")
    server.volume("stop", "plain")


def test_names_stay_in_the_directory(on):
    """Links on the gluster volume are no volumes (N-145, N-146): nothing is read, written or made through one."""
    outside = MOUNT / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (POOL / "link").symlink_to("../outside/secret")
    (POOL / "dir").symlink_to("../outside")
    (POOL / "dangling").symlink_to("../outside/new")
    os.mkfifo(POOL / "fifo")
    (POOL / "a").write_text("a")
    on.define(XML)
    on.aljibe("pool-start g")
    assert on.volumes("g") == ["a"], on.volumes("g")
    assert "exists" in on.aljibe("vol-create-as g dangling 1M", code=1).err
    assert "exists" in on.aljibe("vol-create-as g link 1M", code=1).err
    assert on.aljibe("vol-create-as g ../outside/x 1M", code=1).err
    (POOL / "a").unlink()
    (POOL / "a").symlink_to("../outside/secret")
    assert on.aljibe("vol-upload a /etc/hostname --pool g", code=1).err
    assert on.aljibe("vol-download a /lab/x --pool g", code=1).err
    assert on.aljibe("vol-wipe a --pool g", code=1).err
    assert on.aljibe("vol-resize a 1M --pool g", code=1).err
    assert (outside / "secret").read_text() == "secret" and os.listdir(outside) == ["secret"]


def test_crash_while_making(on):
    """Killed in the middle of a volume: it is not there, and what was begun goes with the next reading of the pool."""
    on.define(XML)
    on.aljibe("pool-start g")
    on.aljibe("pool-create-as d dir --target /lab/d --build")
    on.aljibe("vol-create-as d big 200M --allocation 0")
    lab.random_file("/lab/d/big", 200 << 20)
    document = lab.world.LAB / "v.xml"
    document.write_text("<volume><name>copy</name><capacity>209715200</capacity><allocation>0</allocation></volume>")
    on.begin("vol-create-from", "g", document, "big", "--inputpool", "d")
    lab.wait(hidden, "the hidden file")
    on.crash()
    assert "copy" not in on.volumes("g")
    on.aljibe("pool-refresh g")
    assert hidden() == [] and on.volumes("g") == []


@lab.slow
def test_each_failure_and_death(on):
    """Every call on the server fails once, and the process dies once at every call: tests/unit/backend/test_gluster.c."""
    program = pathlib.Path(os.environ["LAB_BUILD"]) / "tests/unit/backend/test-backend-gluster"
    if not program.exists():
        raise lab.Skip("the build has no tests")
    told = lab.run(program, "--tap", env={**os.environ, "ALJIBE_TEST_GLUSTER": f"{SERVER}/labvol/images"}, limit=200)
    assert "ok 2 /gluster/each-failure" in told.out and "ok 3 /gluster/each-death" in told.out, told
    assert os.listdir(SERVED) == [], os.listdir(SERVED)


@lab.slow
def test_server_vanishes_and_returns(on):
    """Fault one: the servers stop answering. Nobody else waits, what needs them fails, and once they are back all goes on."""
    on.define(XML)
    on.aljibe("pool-start g")
    on.aljibe("pool-create-as d dir --target /lab/d --build")
    on.aljibe("vol-create-as g raw 8M --allocation 0")
    sent = on.upload("g", "raw", 1 << 20)
    try:
        for pid in server.processes():
            os.kill(pid, signal.SIGSTOP)
        waiting = on.begin("vol-create-as g new 1M")
        begun = time.monotonic()
        assert on.volumes("g") == ["raw"]
        on.aljibe("vol-dumpxml raw --pool g")
        on.aljibe("vol-create-as d other 1M")
        assert time.monotonic() - begun < 10, "others waited for a dead server"
        waiting.wait(90)
        said = waiting.stderr.read().decode()
        assert waiting.returncode == 1 and "Transport endpoint is not connected" in said, said
        on.aljibe("pool-refresh g", code=1, limit=90)
        assert "active" in on.aljibe("pool-list --all").out
    finally:
        for pid in server.processes():
            os.kill(pid, signal.SIGCONT)
    lab.wait(lambda: on.aljibe("pool-refresh g", code=None, limit=90).code == 0, "the pool to come back", 90)
    assert on.checksum("g", "raw", 1 << 20) == sent
    on.aljibe("vol-create-as g after 1M")
    assert on.volumes("g") == ["after", "raw"] and hidden() == []


def test_no_server(on):
    """Fault two: nobody listens when a pool is started; of two hosts the second does (N-150)."""
    document = XML.replace(f"name='{SERVER}'/>", "name='127.0.0.1' port='1'/>")
    on.define(document)
    begun = time.monotonic()
    said = on.virsh("pool-start g", code=1).err
    assert "failed to connect to gluster://127.0.0.1:1/labvol/images/: Transport endpoint is not connected" in said, said
    assert time.monotonic() - begun < 30
    on.aljibe("pool-undefine g")
    on.define(document.replace("port='1'/>", f"port='1'/><host name='{SERVER}'/>"))
    on.virsh("pool-start g")
    on.aljibe("pool-destroy g")


@lab.slow
def test_restart_without_server(on):
    """Fault three: the daemon restarts while the servers do not answer. The pool stays active, and is read once they are back."""
    on.define(XML)
    on.aljibe("pool-start g")
    on.aljibe("vol-create-as g raw 1M")
    on.stop()
    try:
        for pid in server.processes():
            os.kill(pid, signal.SIGSTOP)
        on.daemon.start()
        assert "active" in on.aljibe("pool-list").out
        assert "are not known yet" in on.aljibe("vol-list g", code=1).err
        on.aljibe("pool-create-as d dir --target /lab/d --build")
    finally:
        for pid in server.processes():
            os.kill(pid, signal.SIGCONT)
    lab.wait(lambda: on.aljibe("vol-list g", code=None).code == 0, "the pool to be read", 90)
    assert on.volumes("g") == ["raw"]


lab.main(globals())
