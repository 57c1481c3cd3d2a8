#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Uploads and downloads packet by packet: holes both ways, ends of every kind, back-pressure, clients that vanish."""
import os
import struct
import time
import unittest

import support
import wire_client as w

MIB = 1 << 20


def pattern(size, seed=1):
    return bytes((i * 7 + seed) % 251 for i in range(4096)) * (size // 4096 + 1)


class Streams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = support.Daemon().__enter__()
        cls.dir = cls.daemon.target("p")
        with w.Client(cls.daemon.socket) as client:
            cls.pool = client.open().running_pool("p", cls.dir)

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)

    def setUp(self):
        self.client = w.Client(self.daemon.socket).open()
        self.addCleanup(self.client.close)
        self.name = self.id().rpartition(".")[2]
        self.file = self.dir / self.name

    def vol(self, size=MIB, allocation=0, data=None):
        self.client.create_vol(self.pool, support.vol_xml(self.name, size, allocation))
        if data is not None:
            self.file.write_bytes(data)
        return w.vol("p", self.name)

    def fds_of_daemon(self):
        names = []
        for fd in os.listdir(f"/proc/{self.daemon.process.pid}/fd"):
            try:
                names.append(os.readlink(f"/proc/{self.daemon.process.pid}/fd/{fd}"))
            except OSError:
                pass
        return [name for name in names if name == str(self.file)]

    def assert_confirmed(self, frame):
        self.assertEqual((frame.type, frame.status, frame.payload), (w.STREAM, w.OK, b""))

    def assert_failed(self, frame, code, message, domain=38):
        self.assertEqual((frame.type, frame.status), (w.STREAM, w.ERROR))
        error = w.Reader(frame.payload).error()
        self.assertEqual((error.code, error.domain, error.message), (code, domain, message))
        return error

    # ---- downloads ----

    def test_download(self):
        data = pattern(3 * MIB)[:3 * MIB + 123]
        handle = self.vol(len(data), data=data)
        pieces = self.client.download(handle)
        self.assertEqual(b"".join(pieces), data)
        self.assertEqual({len(piece) for piece in pieces[:-1]}, {262120})

    def test_download_range(self):
        data = pattern(MIB)[:MIB]
        handle = self.vol(data=data)
        for offset, length in ((0, 1), (5, 1000), (MIB - 7, 0), (MIB - 7, 100), (MIB, 0), (2 * MIB, 0), (2 * MIB, 5)):
            end = offset + length if length else None
            self.assertEqual(b"".join(self.client.download(handle, offset, length)), data[offset:end], (offset, length))

    def test_reply_comes_first(self):
        handle = self.vol(data=pattern(MIB)[:MIB])
        for _ in range(20):
            serial = self.client.send(209, handle + w.u64(0) + w.u64(0) + w.u32(0))
            first = self.client.receive()
            self.assertEqual((first.type, first.serial, first.status), (w.REPLY, serial, w.OK))
            self.client.packet(209, serial, status=w.ERROR)
            self.client.wait(lambda f: f.serial == serial and f.type == w.STREAM and f.status == w.OK)

    def test_download_that_is_never_finished(self):
        data = pattern(MIB)[:MIB]
        handle = self.vol(data=data)
        for _ in range(20):    # more than may be open at once
            self.assertEqual(b"".join(self.client.download(handle, finish=False)), data)
        self.assertTrue(support.wait_until(lambda: not self.fds_of_daemon()))
        self.assertEqual([frame for frame in self.client.pending if frame.type == w.STREAM], [])

    def test_late_finish_and_abort(self):
        handle = self.vol(data=b"x" * 100)
        for status in (w.OK, w.ERROR):
            self.client.download(handle, finish=False)
            serial = self.client.serial
            self.client.call(71)
            self.client.packet(209, serial, status=status)
            self.assert_confirmed(self.client.stream_frame(serial))
            self.client.packet(209, serial, status=status)    # of nothing now
            self.client.call(71)

    def test_early_finish(self):
        handle = self.vol(64 * MIB, data=pattern(64 * MIB)[:64 * MIB])
        for status in (w.OK, w.ERROR):
            serial = self.client.send(209, handle + w.u64(0) + w.u64(0) + w.u32(0))
            self.client.reply(serial)
            self.client.stream_frame(serial)
            self.client.packet(209, serial, status=status)
            self.assert_confirmed(self.client.wait(lambda f: f.serial == serial and f.type == w.STREAM and f.status == w.OK))
            self.client.call(71)

    def test_sparse_download(self):
        handle = self.vol(10 * MIB)
        with open(self.file, "r+b") as out:
            out.truncate(10 * MIB)
            out.seek(4 * MIB)
            out.write(b"a" * MIB)
        self.assertEqual(self.client.download(handle, sparse=True)[0], 4 * MIB)
        pieces = self.client.download(handle, sparse=True)
        self.assertEqual([piece for piece in pieces if isinstance(piece, int)], [4 * MIB, 5 * MIB])
        self.assertEqual(w.joined(pieces), self.file.read_bytes())
        self.assertEqual(self.client.download(handle, MIB, 2 * MIB, sparse=True), [2 * MIB])    # cut at length
        self.assertEqual(sum(map(len, self.client.download(handle))), 10 * MIB)                 # not asked for: no holes

    def test_data_on_a_download(self):
        handle = self.vol(64 * MIB, data=pattern(64 * MIB)[:64 * MIB])
        serial = self.client.send(209, handle + w.u64(0) + w.u64(0) + w.u32(0))
        self.client.reply(serial)
        self.client.packet(209, serial, b"what")
        last = self.client.wait(lambda f: f.serial == serial and f.type == w.STREAM and f.status != w.CONTINUE)
        self.assert_failed(last, 39, "stream had unexpected termination")

    def test_unread_download_holds_up_nobody(self):
        handle = self.vol(256 * MIB)
        serial = self.client.send(209, handle + w.u64(0) + w.u64(0) + w.u32(0))
        time.sleep(0.3)
        with w.Client(self.daemon.socket) as other:
            other.open().call(83, self.pool + w.u32(0))
        self.client.reply(serial)
        resident = int(next(line for line in open(f"/proc/{self.daemon.process.pid}/status") if "VmRSS" in line).split()[1])
        self.assertLess(resident, 200 * 1024)

    # ---- uploads ----

    def test_upload(self):
        data = pattern(5 * MIB)[:5 * MIB + 11]
        handle = self.vol(len(data))
        self.assert_confirmed(self.client.upload(handle, [data[:1], data[1:3 * MIB], data[3 * MIB:]]))
        self.assertEqual(self.file.read_bytes(), data)

    def test_upload_keeps_the_rest(self):
        handle = self.vol(data=b"x" * 10000)
        self.assert_confirmed(self.client.upload(handle, [b"0123456789"], offset=100))
        self.assertEqual(self.file.read_bytes(), b"x" * 100 + b"0123456789" + b"x" * 9890)

    def test_upload_grows_a_file(self):
        handle = self.vol(4096, data=b"x" * 4096)
        self.assert_confirmed(self.client.upload(handle, [b"y" * 10000]))
        self.assertEqual(self.file.read_bytes(), b"y" * 10000)

    def test_upload_leaves_the_volume_free(self):
        """Once an upload is answered, the next call finds what it wrote, and nobody on the volume."""
        handle = self.vol(4096)
        for size in range(8192, 8192 + 25 * 4096, 4096):
            self.assert_confirmed(self.client.upload(handle, [b"y" * size]))
            info = self.client.call(98, handle)
            info.u32()
            self.assertEqual(info.u64(), size)
            self.client.call(165, handle + w.u32(0))
        self.client.call(94, handle + w.u32(0))

    def test_upload_over_its_length(self):
        handle = self.vol(data=b"x" * 1000)
        serial = self.client.send(208, handle + w.u64(0) + w.u64(10) + w.u32(0))
        self.client.reply(serial)
        self.client.packet(208, serial, b"y" * 15)
        error = self.assert_failed(self.client.stream_frame(serial), 38, "cannot write to stream: No space left on device")
        self.assertEqual(error.int1, 28)
        self.client.packet(208, serial, status=w.OK)    # may stay unanswered, must not hurt
        self.client.call(71)
        self.assertEqual(self.file.read_bytes()[:12], b"y" * 10 + b"xx")

    def test_empty_packets_are_ignored(self):
        handle = self.vol(data=b"")
        self.assert_confirmed(self.client.upload(handle, [b"", b"ab", b"", b"cd", b""]))
        self.assertEqual(self.file.read_bytes(), b"abcd")

    def test_upload_abort(self):
        handle = self.vol(data=b"x" * 1000)
        serial = self.client.send(208, handle + w.u64(0) + w.u64(0) + w.u32(0))
        self.client.reply(serial)
        self.client.packet(208, serial, b"y" * 10)
        time.sleep(0.2)
        self.client.packet(208, serial, status=w.ERROR)
        self.assert_confirmed(self.client.stream_frame(serial))
        self.assertEqual(self.file.read_bytes(), b"y" * 10 + b"x" * 990)    # what was written stays

    def test_sparse_upload(self):
        handle = self.vol(10 * MIB, data=b"old" * (10 * MIB // 3))
        pieces = [MIB, b"a" * MIB, 2 * MIB, b"b" * 10, 6 * MIB - 10]
        self.assert_confirmed(self.client.upload(handle, pieces, sparse=True))
        self.assertEqual(self.file.read_bytes(), w.joined(pieces))    # nothing old shows through
        self.assertLess(os.stat(self.file).st_blocks * 512, 3 * MIB)

    def test_bad_packets(self):
        handle = self.vol(data=b"x" * 1000)
        cases = [
            (dict(data=struct.pack(">qI", 10, 0), kind=w.HOLE), False, 39, "unexpected stream hole"),
            (dict(data=struct.pack(">qI", 0, 0), kind=w.HOLE), True, 8, None),
            (dict(data=struct.pack(">qI", -1, 0), kind=w.HOLE), True, 8, None),
            (dict(data=struct.pack(">qI", 10, 1), kind=w.HOLE), True, 8, None),
            (dict(status=5), False, 39, "stream aborted with unexpected status 5"),
        ]
        for packet, sparse, code, message in cases:
            serial = self.client.send(208, handle + w.u64(0) + w.u64(0) + w.u32(int(sparse)))
            self.client.reply(serial)
            self.client.packet(208, serial, **packet)
            frame = self.client.stream_frame(serial)
            error = w.Reader(frame.payload).error()
            self.assertEqual((frame.type, frame.status, error.code, error.domain), (w.STREAM, w.ERROR, code, 38))
            if message:
                self.assertEqual(error.message, message)
            self.client.call(71)

    def test_packet_of_4_mib(self):
        data = pattern(4194276)[:4194276]
        handle = self.vol(len(data))
        self.assert_confirmed(self.client.upload(handle, [data]))
        self.assertEqual(self.file.read_bytes(), data)

    def test_packet_too_long(self):
        handle = self.vol(data=b"x")
        serial = self.client.send(208, handle + w.u64(0) + w.u64(0) + w.u32(0))
        self.client.reply(serial)
        self.client.packet(208, serial, bytes(9 * MIB))
        frame = self.client.stream_frame(serial)
        self.assertEqual((frame.status, w.Reader(frame.payload).error().code), (w.ERROR, 39))
        self.client.call(71)

    def test_serial_in_use(self):
        handle = self.vol(data=b"x")
        arguments = handle + w.u64(0) + w.u64(0) + w.u32(0)
        serial = self.client.send(208, arguments)
        self.client.reply(serial)
        self.client.send(208, arguments, serial=serial)
        self.assertEqual(self.client.wait(lambda f: f.type == w.REPLY).status, w.ERROR)

    def test_too_many(self):
        handle = self.vol(data=b"x")
        serials = [self.client.send(209, handle + w.u64(0) + w.u64(0) + w.u32(0)) for _ in range(8)]
        for serial in serials:
            self.client.reply(serial)
        for serial in serials:
            self.client.packet(209, serial, status=w.OK)
        uploads = [self.client.send(208, w.vol("p", f"{self.name}-{i}") + bytes(20)) for i in range(3)]
        for serial in uploads:
            with self.assertRaises(w.CallFailed):
                self.client.reply(serial)    # no such volumes; a refused stream takes no place
        self.assertEqual(b"".join(self.client.download(handle)), b"x")

    def test_missing_file(self):
        handle = self.vol(data=b"x")
        self.file.unlink()
        error = self.client.failure(209, handle + w.u64(0) + w.u64(0) + w.u32(0))
        self.assertIn(error.code, (38, 50))    # the volume went with its file, if the pool has noticed already

    def test_client_vanishes(self):
        handle = self.vol(data=b"x" * 1000)
        with w.Client(self.daemon.socket) as other:
            serial = other.open().send(208, handle + w.u64(0) + w.u64(0) + w.u32(0))
            other.reply(serial)
            other.packet(208, serial, b"y" * 10)
            self.assertTrue(support.wait_until(lambda: self.file.read_bytes()[:10] == b"y" * 10))
        self.assertTrue(support.wait_until(lambda: not self.fds_of_daemon(), 3))
        self.assertEqual(self.file.read_bytes(), b"y" * 10 + b"x" * 990)
        self.assert_confirmed(self.client.upload(handle, [b"z"]))

    def test_calls_beside_a_stream(self):
        handle = self.vol(data=b"x" * 1000)
        serial = self.client.send(208, handle + w.u64(0) + w.u64(0) + w.u32(0))
        self.client.reply(serial)
        for i in range(50):
            self.client.packet(208, serial, b"y" * 20)
            self.assertEqual(self.client.call(98, handle).u32(), 0)
        self.client.packet(208, serial, status=w.OK)
        self.assert_confirmed(self.client.stream_frame(serial))


if __name__ == "__main__":
    support.main()
