#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: host program=tgtd,tgtadm limit=120
# mission: A2-06
"""iscsi-direct pools on a real tgtd: what libvirtd does with them and more, and servers that refuse, move, hang, vanish and come
back."""
import os
import pathlib
import signal

import lab
from faults import Faults

BACKING = pathlib.Path("/run/iscsi")       # of tgtd: a world empties /lab, and must find its units
INITIATOR = "iqn.2026-01.org.aljibe:host"
TARGET = "iqn.2026-01.org.aljibe:disks"
LOCKED = "iqn.2026-01.org.aljibe:locked"
MOVED = "iqn.2026-01.org.aljibe:moved"
MIB = 1 << 20
DEFINITION = """<pool type='iscsi-direct'><name>p</name><source><host name='{host}'{port}/><device path='{target}'/>
<initiator><iqn name='{initiator}'/></initiator>{auth}</source></pool>"""
SECRET = "<secret ephemeral='no' private='yes'><usage type='iscsi'><target>{}</target></usage></secret>"
server = None


def tgt(*words, code=0):
    return lab.run("tgtadm", "-C", "7", "--lld", "iscsi", *words, code=code)


def add_unit(target, number, name, size, thin=False):
    path = BACKING / name
    with open(path, "wb") as image:
        image.truncate(size)
    tgt("--mode", "logicalunit", "--op", "new", "--tid", target, "--lun", number, "-b", path)
    if thin:
        tgt("--mode", "logicalunit", "--op", "update", "--tid", target, "--lun", number, "--params", "thin_provisioning=1")


def add_target(number, name):
    tgt("--mode", "target", "--op", "new", "--tid", number, "-T", name)
    tgt("--mode", "target", "--op", "bind", "--tid", number, "-I", "ALL")


def start_server():
    """tgtd with the units of TARGET as they are at the beginning of every test."""
    global server
    server = lab.start("tgtd", "-f", "-C", "7", "--iscsi", "portal=127.0.0.1:3260,portal=[::1]:3260,portal=10.77.0.1:3261", log="/run/tgtd.log")
    lab.wait(lambda: tgt("--mode", "sys", "--op", "show", code=None).code == 0, "tgtd")
    add_target(1, TARGET)
    add_unit(1, 1, "one", 64 * MIB)
    add_unit(1, 2, "two", 10 * MIB)
    add_unit(1, 3, "thin", 32 * MIB, thin=True)


def stop_server():
    server.kill()
    server.wait()


def reset():
    if server.poll() is None:
        stop_server()
    start_server()


def setup():
    lab.run("ip address add fd00::1/128 dev lo nodad")     # libiscsi knows no IPv6 where there is none but ::1
    BACKING.mkdir()
    start_server()


def definition(host="127.0.0.1", port="", target=TARGET, auth=""):
    return DEFINITION.format(host=host, port=port and f" port='{port}'", target=target, initiator=INITIATOR, auth=auth)


def begin(on, **source):
    on.define(definition(**source))
    on.aljibe("pool-start p")


def test_walk(on):
    on.compare("iscsi-direct-walk")


def lock_target():
    """From now on TARGET wants to know who comes."""
    tgt("--mode", "account", "--op", "new", "--user", "labuser", "--password", "labpassword12")
    tgt("--mode", "account", "--op", "bind", "--tid", 1, "--user", "labuser")


def test_chap(on):
    on.compare("iscsi-direct-chap", lock_target)


# What libvirtd does not do.

def test_every_target(on):
    """N-177: libvirtd ends here."""
    add_target(2, LOCKED)
    found = on.aljibe(f"find-storage-pool-sources-as iscsi-direct --host 127.0.0.1 --initiator {INITIATOR}").out
    assert found.count("<source>") == 2 and TARGET in found and LOCKED in found, found
    on.define(f"<pool type='iscsi-direct'><name>p</name><source><host name='127.0.0.1'/><initiator><iqn name='{INITIATOR}'/>"
              "</initiator></source></pool>")
    said = on.aljibe("pool-start p", code=1).err
    assert "unsupported configuration: Expected exactly 1 device for the storage pool" in said, said


def image(unit):
    return BACKING / unit


def test_transfer(on):
    """N-178. Any offset and length: pieces of blocks keep what is around them."""
    begin(on)
    on.upload("p", "unit:0:0:1", 5 * MIB)
    before = image("one").read_bytes()
    data = os.urandom(3000)
    source, back = lab.world.LAB / "source", lab.world.LAB / "back"
    source.write_bytes(data)
    for offset in (0, 511, 512, 700, 4 * MIB + 1, 64 * MIB - 3000):
        on.virsh(f"vol-upload unit:0:0:1 {source} --pool p --offset {offset}")
        before = before[:offset] + data + before[offset + len(data):]
        assert image("one").read_bytes() == before, f"offset {offset}"
        on.aljibe(f"vol-download unit:0:0:1 {back} --pool p --offset {offset} --length 3000")
        assert back.read_bytes() == data, f"offset {offset}"
    said = on.aljibe(f"vol-upload unit:0:0:1 {source} --pool p --offset {64 * MIB - 100}", code=1).err
    assert "No space left on device" in said, said


def test_holes(on):
    """What a thin unit has given back is neither sent nor kept, and zeros are not stored."""
    begin(on)
    sparse, back = lab.world.LAB / "sparse", lab.world.LAB / "back"
    with open(sparse, "wb") as out:
        out.write(os.urandom(MIB))
        out.seek(20 * MIB)
        out.write(os.urandom(MIB))
        out.truncate(32 * MIB)
    image("thin").write_bytes(b"x" * 32 * MIB)
    on.aljibe(f"vol-upload unit:0:0:3 {sparse} --pool p --sparse")
    assert image("thin").read_bytes() == sparse.read_bytes()
    assert image("thin").stat().st_blocks * 512 <= 3 * MIB, image("thin").stat()
    on.aljibe(f"vol-download unit:0:0:3 {back} --pool p --sparse")
    assert back.read_bytes() == sparse.read_bytes()
    assert back.stat().st_blocks * 512 <= 3 * MIB, back.stat()


def test_wipe(on):
    """N-179. Every block, the last one too (D-28); trim where blocks can be given back."""
    begin(on)
    for name, unit in (("two", "unit:0:0:2"), ("thin", "unit:0:0:3")):
        size = image(name).stat().st_size
        image(name).write_bytes(b"x" * size)
        on.aljibe(f"vol-wipe {unit} --pool p")
        assert image(name).read_bytes() == bytes(size), name
    image("thin").write_bytes(b"x" * 32 * MIB)
    on.aljibe("vol-wipe unit:0:0:3 --pool p --algorithm trim")
    assert image("thin").stat().st_blocks == 0
    said = on.aljibe("vol-wipe unit:0:0:2 --pool p --algorithm trim", code=1).err
    assert "'trim' algorithm not supported" in said, said


def test_copy(on):
    """A unit is copied into a pool of files, and holes stay holes."""
    begin(on)
    digest = on.upload("p", "unit:0:0:2", 10 * MIB)
    (lab.world.LAB / "files").mkdir()
    on.aljibe(f"pool-create-as files dir --target {lab.world.LAB}/files")
    for form in ("raw", "qcow2"):
        document = lab.world.LAB / "copy.xml"
        document.write_text(f"<volume><name>{form}</name><capacity>0</capacity><target><format type='{form}'/></target></volume>")
        on.virsh(f"vol-create-from files {document} unit:0:0:2 --inputpool p")
    assert lab.sha256(lab.world.LAB / "files/raw") == digest
    lab.run(f"qemu-img convert -O raw {lab.world.LAB}/files/qcow2 {lab.world.LAB}/again")
    assert lab.sha256(lab.world.LAB / "again") == digest


def swap():
    """The array gives units 2 and 4, of one size, each other's number; each takes the names along that are its own."""
    for number in (2, 4):
        tgt("--mode", "logicalunit", "--op", "delete", "--tid", 1, "--lun", number)
    for number, name in ((2, "twin"), (4, "two")):
        add_named(number, name)


def add_named(number, name):
    """A unit that says who it is, as arrays' do, with what is in its file."""
    tgt("--mode", "logicalunit", "--op", "new", "--tid", 1, "--lun", number, "-b", image(name))
    tgt("--mode", "logicalunit", "--op", "update", "--tid", 1, "--lun", number, "--params",
        f"scsi_id=ARRAY-{name},scsi_sn=NUMBER-{name}")


def add_twins():
    tgt("--mode", "logicalunit", "--op", "delete", "--tid", 1, "--lun", 2)
    for number, name in ((2, "two"), (4, "twin")):
        image(name).write_bytes(name.encode() * (10 * MIB // len(name)) + b"x" * (10 * MIB % len(name)))
        add_named(number, name)


def test_swapped_units(on):
    """N-241. Numbers the array has exchanged: no byte of the unit that is there now is read or written for the one that was."""
    add_twins()
    begin(on)
    source, back = lab.world.LAB / "source", lab.world.LAB / "back"
    source.write_bytes(b"new" * 1000)
    swap()
    before = {name: lab.sha256(image(name)) for name in ("two", "twin")}
    for act in ("vol-wipe unit:0:0:2 --pool p", f"vol-upload unit:0:0:2 {source} --pool p", f"vol-download unit:0:0:2 {back} --pool p",
                "vol-wipe unit:0:0:4 --pool p"):        # after a refusal, too, it is not taken for the other
        said = on.aljibe(act, code=1).err
        assert "is another disk than when pool 'p' was read; refresh the pool" in said, said
    assert {name: lab.sha256(image(name)) for name in before} == before
    on.aljibe("pool-refresh p")
    on.aljibe(f"vol-upload unit:0:0:2 {source} --pool p")
    assert image("twin").read_bytes().startswith(b"newnew") and lab.sha256(image("two")) == before["two"]


def test_swapped_in_a_transfer(on):
    """N-241. The same while bytes are on their way: the target says that its units changed, and the upload ends there."""
    add_twins()
    begin(on)
    source, half = lab.world.LAB / "fifo", 5 * MIB
    os.mkfifo(source)
    upload = on.begin("vol-upload", "unit:0:0:2", source, "--pool", "p")
    with open(source, "wb") as feed:
        feed.write(b"n" * half)
        feed.flush()
        lab.wait(lambda: image("two").read_bytes().startswith(b"n" * 4 * MIB), "the first half")
        swap()
        try:
            feed.write(b"n" * half)
        except BrokenPipeError:
            pass
    said = upload.communicate(timeout=lab.WAIT_SECONDS)[1].decode()
    assert upload.returncode == 1 and "LUN 2 has become another disk" in said, said
    assert b"n" not in image("twin").read_bytes().replace(b"twin", b"")


def test_changed_units(on):
    """A unit that grew is seen by a refresh; one of another size is not written to before that; one that is gone is gone."""
    begin(on)
    source = lab.world.LAB / "source"
    source.write_bytes(b"new")
    tgt("--mode", "logicalunit", "--op", "delete", "--tid", 1, "--lun", 2)
    add_unit(1, 2, "larger", 20 * MIB)
    said = on.aljibe(f"vol-upload unit:0:0:2 {source} --pool p", code=1).err
    assert "volume 'unit:0:0:2' has not the size it had when pool 'p' was read; refresh the pool" in said, said
    assert image("larger").read_bytes() == bytes(20 * MIB)
    on.aljibe("pool-refresh p")
    assert "20971520" in on.aljibe("vol-dumpxml unit:0:0:2 p").out
    on.aljibe(f"vol-upload unit:0:0:2 {source} --pool p")
    assert image("larger").read_bytes().startswith(b"new\0")
    tgt("--mode", "logicalunit", "--op", "delete", "--tid", 1, "--lun", 2)
    said = on.aljibe(f"vol-upload unit:0:0:2 {source} --pool p", code=1).err
    assert "Storage volume not found: no storage vol with matching name 'unit:0:0:2'" in said, said
    on.aljibe("pool-refresh p")
    assert on.volumes("p") == ["unit:0:0:1", "unit:0:0:3"]


def test_read_only_unit(on):
    begin(on)
    source = lab.world.LAB / "source"
    source.write_bytes(b"x" * 4096)
    tgt("--mode", "logicalunit", "--op", "update", "--tid", 1, "--lun", 1, "--params", "readonly=1")
    said = on.aljibe(f"vol-upload unit:0:0:1 {source} --pool p", code=1).err
    assert "Read-only file system" in said, said
    assert "Read-only file system" in on.aljibe("vol-wipe unit:0:0:1 --pool p", code=1).err
    assert image("one").read_bytes() == bytes(64 * MIB)


def test_moved_target(on):
    """N-182. A server that sends its clients somewhere else: first to where nobody is, then to its own other address."""
    add_target(2, MOVED)
    for name, value in (("RedirectAddress", "::1"), ("RedirectPort", "3261"), ("RedirectReason", "Temporary")):
        tgt("--mode", "target", "--op", "update", "--tid", 2, "--name", name, "--value", value)
    on.define(definition(target=MOVED))
    said = on.aljibe("pool-start p", code=1).err
    assert "no connection to iSCSI portal '[::1]:3261': Connection refused" in said, said
    tgt("--mode", "target", "--op", "update", "--tid", 2, "--name", "RedirectPort", "--value", "3260")
    on.aljibe("pool-start p")


def test_second_address(on):
    """N-181. A name with several addresses, of which the first does not answer."""
    hosts = lab.world.LAB / "hosts"
    hosts.write_text("127.0.0.1 store\n10.77.0.1 store\n127.0.0.1 localhost\n")
    lab.run("mount", "--bind", hosts, "/etc/hosts")
    try:
        begin(on, host="store", port=3261)
        assert on.aljibe("vol-path unit:0:0:1 p").out.strip() == f"ip-store:3261-iscsi-{TARGET}-lun-1"
        on.upload("p", "unit:0:0:1", MIB)
        on.aljibe("pool-destroy p")
        on.aljibe("pool-undefine p")
        on.define(definition(host="nosuch.invalid"))
        assert "cannot resolve 'nosuch.invalid'" in on.aljibe("pool-start p", code=1).err
    finally:
        lab.run("umount", "/etc/hosts")


# Faults.

def test_server_vanishes(on):
    """The list stays, calls say why they fail, and all is well when the server is back."""
    begin(on)
    stop_server()
    said = on.aljibe("pool-refresh p", code=1).err
    assert "no connection to iSCSI portal '127.0.0.1:3260': Connection refused" in said, said
    assert on.volumes("p") == ["unit:0:0:1", "unit:0:0:2", "unit:0:0:3"]
    assert "Connection refused" in on.aljibe(f"vol-download unit:0:0:1 {lab.world.LAB}/back --pool p", code=1).err
    on.restart()
    assert "p" in on.aljibe("pool-list --name").out
    start_server()
    lab.wait(lambda: on.aljibe("pool-refresh p", code=None).code == 0, "a refresh")
    on.upload("p", "unit:0:0:1", MIB)
    on.aljibe("pool-destroy p")


def test_server_vanishes_in_a_transfer(on):
    begin(on)
    source = lab.world.LAB / "fifo"
    os.mkfifo(source)
    upload = on.begin("vol-upload", "unit:0:0:1", source, "--pool", "p")
    with open(source, "wb") as feed:
        feed.write(os.urandom(4 * MIB))
        feed.flush()
        lab.wait(lambda: image("one").read_bytes()[:MIB] != bytes(MIB), "the first bytes")
        stop_server()
        try:
            for _ in range(40):
                feed.write(os.urandom(MIB))
        except BrokenPipeError:
            pass
    said = upload.communicate(timeout=lab.WAIT_SECONDS)[1].decode()
    assert upload.returncode == 1 and "no connection to iSCSI portal '127.0.0.1:3260'" in said, said
    start_server()
    on.upload("p", "unit:0:0:1", MIB)


def test_server_hangs(on):
    """A server that takes connections and never answers: calls end, other pools are served, and so does the daemon."""
    begin(on)
    (lab.world.LAB / "files").mkdir()
    on.aljibe(f"pool-create-as files dir --target {lab.world.LAB}/files")
    server.send_signal(signal.SIGSTOP)
    try:
        refresh = on.begin("pool-refresh", "p")
        on.aljibe("vol-create-as files v 1M", limit=5)
        assert "unit:0:0:1" in on.aljibe("vol-info unit:0:0:1 p", limit=5).out
        said = refresh.communicate(timeout=lab.WAIT_SECONDS)[1].decode()
        assert refresh.returncode == 1 and "did not answer within 15 s" in said, said
        wipe = on.begin("vol-wipe", "unit:0:0:1", "--pool", "p")
        lab.wait(lambda: ":3260" in lab.run("ss --no-header --tcp --numeric state established").out, "the wipe to connect")
        on.stop()
        wipe.communicate(timeout=lab.WAIT_SECONDS)
        assert wipe.returncode != 0
    finally:
        server.send_signal(signal.SIGCONT)
    on.start()
    on.upload("p", "unit:0:0:1", MIB)


def test_crash(on):
    """A daemon that is killed while it writes leaves no session that is in the way, and the pool is up after the restart."""
    begin(on)
    source = lab.world.LAB / "fifo"
    os.mkfifo(source)
    upload = on.begin("vol-upload", "unit:0:0:1", source, "--pool", "p")
    with open(source, "wb") as feed:
        feed.write(os.urandom(4 * MIB))
        feed.flush()
        lab.wait(lambda: image("one").read_bytes()[:MIB] != bytes(MIB), "the first bytes")
        on.crash()
    upload.communicate(timeout=lab.WAIT_SECONDS)
    assert on.volumes("p") == ["unit:0:0:1", "unit:0:0:2", "unit:0:0:3"]
    on.upload("p", "unit:0:0:1", MIB)
    assert "No login" not in tgt("--mode", "target", "--op", "show").out


def everywhere(on, act, check):
    """Each call to the target that @act makes fails, and the daemon dies before each: @check(was_done) looks, and then @act works."""
    with Faults(on) as faults:
        done, _, calls = faults.run(act)
        assert done.code == 0 and calls >= 5, f"{done}\n{calls} calls"
        for number in range(1, calls + 1):
            done, _, _ = faults.run(act, call=number)
            assert done.code == 0 or "Input/output error" in done.err, f"call {number}: {done}"
            check(done.code == 0)
            done, _, _ = faults.run(act, death=number)
            assert done.code != 0, f"the daemon did not die at call {number}"
            on.start()
            assert on.volumes("p") == ["unit:0:0:1", "unit:0:0:2", "unit:0:0:3"], f"after death at call {number}"
            check(False)
        assert faults.run(act)[0].code == 0
        check(True)


@lab.slow
def test_faults_in_a_refresh(on):
    begin(on)
    everywhere(on, ("pool-refresh", "p"), lambda _: on.aljibe("vol-info unit:0:0:3 --pool p"))


@lab.slow
def test_faults_in_an_upload(on):
    """What is not there yet is as it was, and nothing in front of it or behind it is touched."""
    begin(on)
    offset, source = 700, lab.world.LAB / "source"
    old, new = os.urandom(10 * MIB), os.urandom(3 * MIB)
    source.write_bytes(new)
    image("two").write_bytes(old)

    def check(is_done):
        now = image("two").read_bytes()
        end = offset + len(new)
        assert now[:offset] == old[:offset] and now[end:] == old[end:]
        assert not is_done or now[offset:end] == new
        near = next((at for at in range(offset, end, 512) if now[at:min(at + 512, end)] != new[at - offset:at - offset + 512]), end)
        to = next((at for at in range(near, end) if now[at] != new[at - offset]), end)
        assert now[to:end] == old[to:end], f"neither old nor new at {to}"
        image("two").write_bytes(old)

    everywhere(on, ("vol-upload", "unit:0:0:2", str(source), "--pool", "p", "--offset", str(offset)), check)


@lab.slow
def test_faults_in_a_wipe(on):
    begin(on)
    other = lab.sha256(image("one"))

    def check(is_done):
        left = image("two").read_bytes().lstrip(bytes(1))
        assert not is_done or not left
        assert left.strip(b"x") == b"" and lab.sha256(image("one")) == other
        image("two").write_bytes(b"x" * 10 * MIB)

    image("two").write_bytes(b"x" * 10 * MIB)
    everywhere(on, ("vol-wipe", "unit:0:0:2", "--pool", "p"), check)


lab.main(globals())
