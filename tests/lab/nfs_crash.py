#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest limit=1500 modules=loop,nfsd,nfsv3,nfsv4 program=rpc.nfsd,mount.nfs,mkfs.xfs
# slow: fifteen crashes of the daemon, each followed by a start
"""The daemon dies before and after every program that a netfs pool runs: what is mounted is known, and what others have mounted stays."""
import pathlib

import lab
import nfs_server as server

TARGET = server.TARGET
ELSEWHERE = pathlib.Path("/lab/elsewhere")  # where somebody else has mounted the same export
DOCUMENT = server.document("p", "/export/pool", version="4.2")

setup = server.setup
reset = server.reset


def prepare(on):
    """The pool is defined, and the same export is mounted elsewhere, too."""
    ELSEWHERE.mkdir(exist_ok=True)
    lab.run("mount", "-t", "nfs", "-o", "nfsvers=4.2", "127.0.0.1:/export/pool", ELSEWHERE)
    on.define(DOCUMENT)
    on.each("pool-build p")


def own_mounts():
    return [line for line in server.mounts() if f" {TARGET} " in line]


def is_active(on):
    return "p" in on.aljibe("pool-list").out.split()


def check(on):
    """The pool runs exactly when it is mounted, once; the other mount is there; and from here all goes on."""
    assert len(server.mounts()) - len(own_mounts()) == 1, server.mounts()
    assert len(own_mounts()) == is_active(on), f"{server.mounts()}, {on.aljibe('pool-list --all').out}"
    if not is_active(on):
        on.aljibe("pool-start p")
    on.each("vol-create-as p w 1M; vol-delete w --pool p; pool-destroy p")
    assert own_mounts() == [] and len(server.mounts()) == 1
    on.each("pool-delete p; pool-undefine p")
    assert not TARGET.exists()


def crash(on, tools, preparation, command, look=check):
    """Kills the daemon around each call of @tools that the aljibe command makes."""
    for tool in tools:
        crashes = on.crash_everywhere(tool, lambda: preparation(on), lambda: on.aljibe(command, code=None), lambda: look(on))
        print("#", crashes, f"crashes around {tool}", flush=True)


# mission: A2-04 A9-12
def test_start(on):
    crash(on, ("mount", "mount.nfs"), prepare, "pool-start p")


def test_stop(on):
    def prepare_started(_):
        prepare(on)
        on.each("pool-start p; vol-create-as p v 4M; vol-delete v --pool p")

    crash(on, ("sync", "umount", "umount.nfs"), prepare_started, "pool-destroy p")


def test_create(on):
    """A transient pool, whose only definition is in the file that says it is active."""
    def prepare_file(_):
        prepare(on)
        on.aljibe("pool-undefine p")
        (lab.world.LAB / "p.xml").write_text(DOCUMENT)

    def look(_):
        assert len(server.mounts()) - len(own_mounts()) == 1, server.mounts()
        assert len(own_mounts()) == is_active(on), f"{server.mounts()}, {on.aljibe('pool-list --all').out}"
        if is_active(on):
            on.aljibe("pool-destroy p")
        assert own_mounts() == [] and on.aljibe("pool-list --all").out.split() == []

    crash(on, ("mount", "mount.nfs"), prepare_file, "pool-create /lab/p.xml --build", look)


def test_mounted_by_others(on):
    """The export is on the pool's directory before it starts: that mount is not lost before somebody stops the pool."""
    def prepare_mounted(_):
        prepare(on)
        lab.run("mount", "-t", "nfs", "-o", "nfsvers=4.2", "127.0.0.1:/export/pool", TARGET)
        on.aljibe("pool-start p")
        assert len(own_mounts()) == 1

    crash(on, ("umount", ), prepare_mounted, "pool-destroy p")


def test_server_slow(on):
    """The daemon dies while mount's own helper waits for the server, and that goes on alone: the next start takes what it has mounted."""
    prepare(on)
    with on.trap("mount.nfs") as trap:
        trap.plan(1, "delay")
        starting = on.begin("pool-start p")
        lab.wait(trap.calls, "the mount to begin")
        on.kill()
        starting.wait()
        on.start()
        assert not is_active(on)
        trap.release()
        lab.wait(own_mounts, "what the helper mounts")
    on.aljibe("pool-start p")
    check(on)


lab.main(globals())
