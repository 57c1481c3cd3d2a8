#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Registrations and what is sent for each operation; many calls at once; slow calls beside fast ones."""
import threading
import time
import unittest

import support
import wire_client as w

LIFECYCLE, REFRESH = 370, 373
DEFINED, UNDEFINED, STARTED, STOPPED, CREATED, DELETED = range(6)


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = support.Daemon().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)

    def setUp(self):
        self.name = self.id().rpartition(".")[2]
        self.client, self.watcher = (w.Client(self.daemon.socket).open() for _ in range(2))
        self.addCleanup(self.client.close)
        self.addCleanup(self.watcher.close)

    def register(self, event, pool=None, client=None):
        return (client or self.watcher).call(368, w.u32(event) + w.optional(pool)).i32()

    def lifecycle(self):
        reader = self.watcher.event(LIFECYCLE)
        callback, (name, _), event, detail = reader.i32(), reader.pool(), reader.i32(), reader.i32()
        reader.end()
        self.assertEqual(detail, 0)
        return callback, name, event

    def assert_silent(self, client, seconds=1.0):
        with self.assertRaises(TimeoutError):
            client.event(LIFECYCLE, seconds)

    def test_life(self):
        callback = self.register(0)
        target = self.daemon.target(self.name)
        handle = w.pool(*self.client.define(support.pool_xml(self.name, target)))
        steps = [(79, w.u32(0), CREATED), (78, w.u32(0), STARTED), (80, b"", STOPPED), (81, w.u32(0), DELETED), (82, b"", UNDEFINED)]
        self.assertEqual(self.lifecycle(), (callback, self.name, DEFINED))
        for number, more, event in steps:
            self.client.call(number, handle + more)
            self.assertEqual(self.lifecycle(), (callback, self.name, event), number)

    def test_refresh(self):
        handle = self.client.running_pool(self.name, self.daemon.target(self.name))
        callback = self.register(1)
        self.client.call(83, handle + w.u32(0))
        reader = self.watcher.event(REFRESH)
        self.assertEqual((reader.i32(), reader.pool()[0]), (callback, self.name))
        reader.end()

    def test_refresh_after_upload(self):
        handle = self.client.running_pool(self.name, self.daemon.target(self.name))
        self.client.create_vol(handle, support.vol_xml("v"))
        self.register(1, handle)
        self.assertEqual(self.client.upload(w.vol(self.name, "v"), [b"data"]).status, w.OK)
        self.assertEqual(self.watcher.event(REFRESH).i32() >= 0, True)

    def test_one_pool_only(self):
        mine = self.client.running_pool(self.name, self.daemon.target(self.name))
        other = self.client.running_pool(self.name + "-other", self.daemon.target(self.name + "-other"))
        callback = self.register(0, mine)
        self.client.call(80, other)
        self.client.call(80, mine)
        self.assertEqual(self.lifecycle(), (callback, self.name, STOPPED))
        self.assert_silent(self.watcher)

    def test_all_and_one_give_two(self):
        handle = self.client.running_pool(self.name, self.daemon.target(self.name))
        callbacks = {self.register(0), self.register(0, handle)}
        self.assertEqual(len(callbacks), 2)
        self.client.call(80, handle)
        self.assertEqual({self.lifecycle()[0], self.lifecycle()[0]}, callbacks)

    def test_unknown_pool_is_accepted(self):
        self.register(0, w.pool("none", w.int_uuid(5)))

    def test_twice(self):
        self.register(0)
        error = self.watcher.failure(368, w.u32(0) + w.u32(0))
        self.assertEqual((error.code, error.domain, error.message), (8, 0, "invalid argument: event callback already tracked"))
        self.register(0, client=self.client)    # of another connection

    def test_numbers_out_of_range(self):
        for number in (2, -1, 1000):
            error = self.watcher.failure(368, w.u32(number) + w.u32(0))
            self.assertEqual((error.code, error.domain, error.message),
                             (1, 7, f"internal error: unsupported storage pool event ID {number}"))

    def test_deregister(self):
        callback = self.register(0)
        error = self.watcher.failure(369, w.u32(callback + 77))
        self.assertEqual((error.code, error.domain, error.message),
                         (1, 7, f"internal error: storage pool event callback {callback + 77} not registered"))
        self.assertEqual(self.client.failure(369, w.u32(callback)).code, 1)    # not this connection's
        self.watcher.call(369, w.u32(callback)).end()
        self.client.define(support.pool_xml(self.name, "/nowhere/" + self.name))
        self.assert_silent(self.watcher)

    def test_too_many(self):
        for number in range(64):
            self.register(0, w.pool("p", w.int_uuid(number + 1)))
        self.assertEqual(self.watcher.failure(368, w.u32(0) + w.u32(0)).code, 8)

    def test_event_precedes_reply(self):
        self.register(0, client=self.client)
        serial = self.client.send(77, w.text(support.pool_xml(self.name, "/nowhere/" + self.name)) + w.u32(0))
        kinds = [self.client.receive().type, self.client.receive().type]
        self.assertEqual(sorted(kinds), [w.REPLY, w.MESSAGE])


class Concurrency(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = support.Daemon().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)

    def test_slow_and_fast_calls(self):
        """While full allocations run, lists, info and pings of the same connection are answered, in any order."""
        with w.Client(self.daemon.socket) as client:
            handle = client.open().running_pool("slow", self.daemon.target("slow"))
            serials = [client.send(93, handle + w.text(support.vol_xml(f"v{i}", 4 << 20, 4 << 20)) + w.u32(0)) for i in range(30)]
            began = time.monotonic()
            client.ping()
            client.pong(5)
            self.assertGreaterEqual(client.call(71).u32(), 1)
            self.assertLess(time.monotonic() - began, 5)
            for serial in serials:
                self.assertEqual(client.reply(serial, 60).vol()[0], "slow")
            self.assertEqual(client.call(91, handle).u32(), 30)

    def test_many_clients(self):
        """Threads with connections of their own, mixing reads and changes; every answer belongs to its question."""
        with w.Client(self.daemon.socket) as client:
            handle = client.open().running_pool("many", self.daemon.target("many"))
        problems = []

        def work(number):
            try:
                with w.Client(self.daemon.socket) as mine:
                    mine.open()
                    for i in range(15):
                        name = f"v{number}-{i}"
                        self.assertEqual(mine.create_vol(handle, support.vol_xml(name, 4096 * (i + 1)))[1], name)
                        reader = mine.call(98, w.vol("many", name))
                        self.assertEqual((reader.u32(), reader.u64()), (0, 4096 * (i + 1)))
                        mine.call(83, handle + w.u32(0))
                        mine.call(94, w.vol("many", name) + w.u32(0))
                        self.assertEqual(mine.failure(95, handle + w.text(name)).code, 50)
            except Exception as problem:    # in a thread: kept for the main one
                problems.append(f"{number}: {problem!r}")

        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        self.assertEqual(problems, [])

    def test_clients_that_vanish(self):
        """Connections that close in the middle of anything leave nothing behind and disturb nobody."""
        with w.Client(self.daemon.socket) as client:
            handle = client.open().running_pool("gone", self.daemon.target("gone"))
            client.create_vol(handle, support.vol_xml("v"))
            for i in range(100):
                other = w.Client(self.daemon.socket).open()
                other.send(83, handle + w.u32(0))
                other.send(209, w.vol("gone", "v") + bytes(20))
                other.send(368, w.u32(0) + w.u32(0))
                other.raw(b"\0\0\1")
                other.close()
            fds = f"/proc/{self.daemon.process.pid}/fd"
            self.assertTrue(support.wait_until(lambda: len(support.os.listdir(fds)) < 60))
            self.assertEqual(client.call(91, handle).u32(), 1)


if __name__ == "__main__":
    support.main()
