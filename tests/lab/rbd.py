#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: host limit=600
# needs: program=ceph-mon,ceph-osd,ceph-mgr,ceph,rbd
"""Pools of images on a real Ceph cluster."""
import ceph
import lab


PLACES = ("lab", "other", "lab/tenant")


def setup():
    ceph.start("lab", "other")
    ceph.rbd("namespace", "create", "lab/tenant")


def reset():
    for name in PLACES:
        with ceph.Pool(name) as pool:
            pool.clear()


# mission: A2-09 A9-14
def test_walk(on):
    on.compare("rbd-walk")


def test_odd(on):
    on.compare("rbd-odd")


lab.main(globals())
