#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients that ask for more than they take, or leave before they are answered."""
import os
import pathlib
import time
import unittest

import support
import wire_client as w

GIB = 1 << 30


class Hostile(unittest.TestCase):
    def setUp(self):
        self.daemon = support.Daemon().__enter__()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.client = w.Client(self.daemon.socket, timeout=60).open()
        self.addCleanup(self.client.close)
        self.target = self.daemon.target("p")
        self.pool = self.client.running_pool("p", self.target)

    def resident_mib(self):
        status = pathlib.Path(f"/proc/{self.daemon.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024

    def test_calls_in_one_piece_are_not_all_answered_into_memory(self):
        """One small packet that asks for 200 lists of 3 MB: no more is made than the client takes."""
        for i in range(6000):
            (self.target / f"{i:05d}{'n' * 200}").touch()
        self.client.call(83, self.pool + w.u32(0))
        before = self.resident_mib()
        with w.Client(self.daemon.socket, timeout=60) as greedy:
            greedy.open()
            arguments = self.pool + w.u32(1) + w.u32(0)
            greedy.raw(b"".join(greedy.frame(282, arguments, serial=serial) for serial in range(200)))
            time.sleep(1)
            self.assertLess(self.resident_mib() - before, 250)    # 40 MiB and one list may wait; sanitizers keep what was freed
            self.assertEqual(self.client.call(91, self.pool).u32(), 6000)
            for serial in range(200):    # and who takes them gets all of them
                self.assertEqual(greedy.reply(serial).u32(), 6000)

    def test_who_leaves_is_not_served_what_still_waits(self):
        volume = self.client.create_vol(self.pool, support.vol_xml("source", 16 * GIB))
        with open(volume[2], "r+b") as source:
            for i in range(200):
                source.seek(i * (4 << 20))
                source.write(os.urandom(4096) * 32)
        gone = w.Client(self.daemon.socket).open()
        for i in range(8):
            document = support.vol_xml(f"copy{i}", 16 * GIB, kind="qcow2")
            gone.send(125, self.pool + w.text(document) + w.vol("p", "source") + w.u32(0))
        self.assertTrue(support.wait_until(lambda: len(os.listdir(self.target)) > 1))
        gone.close()
        self.assertTrue(support.wait_until(self.is_idle), os.listdir(self.target))
        self.assertLess(len(os.listdir(self.target)), 6)    # four at a time, and those are finished
        self.assertFalse([name for name in os.listdir(self.target) if name.startswith(".")])

    def is_idle(self):
        """Whether the source is not in use any more."""
        try:
            self.client.call(94, w.vol("p", "source") + w.u32(0))
        except w.CallFailed:
            return False
        return True


if __name__ == "__main__":
    support.main()
