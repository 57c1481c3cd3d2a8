#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev limit=1500 program=tgtd,iscsid,iscsiadm,sg_persist
"""Pools on iSCSI targets by open-iscsi: tgt as the server, on two portals and on IPv6, with and without CHAP."""
import os
import pathlib
import signal
import subprocess

import lab

IQN = "iqn.2026-01.org.aljibe"
USER, PASSWORD = "labuser", "labpassword12"
IMAGES = pathlib.Path("/var/lib/lab")
SESSIONS = pathlib.Path("/sys/class/iscsi_session")
RECORDS = pathlib.Path("/etc/iscsi")
server = None


def tgt(*words, code=0):
    return lab.run("tgtadm", "--lld", "iscsi", *words, code=code)


def add_target(number, disks, chap=False):
    tgt("--mode", "target", "--op", "new", "--tid", number, "-T", f"{IQN}:t{number}")
    for lun, size in enumerate(disks, 1):
        add_disk(number, lun, size)
    tgt("--mode", "target", "--op", "bind", "--tid", number, "-I", "ALL")
    if chap:
        tgt("--mode", "account", "--op", "bind", "--tid", number, "--user", USER)


def add_disk(number, lun, size):
    image = IMAGES / f"t{number}-{lun}"
    with open(image, "wb") as new:
        new.truncate(size)
    tgt("--mode", "logicalunit", "--op", "new", "--tid", number, "--lun", lun, "-b", image)


def setup():
    global server
    IMAGES.mkdir()
    server = lab.start("tgtd", "-f", "--iscsi", "portal=127.0.0.1:3260", log="/var/log/tgtd")
    lab.wait(lambda: lab.run("tgtadm", "--mode", "sys", "--op", "show", code=None).code == 0, "tgtd")
    for portal in ("127.0.0.1:3261", "[::1]:3260"):
        tgt("--mode", "portal", "--op", "new", "--param", f"portal={portal}")
    tgt("--mode", "account", "--op", "new", "--user", USER, "--password", PASSWORD)
    add_target(1, (64 << 20, 32 << 20))
    add_target(2, (64 << 20,), chap=True)
    lab.modprobe("iscsi_tcp", "sd_mod")
    (RECORDS / "initiatorname.iscsi").write_text(f"InitiatorName={IQN}:initiator\n")
    lab.start("iscsid", "-f", log="/var/log/iscsid")
    lab.wait(lambda: "ISCSIADM_ABSTRACT" in pathlib.Path("/proc/net/unix").read_text(), "iscsid")


def reset():
    """No sessions, no records, and the links of their disks gone."""
    os.kill(server.pid, signal.SIGCONT)
    lab.run("iscsiadm -m node -u", code=None)
    for session in sessions():
        lab.run("iscsiadm", "-m", "session", "-r", session, "-u", code=None)
    lab.run("iscsiadm -m node -o delete", code=None)
    for interface in (RECORDS / "ifaces").glob("*-*"):
        lab.run("iscsiadm", "-m", "iface", "-I", interface.name, "-o", "delete", code=None)
    lab.wait(lambda: not sessions(), "the end of all sessions")
    lab.run("udevadm", "settle")


def sessions():
    return sorted(path.name.removeprefix("session") for path in SESSIONS.glob("session*"))


@lab.slow
# mission: A2-06
def test_walk(on):
    on.compare("iscsi-walk")


def test_chap(on):
    on.compare("iscsi-chap")


def pool(name, target=1, hosts="<host name='127.0.0.1'/>", more=""):
    return (f"<pool type='iscsi'><name>{name}</name><source>{hosts}<device path='{IQN}:t{target}'/>{more}</source>"
            "<target><path>/dev/disk/by-path</path></target></pool>")


def node(on, name="p", volume="unit:0:0:1"):
    """/dev/sdX of a volume."""
    return os.path.realpath(on.aljibe("vol-path", volume, "--pool", name).out.strip())


def own_traces():
    """Everything that is named after a pool: interfaces, records, drafts, sessions."""
    found = [str(path) for path in RECORDS.rglob("*aljibe-*")]
    return found + [path.name for path in SESSIONS.glob("session*") if (path / "ifacename").read_text().startswith("aljibe-")]


def test_password_is_nowhere(on):
    """CHAP: neither in a command line nor, once the pool is stopped, in a file; a wrong one is told as such."""
    uuid = on.set_secret("<secret ephemeral='no' private='yes'><uuid>8c4a1a3c-0d1f-4b6e-9a53-6c0f2b1d7e55</uuid>"
                         "<usage type='iscsi'><target>lab</target></usage></secret>", PASSWORD.encode())
    on.define(pool("p", 2, more=f"<auth type='chap' username='{USER}'><secret usage='lab'/></auth>"))
    with on.trap("iscsiadm") as trap:
        trap.plan(0, "")
        on.aljibe("pool-start p")
        calls = "\n".join(trap.calls())
    assert "--login" in calls and PASSWORD not in calls and USER not in calls, calls
    records = [path for path in RECORDS.rglob("aljibe-*") if PASSWORD in path.read_text()]
    assert [path.stat().st_mode & 0o777 for path in records] == [0o600], records
    assert on.upload("p", "unit:0:0:1", 3 << 20)
    on.aljibe("pool-destroy p")
    assert not own_traces(), own_traces()
    assert lab.run("grep", "-rlF", PASSWORD, "/etc/iscsi", "/run/libvirt", "/var/log/libvirt", code=None).out == ""
    (wrong := pathlib.Path("/lab/wrong")).write_text("not the password")
    on.aljibe("secret-set-value", uuid, "--file", wrong, "--plain")
    refused = on.aljibe("pool-start p", code=1)
    assert f"refuses CHAP user '{USER}': the name or the password is wrong" in refused.err, refused
    assert not own_traces(), own_traces()


def test_sessions_of_others(on):
    """An administrator's session is used and stays; two initiators have a session each."""
    lab.run("iscsiadm -m discovery -t sendtargets -p 127.0.0.1")
    lab.run(f"iscsiadm -m node -T {IQN}:t1 -p 127.0.0.1:3260 --login")
    before = (RECORDS / f"nodes/{IQN}:t1/127.0.0.1,3260,1/default").read_text()
    other = f"<initiator><iqn name='{IQN}:other'/></initiator>"
    on.define(pool("p"))
    on.define(pool("q", hosts="<host name='127.0.0.1' port='3261'/>", more=other))
    on.aljibe("pool-start p")
    assert len(sessions()) == 1 and "stays when the pool stops" in on.log()
    on.aljibe("pool-start q")
    assert len(sessions()) == 2
    assert {"3260", "3261"} == {on.aljibe("vol-path", "unit:0:0:1", "--pool", name).out.split(":")[1].split("-")[0] for name in "pq"}
    on.aljibe("pool-destroy q")
    on.aljibe("pool-destroy p")
    assert len(sessions()) == 1 and not own_traces()
    assert (RECORDS / f"nodes/{IQN}:t1/127.0.0.1,3260,1/default").read_text() == before


def test_portals(on):
    """Of several portals the first that answers is used; one that nobody serves costs a moment."""
    on.define(pool("p", hosts="<host name='127.0.0.1' port='3262'/><host name='::1'/>"))
    on.aljibe("pool-start p")
    assert "/ip-::1:3260-" in on.aljibe("vol-path unit:0:0:1 --pool p").out
    on.aljibe("pool-destroy p")
    assert not own_traces(), own_traces()


@lab.slow
def test_units_come_and_grow(on):
    """A disk that the server adds, and one that it makes larger, are seen by a refresh."""
    on.define(pool("p"))
    on.aljibe("pool-start p")
    add_disk(1, 3, 16 << 20)
    try:
        on.aljibe("pool-refresh p")
        assert on.volumes("p") == ["unit:0:0:1", "unit:0:0:2", "unit:0:0:3"]
        assert "16.00 MiB" in on.aljibe("vol-info unit:0:0:3 --pool p").out
    finally:
        on.aljibe("pool-destroy p")
        tgt("--mode", "logicalunit", "--op", "delete", "--tid", 1, "--lun", 3)


def exchange(numbers):
    """The server puts each disk of target 3 behind the next of @numbers, while initiators are logged in."""
    for lun in (1, 2):
        tgt("--mode", "logicalunit", "--op", "delete", "--tid", 3, "--lun", lun, code=None)
    for lun, disk in zip(numbers, (1, 2)):
        tgt("--mode", "logicalunit", "--op", "new", "--tid", 3, "--lun", lun, "-b", IMAGES / f"t3-{disk}")
        tgt("--mode", "logicalunit", "--op", "update", "--tid", 3, "--lun", lun, "--params", f"scsi_id=ARRAY-{disk},scsi_sn=DISK-{disk}")


def test_exchanged_disks(on):
    """N-242. Disks of one size whose numbers the server exchanges: the kernel goes on as if nothing were, a pool does not."""
    add_target(3, (16 << 20, 16 << 20))
    exchange((1, 2))
    try:
        on.define(pool("p", 3))
        on.aljibe("pool-start p")
        on.upload("p", "unit:0:0:1", 1 << 20)
        pathlib.Path("/lab/one").write_bytes(b"x" * 4096)
        exchange((2, 1))
        before = lab.sha256(IMAGES / "t3-2")
        for command in ("vol-upload unit:0:0:1 /lab/one --pool p", "vol-wipe unit:0:0:1 --pool p", "vol-download unit:0:0:1 /lab/back --pool p"):
            refused = on.aljibe(command, code=1)
            assert "is another device than when the pool was read; refresh the pool" in refused.err, refused
        assert lab.sha256(IMAGES / "t3-2") == before
        on.aljibe("pool-refresh p")
        on.aljibe("vol-upload unit:0:0:1 /lab/one --pool p")
        assert (IMAGES / "t3-2").read_bytes().startswith(b"x" * 4096)
    finally:
        on.aljibe("pool-destroy p")
        tgt("--mode", "target", "--op", "delete", "--force", "--tid", 3)


@lab.slow
def test_reserved_disk(on):
    """N-246. Another host has reserved a disk: it is listed, and transfers and wipes say why they do nothing."""
    on.define(pool("p"))
    on.define(pool("q", hosts="<host name='127.0.0.1' port='3261'/>", more=f"<initiator><iqn name='{IQN}:other'/></initiator>"))
    on.aljibe("pool-start p")
    on.upload("p", "unit:0:0:1", 1 << 20)
    on.aljibe("pool-start q")
    disk, key = node(on, "q"), "0xa1"
    pathlib.Path("/lab/one").write_bytes(b"x" * 4096)
    before = lab.sha256(IMAGES / "t1-1")
    lab.run(f"sg_persist --out --register --param-sark={key} {disk}")
    try:
        for kind, reads in ((1, True), (3, False)):         # write exclusive, exclusive access
            lab.run(f"sg_persist --out --reserve --param-rk={key} --prout-type={kind} {disk}")
            on.aljibe("pool-refresh p")
            assert on.volumes("p") == ["unit:0:0:1", "unit:0:0:2"]
            for command in ("vol-upload unit:0:0:1 /lab/one --pool p", "vol-wipe unit:0:0:1 --pool p"):
                refused = on.aljibe(command, code=1)
                assert "is reserved by another host: Device or resource busy" in refused.err, refused
            read = on.aljibe("vol-download unit:0:0:1 /lab/back --pool p --length 4096", code=None)
            assert read.code == 0 if reads else "is reserved by another host" in read.err, read
            assert lab.sha256(IMAGES / "t1-1") == before
            lab.run(f"sg_persist --out --release --param-rk={key} --prout-type={kind} {disk}")
    finally:
        lab.run(f"sg_persist --out --clear --param-rk={key} {disk}")
    on.aljibe("vol-upload unit:0:0:1 /lab/one --pool p")
    assert (IMAGES / "t1-1").read_bytes().startswith(b"x" * 4096)


@lab.slow
def test_disks_in_use(on):
    """A mounted disk is neither wiped, nor written to, nor taken away."""
    on.define(pool("p"))
    on.aljibe("pool-start p")
    lab.run("mkfs", "-t", "ext4", "-q", node(on))
    lab.run("mount", node(on), "/mnt")
    try:
        pathlib.Path("/lab/one").write_bytes(b"x" * 4096)
        for command in ("vol-wipe unit:0:0:1 --pool p", "vol-upload unit:0:0:1 /lab/one --pool p", "pool-destroy p"):
            refused = on.aljibe(command, code=1)
            assert "in use: it is mounted on '/mnt'" in refused.err, refused
    finally:
        lab.run("umount", "/mnt")
    on.aljibe("pool-destroy p")
    assert not sessions()


@lab.slow
def test_target_vanishes(on):
    """A target that stops answering: the pool says so at once, others answer, and when it is back all of it is."""
    on.define(pool("p"))
    on.aljibe("pool-start p")
    digest = on.upload("p", "unit:0:0:1", 2 << 20)
    on.aljibe("pool-create-as d dir --target /lab")
    server.send_signal(signal.SIGSTOP)
    state = SESSIONS / f"session{sessions()[0]}" / "state"
    lab.wait(lambda: state.read_text().strip() == "FAILED", "the session to fail")
    for command in ("pool-refresh p", "vol-download unit:0:0:1 /lab/back --pool p", "vol-wipe unit:0:0:1 --pool p"):
        refused = on.aljibe(command, code=1)
        assert "does not answer; its session is in state FAILED" in refused.err, refused
    assert on.aljibe("vol-list p").out.count("unit:") == 2, "what was known is still shown"
    on.aljibe("vol-create-as d v 1M")
    on.aljibe("pool-refresh d")
    server.send_signal(signal.SIGCONT)
    lab.wait(lambda: state.read_text().strip() == "LOGGED_IN", "the session to come back")
    on.aljibe("pool-refresh p")
    assert on.checksum("p", "unit:0:0:1", 2 << 20) == digest
    server.send_signal(signal.SIGSTOP)
    lab.wait(lambda: state.read_text().strip() == "FAILED", "the session to fail again")
    on.aljibe("pool-destroy p")
    assert not own_traces(), own_traces()


@lab.slow
def test_tool_hangs(on):
    """iscsiadm that never ends: the start ends with its time, other pools go on, and nothing is left."""
    on.define(pool("p"))
    on.aljibe("pool-create-as d dir --target /lab")
    with on.trap("iscsiadm") as trap:
        trap.plan(2, "hang")
        start = on.begin("pool-start p")
        lab.wait(lambda: len(trap.calls()) == 2, "the second call")
        on.aljibe("vol-create-as d v 1M")
        assert "p " in on.aljibe("pool-list --all").out
        _, complaint = start.communicate(timeout=120)
    assert start.returncode == 1 and b"did not end in time" in complaint, complaint
    assert not own_traces(), own_traces()
    on.aljibe("pool-start p")
    on.aljibe("pool-destroy p")


@lab.slow
def test_crashes(on):
    """Killed around any call of iscsiadm: the pool is up with its session, or down with nothing left of it."""
    def prepare():
        on.define(pool("p"))

    def start():
        subprocess.run([lab.program("aljibe"), "-q", "-c", on.daemon.uri("storage"), "pool-start", "p"], check=False,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def check():
        if "p" in on.aljibe("pool-list --name").out.split():
            assert on.volumes("p") == ["unit:0:0:1", "unit:0:0:2"]
            on.aljibe("pool-destroy p")
        else:
            on.aljibe("pool-start p")
            on.aljibe("pool-destroy p")
        assert not own_traces() and not sessions(), own_traces()

    assert on.crash_everywhere("iscsiadm", prepare, start, check) >= 6


lab.main(globals())
