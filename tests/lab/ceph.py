# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Ceph cluster of one monitor, one manager and one OSD whose store is memory: for suites in namespaces of their own.

It takes clients with a key (client.lab) and such without, as the pools of a test like. Its files are in memory below
/var/lib/ceph and /etc/ceph, so `ceph` and `rbd` find it.
"""
import contextlib
import importlib.machinery
import importlib.util
import os
import pathlib
import signal
import sys
import uuid

import rados

import lab


def _find_librbd():
    """The module rbd of python3-rbd: the suite that imports this file has its name."""
    elsewhere = [place for place in sys.path if pathlib.Path(place).resolve() != lab.HERE]
    spec = importlib.machinery.PathFinder.find_spec("rbd", elsewhere)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


librbd = _find_librbd()

HOME = pathlib.Path("/var/lib/ceph")
CONFIG = pathlib.Path("/etc/ceph/ceph.conf")
KEYRING = pathlib.Path("/etc/ceph/ceph.keyring")
ADDRESSES = "[v2:127.0.0.1:3300,v1:127.0.0.1:6789]"
WATCH_SECONDS = 5       # after which a client that died does not count as a user of an image any more (Ceph's default: 30)
TEXT = """[global]
fsid = {fsid}
mon host = {addresses}
auth cluster required = cephx
auth service required = cephx, none
auth client required = cephx, none
keyring = {keyring}
run dir = {home}/run
admin socket = {home}/run/$name.asok
pid file = {home}/run/$name.pid
log file = {home}/log/$name.log
crash dir = {home}/log
public addr = 127.0.0.1
cluster addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon allow pool delete = true
mon warn on pool no redundancy = false
auth allow insecure global id reclaim = false
[mon]
mon data = {home}/mon
mon cluster log file = {home}/log/cluster.log
mon data avail crit = 1
mon data avail warn = 1
[mgr]
mgr data = {home}/mgr
mgr tick period = 1
mgr stats period = 1
mgr pool = false
[osd]
osd data = {home}/osd
osd objectstore = memstore
memstore device bytes = 1073741824
osd op num shards = 1
osd mclock skip benchmark = true
osd client watch timeout = {watch}
"""
USERS = (("mon.", "mon", "allow *"),
         ("client.admin", "mon", "allow *", "osd", "allow *", "mgr", "allow *"),
         ("client.lab", "mon", "profile rbd", "osd", "profile rbd", "mgr", "profile rbd"),
         ("mgr.x", "mon", "allow profile mgr", "osd", "allow *"),
         ("osd.0", "mon", "allow profile osd", "mgr", "allow profile osd", "osd", "allow *"))


def start(*pools):
    """Starts the cluster with @pools and waits until it tells how large it is."""
    for place in (HOME, CONFIG.parent):
        place.mkdir(exist_ok=True)
        lab.run("mount", "-t", "tmpfs", "ceph", place)
    for name in ("mon", "mgr", "osd", "run", "log"):
        (HOME / name).mkdir()
    fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
    CONFIG.write_text(TEXT.format(fsid=fsid, home=HOME, keyring=KEYRING, addresses=ADDRESSES, watch=WATCH_SECONDS))
    lab.run("ceph-authtool", "--create-keyring", KEYRING)
    for name, *caps in USERS:
        lab.run("ceph-authtool", KEYRING, "--gen-key", "-n", name,
                *(word for kind, what in zip(caps[::2], caps[1::2]) for word in ("--cap", kind, what)))
    lab.run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", ADDRESSES, HOME / "monmap")
    lab.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", HOME / "monmap", "--keyring", KEYRING)
    lab.run("ceph-mon", "-i", "a")
    lab.run("ceph-mgr", "-i", "x")
    lab.run("ceph", "osd", "new", osd)
    lab.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd, "--keyring", KEYRING)
    lab.run("ceph-osd", "-i", "0")
    for pool in pools:
        lab.run("ceph", "osd", "pool", "create", pool, "8", "8")
        lab.run("rbd", "pool", "init", pool)
    lab.wait(lambda: '"total_bytes":0,' not in lab.run("ceph", "df", "--format", "json").out, "the cluster to tell its size")


def key(user="client.lab"):
    """The key of @user as Ceph writes it, in base64."""
    return lab.run("ceph-authtool", KEYRING, "--print-key", "-n", user).out.strip()


def _pid(daemon):
    return int((HOME / f"run/{daemon}.pid").read_text())


def freeze(*daemons):
    """Daemons (osd.0, mon.a) stop answering, and their connections stay."""
    for daemon in daemons:
        os.kill(_pid(daemon), signal.SIGSTOP)


def thaw(*daemons):
    for daemon in daemons:
        os.kill(_pid(daemon), signal.SIGCONT)


def rbd(*argv, code=0):
    return lab.run("rbd", *argv, code=code)


class Pool:
    """A pool of the cluster, or "POOL/NAMESPACE", by the library's own bindings: `with ceph.Pool("lab") as pool:`."""

    def __init__(self, name):
        self.name, _, self.namespace = name.partition("/")

    def __enter__(self):
        self.cluster = rados.Rados(conffile=str(CONFIG), name="client.admin")
        self.cluster.connect(timeout=10)
        self.io = self.cluster.open_ioctx(self.name)
        self.io.set_namespace(self.namespace)
        return self

    def __exit__(self, *_):
        self.io.close()
        self.cluster.shutdown()

    def images(self):
        """The names of all images, hidden ones too."""
        return sorted(librbd.RBD().list(self.io))

    def trash(self):
        return [entry["name"] for entry in librbd.RBD().trash_list(self.io)]

    def strays(self):
        """Objects that belong to no image, as a change that was cut short could leave them."""
        ids = {librbd.Image(self.io, name, read_only=True).id() for name in self.images()}
        names = {f"rbd_id.{name}" for name in self.images()}
        found = []
        for entry in self.io.list_objects():
            kind, _, rest = entry.key.partition(".")
            if kind == "rbd_id" and entry.key not in names:
                found.append(entry.key)
            elif kind in ("rbd_header", "rbd_data", "rbd_object_map") and rest.split(".")[0] not in ids:
                found.append(entry.key)
        return sorted(found) + [f"{name} in the trash" for name in self.trash()]

    def trash_move(self, name):
        """As an operator does it."""
        librbd.RBD().trash_move(self.io, name)

    def trash_restore(self, name):
        """Takes the image that was called @name out of the trash; whether that was possible."""
        entry = next(entry for entry in librbd.RBD().trash_list(self.io) if entry["name"] == name)
        try:
            librbd.RBD().trash_restore(self.io, entry["id"], name)
        except librbd.Error:
            return False
        return True

    def snapshots(self, image):
        with librbd.Image(self.io, image, read_only=True) as opened:
            return [snapshot["name"] for snapshot in opened.list_snaps()]

    def open(self, image):
        """An rbd.Image, open for writing as a machine would have it."""
        return librbd.Image(self.io, image)

    def read(self, image, at, length):
        with librbd.Image(self.io, image, read_only=True) as opened:
            return opened.read(at, length)

    def create(self, image, size, **options):
        librbd.RBD().create(self.io, image, size, old_format=False, **options)

    def clear(self):
        """Removes everything, clones before what they stand on."""
        while names := self.images():
            for name in names:
                with contextlib.suppress(librbd.ImageNotFound, librbd.ImageBusy):   # half an image; one that clones stand on
                    self._clear_snapshots(name)
                with contextlib.suppress(librbd.ImageHasSnapshots):
                    librbd.RBD().remove(self.io, name)
        for entry in librbd.RBD().trash_list(self.io):
            librbd.RBD().trash_remove(self.io, entry["id"], True)

    def _clear_snapshots(self, name):
        with self.open(name) as image:
            for snapshot in image.list_snaps():
                if image.is_protected_snap(snapshot["name"]):
                    image.unprotect_snap(snapshot["name"])
                image.remove_snap(snapshot["name"])
