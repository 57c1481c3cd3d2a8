# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client that speaks the bare protocol, right or wrong as a test wants: bytes by struct, nothing shared with the daemon."""
import collections
import select
import socket
import struct
import uuid as uuid_module

REMOTE, KEEPALIVE = 0x20008086, 0x6B656570
CALL, REPLY, MESSAGE, STREAM, CALL_FDS, REPLY_FDS, HOLE = range(7)
OK, ERROR, CONTINUE = range(3)
PING, PONG = 1, 2

Frame = collections.namedtuple("Frame", "program version procedure type serial status payload")
WireError = collections.namedtuple("WireError", "code domain message level str1 str2 int1 int2")


class CallFailed(Exception):
    def __init__(self, error):
        super().__init__(f"{error.code}: {error.message}")
        self.error = error


class Closed(Exception):
    pass


def u32(value):
    return struct.pack(">I", value & 0xFFFFFFFF)


def u64(value):
    return struct.pack(">Q", value)


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return u32(len(data)) + data + bytes(-len(data) % 4)


def optional(data):
    return u32(0) if data is None else u32(1) + data


def pool(name, uuid=None):
    return text(name) + (uuid if isinstance(uuid, bytes) else uuid_module.UUID(uuid or int_uuid(0)).bytes)


def int_uuid(number):
    return str(uuid_module.UUID(int=number))


def vol(pool_name, name, key=""):
    return text(pool_name) + text(name) + text(key)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        piece = self.data[self.at:self.at + size]
        if len(piece) < size:
            raise ValueError(f"payload ends {size - len(piece)} bytes early")
        self.at += size
        return piece

    def u32(self):
        return struct.unpack(">I", self.take(4))[0]

    def i32(self):
        return struct.unpack(">i", self.take(4))[0]

    def u64(self):
        return struct.unpack(">Q", self.take(8))[0]

    def text(self):
        size = self.u32()
        value = self.take(size)
        if any(self.take(-size % 4)):
            raise ValueError("padding is not zero")
        return value.decode()

    def optional_text(self):
        there = self.u32()
        if there not in (0, 1):
            raise ValueError(f"discriminator {there}")
        return self.text() if there else None

    def pool(self):
        return self.text(), self.take(16)

    def vol(self):
        return self.text(), self.text(), self.text()

    def end(self):
        if self.at != len(self.data):
            raise ValueError(f"{len(self.data) - self.at} bytes left over")

    def error(self):
        code, domain, message, level = self.i32(), self.i32(), self.optional_text(), self.i32()
        if self.u32():
            raise ValueError("a domain in an error")
        str1, str2, str3 = self.optional_text(), self.optional_text(), self.optional_text()
        int1, int2 = self.i32(), self.i32()
        if self.u32() or str3 is not None:
            raise ValueError("a network or third string in an error")
        self.end()
        return WireError(code, domain, message, level, str1, str2, int1, int2)


class Client:
    """One connection. Frames that a call() does not wait for (events, stream packets, late replies) stay in .pending."""

    def __init__(self, path, timeout=15):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.timeout = timeout
        self.serial = 0
        self.buffer = b""
        self.pending = []

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()

    # ---- out ----

    def frame(self, procedure, payload=b"", *, serial, kind=CALL, status=OK, program=REMOTE, version=1):
        return struct.pack(">IIIiiIi", 28 + len(payload), program, version, procedure, kind, serial, status) + payload

    def raw(self, data):
        self.socket.sendall(data)

    def send(self, procedure, payload=b"", **fields):
        """Sends a call and returns its serial."""
        if "serial" not in fields:
            fields["serial"] = self.serial = self.serial + 1
        self.raw(self.frame(procedure, payload, **fields))
        return fields["serial"]

    # ---- in ----

    def receive(self, seconds=None):
        """The next frame; Closed at the end of the stream, TimeoutError after @seconds."""
        while True:
            if len(self.buffer) >= 4:
                length = struct.unpack(">I", self.buffer[:4])[0]
                if len(self.buffer) >= length:
                    head, body = self.buffer[4:28], self.buffer[28:length]
                    self.buffer = self.buffer[length:]
                    return Frame(*struct.unpack(">IIiiIi", head), body)
            ready, _, _ = select.select([self.socket], [], [], self.timeout if seconds is None else seconds)
            if not ready:
                raise TimeoutError("no frame came")
            try:
                data = self.socket.recv(1 << 20)
            except ConnectionResetError:
                data = b""
            if not data:
                raise Closed()
            self.buffer += data

    def is_closed(self, seconds=5):
        try:
            while True:
                self.receive(seconds)
        except Closed:
            return True
        except TimeoutError:
            return False

    def wait(self, wanted, seconds=None):
        """The first frame for which @wanted is true; others are kept."""
        for i, frame in enumerate(self.pending):
            if wanted(frame):
                return self.pending.pop(i)
        while True:
            frame = self.receive(seconds)
            if wanted(frame):
                return frame
            self.pending.append(frame)

    def reply(self, serial, seconds=None):
        frame = self.wait(lambda f: f.type == REPLY and f.serial == serial, seconds)
        if frame.status == ERROR:
            raise CallFailed(Reader(frame.payload).error())
        return Reader(frame.payload)

    def call(self, procedure, payload=b"", seconds=None, **fields):
        return self.reply(self.send(procedure, payload, **fields), seconds)

    def failure(self, procedure, payload=b"", **fields):
        """The error of a call that must fail."""
        try:
            self.call(procedure, payload, **fields)
        except CallFailed as failed:
            return failed.error
        raise AssertionError(f"procedure {procedure} did not fail")

    def event(self, procedure, seconds=None):
        frame = self.wait(lambda f: f.type == MESSAGE and f.program == REMOTE and f.procedure == procedure, seconds)
        return Reader(frame.payload)

    def ping(self):
        self.raw(self.frame(PING, program=KEEPALIVE, kind=MESSAGE, serial=0))

    def pong(self, seconds=None):
        return self.wait(lambda f: f.program == KEEPALIVE and f.procedure == PONG, seconds)

    # ---- the handshake and what every test needs ----

    def open(self, name="storage:///system", flags=0):
        self.call(66)
        self.call(1, optional(text(name)) + u32(flags))
        return self

    def define(self, xml):
        return self.call(77, text(xml) + u32(0)).pool()

    def running_pool(self, name, path):
        from support import pool_xml
        handle = pool(*self.define(pool_xml(name, path)))
        self.call(78, handle + u32(0))
        return handle

    def create_vol(self, handle, xml):
        return self.call(93, handle + text(xml) + u32(0)).vol()

    # ---- streams ----

    def packet(self, procedure, serial, data=b"", status=CONTINUE, kind=STREAM):
        self.raw(self.frame(procedure, data, serial=serial, kind=kind, status=status))

    def stream_frame(self, serial, seconds=None):
        return self.wait(lambda f: f.serial == serial and f.type in (STREAM, HOLE), seconds)

    def upload(self, handle, pieces, offset=0, length=0, sparse=False, seconds=None):
        """pieces: bytes, or a number for a hole. Returns the last packet."""
        serial = self.send(208, handle + u64(offset) + u64(length) + u32(1 if sparse else 0))
        self.reply(serial, seconds)
        for piece in pieces:
            if isinstance(piece, int):
                self.packet(208, serial, struct.pack(">qI", piece, 0), kind=HOLE)
            else:
                self.packet(208, serial, piece)
        self.packet(208, serial, status=OK)
        return self.stream_frame(serial, seconds)

    def download(self, handle, offset=0, length=0, sparse=False, finish=True):
        """Returns what came as [bytes or hole length, …]."""
        serial = self.send(209, handle + u64(offset) + u64(length) + u32(1 if sparse else 0))
        self.reply(serial)
        pieces = []
        while True:
            frame = self.stream_frame(serial)
            if frame.status == ERROR:
                raise CallFailed(Reader(frame.payload).error())
            if frame.type == HOLE:
                pieces.append(struct.unpack(">qI", frame.payload)[0])
            elif frame.payload:
                pieces.append(frame.payload)
            else:
                break
        if finish:
            self.packet(209, serial, status=OK)
            last = self.stream_frame(serial)
            assert (last.status, last.payload) == (OK, b""), last
        return pieces


def joined(pieces):
    """The bytes a download stands for, holes as zeros."""
    return b"".join(bytes(piece) for piece in pieces)
