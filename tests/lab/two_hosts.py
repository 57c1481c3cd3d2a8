#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest guests=2 limit=240
# needs: program=qemu-nbd
"""Two guests are two hosts: a volume that one host serves is read by the other over the wire between them."""
import lab

SIZE = 1 << 20


def other_host():
    volume = lab.hear("served")
    lab.run("qemu-img", "convert", "-f", "raw", "-O", "raw", f"nbd://{lab.ADDRESSES['a']}/{volume}", "/tmp/copy")
    lab.tell("read", lab.sha256("/tmp/copy"))


# mission: A1-05
def test_volume_is_read_by_the_other_host(on):
    on.aljibe("pool-create-as p dir --target /lab/p --build")
    on.aljibe("vol-create-as p v 1M")
    digest = on.upload("p", "v", SIZE)
    path = on.aljibe("vol-path v p").out.strip()
    lab.start("qemu-nbd", "-r", "-f", "raw", "-x", "v", "-b", lab.ADDRESSES["a"], path, log="/tmp/nbd.log")
    lab.wait(lambda: "10809" in lab.run("ss -ltn").out, "the server")
    lab.tell("served", "v")
    assert lab.hear("read") == digest


lab.main(globals())
