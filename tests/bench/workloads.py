# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bench measures. A workload takes a daemon of run, works on its pools through its connection, and returns seconds.

The pool "many" holds the volumes; "empty" is for what comes and goes. aljibed syncs what libvirtd does not: deletions, uploads,
conversions, and the directories of what is new.
"""
import os
import threading
import time

import libvirt

GIB = 1 << 30
MIB = 1 << 20
DATA_MIB = 256  # written, in eight runs, to volumes of 1 GiB

VOLUME = ("<volume><name>{}</name><capacity>{}</capacity><allocation>0</allocation>"
          "<target><format type='{}'/></target></volume>")


def spent(work, times=1):
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times


def pool_info(daemon):
    return spent(daemon.empty.info, 3000)


def volume_info(daemon):
    return spent(daemon.many.storageVolLookupByName("volume-00000.raw").info, 2000)


def lookup_path(daemon):
    path = str(daemon.top / "many" / "volume-00000.raw")
    return spent(lambda: daemon.connection.storageVolLookupByPath(path), 2000)


def connect(daemon):
    uri = daemon.connection.getURI()
    return spent(lambda: libvirt.open(uri).close(), 50)


def list_volumes(daemon):
    return spent(lambda: daemon.many.listAllVolumes(0))


def refresh(daemon):
    return spent(lambda: daemon.many.refresh(0))


def refresh_changed(daemon):
    with open(daemon.top / "many" / "volume-00000.raw", "r+b") as file:
        file.write(os.urandom(16))
    return refresh(daemon)


def start(daemon):
    daemon.many.destroy()
    return spent(lambda: daemon.many.create(0))


# ---- volumes come and go ----

def _create(daemon, image_format, count, clients=1):
    """Seconds per volume, and the volumes."""
    pools = [libvirt.open(daemon.uri).storagePoolLookupByName("empty") for _ in range(clients)]
    volumes = []

    def work(pool, first):
        for number in range(first, count, clients):
            volumes.append(pool.createXML(VOLUME.format(f"v{number}", GIB, image_format), 0))

    def all_clients():
        threads = [threading.Thread(target=work, args=(pool, first)) for first, pool in enumerate(pools)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return spent(all_clients) / count, volumes


def _delete(volumes):
    return spent(lambda: [volume.delete(0) for volume in volumes]) / len(volumes)


def create_raw(daemon):
    seconds, volumes = _create(daemon, "raw", 100)
    _delete(volumes)
    return seconds


def create_qcow2(daemon):
    seconds, volumes = _create(daemon, "qcow2", 50)
    _delete(volumes)
    return seconds


def create_qcow2_by_8(daemon):
    seconds, volumes = _create(daemon, "qcow2", 80, clients=8)
    _delete(volumes)
    return seconds


def delete(daemon):
    return _delete(_create(daemon, "raw", 100)[1])


# ---- bytes ----

def _volume(daemon, name):
    """A raw volume of 1 GiB, made when it is first asked for; and whether that was now."""
    try:
        return daemon.empty.storageVolLookupByName(name), False
    except libvirt.libvirtError:
        return daemon.empty.createXML(VOLUME.format(name, GIB, "raw"), 0), True


def _with_data(daemon):
    volume, is_new = _volume(daemon, "data")
    if not is_new:
        return volume
    piece = os.urandom(MIB) * (DATA_MIB // 8)
    with open(volume.path(), "r+b") as file:
        for run in range(8):
            file.seek(run * GIB // 8)
            file.write(piece)
        os.fsync(file.fileno())
    return volume


def clone(daemon):
    copies = []
    source = _with_data(daemon)
    seconds = spent(lambda: copies.append(daemon.empty.createXMLFrom(VOLUME.format("copy", GIB, "raw"), source, 0)))
    copies[0].delete(0)
    return seconds


def download(daemon):
    source, stream = _with_data(daemon), daemon.connection.newStream(0)

    def work():
        source.download(stream, 0, 0, 0)
        stream.recvAll(lambda _stream, data, _opaque: len(data), None)
        stream.finish()

    return spent(work)


def upload(daemon):
    (target, _is_new), stream = _volume(daemon, "upload"), daemon.connection.newStream(0)
    piece, left = os.urandom(MIB), [GIB]

    def give(_stream, wanted, _opaque):
        size = min(wanted, left[0], MIB)
        left[0] -= size
        return piece[:size]

    def work():
        target.upload(stream, 0, GIB, 0)
        stream.sendAll(give, None)
        stream.finish()

    return spent(work)


# ---- many pools ----

def define(daemon):
    names = [f"defined-{number}" for number in range(50)]
    text = "<pool type='dir'><name>{}</name><target><path>/nowhere/{}</path></target></pool>"
    pools = []
    seconds = spent(lambda: pools.extend(daemon.connection.storagePoolDefineXML(text.format(name, name), 0) for name in names))
    for pool in pools:
        pool.undefine()
    return seconds / len(names)


ALL = [("pool info", pool_info), ("volume info", volume_info), ("volume by path", lookup_path), ("connect and close", connect),
       ("list all volumes", list_volumes), ("refresh, nothing changed", refresh), ("refresh, one file changed", refresh_changed),
       ("start the pool", start), ("create raw", create_raw), ("create qcow2", create_qcow2),
       ("create qcow2, 8 clients", create_qcow2_by_8), ("delete", delete), ("define a pool", define),
       ("clone raw, 256 MiB of data", clone), ("download 1 GiB", download), ("upload 1 GiB", upload)]
