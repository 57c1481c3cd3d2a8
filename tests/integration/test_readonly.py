#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rights: the read-only socket and flag over all procedure numbers, other users, groups and the limits on connections."""
import grp
import os
import subprocess
import sys
import time
import unittest

import support
import wire_client as w

WRITING = {
    75: "virConnectFindStoragePoolSources", 76: "virStoragePoolCreateXML", 77: "virStoragePoolDefineXML",
    78: "virStoragePoolCreate", 79: "virStoragePoolBuild", 80: "virStoragePoolDestroy", 81: "virStoragePoolDelete",
    82: "virStoragePoolUndefine", 83: "virStoragePoolRefresh", 90: "virStoragePoolSetAutostart",
    93: "virStorageVolCreateXML", 94: "virStorageVolDelete", 125: "virStorageVolCreateXMLFrom",
    142: "virSecretDefineXML", 144: "virSecretSetValue", 145: "virSecretGetValue", 146: "virSecretUndefine", 165: "virStorageVolWipe",
    208: "virStorageVolUpload", 209: "virStorageVolDownload", 259: "virStorageVolWipePattern", 260: "virStorageVolResize",
}
NOBODY = 65534


def as_user(uid, gid, groups, code):
    """Runs Python @code as somebody else, with the helpers of this folder, which he need not be able to read. Returns its output."""
    path = os.path.dirname(os.path.abspath(__file__))
    program = (f"import os, sys\nsys.path.insert(0, {path!r})\nimport wire_client as w\n"
               f"os.setgroups({groups!r}); os.setgid({gid}); os.setuid({uid})\n{code}")
    done = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True, timeout=60)
    return done.stdout.strip() or done.stderr


class ReadOnly(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = support.Daemon().__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__(None, None, None)

    def walk(self, client):
        """Every procedure with nonsense for arguments: what writes must be refused before they are looked at."""
        for number in range(1, 450):
            if number in (1, 2):
                continue
            serial = client.send(number, b"\xff" * 8)
            try:
                client.reply(serial)
                self.assertNotIn(number, WRITING)
            except w.CallFailed as failed:
                error = failed.error
                if number in WRITING:
                    self.assertEqual(error.message, "operation forbidden: read only access prevents " + WRITING[number])
                    self.assertEqual((error.code, error.domain), (29, 30 if 142 <= number <= 146 else 18))
                    self.assertEqual((error.str1, error.str2),
                                     ("operation forbidden: %s", "read only access prevents " + WRITING[number]))
                else:
                    self.assertNotEqual(error.code, 29, number)

    def test_socket(self):
        with w.Client(self.daemon.socket + "-ro") as client:
            self.walk(client.open())

    def test_flag(self):
        with w.Client(self.daemon.socket) as client:
            self.walk(client.open(flags=1 | 6))

    def test_modes(self):
        self.assertEqual(os.stat(self.daemon.socket).st_mode & 0o7777, 0o600)
        self.assertEqual(os.stat(self.daemon.socket + "-ro").st_mode & 0o7777, 0o666)


@unittest.skipUnless(os.geteuid() == 0, "needs root to become somebody else")
class OtherUsers(unittest.TestCase):
    OPEN = "c = w.Client({path!r})\ntry:\n    c.open(flags={flags}); print('in')\nexcept w.CallFailed as e: print(e)"

    def attempt(self, daemon, groups=(), flags=0, suffix=""):
        os.chmod(daemon.root, 0o755)
        return as_user(NOBODY, NOBODY, list(groups), self.OPEN.format(path=daemon.socket + suffix, flags=flags))

    def test_stranger(self):
        with support.Daemon(settings="socket_mode = 0666\n") as daemon:
            self.assertEqual(self.attempt(daemon), "45: authentication failed: access denied by policy")
            self.assertEqual(self.attempt(daemon, flags=1), "in")
            self.assertEqual(self.attempt(daemon, suffix="-ro"), "in")

    def test_closed_door(self):
        with support.Daemon() as daemon:
            self.assertIn("PermissionError", self.attempt(daemon))

    def test_group(self):
        group = grp.getgrnam("disk")
        with support.Daemon(settings="group = disk\n") as daemon:
            info = os.stat(daemon.socket)
            self.assertEqual((info.st_mode & 0o7777, info.st_gid), (0o660, group.gr_gid))
            self.assertEqual(self.attempt(daemon, groups=[group.gr_gid]), "in")
            self.assertIn("PermissionError", self.attempt(daemon, groups=[12345]))

    def test_per_user_limit(self):
        code = ("import time\ncs = []\nfor i in range(6):\n    c = w.Client({path!r}); cs.append(c)\n"
                "    try:\n        c.open(flags=1); print('in', end=' ')\n    except (w.Closed, OSError): print('out', end=' ')")
        with support.Daemon(settings="max_clients_per_uid = 4\n") as daemon:
            os.chmod(daemon.root, 0o755)
            self.assertEqual(as_user(NOBODY, NOBODY, [], code.format(path=daemon.socket + "-ro")), "in in in in out out")


class Limits(unittest.TestCase):
    def test_oldest_silent_client_makes_room(self):
        with support.Daemon(settings="max_clients = 4\n") as daemon:
            silent = [w.Client(daemon.socket) for _ in range(4)]
            time.sleep(0.3)
            talking = [w.Client(daemon.socket).open() for _ in range(3)]
            self.assertEqual([client.is_closed(0.3) for client in silent], [True, True, True, False])
            for client in talking:
                client.call(71)
            last = w.Client(daemon.socket).open()
            self.assertTrue(silent[3].is_closed())
            refused = w.Client(daemon.socket)
            self.assertTrue(refused.is_closed())    # all who are in have said hello
            last.call(71)
            for client in silent + talking + [last, refused]:
                client.close()

    def test_few_descriptors(self):
        """With more clients than descriptors the daemon goes on answering, and takes new ones when some have gone."""
        def few():
            import resource
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

        daemon = support.Daemon()
        daemon.start(preexec_fn=few)
        try:
            clients = []
            for _ in range(150):
                clients.append(w.Client(daemon.socket))
            time.sleep(0.5)
            for client in clients:
                client.close()

            def answers():
                try:
                    with w.Client(daemon.socket, timeout=5) as client:
                        return client.open().call(71).u32() == 0
                except (OSError, w.Closed):
                    return False

            self.assertTrue(support.wait_until(answers))
        finally:
            daemon.__exit__(None, None, None)


if __name__ == "__main__":
    support.main()
