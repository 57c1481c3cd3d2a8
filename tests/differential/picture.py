# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pictures of directories as lines of text: what is there, what it holds, so that two worlds can be compared."""
import hashlib
import json
import os
import pathlib
import stat
import subprocess

BLOCK = 4096
IMAGE_SECONDS = 10
MAGICS = (b"QFI\xfb", b"QED\0", b"KDMV", b"conectix")
VDI_MAGIC, VDI_PLACE = b"\x7f\x10\xda\xbe", 64
KINDS = ((stat.S_ISDIR, "dir"), (stat.S_ISREG, "file"), (stat.S_ISLNK, "link"), (stat.S_ISFIFO, "fifo"),
         (stat.S_ISSOCK, "socket"), (stat.S_ISBLK, "block"), (stat.S_ISCHR, "char"))


def _content_hash(path, size):
    """Hash of the blocks that are not zero, with their places: a hole and written zeros give the same."""
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
    info.get("format-specific", {}).get("data", {}).pop("cid", None)    # random in vmdk
    checked = _qemu_img("check", "-q", path)
    return f"image check={checked.returncode} " + json.dumps(info, sort_keys=True)


def _text(name):
    return name.decode("utf-8", "backslashreplace")


def _describe(path, info):
    if stat.S_ISLNK(info.st_mode):
        return "-> " + _text(os.readlink(path))
    if not stat.S_ISREG(info.st_mode):
        return ""
    with open(path, "rb") as file:
        start = file.read(VDI_PLACE + len(VDI_MAGIC))
    if start.startswith(MAGICS) or start[VDI_PLACE:] == VDI_MAGIC:
        return _image(path)
    blocks = "empty" if info.st_blocks == 0 else "sparse" if info.st_blocks * 512 < info.st_size else "full"
    return f"{info.st_size} bytes {blocks} {_content_hash(path, info.st_size)}"


def of_tree(top):
    """One line per entry below @top, sorted: kind, mode, owner, path, and what it holds."""
    lines = []
    for folder, folders, names in os.walk(os.fsencode(top)):
        folders.sort()
        for name in sorted(folders + names):
            path = os.path.join(folder, name)
            info = os.lstat(path)
            kind = next((word for test, word in KINDS if test(info.st_mode)), "?")
            lines.append(f"{kind} {stat.S_IMODE(info.st_mode):04o} {info.st_uid}:{info.st_gid} {_text(path)} "
                         f"{_describe(path, info)}".rstrip())
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
