#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frames, right and wrong: the handshake, refusals with their exact texts, malformed input, limits, order and keepalive."""
import struct
import time
import unittest

import support
import wire_client as w


class Protocol(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = support.Daemon().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)

    def client(self):
        client = w.Client(self.daemon.socket)
        self.addCleanup(client.close)
        return client

    def opened(self):
        return self.client().open()

    def assert_error(self, error, code, domain, message):
        self.assertEqual((error.code, error.domain, error.message, error.level), (code, domain, message, 2))

    # ---- handshake ----

    def test_auth_list(self):
        reply = self.client().call(66)
        self.assertEqual([reply.u32(), reply.u32()], [1, 0])
        reply.end()

    def test_auth_list_of_old_go_libvirt(self):
        self.client().call(66, w.u32(0x01000000) + w.text("qemu:///system") + w.u32(0))

    def test_features_before_open(self):
        client = self.client()
        for feature in (0, 1, 8, 9, 10, 14, 15, 16, 9999, -1):
            reply = client.call(60, w.u32(feature))
            self.assertEqual(reply.u32(), 1 if feature in (8, 10, 14, 15) else 0, feature)

    def test_not_open(self):
        client = self.client()
        self.assert_error(client.failure(71), 1, 7, "internal error: connection not open")
        self.assert_error(client.failure(3), 1, 7, "internal error: hypervisor connection not open")

    def test_open_twice(self):
        error = self.opened().failure(1, w.optional(w.text("storage:///system")) + w.u32(0))
        self.assert_error(error, 1, 7, "internal error: connection already open")

    def test_names(self):
        for name in (None, "", "storage:///system", "qemu:///system", "aljibe:///system", "qemu:///system?foo=bar"):
            client = self.client()
            argument = w.optional(None if name is None else w.text(name))
            client.call(1, argument + w.u32(0))
            expected = name or ("storage:///system" if support.os.geteuid() == 0 else "storage:///session")
            self.assertEqual(client.call(110).text(), expected)
        error = self.client().failure(1, w.optional(w.text("test:///default")) + w.u32(0))
        self.assert_error(error, 5, 0, "no connection driver available for test:///default")
        error = self.client().failure(1, w.optional(w.text("storage:///nonsense")) + w.u32(0))
        self.assertEqual((error.code, error.domain), (1, 0))
        self.assertIn("internal error: unexpected storage URI path '/nonsense', try storage:///", error.message)

    def test_odd_discriminator(self):
        self.client().call(1, w.u32(0x01000000) + w.text("storage:///system") + w.u32(0x80))

    def test_close(self):
        client = self.opened()
        client.call(2).end()
        self.assertTrue(client.is_closed())

    # ---- facts ----

    def test_facts(self):
        client = self.opened()
        self.assertEqual(client.call(3).text(), "storage")
        self.assertGreaterEqual(client.call(4).u64(), 1002000)
        self.assertEqual(client.call(157).u64(), 9000000)
        self.assertEqual(client.call(59).text(), support.socket.gethostname())
        self.assertEqual(client.call(149).u32(), 1)
        self.assertIn("<enum name='type'>\n      <value>dir</value>\n", client.call(7).text())
        self.assertIn("<pool type='dir' supported='yes'>", client.call(403, w.u32(0)).text())

    def test_node_info(self):
        reply = self.opened().call(6)
        self.assertEqual(len(reply.data), 128 + 8 + 6 * 4)
        model = bytes(reply.take(128)[3::4]).rstrip(b"\0").decode()
        memory, (cpus, _mhz, nodes, sockets, cores, threads) = reply.u64(), [reply.i32() for _ in range(6)]
        self.assertEqual(model, support.os.uname().machine)
        self.assertEqual(memory, support.os.sysconf("SC_PHYS_PAGES") * support.os.sysconf("SC_PAGESIZE") // 1024)
        self.assertEqual(cpus, support.os.sysconf("SC_NPROCESSORS_ONLN"))
        self.assertGreaterEqual(nodes * sockets * cores * threads, cpus)

    def test_memory_stats(self):
        client = self.opened()
        reply = client.call(228, w.u32(0) + w.u32(-1) + w.u32(0))
        self.assertEqual([reply.u32(), reply.u32()], [0, 4])
        reply = client.call(228, w.u32(4) + w.u32(-1) + w.u32(0))
        self.assertEqual(reply.u32(), 4)
        stats = {reply.text(): reply.u64() for _ in range(4)}
        self.assertEqual(list(stats), ["total", "free", "buffers", "cached"])
        self.assertGreater(stats["total"], stats["free"])
        self.assertEqual(reply.u32(), 4)
        reply.end()
        self.assertEqual(client.failure(228, w.u32(4) + w.u32(7777) + w.u32(0)).code, 8)

    def test_empty_lists(self):
        client = self.opened()
        for number in (25, 50, 51, 52):
            self.assertEqual(client.call(number).data, w.u32(0))
        for number in (21, 36, 37, 38):
            self.assertEqual(client.call(number, w.u32(16)).data, w.u32(0))
        for number in (273, 283, 284, 285):
            self.assertEqual(client.call(number, w.u32(1) + w.u32(0)).data, w.u32(0) * 2)

    def test_identity_never_fails(self):
        client = self.opened()
        known = w.text("unix-user-id") + w.u32(4) + w.u64(1000)
        other = w.text("something-else") + w.u32(7) + w.text("x")
        for _ in range(2):
            client.call(419, w.u32(2) + known + other + w.u32(0xFFFF)).end()
        error = client.failure(419, w.u32(21) + known * 21 + w.u32(0))
        self.assert_error(error, 39, 7, "Unable to decode message payload")

    # ---- refusals ----

    def test_unknown(self):
        client = self.opened()
        for number in (0, -1, 444, 9999, 0x7FFFFFFF):
            self.assert_error(client.failure(number), 39, 7, f"unknown procedure: {number}")
        for number in (370, 373):    # events are not callable
            self.assert_error(client.failure(number), 39, 7, f"unknown procedure: {number}")
        self.assert_error(client.failure(1, program=0x12345678), 39, 7, "Cannot find program 305419896 version 1")
        self.assert_error(client.failure(1, version=2), 39, 7, "Cannot find program 536903814 version 2")
        self.assert_error(client.failure(71, status=w.ERROR), 39, 7, "Unexpected message status 1")

    def test_not_implemented(self):
        client = self.opened()
        refused = "this function is not supported by the connection driver: "
        error = client.failure(227)
        self.assert_error(error, 3, 20, refused + "virNodeGetCPUStats")
        self.assertEqual((error.str1, error.str2, error.int1, error.int2), (refused + "%s", "virNodeGetCPUStats", -1, -1))
        self.assert_error(client.failure(316), 3, 20, refused + "virConnectDomainEventRegisterAny")

    def test_flags(self):
        error = self.opened().failure(83, w.pool("x") + w.u32(0x40000000))
        self.assert_error(error, 8, 18, "unsupported flags (0x40000000) in function storagePoolRefresh")
        self.assertEqual((error.str1, error.str2, error.int1, error.int2), ("storagePoolRefresh", "flags", 0, 0))

    def test_not_found(self):
        client = self.opened()
        error = client.failure(84, w.text("x"))
        self.assert_error(error, 49, 18, "Storage pool not found: no storage pool with matching name 'x'")
        self.assertEqual((error.str1, error.str2, error.int1, error.int2),
                         ("Storage pool not found: %s", "no storage pool with matching name 'x'", -1, -1))
        uuid = w.int_uuid(0)
        self.assertEqual(client.failure(85, bytes(16)).message,
                         f"Storage pool not found: no storage pool with matching uuid '{uuid}'")
        self.assertEqual(client.failure(87, w.pool("x")).message,
                         f"Storage pool not found: no storage pool with matching uuid '{uuid}' (x)")
        self.assertEqual(client.failure(391, w.text("/x")).message,
                         "Storage pool not found: no storage pool with matching target path '/x'")
        self.assertEqual(client.failure(96, w.text("k")).message,
                         "Storage volume not found: no storage vol with matching key k")
        self.assertEqual(client.failure(97, w.text("/p")).message,
                         "Storage volume not found: no storage vol with matching path '/p'")

    def test_max_names(self):
        client = self.opened()
        for number in (72, 74):
            self.assertEqual(client.call(number, w.u32(16384)).data[:4], w.u32(0))
            self.assert_error(client.failure(number, w.u32(16385)), 39, 7, "maxnames > REMOTE_STORAGE_POOL_LIST_MAX")
            self.assert_error(client.failure(number, w.u32(-1)), 39, 7, "maxnames must be non-negative")
        self.assert_error(client.failure(92, w.pool("x") + w.u32(16385)), 39, 7, "maxnames > REMOTE_STORAGE_VOL_LIST_MAX")

    # ---- malformed input ----

    def test_bad_length(self):
        for length in (0, 4, 27, 33554437, 0xFFFFFFFF):
            client = self.client()
            client.raw(struct.pack(">IIIiiIi", length, w.REMOTE, 1, 66, 0, 0, 0))
            self.assertTrue(client.is_closed(), length)

    def test_short_arguments(self):
        client = self.opened()
        whole = w.pool("name") + w.text("<xml/>") + w.u32(0)
        for size in range(0, len(whole), 3):
            self.assert_error(client.failure(93, whole[:size]), 39, 7, "Unable to decode message payload")
        self.assertEqual(client.failure(93, whole + b"more").code, 49)    # what is left over is ignored
        self.assertEqual(client.call(71).u32(), 0)                        # the connection is as good as before

    def test_lying_counts(self):
        client = self.opened()
        for count in (0xFFFFFFFF, 0x7FFFFFFF, 4194305, 1000):
            self.assert_error(client.failure(84, w.u32(count) + b"abc\0"), 39, 7, "Unable to decode message payload")

    def test_nul_in_string(self):
        self.assert_error(self.opened().failure(84, w.text(b"a\0b")), 39, 7, "Unable to decode message payload")

    def test_padding_and_booleans(self):
        client = self.opened()
        self.assertEqual(client.failure(84, w.u32(1) + b"x\1\2\3").message[-3:], "'x'")
        reply = client.call(281, w.u32(2) + w.u32(0))
        self.assertEqual([reply.u32(), reply.u32()], [0, 0])

    def test_one_byte_at_a_time(self):
        client = self.client()
        for byte in client.frame(66, serial=7):
            client.raw(bytes([byte]))
        client.reply(7)

    def test_many_in_one_piece(self):
        client = self.opened()
        client.raw(b"".join(client.frame(71, serial=serial) for serial in range(100, 300)))
        for serial in range(100, 300):
            client.reply(serial)

    def test_odd_serials(self):
        client = self.opened()
        for serial in (0xFFFFFFFF, 0, 5, 5):
            client.call(71, serial=serial)

    def test_dropped_types(self):
        client = self.opened()
        for kind in (w.REPLY, w.MESSAGE, w.REPLY_FDS, 7, 99, -1):
            client.raw(client.frame(71, serial=1000, kind=kind))
        client.packet(208, 1000, b"data")
        client.raw(client.frame(17, serial=0, program=w.KEEPALIVE, kind=w.MESSAGE))
        client.call(71)
        self.assertEqual(client.pending, [])

    def test_flood_of_lost_packets(self):
        client = self.opened()
        try:
            for _ in range(1024):
                client.packet(208, 1000, b"data")
        except OSError:
            pass    # closed while we were sending
        self.assertTrue(client.is_closed())

    def test_descriptors(self):
        client = self.opened()
        self.assertEqual(client.failure(71, w.u32(1), kind=w.CALL_FDS).code, 39)
        self.assertTrue(client.is_closed())

    def test_frame_limits(self):
        client = self.client()
        client.raw(struct.pack(">IIIiiIi", 70000, w.REMOTE, 1, 1, 0, 0, 0))
        self.assertTrue(client.is_closed())                              # before the handshake

        client = self.opened()
        error = client.failure(84, w.text("x" * 70000))
        self.assertEqual((error.code, error.domain), (39, 7))
        self.assertTrue(client.is_closed())                              # a plain call

        client = self.opened()
        error = client.failure(77, w.text(" " * 600000) + w.u32(0))
        self.assertEqual((error.code, error.domain), (39, 7))
        client.call(71)                                                  # a document: the connection goes on

    def test_noise(self):
        """Random frames, some of them nearly right, from many connections; the daemon answers as before."""
        random = __import__("random").Random(20081)
        words = [w.pool("p"), w.vol("p", "v"), w.text("x"), w.u32(1), w.u64(1 << 40), w.text("<pool type='dir'><name>n"), b"\xff" * 5]
        for _ in range(150):
            client = self.client()
            try:
                if random.random() < 0.8:
                    client.open()
                for _ in range(20):
                    payload = b"".join(random.choices(words, k=random.randrange(5)))
                    frame = bytearray(client.frame(random.randrange(-1, 450), payload, serial=random.randrange(4),
                                                   kind=random.choice([0, 0, 0, 0, 2, 3, 3, 6, 1, 4]), status=random.choice([0, 0, 0, 1, 2, 7])))
                    if random.random() < 0.1:
                        frame[random.randrange(len(frame))] ^= 1 << random.randrange(8)
                    if frame[15] != 2 or frame[16:20] != bytes(4):    # not a close, which would end the fun
                        client.raw(frame)
            except (OSError, w.Closed):
                pass    # it had enough of us
            client.close()
        client = self.opened()
        self.assertEqual(client.call(3).text(), "storage")

    # ---- order, keepalive ----

    def test_ping(self):
        client = self.opened()
        client.ping()
        self.assertEqual(client.pong(2), w.Frame(w.KEEPALIVE, 1, w.PONG, w.MESSAGE, 0, w.OK, b""))
        for _ in range(3):
            client.ping()
        began = time.monotonic()
        for _ in range(3):
            client.pong(3)
        self.assertGreater(time.monotonic() - began, 1.5)    # answered, but at most one per second

    def test_silent_client_is_not_pinged(self):
        client = self.opened()
        with self.assertRaises(TimeoutError):
            client.receive(6)

    def test_pinged_client(self):
        client = self.client()
        client.call(60, w.u32(10))
        client.open()
        frame = client.receive(7)
        self.assertEqual((frame.program, frame.procedure, frame.type), (w.KEEPALIVE, w.PING, w.MESSAGE))

    def test_unfinished_frame(self):
        client = self.client()
        client.raw(b"\0\0\0\x1c\x20\0")
        began = time.monotonic()
        self.assertTrue(client.is_closed(12))
        self.assertGreater(time.monotonic() - began, 8)


if __name__ == "__main__":
    support.main()
