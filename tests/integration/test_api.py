#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every storage call of the unmodified libvirt client library, through python3-libvirt."""
import os
import sys
import threading
import unittest
import xml.etree.ElementTree as etree

import support

try:
    import libvirt
except ImportError:
    print("1..0 # SKIP python3-libvirt is not installed")
    sys.exit(0)


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        libvirt.registerErrorHandler(lambda *_: None, None)
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=lambda: [libvirt.virEventRunDefaultImpl() for _ in iter(int, 1)], daemon=True).start()
        cls.daemon = support.Daemon().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)

    def setUp(self):
        self.conn = libvirt.open(self.daemon.uri())
        self.addCleanup(self.conn.close)
        self.name = self.id().rpartition(".")[2]
        self.target = self.daemon.target(self.name)

    def running(self):
        pool = self.conn.storagePoolDefineXML(support.pool_xml(self.name, self.target))
        pool.create()
        return pool

    def assert_fails(self, code, message, call, *arguments):
        with self.assertRaises(libvirt.libvirtError) as caught:
            call(*arguments)
        self.assertEqual((caught.exception.get_error_code(), caught.exception.get_error_message()), (code, message))

    def test_connection(self):
        self.assertEqual(self.conn.getType(), "storage")
        self.assertEqual(self.conn.getURI(), self.daemon.uri())
        self.assertGreater(self.conn.getVersion(), 0)
        self.assertEqual(self.conn.getLibVersion(), 9000000)
        self.assertEqual(self.conn.getHostname(), os.uname().nodename)
        self.assertTrue(self.conn.isAlive() and self.conn.isSecure())
        self.assertEqual(self.conn.getInfo()[0], os.uname().machine)
        self.assertEqual(sorted(self.conn.getMemoryStats(-1)), ["buffers", "cached", "free", "total"])
        self.assertEqual((self.conn.listAllDomains(), self.conn.listDefinedDomains(), self.conn.listAllNetworks()), ([], [], []))
        self.assertEqual(self.conn.setKeepAlive(5, 3), 0)
        self.assertEqual(self.conn.getCapabilities().splitlines()[0], "<capabilities>")
        self.assertEqual(self.conn.listAllSecrets(), [])
        self.assert_fails(3, "this function is not supported by the connection driver: virConnectListAllNWFilters",
                          self.conn.listAllNWFilters)

    def test_pool_life(self):
        pool = self.conn.storagePoolDefineXML(support.pool_xml(self.name, self.target))
        self.assertEqual((pool.isActive(), pool.isPersistent(), pool.autostart()), (0, 1, 0))
        self.assert_fails(55, f"Requested operation is not valid: storage pool '{self.name}' is not active", pool.refresh)
        pool.build()
        pool.create()
        self.assert_fails(55, f"Requested operation is not valid: storage pool '{self.name}' is already active", pool.create)
        self.assert_fails(55, f"Requested operation is not valid: storage pool '{self.name}' is still active", pool.undefine)
        state, capacity, allocation, available = pool.info()
        self.assertEqual((state, capacity), (2, allocation + available))
        self.assertGreater(capacity, 0)
        pool.setAutostart(1)
        self.assertEqual(pool.autostart(), 1)
        self.assertIn(self.name, self.conn.listStoragePools())
        self.assertIn(self.name, [p.name() for p in self.conn.listAllStoragePools(libvirt.VIR_CONNECT_LIST_STORAGE_POOLS_AUTOSTART)])
        for again in (self.conn.storagePoolLookupByName(self.name), self.conn.storagePoolLookupByUUIDString(pool.UUIDString()),
                      self.conn.storagePoolLookupByTargetPath(f"{self.target}/")):
            self.assertEqual((again.name(), again.UUID()), (self.name, pool.UUID()))
        document = etree.fromstring(pool.XMLDesc())
        self.assertEqual((document.get("type"), document.findtext("target/path")), ("dir", str(self.target)))
        self.assertEqual(etree.fromstring(pool.XMLDesc(libvirt.VIR_STORAGE_XML_INACTIVE)).findtext("capacity"), "0")
        pool.refresh()
        pool.destroy()
        self.assertIn(self.name, self.conn.listDefinedStoragePools())
        pool.delete()
        self.assertFalse(self.target.exists())
        pool.undefine()
        uuid = pool.UUIDString()
        self.assert_fails(49, f"Storage pool not found: no storage pool with matching uuid '{uuid}' ({self.name})", pool.info)

    def test_transient_pool(self):
        pool = self.conn.storagePoolCreateXML(support.pool_xml(self.name, self.target))
        self.assertEqual((pool.isActive(), pool.isPersistent()), (1, 0))
        self.assert_fails(1, "internal error: pool has no config file", pool.setAutostart, 1)
        pool.destroy()
        self.assert_fails(49, f"Storage pool not found: no storage pool with matching name '{self.name}'",
                          self.conn.storagePoolLookupByName, self.name)

    def test_volumes(self):
        pool = self.running()
        vol = pool.createXML(support.vol_xml("v", 10 << 20))
        path = str(self.target / "v")
        self.assertEqual((vol.name(), vol.key(), vol.path()), ("v", path, path))
        self.assertEqual(vol.info()[:2], [0, 10 << 20])
        self.assertEqual(vol.infoFlags(libvirt.VIR_STORAGE_VOL_GET_PHYSICAL)[1:], [10 << 20, 10 << 20])
        for again in (pool.storageVolLookupByName("v"), self.conn.storageVolLookupByKey(path), self.conn.storageVolLookupByPath(path)):
            self.assertEqual(again.key(), path)
        self.assertEqual(vol.storagePoolLookupByVolume().name(), self.name)
        self.assertEqual((pool.numOfVolumes(), pool.listVolumes(), len(pool.listAllVolumes())), (1, ["v"], 1))
        document = etree.fromstring(vol.XMLDesc())
        self.assertEqual((document.get("type"), document.findtext("key"), document.find("target/format").get("type")),
                         ("file", path, "raw"))
        self.assert_fails(90, "storage volume 'v' exists already", pool.createXML, support.vol_xml("v"))
        vol.resize(20 << 20)
        self.assertEqual(vol.info()[1], 20 << 20)
        self.assert_fails(8, "invalid argument: wiping algorithm 99 not supported", vol.wipePattern, 99)
        vol.wipe()
        clone = pool.createXMLFrom(support.vol_xml("clone", 20 << 20), vol)
        self.assertEqual(clone.info()[1], 20 << 20)
        clone.delete()
        vol.delete()
        self.assertEqual(pool.listVolumes(), [])
        self.assert_fails(50, "Storage volume not found: no storage vol with matching name 'v'", vol.info)

    def test_info_follows_the_file(self):
        pool = self.running()
        vol = pool.createXML(support.vol_xml("v", 1 << 20))
        os.truncate(self.target / "v", 3 << 20)
        self.assertEqual(vol.info()[1], 3 << 20)

    def test_streams(self):
        vol = self.running().createXML(support.vol_xml("v", 4 << 20))
        data = os.urandom(4 << 20)
        stream, at = self.conn.newStream(), 0
        vol.upload(stream, 0, 0)
        while at < len(data):
            at += stream.send(data[at:at + 262120])
        stream.finish()
        self.assertEqual((self.target / "v").read_bytes(), data)
        stream, got = self.conn.newStream(), bytearray()
        vol.download(stream, 0, 0)
        while piece := stream.recv(262120):
            got += piece
        stream.finish()
        self.assertEqual(bytes(got), data)
        stream = self.conn.newStream()
        vol.download(stream, 0, 0)
        stream.recv(1)
        stream.abort()

    def test_sparse_streams(self):
        vol = self.running().createXML(support.vol_xml("v", 8 << 20))
        pieces = [1 << 20, b"a" * (1 << 20), 6 << 20]
        stream = self.conn.newStream()
        vol.upload(stream, 0, 0, libvirt.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM)
        for piece in pieces:
            if isinstance(piece, int):
                stream.sendHole(piece)
            else:
                for at in range(0, len(piece), 262120):
                    stream.send(piece[at:at + 262120])
        stream.finish()
        expected = b"".join(bytes(piece) for piece in pieces)
        self.assertEqual((self.target / "v").read_bytes(), expected)
        stream, got = self.conn.newStream(), bytearray()
        vol.download(stream, 0, 0, libvirt.VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM)
        stream.sparseRecvAll(lambda _s, piece, out: out.extend(piece), lambda _s, size, out: out.extend(bytes(size)), got)
        stream.finish()
        self.assertEqual(bytes(got), expected)

    def test_events(self):
        seen, arrived = [], threading.Condition()

        def on_event(_conn, pool, event, detail, _data):
            with arrived:
                seen.append((pool.name(), event, detail))
                arrived.notify_all()

        callback = self.conn.storagePoolEventRegisterAny(None, libvirt.VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE, on_event, None)
        pool = self.running()
        pool.destroy()
        pool.undefine()
        with arrived:
            arrived.wait_for(lambda: len(seen) == 4, 10)
        self.assertEqual(seen, [(self.name, event, 0) for event in (0, 2, 3, 1)])
        self.conn.storagePoolEventDeregisterAny(callback)

    def test_documents(self):
        self.assertIn("type='dir' supported='yes'", self.conn.getStoragePoolCapabilities())
        self.assert_fails(3, "this function is not supported by the connection driver: "
                             "pool type 'dir' does not support source discovery", self.conn.findStoragePoolSources, "dir", None)
        self.assert_fails(1, "internal error: unknown storage pool type foo", self.conn.findStoragePoolSources, "foo", None)
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.conn.storagePoolDefineXML("<pool type='dir'>")
        self.assertEqual(caught.exception.get_error_code(), 35)

    def test_read_only(self):
        self.running()
        for uri in (self.daemon.uri(), self.daemon.uri() + "-ro"):
            conn = libvirt.openReadOnly(uri)
            self.assertEqual(conn.storagePoolLookupByName(self.name).isActive(), 1)
            self.assert_fails(29, "operation forbidden: read only access prevents virStoragePoolRefresh",
                              conn.storagePoolLookupByName(self.name).refresh)
            conn.close()


if __name__ == "__main__":
    support.main()
