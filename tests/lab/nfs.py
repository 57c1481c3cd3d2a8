#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest limit=900 modules=loop,nfsd,nfsv3,nfsv4 program=rpc.nfsd,mount.nfs,showmount
"""Netfs pools on NFS: the kernel's server and client, versions 3 to 4.2, root squash, a server that hangs, goes and comes back."""
import pathlib

import lab

SERVED = pathlib.Path("/srv/served")    # the root of what the server exports; an overlay cannot be exported
POOL = SERVED / "export/pool"
SQUASHED = SERVED / "export/squashed"
TARGET = pathlib.Path("/lab/pool")
EXPORTS = """
/ *(ro,fsid=0,no_subtree_check,crossmnt)
/export/pool 127.0.0.1(rw,no_root_squash,insecure,fsid=11,no_subtree_check)
/export/squashed *(rw,root_squash,insecure,fsid=12,no_subtree_check)
/export/read only *(ro,no_root_squash,insecure,fsid=13,no_subtree_check)
"""


def setup():
    """A server whose exports are file systems of their own."""
    for place in ("/run/rpcbind", "/var/lib/nfs/v4recovery", "/var/lib/nfs/sm", "/var/lib/nfs/rpc_pipefs", SERVED):
        pathlib.Path(place).mkdir(parents=True, exist_ok=True)
    lab.run("mount", "-t", "tmpfs", "served", SERVED)
    for place, make, size in ((POOL, "mkfs.xfs", "400M"), (SQUASHED, "mkfs.ext4", "100M")):
        place.mkdir(parents=True)
        image = SERVED / f"{place.name}.img"
        lab.run("truncate", "-s", size, image)
        lab.run(make, "-q", image)
        lab.run("mount", "-o", "loop", image, place)
    (SERVED / "export/read only").mkdir()
    lab.run("mount", "-t", "tmpfs", "served", SERVED / "export/read only")
    lab.run("mount", "-t", "nfsd", "nfsd", "/proc/fs/nfsd")
    lab.run("mount", "-t", "rpc_pipefs", "rpc", "/var/lib/nfs/rpc_pipefs")
    pathlib.Path("/etc/nfs.conf").write_text(f"[exports]\nrootdir={SERVED}\n")
    pathlib.Path("/etc/exports").write_text(EXPORTS.replace("read only", r"read\040only"))
    pathlib.Path("/var/lib/nfs/etab").write_text("")
    lab.run("rpcbind", "-w")
    lab.run("exportfs", "-ra")
    serve()
    lab.run("rpc.mountd")
    lab.run("rpc.statd", "--no-notify")


def serve():
    """The server answers from now on; nobody waits for what former clients may claim."""
    lab.run("rpc.nfsd", "--grace-time", "10", "--lease-time", "10", "2")
    pathlib.Path("/proc/fs/nfsd/v4_end_grace").write_text("Y\n")


def vanish():
    lab.run("rpc.nfsd", "0")


def reset():
    """Empty exports, and a server that answers."""
    if pathlib.Path("/proc/fs/nfsd/threads").read_text().strip() == "0":
        serve()
    while str(TARGET) in pathlib.Path("/proc/self/mounts").read_text():
        lab.run("umount", "-f", "-l", TARGET, code=None)
    for place in (POOL, SQUASHED):
        lab.run("find", place, "-mindepth", "1", "-delete")


# mission: A2-04
def test_walk(on):
    on.compare("nfs-walk")


lab.main(globals())
