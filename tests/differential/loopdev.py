# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loop devices for worlds. Numbers have three digits, so that a path has the same width in every world, and a number that the
kernel gave to one world no other world can get."""
import contextlib
import errno
import fcntl
import os
import random
import subprocess
import tempfile
import time

NUMBERS = range(100, 1000)
CONTROL = "/dev/loop-control"
ADD, REMOVE = 0x4C80, 0x4C81        # LOOP_CTL_ADD, LOOP_CTL_REMOVE of linux/loop.h
RELEASE_SECONDS = 10                # after an umount the kernel may keep a device for a moment


class LoopError(OSError):
    """A device could not be made or removed; the text says which and why."""


def _control(request, number):
    control = os.open(CONTROL, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(control, request, number)
    finally:
        os.close(control)


def _run(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def path_of(number):
    return f"/dev/loop{number}"


def reserve():
    """The number of a new device that is nobody else's. It has no image yet."""
    for number in random.sample(NUMBERS, len(NUMBERS)):
        try:
            _control(ADD, number)
        except OSError as error:
            if error.errno == errno.EEXIST:
                continue
            raise
        if os.path.exists(path_of(number)):
            return number
        _control(REMOVE, number)
        raise LoopError(f"the kernel made {path_of(number)}, and /dev does not show it")
    raise LoopError("no number is free for a loop device")


def attach(number, image, sector_size):
    """Gives the device its @image. Partitions show as /dev/loopNpM."""
    done = _run("losetup", "--partscan", "--sector-size", str(sector_size), path_of(number), str(image))
    if done.returncode:
        raise LoopError(done.stderr.strip())


def remove(number):
    """Takes partitions, image and device away. The device may be in any state, also gone."""
    path = path_of(number)
    deadline = time.monotonic() + RELEASE_SECONDS
    while os.path.exists(path):
        _run("partx", "--delete", path)
        _run("losetup", "--detach", path)
        try:
            _control(REMOVE, number)
            return      # looking once more would find the device that another world has made of the number since
        except OSError as error:
            if error.errno == errno.ENODEV:
                return
            if time.monotonic() > deadline:
                raise LoopError(f"{path} is still in use") from error
            time.sleep(0.02)


def why_not():
    """Why there are no loop devices here, or nothing. Tries one."""
    number = None
    try:
        number = reserve()
        with tempfile.NamedTemporaryFile() as image:
            image.truncate(1 << 20)
            attach(number, image.name, 512)
            remove(number)
    except OSError as error:
        if number is not None:
            with contextlib.suppress(OSError):
                remove(number)
        return f"no loop devices: {error}"
    return None
