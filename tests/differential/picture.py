# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pictures of directories as lines of text: what is there, what it holds, so that two worlds can be compared."""
import hashlib
import json
import os
import pathlib
import re
import stat
import struct
import subprocess

BLOCK = 4096
IMAGE_SECONDS = 10
MAGICS = (b"QFI\xfb", b"QED\0", b"KDMV", b"conectix")
LUKS_MAGIC = b"LUKS\xba\xbe"
LUKS_WORDS = struct.Struct(">6x2x32s32s32sII")   # cipher, mode, hash; sectors in front of the data, bytes of the key
VDI_MAGIC, VDI_PLACE = b"\x7f\x10\xda\xbe", 64
# UUIDs stay: compare.py knows those that the scenario itself gave
MADE_UP_LABEL = re.compile(r"^label-id: 0x[0-9a-f]+$")
MADE_UP_ID = re.compile(r"^((?:PT)?UUID)=(?![0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-).*$")
TYPE_UUID = re.compile(r"(type=[0-9a-f]{8})-[0-9a-f-]{27}", re.IGNORECASE)     # not made up: the start is enough
IN_TABLE = re.compile(r"DEVNAME=|PART_ENTRY_")
KINDS = ((stat.S_ISDIR, "dir"), (stat.S_ISREG, "file"), (stat.S_ISLNK, "link"), (stat.S_ISFIFO, "fifo"),
         (stat.S_ISSOCK, "socket"), (stat.S_ISBLK, "block"), (stat.S_ISCHR, "char"))


def _content_hash(path, size, devices):
    """Hash of the blocks that are not zero, with their places: a hole and written zeros give the same. So do two paths of
    @devices: compare.py evens them out where they are seen, here they are not."""
    names = re.compile("|".join(devices).encode()) if devices else None
    digest = hashlib.sha256(b"%d" % size)
    with open(path, "rb", buffering=0) as file:
        at = 0
        while at < size:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            at -= at % BLOCK
            os.lseek(file.fileno(), at, os.SEEK_SET)
            while at < end:
                block = file.read(BLOCK)
                if not block:
                    break
                if names:
                    block = names.sub(b"loop", block)
                if block.strip(b"\0"):
                    digest.update(b"%d:" % at + block.ljust(BLOCK, b"\0"))
                at += BLOCK
    return digest.hexdigest()[:16]


def _qemu_img(*arguments):
    try:
        return subprocess.run(["qemu-img", *arguments], capture_output=True, text=True, timeout=IMAGE_SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        return subprocess.CompletedProcess(late.cmd, "timeout", "", "timeout")


def _image(path):
    """What qemu-img says about an image. Its file size is left out: writers may lay the same image out differently."""
    told = _qemu_img("info", "--output=json", path)
    if told.returncode != 0:
        return "image unreadable: " + told.stderr.strip()
    info = json.loads(told.stdout)
    for key in ("filename", "actual-size", "full-backing-filename", "dirty-flag", "children"):
        info.pop(key, None)
    data = info.get("format-specific", {}).get("data", {})
    data.pop("cid", None)   # random in vmdk
    for part in [data.get("encrypt", {})] + data.get("encrypt", {}).get("slots", []):
        for key in ("iters", "master-key-iters"):   # as fast as the machine was just then
            part.pop(key, None)
    checked = _qemu_img("check", "-q", path)
    return f"image check={checked.returncode} " + json.dumps(info, sort_keys=True)


def _luks(path, size):
    """What a LUKS header says but for what is made up: keys, salts, and how long this machine counts."""
    with open(path, "rb") as file:
        header = file.read(LUKS_WORDS.size).ljust(LUKS_WORDS.size, b"\0")
    words = [word.strip(b"\0").decode(errors="replace") if isinstance(word, bytes) else word for word in LUKS_WORDS.unpack(header)]
    return f"{size} bytes luks {words}"


def _text(name):
    return name.decode("utf-8", "backslashreplace")


def _describe(path, info, devices):
    if stat.S_ISLNK(info.st_mode):
        return "-> " + _text(os.readlink(path))
    if not stat.S_ISREG(info.st_mode):
        return ""
    with open(path, "rb") as file:
        start = file.read(VDI_PLACE + len(VDI_MAGIC))
    if start.startswith(MAGICS) or start[VDI_PLACE:] == VDI_MAGIC:
        return _image(path)
    if start.startswith(LUKS_MAGIC):
        return _luks(path, info.st_size)
    blocks = "empty" if info.st_blocks == 0 else "sparse" if info.st_blocks * 512 < info.st_size else "full"
    return f"{info.st_size} bytes {blocks} {_content_hash(path, info.st_size, devices)}"


def of_tree(top, devices):
    """One line per entry below @top, sorted: kind, mode, owner, path, and what it holds. @devices: loop devices by the paths of
    their images, whose content of_loop tells."""
    lines = []
    for folder, folders, names in os.walk(os.fsencode(top)):
        folders.sort()
        for name in sorted(folders + names):
            path = os.path.join(folder, name)
            info = os.lstat(path)
            kind = next((word for test, word in KINDS if test(info.st_mode)), "?")
            if _text(path) in devices:
                holds = f"{info.st_size} bytes on a loop device"
            else:
                holds = _describe(path, info, devices.values())
            lines.append(f"{kind} {stat.S_IMODE(info.st_mode):04o} {info.st_uid}:{info.st_gid} {_text(path)} {holds}".rstrip())
    return sorted(lines)


def of_config(top):
    """Definitions byte by byte and autostart links; lock files and the like of a daemon, and when it makes the directory for them,
    are its own business."""
    lines = []
    top = pathlib.Path(top)
    entries = sorted(top.rglob("*"))
    for path in [top] * bool(entries) + entries:
        info = path.lstat()
        if path.is_symlink():
            lines.append(f"link {path} -> {os.readlink(path)}")
        elif path.is_dir():
            lines.append(f"dir {stat.S_IMODE(info.st_mode):04o} {path}")
        elif path.suffix == ".xml" and stat.S_ISREG(info.st_mode):
            lines.append(f"definition {stat.S_IMODE(info.st_mode):04o} {path}")
            lines += ["  " + line for line in path.read_text(errors="backslashreplace").split("\n")]
    return lines if len(lines) > 1 else []


def of_mounts(top):
    """One line per mount below @top: where, type, source, options of the mount and of the file system."""
    lines = []
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, system = (part.split() for part in line.partition(" - "))
        if mount[4].startswith(f"{top}/"):
            lines.append(f"{mount[4]} {system[0]} {system[1]} {mount[5]} {system[2]}")
    return sorted(lines)


def of_loop(device):
    """The partition table on @device, the partitions that the kernel knows, and what libblkid sees on each."""
    name = os.path.basename(device)
    table = _told("sfdisk", "--dump", device) or ["no partition table"]
    lines = [TYPE_UUID.sub(r"\1", MADE_UP_LABEL.sub("label-id: ID", line.lower())) for line in table if line]
    parts = sorted(pathlib.Path("/sys/block", name).glob(f"{name}p*"), key=lambda part: int((part / "partition").read_text()))
    for part in parts:
        start, size = ((part / fact).read_text().strip() for fact in ("start", "size"))
        lines.append(f"kernel: {part.name} start {start} size {size}")
    for path in [device] + [f"/dev/{part.name}" for part in parts]:
        facts = _told("blkid", "--probe", "--output", "export", path)
        lines.append(f"blkid: {path} " + " ".join(MADE_UP_ID.sub(r"\1=ID", fact) for fact in facts if not IN_TABLE.match(fact)))
    return lines


def _told(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
