#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: host limit=900 program=glusterd,gluster,glusterfs
# slow: two daemons, a server, and copies large enough to be interrupted
"""One directory of a gluster volume, used by two hosts at the same time."""
import os

import gluster_server as server
import hosts
import lab

SERVED = server.BRICK / "images"
XML = f"""<pool type='gluster'><name>{hosts.POOL}</name>
  <source><host name='{server.SERVER}'/><dir path='/images'/><name>labvol</name></source></pool>"""


def setup():
    server.start()


def reset():
    lab.run("find", server.MOUNT, "-mindepth", "1", "-delete")
    (server.MOUNT / "images").mkdir()


def hidden():
    return [name for name in os.listdir(SERVED) if name.startswith(".aljibe-new.")]


# mission: A9-12
def test_work_at_once(_):
    with hosts.two(XML) as (a, b):
        hosts.work_at_once(a, b)
        assert not hidden()


def test_race_for_names(_):
    with hosts.two(XML) as (a, b):
        hosts.race_for_names(a, b)
        assert not hidden()


def test_die_while_making(_):
    with hosts.two(XML) as (a, b):
        hosts.die_while_making(a, b, hidden)


def test_delete_what_is_open(_):
    """It vanishes at once, and who writes to it still is told at the end."""
    with hosts.two(XML) as (a, b):
        a.aljibe("vol-create-as p v 8M")
        b.aljibe("pool-refresh p")
        with hosts.uploading(a, "v") as upload:
            b.aljibe("vol-delete v --pool p")
            assert os.listdir(SERVED) == []
        assert upload.wait(lab.WAIT_SECONDS) == 1
        assert "No such file or directory" in (said := upload.stderr.read().decode()), said
        assert a.aljibe("vol-download v /lab/back --pool p", code=1).err
        hosts.see_the_same((a, b), [])


def test_one_machine_id(_):
    with hosts.two(XML, machines=("same", "same")) as (a, b):
        hosts.make_beside_a_twin(a, b)


lab.main(globals())
