# SPDX-License-Identifier: LGPL-2.1-or-later
"""The kernel's NFS server for suites of the lab: exports that are file systems of their own, and ways to break it."""
import pathlib

import lab

SERVED = pathlib.Path("/srv/served")    # the root of what the server exports; an overlay cannot be exported
POOL = SERVED / "export/pool"
SQUASHED = SERVED / "export/squashed"
READ_ONLY = SERVED / "export/read only"
TARGET = pathlib.Path("/lab/pool")
EXPORTS = r"""
/ *(ro,fsid=0,no_subtree_check,crossmnt)
/export/pool *(rw,no_root_squash,insecure,fsid=11,no_subtree_check)
/export/squashed *(rw,root_squash,insecure,fsid=12,no_subtree_check)
/export/read\040only *(ro,no_root_squash,insecure,fsid=13,no_subtree_check)
"""


def setup():
    for place in ("/run/rpcbind", "/var/lib/nfs/v4recovery", "/var/lib/nfs/sm", "/var/lib/nfs/rpc_pipefs", SERVED):
        pathlib.Path(place).mkdir(parents=True, exist_ok=True)
    lab.run("mount", "-t", "tmpfs", "served", SERVED)
    for place, make, size in ((POOL, "mkfs.xfs", "400M"), (SQUASHED, "mkfs.ext4", "100M")):
        place.mkdir(parents=True)
        image = SERVED / f"{place.name}.img"
        lab.run("truncate", "-s", size, image)
        lab.run(make, "-q", image)
        lab.run("mount", "-o", "loop", image, place)
    READ_ONLY.mkdir()
    lab.run("mount", "-t", "tmpfs", "served", READ_ONLY)
    lab.run("mount", "-t", "nfsd", "nfsd", "/proc/fs/nfsd")
    lab.run("mount", "-t", "rpc_pipefs", "rpc", "/var/lib/nfs/rpc_pipefs")
    pathlib.Path("/etc/nfs.conf").write_text(f"[exports]\nrootdir={SERVED}\n")
    pathlib.Path("/etc/exports").write_text(EXPORTS)
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
    """The server answers nobody from now on."""
    lab.run("rpc.nfsd", "0")


def mounts():
    """The lines of the table of mounts at or below /lab."""
    return [line for line in pathlib.Path("/proc/self/mounts").read_text().splitlines() if f"{TARGET.parent}/" in line]


def unmount_all():
    while mine := mounts():
        lab.run("umount", "-f", "-l", mine[-1].split()[1])


def reset():
    """Empty exports, nothing mounted, and a server that answers."""
    if pathlib.Path("/proc/fs/nfsd/threads").read_text().strip() == "0":
        serve()
    unmount_all()
    for place in (POOL, SQUASHED):
        lab.run("find", place, "-mindepth", "1", "-delete")
        lab.run("chown", "root:root", place)
        lab.run("chmod", "755", place)


def document(name, path, version=None, target=TARGET, options=(), host="127.0.0.1"):
    """A netfs pool of @host:@path."""
    protocol = f"<protocol ver='{version}'/>" if version else ""
    extra = "".join(f"<fs:option name='{option}'/>" for option in options)
    extra = f"<fs:mount_opts>{extra}</fs:mount_opts>" if extra else ""
    return (f"<pool type='netfs' xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'><name>{name}</name>"
            f"<source><host name='{host}'/><dir path='{path}'/><format type='nfs'/>{protocol}</source>"
            f"<target><path>{target}</path></target>{extra}</pool>")


def bring_up(on, name, path, **more):
    """Defines, builds and starts such a pool."""
    on.define(document(name, path, **more))
    on.each(f"pool-build {name}; pool-start {name}")
