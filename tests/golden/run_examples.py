#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the example of every command, as `help COMMAND` prints it: run_examples.py PROGRAM.

Each command gets a directory of its own with an embedded server in it, where pool images is active and holds web.qcow2 and disk.raw,
pool backup is defined and inactive, a secret has a value, and pool.xml, volume.xml, secret.xml, passphrase and disk.img lie beside. Every line must succeed.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# what this machine cannot give: a volume group, a server of another host, an event
NOT_RUN = {"find-storage-pool-sources", "find-storage-pool-sources-as", "pool-event", "secret-event"}
NO_EXAMPLE = {"cd"}     # of use in the shell only
POOL = "<pool type='dir'><name>{0}</name><uuid>{1}</uuid><target><path>{2}/{0}</path></target></pool>"
UUIDS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333")


def shell(line, place):
    environment = os.environ | {"ALJIBE_URI": f"embed://{place}/server", "LC_ALL": "C", "VISUAL": "true", "HOME": str(place),
                                "PATH": f"{place}/bin:{os.environ['PATH']}"}
    return subprocess.run(["bash", "-c", line], cwd=place, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)


def prepare(program, place):
    (place / "bin").mkdir()
    (place / "bin/aljibe").symlink_to(program)
    for name, uuid in zip(("images", "backup", "pool"), UUIDS):
        (place / f"{name}.xml").write_text(POOL.format(name, uuid, place))
    (place / "volume.xml").write_text("<volume><name>new.raw</name><capacity>65536</capacity></volume>")
    (place / "secret.xml").write_text(f"<secret><uuid>{UUIDS[0]}</uuid></secret>")
    (place / "passphrase").write_text("pass")
    (place / "disk.img").write_bytes(bytes(4096))
    done = shell("aljibe 'pool-define images.xml; pool-build images; pool-start images; pool-define backup.xml'", place)
    assert done.returncode == 0, done.stderr
    done = shell("aljibe 'vol-create-as images web.qcow2 64K --format qcow2; vol-create-as images disk.raw 64K'", place)
    assert done.returncode == 0, done.stderr
    done = shell(f"aljibe 'secret-define secret.xml; secret-set-value {UUIDS[0]} --file passphrase --plain'", place)
    assert done.returncode == 0, done.stderr


def check(program, name):
    help_text = subprocess.run([program, "help", name], env=os.environ | {"LC_ALL": "C"}, capture_output=True, text=True, timeout=60,
                               check=True).stdout
    lines = [line[4:] for line in help_text.partition("\n  EXAMPLE\n")[2].splitlines() if line.strip()]
    if not lines and name not in NO_EXAMPLE:
        yield f"{name}: has no example"
    if name in NOT_RUN:
        return
    with tempfile.TemporaryDirectory(prefix="aljibe-examples-") as directory:
        place = pathlib.Path(directory)
        if lines:
            prepare(program, place)
        if name != "pool-build":
            shell("aljibe pool-build backup", place)
        for line in lines:
            line = line.replace("/tmp/", f"{place}/")
            done = shell(line, place)
            if done.returncode or "error:" in done.stderr:
                yield f"{name}: {line}\n{done.stderr}"


def main():
    program = os.path.abspath(sys.argv[1])
    text = subprocess.run([program, "help"], env=os.environ | {"LC_ALL": "C"}, capture_output=True, text=True, timeout=60, check=True).stdout
    problems = [problem for name in re.findall(r"^    ([a-z-]+) ", text, re.M) for problem in check(program, name)]
    print("\n".join(problems))
    return bool(problems)


sys.exit(main())
