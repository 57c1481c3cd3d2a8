#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest limit=600 modules=cifs program=smbd,smbpasswd,mount.cifs
"""Netfs pools on a CIFS server (Samba): as a guest, and with a login whose password nobody sees."""
import os
import pathlib
import signal
import socket
import subprocess

import lab

SAMBA = pathlib.Path("/run/smb")
SHARE = SAMBA / "share"
TARGET = pathlib.Path("/lab/pool")
SECRET = "5ec2e7c1-0001-4000-8000-000000000001"
PASSWORD = b"la,b p%w'"
CONFIGURATION = """[global]
 workgroup = LAB
 server role = standalone server
 interfaces = lo
 bind interfaces only = yes
 smb ports = 445
 private dir = /run/smb/private
 lock directory = /run/smb/lock
 state directory = /run/smb/state
 cache directory = /run/smb/cache
 pid directory = /run/smb/pid
 ncalrpc dir = /run/smb/ncalrpc
 log file = /run/smb/log/smbd.log
 passdb backend = tdbsam:/run/smb/private/passdb.tdb
 map to guest = Bad User
 load printers = no
 disable spoolss = yes
[open]
 path = /run/smb/share
 read only = no
 force user = root
 guest ok = yes
[closed]
 path = /run/smb/share
 read only = no
 force user = root
 guest ok = no
 valid users = root
"""


def setup():
    for name in ("private", "lock", "state", "cache", "pid", "log", "ncalrpc", "share"):
        (SAMBA / name).mkdir(parents=True)
    SHARE.chmod(0o777)
    (SAMBA / "smb.conf").write_text(CONFIGURATION)
    subprocess.run(["smbpasswd", "-c", SAMBA / "smb.conf", "-L", "-s", "-a", "root"], input=PASSWORD + b"\n" + PASSWORD + b"\n",
                   check=True, capture_output=True)
    serve()


def answers():
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", 445)) == 0


def serve():
    lab.run("smbd", "-s", SAMBA / "smb.conf", "-D")
    lab.wait(answers, "smbd")


def vanish():
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().startswith("smbd"):
                os.kill(int(entry.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass
    lab.wait(lambda: not answers(), "the end of smbd")
    (SAMBA / "pid/smbd.pid").unlink(missing_ok=True)


def mounts():
    return [line for line in pathlib.Path("/proc/self/mounts").read_text().splitlines() if f" {TARGET} " in line]


def reset():
    if not answers():
        serve()
    while mounts():
        lab.run("umount", "-f", "-l", TARGET)
    lab.run("find", SHARE, "-mindepth", "1", "-delete")


def document(path="closed", auth="", options=()):
    extra = "".join(f"<fs:option name='{option}'/>" for option in options)
    extra = f"<fs:mount_opts>{extra}</fs:mount_opts>" if extra else ""
    return (f"<pool type='netfs' xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'><name>p</name>"
            f"<source><host name='127.0.0.1'/><dir path='{path}'/><format type='cifs'/>{auth}</source>"
            f"<target><path>{TARGET}</path></target>{extra}</pool>")


def keep_secret(on, value):
    return on.set_secret(f"<secret private='yes'><uuid>{SECRET}</uuid><usage type='iscsi'><target>nas</target></usage></secret>", value)


@lab.slow
# mission: A2-04
def test_walk(on):
    on.compare("cifs-walk")


# mission: A2-04
def test_login(on):
    """With a secret named by <auth>: stock virsh writes such a document; the password is in no command line and no table."""
    keep_secret(on, PASSWORD)
    on.virsh("pool-define-as p netfs --source-host 127.0.0.1 --source-path closed --source-format cifs --auth-type chap "
             "--auth-username root --secret-usage nas --target /lab/pool")
    on.aljibe("pool-build p")
    with on.trap("mount") as trap:
        on.aljibe("pool-start p")
        calls = " ".join(trap.calls())
    assert "credentials=/dev/fd/" in calls and "guest" not in calls and PASSWORD.decode() not in calls, calls
    assert "username=root" in mounts()[0] and PASSWORD.decode() not in str(mounts()) and "nosuid,nodev,noexec" in mounts()[0]
    assert PASSWORD.decode() not in on.log()
    on.each("vol-create-as p v 4M; vol-create-as p q 64M --format qcow2")
    digest = on.upload("p", "v", 4 << 20)
    on.each("vol-clone v w --pool p; vol-resize v 8M --pool p; vol-clone q r --pool p")
    on.restart()
    lab.wait(lambda: on.aljibe("vol-list p", code=None).code == 0, "the pool to be read")
    assert on.volumes("p") == ["q", "r", "v", "w"] and on.checksum("p", "w", 4 << 20) == digest
    assert lab.sha256(SHARE / "w") == digest and sorted(os.listdir(SHARE)) == ["q", "r", "v", "w"]
    on.each("pool-destroy p; pool-delete p; pool-undefine p")


def test_login_proved_otherwise(on):
    """sec= says how the password is proved, and goes with <auth>; a comma of the user's name does not reach the mount's options."""
    keep_secret(on, PASSWORD)
    on.define(document(auth="<auth type='chap' username='root'><secret usage='nas'/></auth>", options=("sec=ntlmssp", "vers=3.0")))
    on.each("pool-build p; pool-start p")
    assert "sec=ntlmssp" in mounts()[0] and "username=root" in mounts()[0], mounts()
    on.each("vol-create-as p v 1M; pool-destroy p; pool-undefine p")
    on.define(document(auth="<auth type='chap' username='root,uid=1234'><secret usage='nas'/></auth>"))
    assert "has a comma" in on.aljibe("pool-start p", code=1).err and not mounts()


def test_login_refused(on):
    """What the server says of a wrong password is passed on, without the password; nothing is mounted."""
    secret = keep_secret(on, b"wrong")
    on.define(document(auth="<auth type='chap' username='root'><secret usage='nas'/></auth>"))
    on.aljibe("pool-build p")
    refused = on.aljibe("pool-start p", code=1)
    assert "Permission denied" in refused.err and "credentials=SECRET" in refused.err and "wrong" not in refused.err, refused
    assert not mounts()
    on.aljibe(f"secret-undefine {secret}")
    assert "no secret with matching usage" in on.aljibe("pool-start p", code=1).err
    on.aljibe("pool-undefine p")
    on.define(document())
    assert "Permission denied" in on.aljibe("pool-start p", code=1).err    # a guest


def test_login_by_options(on):
    """A password among the mount options is taken out of the command line."""
    on.define(document(options=("username=root", "password=la", "vers=3.0")))
    on.aljibe("pool-build p")
    with on.trap("mount") as trap:
        on.aljibe("pool-start p", code=1)
        assert "password" not in " ".join(trap.calls()) and "username=root,vers=3.0,credentials=" in " ".join(trap.calls())
    credentials = pathlib.Path("/run/smb/credentials")
    credentials.write_bytes(b"username=root\npassword=" + PASSWORD + b"\n")
    on.aljibe("pool-undefine p")
    on.define(document(options=(f"credentials={credentials}",)))
    on.each("pool-start p; vol-create-as p v 1M; pool-destroy p")


@lab.slow
def test_vanish(on):
    """A server that goes and comes back while the pool is active."""
    on.define(document("open"))
    on.each("pool-build p; pool-start p; vol-create-as p v 4M")
    digest = on.upload("p", "v", 4 << 20)
    vanish()
    on.aljibe("pool-refresh p", code=1, limit=120)
    assert on.volumes("p") == ["v"]
    serve()
    lab.wait(lambda: on.aljibe("pool-refresh p", code=None).code == 0, "the share to be back", 100)
    assert on.checksum("p", "v", 4 << 20) == digest
    vanish()
    on.aljibe("pool-destroy p", limit=120)     # nothing was left to be written: the kernel lets go
    assert not mounts()


lab.main(globals())
