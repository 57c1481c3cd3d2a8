# SPDX-License-Identifier: LGPL-2.1-or-later
"""Faults in the middle of a command of a daemon that talks to a server through a library: faults.c, preloaded into it."""
import os
import pathlib
import struct

import lab


class Faults:
    """Ends the daemon right before its N-th message to a server or its N-th call to storage, or has that call fail."""

    NUMBERS = pathlib.Path("/run/faults")
    WRAPPER = pathlib.Path("/run/aljibed-with-faults")

    def __init__(self, on):
        library = pathlib.Path(os.environ["LAB_BUILD"]) / "tests/lab/faults.so"
        self.on = on
        self.NUMBERS.write_bytes(bytes(20))
        self.WRAPPER.write_text(f"#!/bin/sh\nexport LD_PRELOAD={library} FAULTS={self.NUMBERS}\n"
                                f"export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0\nexec {lab.program('aljibed')} \"$@\"\n")
        self.WRAPPER.chmod(0o755)

    def __enter__(self):
        if self.on.is_running():
            self.on.stop()
        self.on.daemon.program = str(self.WRAPPER)
        self.on.start()
        return self

    def __exit__(self, *_):
        self.NUMBERS.write_bytes(bytes(20))
        self.on.daemon.program = lab.program("aljibed")

    def run(self, act, message=0, call=0, death=0):
        """Runs the client's command @act, and has the daemon killed at message @message of it or at call @death, or its call @call fail
        (0: at none). Returns the command, and how many messages and calls there were."""
        with open(self.NUMBERS, "r+b", buffering=0) as numbers:
            numbers.write(struct.pack("IIIII", message, call, death, 0, 0))
            done = self.on.virsh(*act, code=None)
            numbers.seek(0)
            numbers.write(struct.pack("III", 0, 0, 0))
            messages, calls = struct.unpack("II", numbers.read(8))
        if 0 < message <= messages or 0 < death <= calls:
            self.on.daemon.process.wait(lab.WAIT_SECONDS)
        return done, messages, calls
