#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev mem=1536 limit=1800
# needs: disk=1G
# needs: built=zfs
# slow: some fifty crashes of the daemon, each followed by a start
"""The daemon dies before and after every call of zfs: no volume is half made, none is lost, no snapshot is left behind."""
import os
import pathlib

import lab
from zpool import KEPT, MIB, datasets, document, get, reset, setup, start_pool  # lab.main runs reset() and setup()


def one_volume(on):
    """A started pool with the volume `a`, which has content."""
    start_pool(on)
    lab.run("zfs", "create", "-s", "-V", "16M", f"{KEPT}/a")
    lab.run("udevadm settle")
    with open(f"/dev/zvol/{KEPT}/a", "r+b") as node:
        node.write(b"content")
    on.aljibe("pool-refresh k")


def holds_content(volume):
    lab.run("udevadm settle")
    with open(f"/dev/zvol/{KEPT}/{volume}", "rb") as node:
        return node.read(7) == b"content"


def crash(on, prepare, command, check):
    """Kills the daemon around each call of zfs that the aljibe command makes."""
    def look():
        on.aljibe("pool-refresh k")
        check()

    print("#", on.crash_everywhere("zfs", lambda: prepare(on), lambda: on.aljibe(*command, code=None), look), "crashes", flush=True)


def test_create(on):
    def check():
        left = set(datasets())
        assert left in ({f"{KEPT}/a"}, {f"{KEPT}/a", f"{KEPT}/new"}), left
        assert on.volumes("k") == sorted(name.removeprefix(f"{KEPT}/") for name in left)
        assert f"{KEPT}/new" not in left or get("aljibe:unfinished", f"{KEPT}/new") == "-"

    crash(on, one_volume, ["vol-create-as k new 16M"], check)


def test_clone(on):
    """A clone is complete or not there, and no snapshot is left without one."""
    def check():
        left = set(datasets())
        snapshots = {name for name in left if "@" in name}
        assert left - snapshots in ({f"{KEPT}/a"}, {f"{KEPT}/a", f"{KEPT}/new"}), left
        assert holds_content("a")
        if f"{KEPT}/new" in left:
            assert holds_content("new") and get("volsize", f"{KEPT}/new") == str(32 * MIB)
            assert len(snapshots) == 1 and get("defer_destroy", *snapshots) == "on"
        else:
            assert not snapshots, snapshots

    crash(on, one_volume, ["vol-create-from", "k", document("new", 32 * MIB, 0), "a", "--inputpool", "k"], check)


def test_copy(on):
    """A volume that is filled from a file is complete or not there."""
    def prepare(_):
        start_pool(on)
        os.makedirs("/lab/files", exist_ok=True)
        on.aljibe("pool-create-as f dir --target /lab/files")
        on.aljibe("vol-create-as f raw 16M --allocation 0 --format raw")
        pathlib.Path("/lab/files/raw").write_bytes(b"content".ljust(16 * MIB, b"\0"))

    def check():
        assert datasets() in ([], [f"{KEPT}/new"]), datasets()
        assert not datasets() or holds_content("new")

    crash(on, prepare, ["vol-create-from", "k", document("new", 16 * MIB, 0), "raw", "--inputpool", "f"], check)


def test_delete(on):
    """The clone of a volume that is deleted loses nothing."""
    def prepare(_):
        one_volume(on)
        on.aljibe("vol-clone a b --pool k")

    def check():
        assert on.volumes("k") in (["a", "b"], ["b"])
        assert all(holds_content(volume) for volume in on.volumes("k"))
        on.aljibe("vol-delete b --pool k")
        assert not [name for name in datasets() if "@" in name]

    crash(on, prepare, ["vol-delete a --pool k"], check)


def test_resize(on):
    def check():
        assert get("volsize", f"{KEPT}/a") in (str(16 * MIB), str(32 * MIB)) and holds_content("a")

    crash(on, one_volume, ["vol-resize a 32M --pool k"], check)


lab.main(globals())
