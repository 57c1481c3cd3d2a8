#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: host program=libvirtd,tgtd,tgtadm,qemu-img limit=200
"""aljibed in the place of libvirt's storage daemon, beside a real secret driver: values that are in that driver's memory only, private
ones too, and drivers that are gone, refuse, or never answer."""
import base64
import os
import pathlib
import signal
import socket
import threading
import time

import lab

RUN = pathlib.Path("/run/libvirt")
STORAGE_SOCKET = RUN / "virtstoraged-sock"
MODULAR_SOCKET = RUN / "virtsecretd-sock"
TOKEN = RUN / "common/system.token"
DRIVERS = pathlib.Path("/var/lib/libvirt/secret-driver")
POOL = lab.world.LAB / "p"
TARGET = "iqn.2026-01.org.aljibe:locked"
UUID = "5ec2e700-0000-4000-8000-000000000001"
OTHER = "5ec2e700-0000-4000-8000-000000000002"
VALUE = b"kept-in-memory-only"
SECRET = "<secret ephemeral='{}' private='{}'><uuid>{}</uuid>{}</secret>"
VOLUME = """<volume><name>{name}</name><capacity unit='M'>4</capacity><target><format type='raw'/><encryption format='luks'>
<secret type='passphrase' {secret}/></encryption></target></volume>"""
TIME_LIMIT = 10     # seconds aljibed gives the driver


class Profile(lab.world.Daemon):
    """aljibed as it stands in libvirt's place, or on @socket with the same files."""

    socket = STORAGE_SOCKET

    def _command(self):
        return [self.program, "--profile", "libvirt"], {"ALJIBE_DEBUG": "all"}


class OnLibvirtsSocket(Profile):
    socket = lab.world.SOCKET

    def _command(self):
        return [self.program, "--profile", "libvirt", "--socket", self.socket, "--config-dir", lab.world.CONFIG,
                "--state-dir", lab.world.STATE], {}


class Driver:
    """A private libvirtd with nothing but its secret driver."""

    def __init__(self):
        DRIVERS.mkdir(exist_ok=True)
        link = DRIVERS / "libvirt_driver_secret.so"
        if not link.is_symlink():
            link.symlink_to(lab.world.DRIVERS / link.name)
        settings = pathlib.Path("/etc/libvirt/libvirtd.conf")
        settings.write_text('auth_unix_rw = "none"\nunix_sock_group = "root"\n')
        os.environ["LIBVIRT_DRIVER_DIR"] = str(DRIVERS)
        self.process = lab.start("/usr/sbin/libvirtd", "-f", settings, "-p", RUN / "libvirtd.pid", log="/var/log/libvirt/reference.log")
        lab.wait(lambda: self.virsh("secret-list", code=None).code == 0, "libvirtd")

    @staticmethod
    def virsh(*argv, code=0):
        return lab.run("/usr/bin/virsh", "-q", "-c", lab.world.Daemon("libvirtd", "").uri("secret"), *argv, code=code)

    def keep(self, uuid, value, usage="", ephemeral="yes", private="yes"):
        path = lab.world.LAB / "secret"
        path.write_text(SECRET.format(ephemeral, private, uuid, usage))
        self.virsh("secret-define", path)
        path.write_bytes(value)
        self.virsh("secret-set-value", uuid, "--file", path, "--plain")
        path.unlink()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def reset():
    """A world ends with its libvirtd."""
    for driver in drivers:
        driver.process.kill()
        driver.process.wait()
    drivers.clear()


drivers = []


def begin(on, daemon=Profile, is_beside=True):
    """aljibed of the profile, and libvirt's secret driver; returns that."""
    on.daemon = daemon("aljibed", lab.program("aljibed"))
    on.start()
    POOL.mkdir()
    on.aljibe(f"pool-create-as p dir --target {POOL}")
    if is_beside:
        drivers.append(Driver())
        return drivers[-1]
    return None


def create(on, name, secret, code=0):
    path = lab.world.LAB / f"{name}.xml"
    path.write_text(VOLUME.format(name=name, secret=secret))
    return on.aljibe("vol-create", "p", path, code=code)


def opens(path, value):
    done = lab.run("qemu-img", "convert", "--object", f"secret,id=s,data={value.decode()}", "--image-opts",
                   f"driver=luks,key-secret=s,file.filename={path}", "-O", "raw", lab.world.LAB / "plain", code=None)
    return done.code == 0


def assert_secret(on, *values):
    """No log has a value, in any form, or the token that opens private ones."""
    said = on.log()
    for value in (*values, TOKEN.read_bytes()):
        for text in (value.decode(), base64.b64encode(value).decode(), value.hex()):
            assert text not in said, "the log tells a secret"


def setup():
    """The profile notes what it has begun where the machine's own aljibed would. qemu-img measures its key derivation for seconds otherwise."""
    lab.world.make_qemu_img_quick(pathlib.Path(os.environ["LAB_BUILD"]) / "tests/differential/quick-clock.so")
    os.makedirs("/var/lib/aljibe", exist_ok=True)
    lab.run("mount -t tmpfs aljibe /var/lib/aljibe")


# What libvirt's driver has.

def test_luks(on):
    """N-247. Ephemeral and private: nobody gets such a value but root's daemons of libvirt, which know each other by a token."""
    driver = begin(on)
    said = create(on, "early", f"uuid='{UUID}'", code=1).err
    assert said.strip().endswith(f"Secret not found: no secret with matching uuid '{UUID}'"), said
    driver.keep(UUID, VALUE, f"<usage type='volume'><volume>{POOL}/v</volume></usage>")
    assert "secret is private" in driver.virsh("secret-get-value", UUID, code=1).err
    create(on, "v", f"uuid='{UUID}'")
    create(on, "w", f"usage='{POOL}/v'")
    assert opens(POOL / "v", VALUE) and opens(POOL / "w", VALUE) and not opens(POOL / "v", b"other")
    on.stop()
    on.start()
    create(on, "x", f"uuid='{UUID}'")
    assert opens(POOL / "x", VALUE)
    assert_secret(on, VALUE)
    driver.end()
    said = create(on, "late", f"uuid='{UUID}'", code=1).err
    assert f"Secret not found: no secret with matching uuid '{UUID}'" in said, said
    assert on.volumes("p") == ["v", "w", "x"], "a volume without its key is left"


def test_files_first(on):
    """What is on disk needs no driver; and what the driver took off the disk is not used in its old form."""
    driver = begin(on)
    driver.keep(UUID, b"on-disk", ephemeral="no")
    driver.keep(OTHER, b"old", ephemeral="no")
    driver.keep(OTHER, b"new", ephemeral="yes")
    create(on, "new", f"uuid='{OTHER}'")
    assert opens(POOL / "new", b"new")
    driver.end()
    create(on, "v", f"uuid='{UUID}'")
    assert opens(POOL / "v", b"on-disk")
    listed = on.aljibe("secret-list").out
    assert UUID in listed, listed
    said = on.aljibe("secret-undefine", UUID, code=1).err
    assert "secrets in '/etc/libvirt/secrets' belong to libvirt: change them with virsh -c secret:///system" in said, said


def test_without_token(on):
    driver = begin(on)
    driver.keep(UUID, VALUE)
    driver.keep(OTHER, VALUE, private="no")
    TOKEN.rename(TOKEN.with_suffix(".away"))
    said = create(on, "v", f"uuid='{UUID}'", code=1).err
    expected = f"operation failed: libvirt's secret driver at '{lab.world.SOCKET}' did not give secret '{UUID}': Invalid secret: secret is private"
    assert expected in said, said
    create(on, "w", f"uuid='{OTHER}'")
    assert opens(POOL / "w", VALUE)


def test_login(on):
    """A password for CHAP."""
    server = lab.start("tgtd", "-f", "-C", "8", "--iscsi", "portal=127.0.0.1:3262", log="/run/tgtd-secrets.log")
    def tgt(*words, code=0):
        return lab.run("tgtadm", "-C", "8", "--lld", "iscsi", *words, code=code)
    lab.wait(lambda: tgt("--mode", "sys", "--op", "show", code=None).code == 0, "tgtd")
    image = pathlib.Path("/run/secrets-unit")
    image.write_bytes(bytes(8 << 20))
    tgt("--mode", "target", "--op", "new", "--tid", 1, "-T", TARGET)
    tgt("--mode", "target", "--op", "bind", "--tid", 1, "-I", "ALL")
    tgt("--mode", "logicalunit", "--op", "new", "--tid", 1, "--lun", 1, "-b", image)
    tgt("--mode", "account", "--op", "new", "--user", "host1", "--password", "labpassword12")
    tgt("--mode", "account", "--op", "bind", "--tid", 1, "--user", "host1")
    driver = begin(on)
    on.define(f"""<pool type='iscsi-direct'><name>san</name><source><host name='127.0.0.1' port='3262'/><device path='{TARGET}'/>
<initiator><iqn name='iqn.2026-01.org.aljibe:host'/></initiator><auth type='chap' username='host1'><secret usage='san'/></auth></source></pool>""")
    said = on.aljibe("pool-start san", code=1).err
    assert "Secret not found: no secret with matching usage 'san'" in said, said
    driver.keep(UUID, b"labpassword12", "<usage type='iscsi'><target>san</target></usage>")
    on.aljibe("pool-start san")
    assert len(on.volumes("san")) == 1
    assert_secret(on, b"labpassword12")
    on.aljibe("pool-destroy san")
    server.kill()
    server.wait()


# What it may not do to us.

class Silent:
    """A secret daemon that takes connections and answers nothing; .met: somebody came."""

    def __init__(self, path):
        self.met = threading.Event()
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen(16)
        self.held = []
        threading.Thread(target=self._hold, daemon=True).start()

    def _hold(self):
        while True:
            self.held.append(self.server.accept()[0])
            self.met.set()


def test_silent(on):
    """N-247. The question has an end; other work of the same pool, and all listing, go on meanwhile."""
    begin(on, is_beside=False)
    driver = Silent(MODULAR_SOCKET)
    path = lab.world.LAB / "v.xml"
    path.write_text(VOLUME.format(name="v", secret=f"uuid='{UUID}'"))
    begun = time.monotonic()
    stuck = on.begin("vol-create", "p", str(path))
    assert driver.met.wait(lab.WAIT_SECONDS), "the driver was not asked"
    on.aljibe("vol-create-as p plain 1M")
    on.aljibe("pool-refresh p")
    assert on.volumes("p") == ["plain"]
    assert stuck.poll() is None, "the others were not answered while it waited"
    _, said = stuck.communicate(timeout=lab.WAIT_SECONDS)
    expected = (f"Timed out during operation: libvirt's secret driver at '{MODULAR_SOCKET}' did not give secret '{UUID}': "
                "Timed out during operation: no answer to AUTH_LIST")
    assert expected in said.decode(), said
    assert time.monotonic() - begun > TIME_LIMIT
    assert on.volumes("p") == ["plain"]
    assert sorted(os.listdir(POOL)) == ["plain"], os.listdir(POOL)


def test_silent_end(on):
    """A daemon that is to end does not wait for it."""
    begin(on, is_beside=False)
    driver = Silent(MODULAR_SOCKET)
    path = lab.world.LAB / "v.xml"
    path.write_text(VOLUME.format(name="v", secret=f"uuid='{UUID}'"))
    stuck = on.begin("vol-create", "p", str(path))
    assert driver.met.wait(lab.WAIT_SECONDS), "the driver was not asked"
    on.stop()
    stuck.communicate(timeout=lab.WAIT_SECONDS)
    MODULAR_SOCKET.unlink()
    on.start()
    assert os.listdir(POOL) == []


def test_own_socket(on):
    """Whoever has libvirtd's socket itself has nobody to ask."""
    begin(on, daemon=OnLibvirtsSocket, is_beside=False)
    said = create(on, "v", f"uuid='{UUID}'", code=1).err
    assert f"Secret not found: no secret with matching uuid '{UUID}'" in said, said


lab.main(globals())
