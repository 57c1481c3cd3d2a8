# SPDX-License-Identifier: LGPL-2.1-or-later
"""A gluster server with one brick that serves one volume, `labvol`: for suites in namespaces of their own."""
import os
import pathlib
import subprocess

import lab

SERVER = "10.77.0.1"
HOME = pathlib.Path("/run/lab-gluster")
BRICK = HOME / "brick/labvol"   # what is served
MOUNT = HOME / "mount"          # the gluster volume as other clients see it


# AddressSanitizer stands in front of the XDR functions and looks for the real ones when the program starts, but libgfapi brings
# them later, with the module. So they are brought at once, in front of it.
os.environ["LD_PRELOAD"] = "libtirpc.so.3"
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
os.environ["LSAN_OPTIONS"] = f"suppressions={lab.HERE}/gluster.supp:print_suppressions=0"


def processes():
    """The processes that serve, the manager first."""
    found = subprocess.run(["pgrep", "-x", "glusterd|glusterfsd"], capture_output=True, text=True, check=False).stdout.split()
    return [int(pid) for pid in found]


def volume(*words):
    """Runs `gluster volume`."""
    return lab.run("gluster", "--mode=script", "volume", *words)


def serve(name, brick, *options):
    """Serves the directory @brick, on a file system made with @options, as the gluster volume @name."""
    image = HOME / f"{name}.img"
    lab.run("truncate", "-s", "400M", image)
    lab.run("mkfs.ext4", "-q", *options, image)     # tmpfs has no trusted attributes
    brick.parent.mkdir()
    lab.run("mount", "-o", "loop", image, brick.parent)
    volume("create", name, f"{SERVER}:{brick}", "force")
    volume("set", name, "network.ping-timeout", "5")
    volume("start", name)


def start():
    for place in ("/var/lib/glusterd", "/var/log/glusterfs", HOME):
        pathlib.Path(place).mkdir(parents=True, exist_ok=True)
        lab.run("mount", "-t", "tmpfs", "lab", place)
    pathlib.Path("/run/gluster").mkdir(exist_ok=True)
    MOUNT.mkdir()
    lab.run("glusterd")
    answers = lambda: lab.run("gluster", "--mode=script", "pool", "list", code=None).code == 0
    lab.wait(answers, "glusterd")
    serve("labvol", BRICK)
    lab.run("mount", "-t", "glusterfs", f"{SERVER}:/labvol", MOUNT)
