#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Secrets with libvirt's own client library, and where a passphrase must never be seen."""
import base64
import pathlib
import shutil
import subprocess
import threading
import time
import unittest

import libvirt

import support

UUID = "11111111-2222-3333-4444-555555555555"
PASSPHRASE = "Quedate-En-Casa-7319"


def secret_xml(uuid, path=None, private="no", ephemeral="no"):
    usage = f"<usage type='volume'><volume>{path}</volume></usage>" if path else ""
    return f"<secret ephemeral='{ephemeral}' private='{private}'><uuid>{uuid}</uuid>{usage}</secret>"


def luks_xml(name, uuid=UUID):
    return (f"<volume><name>{name}</name><capacity>1048576</capacity><target><format type='raw'/><encryption format='luks'>"
            f"<secret type='passphrase' uuid='{uuid}'/></encryption></target></volume>")


class Api(unittest.TestCase):
    def setUp(self):
        self.daemon = support.Daemon().__enter__()
        self.conn = libvirt.open(self.daemon.uri("secret"))

    def tearDown(self):
        self.conn.close()
        self.daemon.__exit__(None, None, None)

    def refused(self, code, text, call, *arguments):
        with self.assertRaises(libvirt.libvirtError) as caught:
            call(*arguments)
        self.assertEqual(caught.exception.get_error_code(), code)
        self.assertEqual(caught.exception.get_error_message(), text)
        self.assertEqual(caught.exception.get_error_domain(), libvirt.VIR_FROM_SECRET)

    def test_life(self):
        secret = self.conn.secretDefineXML(secret_xml(UUID, "/a/b"))
        self.assertEqual((secret.usageType(), secret.usageID()), (libvirt.VIR_SECRET_USAGE_TYPE_VOLUME, "/a/b"))
        self.refused(libvirt.VIR_ERR_NO_SECRET, f"Secret not found: secret '{UUID}' does not have a value", secret.value)
        secret.setValue(b"\0\1binary\n")
        self.assertEqual(secret.value(), b"\0\1binary\n")
        self.assertEqual(self.conn.secretLookupByUsage(libvirt.VIR_SECRET_USAGE_TYPE_VOLUME, "/a/b").UUIDString(), UUID)
        self.assertEqual(self.conn.numOfSecrets(), 1)
        self.assertEqual(self.conn.listSecrets(), [UUID])
        self.assertEqual([one.UUIDString() for one in self.conn.listAllSecrets()], [UUID])
        self.assertEqual(self.conn.listAllSecrets(libvirt.VIR_CONNECT_LIST_SECRETS_EPHEMERAL), [])
        secret.undefine()
        self.refused(libvirt.VIR_ERR_NO_SECRET, f"Secret not found: no secret with matching uuid '{UUID}'", secret.XMLDesc)
        self.refused(libvirt.VIR_ERR_NO_SECRET, "Secret not found: no secret with matching usage '/a/b'",
                     self.conn.secretLookupByUsage, libvirt.VIR_SECRET_USAGE_TYPE_VOLUME, "/a/b")

    def test_private(self):
        secret = self.conn.secretDefineXML(secret_xml(UUID, private="yes"))
        secret.setValue(b"x")
        self.refused(libvirt.VIR_ERR_INVALID_SECRET, "Invalid secret: secret is private", secret.value)

    def test_largest(self):
        secret = self.conn.secretDefineXML(secret_xml(UUID))
        secret.setValue(b"x" * 65536)
        self.assertEqual(secret.value(), b"x" * 65536)
        self.conn.close()
        self.daemon.restart()
        self.conn = libvirt.open(self.daemon.uri())     # a storage connection sees them, too
        self.assertEqual(self.conn.secretLookupByUUIDString(UUID).value(), b"x" * 65536)

    def test_files(self):
        self.conn.secretDefineXML(secret_xml(UUID)).setValue(b"x")
        place = self.daemon.config_dir / "secrets"
        self.assertEqual(sorted(entry.name for entry in place.iterdir()), [f"{UUID}.base64", f"{UUID}.xml"])
        self.assertEqual({entry.stat().st_mode & 0o7777 for entry in place.iterdir()}, {0o600})
        self.assertEqual(place.stat().st_mode & 0o7777, 0o700)


@unittest.skipUnless(shutil.which("qemu-img"), "no qemu-img")
class Hidden(unittest.TestCase):
    """While a program works with the passphrase, neither arguments nor environments of any process have it."""

    def watch(self, seen, stop):
        while not stop.is_set():
            for process in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    words = (process / "cmdline").read_bytes() + b"\0" + (process / "environ").read_bytes()
                except OSError:
                    continue
                if b"qemu-img" in words and b"secret0" in words:
                    seen["program"] = True
                    seen["leak"] = seen["leak"] or PASSPHRASE.encode() in words or base64.b64encode(PASSPHRASE.encode()) in words
            time.sleep(0.005)

    def test_passphrase(self):
        with support.Daemon() as daemon:
            conn = libvirt.open(daemon.uri())
            conn.secretDefineXML(secret_xml(UUID, private="yes")).setValue(PASSPHRASE.encode())
            pool = conn.storagePoolCreateXML(support.pool_xml("p", daemon.target("p")))
            seen, stop = {"program": False, "leak": False}, threading.Event()
            watcher = threading.Thread(target=self.watch, args=(seen, stop))
            watcher.start()
            volume = pool.createXML(luks_xml("v"))
            with self.assertRaises(libvirt.libvirtError) as caught:
                pool.createXML(luks_xml("w").replace("</encryption>", "<cipher name='nosuch' size='256'/></encryption>"))
            stop.set()
            watcher.join()
            self.assertTrue(seen["program"], "the program was not seen at work")
            self.assertFalse(seen["leak"])
            self.assertNotIn(PASSPHRASE, str(caught.exception))
            self.assertNotIn(PASSPHRASE, volume.XMLDesc())
            conn.close()
            daemon.stop()
            left = [path for path in daemon.root.rglob("*") if path.is_file() and PASSPHRASE.encode() in path.read_bytes()]
            self.assertEqual(left, [])  # the secret's own file has it as base64
            opened = subprocess.run(["qemu-img", "convert", "--object", f"secret,id=s,data={PASSPHRASE}", "--image-opts",
                                     f"driver=luks,key-secret=s,file.filename={daemon.target('p') / 'v'}", "-O", "raw",
                                     str(daemon.root / "out")], capture_output=True, text=True, check=False)
            self.assertEqual(opened.returncode, 0, opened.stderr)


if __name__ == "__main__":
    support.main()
