#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest limit=900 modules=loop,nfsd,nfsv3,nfsv4 program=rpc.nfsd,mount.nfs,showmount,mkfs.xfs
"""Netfs pools on the kernel's NFS server and client: versions 3 to 4.2, mount options, read-only exports, mounts that change."""
import os
import pathlib

import lab
import nfs_server as server

TARGET = server.TARGET
setup = server.setup
reset = server.reset


@lab.slow
# mission: A2-04
def test_walk(on):
    on.compare("nfs-walk")


# What a version cannot do, it is done in another way: blocks by writing them, clones by copying.
@lab.slow
# mission: A2-04 A9-12
def test_versions(on):
    for version in ("3", "4.0", "4.1", "4.2"):
        server.bring_up(on, "p", "/export/pool", version=version, options=("noatime",))
        assert f"vers={version}," in server.mounts()[0] and "noatime" in server.mounts()[0], server.mounts()
        on.each("vol-create-as p full 8M; vol-create-as p empty 8M --allocation 0; vol-create-as p image 64M --format qcow2; "
                  "vol-create-as p old 64M --format qcow2 --backing-vol image --backing-vol-format qcow2")
        assert os.stat(server.POOL / "full").st_blocks * 512 >= 8 << 20, version
        assert os.stat(server.POOL / "empty").st_blocks == 0, version
        digest = on.upload("p", "full", 8 << 20)
        on.each("vol-clone full again --pool p; vol-clone image twin --pool p; vol-resize full 16M --pool p --allocate; "
                  "vol-resize image 128M --pool p")
        assert on.checksum("p", "again", 8 << 20) == digest and on.checksum("p", "full", 8 << 20) == digest, version
        for image in ("image", "old", "twin"):
            lab.run("qemu-img", "check", TARGET / image)
        # the server's tree is that of no other: what is there is what the pool says
        assert on.volumes("p") == sorted(os.listdir(server.POOL)), version
        on.each("vol-wipe full --pool p; " + "; ".join(f"vol-delete {name} --pool p" for name in on.volumes("p")))
        assert os.listdir(server.POOL) == [], version
        on.each("pool-destroy p; pool-delete p; pool-undefine p")
        assert server.mounts() == [] and not TARGET.exists(), version


def squash(mode, owner=1234):
    """The squashed export belongs to @owner: root counts for nobody there."""
    os.chown(server.SQUASHED, owner, owner)
    server.SQUASHED.chmod(mode)


def owners():
    return {(entry.stat().st_uid, entry.stat().st_gid) for entry in server.SQUASHED.iterdir() if entry.name != "lost+found"}


@lab.slow
def test_root_squash_walk(on):
    on.compare("nfs-squash", lambda: squash(0o1777))


# Where root may not even look, the pool's volumes belong to whoever the directory belongs to, and all of their life works.
# mission: A2-04
def test_root_squash(on):
    lab.run("rmdir", server.SQUASHED / "lost+found", code=None)
    for version in ("3", "4.2"):
        squash(0o700)
        server.bring_up(on, "p", "/export/squashed", version=version)
        assert on.volumes("p") == []
        on.each("vol-create-as p raw 4M; vol-create-as p image 64M --format qcow2; vol-create-as p other 8M --format vdi; "
                  "vol-create-as p folder 0 --format dir")
        digest = on.upload("p", "raw", 4 << 20)
        on.each("vol-clone raw again --pool p; vol-resize raw 8M --pool p --allocate; vol-resize image 128M --pool p; pool-refresh p; "
                  "vol-clone image converted --pool p; vol-info image --pool p")
        assert on.checksum("p", "again", 4 << 20) == digest, version
        assert "128.00 MiB" in on.aljibe("vol-info image --pool p").out, version
        assert owners() == {(1234, 1234)}, version
        on.restart()
        lab.wait(lambda: on.aljibe("vol-list p", code=None).code == 0, "the pool to be read")
        assert on.volumes("p") == sorted(os.listdir(server.SQUASHED)), version
        on.each("vol-wipe raw --pool p; " + "; ".join(f"vol-delete {name} --pool p" for name in on.volumes("p")))
        assert os.listdir(server.SQUASHED) == [], version
        on.each("pool-destroy p; pool-delete p; pool-undefine p")


# What a daemon that was killed has left half made is hidden, and goes with the next look at the pool.
def test_killed_while_making(on):
    for path, mine in (("/export/pool", server.POOL), ("/export/squashed", server.SQUASHED)):
        lab.run("rmdir", server.SQUASHED / "lost+found", code=None)
        squash(0o700)
        server.bring_up(on, "p", path, version="3")     # which has to write every block
        making = on.begin("vol-create-as p v 80M")
        lab.wait(lambda: os.listdir(mine), "a volume being made")
        on.kill()
        making.wait()
        left = os.listdir(mine)
        assert len(left) == 1 and left[0].startswith(".aljibe-new."), left
        on.start()
        lab.wait(lambda: not os.listdir(mine), "what was left to go")
        assert on.volumes("p") == []
        on.each("pool-destroy p; pool-undefine p")


# A machine that uses an image on a server has locked it there; nobody else changes it.
def test_locks(on):
    server.bring_up(on, "p", "/export/pool", version="4.2")
    on.aljibe("vol-create-as p v 8M --format qcow2")
    socket = pathlib.Path("/run/qsd.sock")
    holder = lab.start("qemu-storage-daemon", "--blockdev", f"driver=qcow2,node-name=n,file.driver=file,file.filename={TARGET}/v",
                       "--nbd-server", f"addr.type=unix,addr.path={socket}", "--export", "nbd,id=e,node-name=n,writable=on",
                       log="/run/qsd.log")
    lab.wait(socket.exists, "a program that uses the image")
    refused = on.aljibe("vol-resize v 16M --pool p", code=1)
    assert "lock" in refused.err or "use" in refused.err, refused
    on.each("vol-info v --pool p; pool-refresh p")
    holder.terminate()
    holder.wait()
    on.aljibe("vol-resize v 16M --pool p")


def test_read_only(on):
    (server.READ_ONLY / "there").write_bytes(b"x" * 4096)
    server.bring_up(on, "p", "/export/read only")
    assert on.volumes("p") == ["there"]
    for command in ("vol-create-as p v 4k", "vol-create-as p q 4k --format qcow2", "vol-delete there --pool p",
                    "vol-clone there v --pool p"):
        refused = on.aljibe(command, code=1)
        assert "Read-only file system" in refused.err, refused
    assert os.listdir(server.READ_ONLY) == ["there"]


# Mounted by somebody else before, unmounted or mounted over behind the pool's back.
@lab.slow
def test_mounts_of_others(on):
    elsewhere = pathlib.Path("/lab/elsewhere")
    elsewhere.mkdir()
    lab.run("mount", "-t", "nfs", "127.0.0.1:/export/pool", elsewhere)
    server.bring_up(on, "p", "/export/pool")
    on.aljibe("vol-create-as p v 4M")
    on.restart()
    lab.wait(lambda: on.aljibe("vol-list p", code=None).code == 0, "the pool to be read")
    assert on.volumes("p") == ["v"]
    lab.run("umount", TARGET)
    for command in ("pool-refresh p", "vol-create-as p w 4M", "vol-delete v --pool p"):
        on.aljibe(command, code=1)
    assert os.listdir(TARGET) == [] and os.listdir(elsewhere) == ["v"]
    lab.run("mount", "-t", "nfs", "127.0.0.1:/export/pool", TARGET)
    on.each("pool-refresh p; vol-info v --pool p")
    lab.run("mount", "-t", "tmpfs", "over", TARGET)
    assert "something else is mounted over" in on.aljibe("pool-destroy p", code=1).err
    lab.run("umount", TARGET)
    on.aljibe("pool-destroy p")
    assert len(server.mounts()) == 1 and str(elsewhere) in server.mounts()[0]
    lab.run("mount", "-t", "nfs", "127.0.0.1:/export/pool", TARGET)
    on.each("pool-start p; vol-info v --pool p; pool-destroy p")
    assert str(TARGET) not in str(server.mounts())


lab.main(globals())
