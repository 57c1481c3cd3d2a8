#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# slow: systemd takes its time to come up under emulation
# needs: guest systemd disk=1G,1G mem=1280 limit=400 program=systemctl,lvm,mkfs.ext4
"""aljibed as a service of systemd, with the units of data/systemd: that it does its work inside its sandbox, and that pools outlive it."""
import os
import pathlib
import re

import lab

UNITS = pathlib.Path("/etc/systemd/system")
SOCKET = pathlib.Path("/run/aljibe/aljibe-sock")
MOUNTED = pathlib.Path("/srv/fs")
CREDENTIALS = "5ec2e700-0000-4000-8000-00000000000c"
DROP_IN = """[Service]
Environment=ASAN_OPTIONS=detect_leaks=0:log_path=/run/asan UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
LoadCredential=aljibe.secret.{}:/root/passphrase
"""


def aljibe(*argv, code=0):
    return lab.run(lab.program("aljibe"), "-q", *argv, code=code, limit=lab.CLIENT_SECONDS)


def systemctl(*argv, code=0):
    return lab.run("systemctl", *argv, code=code, limit=lab.CLIENT_SECONDS)


def state(what, unit="aljibed.service"):
    return systemctl("show", "--value", f"--property={what}", unit).out.strip()


def said():
    return lab.run("journalctl", "--unit=aljibed.service", "--no-pager", "--output=cat", limit=lab.CLIENT_SECONDS).out


def is_mounted(place=MOUNTED):
    return os.path.ismount(place)


def setup():
    """The units as they are installed, but for where the program was built. Leaks cannot be looked for: that takes ptrace. qemu-img
    measures its key derivation for seconds, emulated minutes, otherwise."""
    lab.world.make_qemu_img_quick(pathlib.Path(os.environ["LAB_BUILD"]) / "tests/differential/quick-clock.so")
    program = pathlib.Path(lab.program("aljibed"))
    text = (lab.ROOT / "data/systemd/aljibed.service.in").read_text().replace("@sbindir@", str(program.parent))
    (UNITS / "aljibed.service").write_text(text)
    for unit in ("aljibed.socket", "aljibed-ro.socket"):
        (UNITS / unit).write_text((lab.ROOT / "data/systemd" / unit).read_text())
    drop_in = UNITS / "aljibed.service.d/lab.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(DROP_IN.format(CREDENTIALS))
    pathlib.Path("/root/passphrase").write_text("from the service manager")
    lab.run("mount --make-rshared /")       # as systemd has made it, and a suite not: credentials come as mounts
    # sockets.target, which would pull them in, is masked in guests
    systemctl("daemon-reload")
    systemctl("start", "aljibed.socket", "aljibed-ro.socket")


def healthy():
    """It runs since it was started, and no sanitizer has complained."""
    assert not list(pathlib.Path("/run").glob("asan*")), said()
    assert state("ActiveState") == "active" and state("NRestarts") == "0", said()


# One life, in the order of the tests: the state of one is where the next begins.

def test_sockets(on):
    """The first call starts the service; readers have a socket of their own."""
    assert state("ActiveState") == "inactive"
    assert oct(SOCKET.stat().st_mode & 0o777) == "0o600"
    aljibe("pool-list")
    healthy()
    assert lab.run("virsh", "-q", "-c", f"storage+unix:///system?socket={SOCKET}-ro", "pool-list", "--all").out == ""


def test_directory(on):
    """Names are opened inside the pool (openat2), owners set, images made by us and by qemu-img."""
    aljibe("pool-define-as d dir --target /srv/d")
    aljibe("pool-build d")
    aljibe("pool-start d")
    refused = lab.run("virsh", "-q", "-c", f"storage+unix:///system?socket={SOCKET}-ro", "pool-refresh", "d", code=1).err
    assert "operation forbidden: read only access prevents virStoragePoolRefresh" in refused, refused
    aljibe("vol-create-as d raw 4M --allocation 0")
    aljibe("vol-create-as d image 4M --format qcow2")
    aljibe("vol-clone raw clone --pool d")
    aljibe("vol-create-as d over 4M --format qcow2 --backing-vol image --backing-vol-format qcow2")
    document = pathlib.Path("/root/v.xml")
    document.write_text("""<volume><name>owned</name><capacity unit='M'>1</capacity><target><format type='raw'/>
<permissions><mode>0640</mode><owner>107</owner><group>107</group></permissions></target></volume>""")
    aljibe("vol-create", "d", document)
    owned = os.stat("/srv/d/owned")
    assert (owned.st_uid, owned.st_gid, owned.st_mode & 0o777) == (107, 107, 0o640), owned
    healthy()


def test_credentials(on):
    """A secret whose value the service manager hands over; the mounts of the service stay the host's."""
    document = pathlib.Path("/root/secret.xml")
    document.write_text(f"<secret private='yes'><uuid>{CREDENTIALS}</uuid></secret>")
    aljibe("secret-define", document)
    document.write_text(f"""<volume><name>luks</name><capacity unit='M'>1</capacity><target><format type='raw'/><encryption format='luks'>
<secret type='passphrase' uuid='{CREDENTIALS}'/></encryption></target></volume>""")
    aljibe("vol-create", "d", document)
    service = os.readlink(f"/proc/{state('MainPID')}/ns/mnt")
    assert service == os.readlink("/proc/1/ns/mnt"), "the service has mounts of its own"
    healthy()


def test_file_system(on):
    aljibe(f"pool-define-as fs fs --source-dev /dev/vda --source-format ext4 --target {MOUNTED}")
    aljibe("pool-build fs --no-overwrite")
    aljibe("pool-start fs")
    assert is_mounted()
    aljibe("vol-create-as fs v 1M")
    healthy()


def test_logical(on):
    aljibe("pool-define-as vg logical --source-dev /dev/vdb --target /dev/vg")
    aljibe("pool-build vg")
    aljibe("pool-start vg")
    aljibe("vol-create-as vg v 16M")
    aljibe("vol-resize v 32M --pool vg")
    aljibe("vol-wipe v --pool vg")
    assert os.path.exists("/dev/vg/v")
    healthy()


def test_restart(on):
    """Pools stay active, mounts where they are, and the sockets take calls in the meantime."""
    before = int(state("MainPID"))
    mount = os.stat(MOUNTED).st_dev
    systemctl("restart", "aljibed.service")
    assert int(state("MainPID")) != before
    active = sorted(aljibe("pool-list", "--name").out.split())
    assert active == ["d", "fs", "vg"], active
    assert is_mounted() and os.stat(MOUNTED).st_dev == mount
    aljibe("vol-info v --pool fs")
    aljibe("vol-info v --pool vg")
    healthy()


def test_reload(on):
    before = state("MainPID")
    systemctl("reload", "aljibed.service")
    lab.wait(lambda: "settings and definitions were read again" in said(), "the end of the reload")
    assert state("MainPID") == before
    healthy()


def test_death(on):
    """Killed, it is started again by systemd, with its pools."""
    lab.run("kill", "-KILL", state("MainPID"))
    lab.wait(lambda: state("NRestarts") == "1" and state("ActiveState") == "active", "the restart")
    assert sorted(aljibe("pool-list", "--name").out.split()) == ["d", "fs", "vg"]
    assert is_mounted()


def test_stop(on):
    """Mounts and volume groups stay; the next call finds all as it was."""
    systemctl("stop", "aljibed.service")
    assert state("Result") == "success" and state("ActiveState") in ("inactive", "activating"), said()
    assert is_mounted() and os.path.exists("/dev/vg/v")
    assert sorted(aljibe("pool-list", "--name").out.split()) == ["d", "fs", "vg"]
    aljibe("pool-destroy fs")
    aljibe("pool-destroy vg")
    assert not is_mounted() and not os.path.exists("/dev/vg/v")
    denied = [line for line in said().splitlines() if re.search("Operation not permitted|Permission denied", line)]
    assert not denied, denied


lab.main(globals())
