#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: host limit=900
# needs: program=ceph-mon,ceph-osd,ceph-mgr,ceph,rbd
# slow: two daemons, a cluster, and copies large enough to be interrupted
"""One pool of a Ceph cluster, used by two hosts at the same time."""
import ceph
import hosts
import lab

XML = f"""<pool type='rbd'><name>{hosts.POOL}</name><source><name>lab</name><host name='127.0.0.1'/></source></pool>"""


def setup():
    ceph.start("lab")


def reset():
    with ceph.Pool("lab") as pool:
        pool.clear()


def hidden():
    with ceph.Pool("lab") as pool:
        return [name for name in pool.images() if name.startswith(".aljibe-new.")]


def nothing_astray():
    with ceph.Pool("lab") as pool:
        assert not pool.strays(), pool.strays()


# mission: A9-12
def test_work_at_once(_):
    with hosts.two(XML) as (a, b):
        hosts.work_at_once(a, b)
        nothing_astray()


def test_race_for_names(_):
    with hosts.two(XML) as (a, b):
        hosts.race_for_names(a, b)
        nothing_astray()


def test_die_while_making(_):
    with hosts.two(XML) as (a, b):
        hosts.die_while_making(a, b, hidden)
        nothing_astray()


def test_delete_what_is_open(_):
    """An image that one host writes to is in use for the other one; afterwards it can go."""
    with hosts.two(XML) as (a, b):
        a.aljibe("vol-create-as p v 8M")
        b.aljibe("pool-refresh p")
        with hosts.uploading(a, "v") as upload:
            lab.wait(lambda: "is open at 127.0.0.1:0/" in b.aljibe("vol-wipe v --pool p", code=None).err, "the image to be in use")
            assert "resource busy: image 'lab/v' is open at 127.0.0.1:0/" in b.aljibe("vol-delete v --pool p", code=1).err
        assert upload.wait(lab.WAIT_SECONDS) == 0, upload.stderr.read()
        b.aljibe("vol-delete v --pool p")
        assert "no storage vol" in a.aljibe("vol-dumpxml v --pool p", code=1).err.lower()
        hosts.see_the_same((a, b), [])


def test_one_machine_id(_):
    with hosts.two(XML, machines=("same", "same")) as (a, b):
        hosts.make_beside_a_twin(a, b)


lab.main(globals())
