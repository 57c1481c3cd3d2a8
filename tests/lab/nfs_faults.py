#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest limit=1500 modules=loop,nfsd,nfsv3,nfsv4 program=rpc.nfsd,mount.nfs,showmount,mkfs.xfs
# slow: waits for deadlines of a minute, several times
"""Netfs pools whose NFS server hangs, goes and comes back: their own trouble, and nobody else's."""
import pathlib
import socket

import lab
import nfs_server as server

setup = server.setup
reset = server.reset
SILENT_PORT = 12049


def ended(client):
    """How a client begun before has ended: its exit code and what it said on standard error."""
    _, err = client.communicate(timeout=200)
    return client.returncode, err.decode()


# mission: A2-04 A9-12
def test_server_never_answers(on):
    """Starting a pool on a server that takes connections and says nothing ends at its deadline, and leaves nothing mounted."""
    with socket.create_server(("127.0.0.1", SILENT_PORT)):
        on.define(server.document("p", "/export/pool", version="4.2", options=(f"port={SILENT_PORT}",)))
        on.each("pool-build p; pool-define-as d dir --target /lab/d; pool-build d; pool-start d")
        starting = on.begin("pool-start p")
        lab.wait(lambda: lab.run("pgrep", "-x", "mount.nfs", code=None).code == 0, "the mount to begin")
        on.each("pool-list --all; vol-create-as d v 1M; vol-list d")
        code, err = ended(starting)
        assert code == 1 and "the server of '127.0.0.1:/export/pool' did not answer in time" in err, err
        assert server.mounts() == [] and lab.run("pgrep", "-x", "mount.nfs", code=None).code == 1
        on.each("pool-list --all; pool-undefine p")


def test_vanish(on):
    """A server that goes while its pool is active: lists are answered, other pools work, the daemon starts again, nothing is lost."""
    server.bring_up(on, "p", "/export/pool", version="4.2")
    on.each("pool-define-as d dir --target /lab/d; pool-build d; pool-start d; vol-create-as p v 4M")
    digest = on.upload("p", "v", 4 << 20)
    server.vanish()
    refreshing = on.begin("pool-refresh p")
    assert on.volumes("p") == ["v"]
    assert "4.00 MiB" in on.aljibe("vol-info v --pool p").out
    on.each("pool-list --all --details; vol-create-as d w 1M; vol-delete w --pool d")
    code, err = ended(refreshing)
    assert code == 1, err
    assert on.volumes("p") == ["v"]
    # work is refused at once now, and the pool is not taken for stopped
    assert "does not answer" in on.aljibe("vol-create-as p w 1M", code=1).err
    # a daemon that comes up with the server away
    on.kill()
    on.daemon.start()       # without waiting for its pools
    assert "p" in on.aljibe("pool-list").out
    on.each("vol-create-as d w 1M; vol-delete w --pool d")
    assert "are not known yet" in on.aljibe("vol-list p", code=1).err
    # stopping says why it cannot, and what to do
    code, err = ended(on.begin("pool-destroy p"))
    assert code == 1 and "did not answer in time" in err, err
    assert "p" in on.aljibe("pool-list").out and len(server.mounts()) == 1
    # the server is back
    server.serve()
    lab.wait(lambda: on.aljibe("vol-list p", code=None).code == 0, "the pool to be read again", 200)
    assert on.checksum("p", "v", 4 << 20) == digest
    on.each("vol-create-as p w 1M; pool-refresh p")
    assert on.volumes("p") == ["v", "w"]


def test_give_up(on):
    """Who gives a dead server up unmounts by force, as the error says; the pool can then be stopped."""
    server.bring_up(on, "p", "/export/pool", version="4.2")
    server.vanish()
    code, err = ended(on.begin("pool-destroy p"))
    advice = err.partition("`")[2].partition("`")[0]
    assert code == 1 and advice == f"umount -f -l {server.TARGET}", err
    lab.run(advice)
    on.aljibe("pool-destroy p")
    assert on.aljibe("pool-list").out.split() == []


def test_other_tree(on):
    """The server comes back with another file system under the same name: what was there is stale, and nothing is mixed up."""
    server.bring_up(on, "p", "/export/pool", version="4.2")
    on.aljibe("vol-create-as p v 4M")
    lab.run("exportfs", "-ua")
    server.vanish()
    lab.run("umount", server.POOL)
    server.serve()
    try:
        lab.run("exportfs", "-ra", code=None)
        assert "tale file handle" in on.aljibe("pool-refresh p", code=1).err
        assert on.volumes("p") == ["v"]
        on.aljibe("vol-create-as p w 1M", code=1)
        assert list(server.POOL.iterdir()) == []
    finally:
        lab.run("mount", "-o", "loop", pathlib.Path(server.SERVED) / "pool.img", server.POOL)
        lab.run("exportfs", "-ra")
    assert "tale file handle" in on.aljibe("pool-refresh p", code=1).err    # to this mount it is gone for good
    on.each("pool-destroy p; pool-start p")
    assert on.volumes("p") == ["v"]


lab.main(globals())
