#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# needs: guest udev limit=1800
# needs: disk=1G,1G,256M:scsi modules=dm_mod,dm_thin_pool,dm_snapshot,dm_mirror,dm_raid
# needs: program=lvm,thin_check
"""Logical pools: volume groups of LVM, thin pools in them, and what can go wrong with either."""
import re

import lab
import lvm

PIECE = 3 << 20     # of data; what is compared


def reset():
    lvm.reset("/dev/vda", "/dev/vdb", "/dev/sda")


@lab.slow
def test_compared(on):
    on.compare("logical-walk")


# mission: A1-01 A1-04 A1-10 A1-13 A2-08 A4-31 A4-32 A6-13 A8-04 A9-05 A9-14 A11-08
def test_thick(on):
    assert "<pool type='logical' supported='yes'>" in on.aljibe("pool-capabilities").out
    on.aljibe("pool-define-as vg logical --source-dev=/dev/vda --source-name vg --target /dev/vg")
    assert "cannot find logical volume group name 'vg'" in on.aljibe("pool-start vg", code=1).err
    on.aljibe("pool-build vg")
    on.aljibe("pool-autostart vg")
    on.aljibe("pool-start vg")
    on.aljibe("vol-create-as vg v1 50M --allocation 0")
    assert lvm.field("vg/v1", "lv_layout") == "linear"      # and no snapshot that runs full
    assert int(on.xml("vol-dumpxml", "v1", "--pool", "vg").findtext("allocation")) == 52 << 20
    digest = on.upload("vg", "v1", PIECE)
    with open("/dev/vg/v1", "rb"):                          # a guest
        on.aljibe("vol-resize v1 100M --pool vg")
        assert "in use" in on.aljibe("vol-delete v1 --pool vg", code=1).err
        assert "in use: v1" in on.aljibe("pool-destroy vg", code=1).err
    assert on.checksum("vg", "v1", PIECE) == digest
    assert lab.run("blockdev --getsize64 /dev/vg/v1").out.strip() == str(100 << 20)
    on.aljibe("vol-clone v1 v2 --pool vg")
    assert on.checksum("vg", "v2", PIECE) == digest
    on.aljibe("vol-wipe v2 --pool vg")
    assert on.checksum("vg", "v2", PIECE) == lvm.zeros(PIECE)
    on.aljibe("vol-resize v2 40M --pool vg", code=1)
    on.aljibe("vol-resize v2 40M --shrink --pool vg")
    assert lvm.field("vg/v2", "lv_size") == "41943040"
    lab.run("mkfs.ext4 -q /dev/vg/v2")
    assert "that could destroy what is in it (ext4)" in on.aljibe("vol-resize v2 20M --shrink --pool vg", code=1).err
    on.aljibe("vol-delete v2 --pool vg")
    on.restart()
    lvm.wait_for(on, "vg")
    assert on.volumes("vg") == ["v1"] and on.checksum("vg", "v1", PIECE) == digest
    assert "still holds 1 logical volumes: v1" in end(on, "pool-delete vg", code=1)
    on.aljibe("pool-start vg")
    on.aljibe("vol-delete v1 --pool vg")
    end(on, "pool-delete vg")
    on.aljibe("pool-undefine vg")
    assert not lab.run("pvs --noheadings").out


@lab.slow
def test_images(on):
    """From and to files of any format; with and without holes; two tools at a time."""
    lab.run("vgcreate -q vg /dev/vda")
    lab.run("lvcreate -qy --type thin-pool -n tp -L 256M vg")
    on.aljibe("pool-define-as vg logical --source-name vg --target /dev/vg")
    on.aljibe("pool-start vg")
    on.define(lvm.THIN.replace("<device path='/dev/vda'/>", ""))
    on.aljibe("pool-start thin")
    on.aljibe(f"pool-create-as files dir --target {lab.world.LAB}")
    on.aljibe("vol-create-as files raw 64M --allocation 0")
    digest = on.upload("files", "raw", PIECE)
    on.aljibe("vol-create-from", "files", clone_document("image", "<target><format type='qcow2'/></target>"), "raw",
              "--inputpool", "files")
    copies = [on.begin("vol-create-from", pool, clone_document(name), source, "--inputpool", "files")
              for pool, name, source in (("vg", "v1", "raw"), ("vg", "v2", "image"), ("thin", "t1", "raw"), ("thin", "t2", "image"))]
    for copy in copies:
        said = copy.communicate(timeout=lab.WAIT_SECONDS)[1]
        assert copy.returncode == 0, said
    for pool, name in (("vg", "v1"), ("vg", "v2"), ("thin", "t1"), ("thin", "t2")):
        assert on.checksum(pool, name, PIECE) == digest, name
        assert on.checksum(pool, name, 64 << 20) == lab.sha256(lab.world.LAB / "raw"), name
    for name in ("t1", "t2"):
        assert lvm.allocation(on, name) < 8 << 20, f"{name} takes what only holes would"
    on.aljibe("vol-create-from", "files", clone_document("back", "<target><format type='qcow2'/></target>"), "t2", "--inputpool", "thin")
    lab.run("qemu-img", "compare", lab.world.LAB / "raw", lab.world.LAB / "back")
    on.aljibe("vol-create-as vg s1 64M --allocation 8M --backing-vol v1")
    on.aljibe("vol-delete v1 --delete-snapshots --pool vg")
    assert on.volumes("vg") == ["v2"]                        # at once; the other pool's are found by the next scan
    on.aljibe("pool-refresh vg")
    assert on.volumes("vg") == ["t1", "t2", "v2"]
    on.aljibe("pool-refresh thin")
    assert int(on.xml("pool-dumpxml", "vg").findtext("available")) == int(lab.run("vgs --noheadings --units b --nosuffix -o vg_free vg").out)


SECRET = "11111111-2222-3333-4444-555555555555"


@lab.slow
def test_luks(on):
    """An encrypted volume has its capacity, and room for the header besides."""
    secret, value, document = (lab.world.LAB / name for name in ("secret.xml", "value", "luks.document"))
    secret.write_text(f"<secret ephemeral='no' private='yes'><uuid>{SECRET}</uuid><usage type='volume'><volume>k</volume></usage></secret>")
    value.write_text("passphrase")
    document.write_text(f"""<volume><name>v</name><capacity>8388608</capacity><target><encryption format='luks'>
        <secret type='passphrase' uuid='{SECRET}'/></encryption></target></volume>""")
    lab.run("vgcreate -q vg /dev/vda")
    on.aljibe("pool-define-as vg logical --source-name vg --target /dev/vg")
    on.aljibe("pool-start vg")
    on.aljibe("secret-define", secret)
    assert "does not have a value" in on.aljibe("vol-create", "vg", document, code=1).err
    assert on.volumes("vg") == [] and not lab.run("lvs --noheadings vg").out, "a volume is left that could not be encrypted"
    on.aljibe("secret-set-value", SECRET, "--file", value, "--plain")
    on.aljibe("vol-create", "vg", document)
    assert lab.run("blkid -p -o value -s TYPE /dev/vg/v").out.strip() == "crypto_LUKS"
    assert lvm.field("vg/v", "lv_size") == str(12 << 20)
    shown = on.xml("vol-dumpxml", "v", "--pool", "vg")
    assert shown.findtext("capacity") == "8388608" and shown.find("target/encryption").get("format") == "luks"


def end(on, command, code=0):
    """Stops pool vg, and gives @command; its error output."""
    on.aljibe("pool-destroy vg")
    return on.aljibe(command, code=code).err


def make_thin(on):
    on.define(lvm.THIN)
    on.aljibe("pool-build thin")
    on.aljibe("pool-start thin")
    on.aljibe("vol-create-as thin v1 2G")                    # twice what there is


# mission: A2-08 A9-10 A9-06
def test_thin(on):
    make_thin(on)
    assert lvm.allocation(on, "v1") == 0
    digest = on.upload("thin", "v1", 8 << 20)
    assert lvm.allocation(on, "v1") == 8 << 20               # as soon as it is written, and exactly
    with on.trap("lvm") as trap:
        on.aljibe("vol-clone v1 v2 --pool thin")
        assert [call.split()[0] for call in trap.calls()] == ["lvs", "lvs", "lvcreate", "lvs", "lvs"], trap.calls()
        assert any("--snapshot" in call for call in trap.calls()), trap.calls()
    print("# thin clone:", duration(on, "vol-create-from"), "ms", flush=True)
    on.upload("thin", "v2", PIECE)
    assert on.checksum("thin", "v1", 8 << 20) == digest      # the original is its own
    on.aljibe("vol-wipe v1 --pool thin")
    assert lvm.allocation(on, "v1") == 0
    assert on.checksum("thin", "v1", 8 << 20) == lvm.zeros(8 << 20)
    on.aljibe("vol-delete v1 --pool thin")                  # the copy does not need it
    on.aljibe("pool-destroy thin")
    assert "a" not in {attr[4] for attr in lvm.attributes("vg").values()}
    assert "still holds 1 logical volumes: v2" in on.aljibe("pool-delete thin", code=1).err


@lab.slow
def test_thin_life(on):
    make_thin(on)
    on.upload("thin", "v1", 20 << 20)
    on.aljibe("vol-clone v1 v2 --pool thin")
    begun = lab.time.monotonic()
    on.aljibe("vol-clone v1 v3 --pool thin")
    whole, inside = lab.time.monotonic() - begun, duration(on, "vol-create-from")
    begun = lab.time.monotonic()
    lab.run("lvcreate -qy -s -kn -n bare vg/v1")
    print(f"# thin clone: {whole:.1f} s, of these {inside} ms in the daemon; lvcreate -s alone: {lab.time.monotonic() - begun:.1f} s", flush=True)
    lab.run("lvremove -qy vg/bare")
    before = lvm.pool_allocation(on)
    on.upload("thin", "v2", PIECE)
    on.aljibe("pool-refresh thin")
    assert before < lvm.pool_allocation(on) < before + (8 << 20)
    on.aljibe("vol-resize v1 3G --pool thin")
    on.upload("thin", "v1", PIECE)
    on.aljibe("vol-resize v1 8M --shrink --pool thin")
    on.aljibe("vol-resize v1 16M --pool thin")
    for name in ("v1", "v3"):
        on.aljibe(f"vol-delete {name} --pool thin")
    on.restart()
    lvm.wait_for(on, "thin")
    assert on.volumes("thin") == ["v2"]
    on.aljibe("vol-delete v2 --pool thin")
    on.aljibe("pool-refresh thin")
    assert lvm.pool_allocation(on) == 0
    on.aljibe("pool-destroy thin")
    on.aljibe("pool-delete thin")
    assert not lab.run("pvs --noheadings").out


@lab.slow
def test_wipe_large(on):
    """What is not mapped is not even read, however large it is."""
    make_thin(on)
    on.aljibe("vol-create-as thin large 1T")
    node = lab.pathlib.Path("/dev/vg/large").resolve()
    for megabyte in (0, 70, 500000, (1 << 20) - 1):
        lab.run(f"dd if=/dev/urandom of={node} bs=1M count=1 seek={megabyte} oflag=direct status=none")
    assert lvm.allocation(on, "large") == 4 << 20
    statistics = lab.pathlib.Path(f"/sys/block/{node.name}/stat")
    before = int(statistics.read_text().split()[2])
    on.aljibe("vol-wipe large --pool thin")
    assert (int(statistics.read_text().split()[2]) - before) * 512 < 400 << 20
    assert lvm.allocation(on, "large") == 0
    assert lab.run("dmsetup status vg-large").out.split()[3:] == ["0", "-"]


@lab.slow
def test_somebody_else_meanwhile(on):
    """Between our last look and LVM's own: what is made then is not lost."""
    make_thin(on)
    on.aljibe("vol-delete v1 --pool thin")
    on.aljibe("pool-destroy thin")
    with on.trap("lvm") as trap:
        trap.first(2, "lvcreate -qy -V 8M --thinpool tp -n new vg")
        said = on.aljibe("pool-delete thin", code=1).err
        assert "lvremove" in trap.calls()[1], trap.calls()
    assert "thin pool 'tp' still holds 1 logical volumes: new" in said, said
    assert set(lvm.attributes("vg")) == {"new", "tp"}
    lab.run("lvremove -qy vg")
    on.aljibe("pool-define-as vg logical --source-name vg --target /dev/vg")
    on.aljibe("pool-start vg")
    on.aljibe("vol-create-as vg v 8M")
    with on.trap("lvm") as trap:
        trap.first(3, "lvcreate -qy -s -L 4M -n s vg/v")
        said = on.aljibe("vol-delete v --pool vg", code=1).err
        assert "lvremove" in trap.calls()[2], trap.calls()
    assert "volume 'v' has snapshots that would be lost with it: s" in said, said
    assert set(lvm.attributes("vg")) == {"s", "v"} and not lab.run("lvs --noheadings -o lv_tags vg").out.strip()
    assert "v" in on.volumes("vg")


def duration(on, op):
    """Milliseconds that the last operation of that kind took."""
    return int(re.findall(rf"{op} done .*DURATION_USEC=(\d+)", on.log())[-1]) // 1000


@lab.slow
# mission: A9-10
def test_thin_full(on):
    on.define(lvm.THIN)
    on.aljibe("pool-build thin")
    on.aljibe("pool-start thin")
    on.aljibe("pool-define-as vg logical --source-dev /dev/vdb --source-name other --target /dev/other")
    on.aljibe("pool-build vg")
    on.aljibe("pool-start vg")
    on.aljibe("vol-create-as vg source 700M")
    on.aljibe("vol-create-as thin big 2G")
    on.aljibe("pool-refresh thin")
    assert "has promised its volumes more than it has" in on.log()
    lab.run("dd if=/dev/zero of=/dev/vg/big bs=1M count=400 oflag=direct status=none")
    said = on.aljibe("vol-create-from", "thin", clone_document("copy"), "source", "--inputpool", "vg", code=1).err
    assert "there is not enough room in thin pool 'tp'" in said, said
    lab.run("dd if=/dev/zero of=/dev/vg/big bs=1M count=930 oflag=direct status=none")
    assert "thin pool 'tp' is nearly full" in on.aljibe("vol-create-as thin more 10M", code=1).err
    on.aljibe("pool-refresh thin")
    assert "thin pool 'tp' is more than 90 % full" in on.log()
    on.aljibe("vol-wipe big --pool thin")                    # needs no room, and gives all of it back
    on.aljibe("vol-create-as thin more 10M")


def clone_document(name, more=""):
    path = lab.world.LAB / f"{name}.document"
    path.write_text(f"<volume><name>{name}</name>{more}</volume>")
    return path


TWO_DISKS = """<pool type='logical'><name>vg</name>
    <source><device path='/dev/vda'/><device path='/dev/vdb'/></source></pool>"""


# mission: A9-01 A9-05
def test_build(on):
    """What is on the devices is never lost by a build that was not told to, nor by one that fails."""
    on.define(TWO_DISKS)
    lab.run("mkfs.ext4 -q /dev/vdb")
    for flag in ("", " --no-overwrite"):
        said = on.aljibe(f"pool-build vg{flag}", code=1).err
        assert "Format of device '/dev/vdb' does not match the expected format 'LVM2_member', forced overwrite is necessary" in said
    lab.run("mount /dev/vdb /mnt")
    assert "it is mounted on '/mnt'" in on.aljibe("pool-build vg --overwrite", code=1).err
    lab.run("umount /mnt")
    before = [lab.sha256(disk, 8 << 20) for disk in ("/dev/vda", "/dev/vdb")]
    with on.trap("lvm") as trap:                            # pvs, vgcreate, lvs
        for call in (2, 3):
            trap.plan(call, "fail")
            on.aljibe("pool-build vg --overwrite", code=1)
            assert len(trap.calls()) > call or call == 2
    lab.run("fsck.ext4 -fn /dev/vdb")
    assert [lab.sha256(disk, 8 << 20) for disk in ("/dev/vda", "/dev/vdb")] == before


@lab.slow
def test_build_known(on):
    """A group that is there is taken, or refused; never torn."""
    on.define(TWO_DISKS)
    lab.run("pvcreate -q /dev/vda")                         # belongs to no group: nothing is in it
    on.aljibe("pool-build vg")
    lab.run("lvcreate -qy -n keep -L 8M vg")
    on.aljibe("pool-build vg")                              # taken as it is
    assert lvm.field("vg/keep", "lv_size") == "8388608"
    assert "already formatted" in on.aljibe("pool-build vg --no-overwrite", code=1).err
    lab.run("vgchange -qan vg")
    on.aljibe("pool-define-as other logical --source-dev /dev/sda --source-name other --target /dev/other")
    on.aljibe("pool-build other")
    one = "<pool type='logical'><name>one</name><source><device path='/dev/vdb'/><name>one</name></source></pool>"
    on.aljibe("pool-undefine vg")
    on.define(one)
    assert "would lose what lies on '/dev/vda', too" in on.aljibe("pool-build one --overwrite", code=1).err
    assert lvm.field("vg/keep", "lv_size") == "8388608"
    lab.run("vgremove -qy vg")
    lab.run("sh", "-c", "echo ',100M' | sfdisk -q /dev/vdb")
    lab.run("mkfs.ext4 -q /dev/vdb1")
    on.define(one.replace("vdb", "vdb1").replace("<name>one</name><source>", "<name>part</name><source>"))
    on.aljibe("pool-build part --overwrite")
    assert lab.run("pvs --noheadings -o pv_name -S vg_name=one").out.strip() == "/dev/vdb1"


@lab.slow
def test_sources(on):
    """A link to the device is as good as its name; names that LVM cannot have never reach it."""
    lab.run("vgcreate -q vg-1 /dev/vda /dev/vdb")
    lab.run("lvcreate -qy -n a-b -L 8M vg-1")
    link = next(path for path in lab.pathlib.Path("/dev/disk/by-path").iterdir() if path.resolve().name == "vda")
    on.aljibe(f"pool-define-as p logical --source-dev {link} --source-name vg-1 --target /dev/vg-1")
    on.aljibe("pool-start p")
    assert on.aljibe("vol-path a-b --pool p").out.strip() == "/dev/vg-1/a-b"
    on.upload("p", "a-b", PIECE)
    on.aljibe("pool-destroy p")
    on.aljibe("pool-undefine p")
    on.aljibe("pool-define-as p logical --source-dev /dev/sda --source-name vg-1 --target /dev/vg-1")
    assert "cannot find any matching source devices" in on.aljibe("pool-start p", code=1).err
    with on.trap("lvm") as trap:
        for product in ("-x", "a/b", "..", "a b"):
            on.define(lvm.THIN.replace("'tp'", f"'{product}'"))
            assert "cannot be the name of a thin pool" in on.aljibe("pool-start thin", code=1).err
            on.aljibe("pool-undefine thin")
        assert not trap.calls()
    lab.run("vgchange -qan vg-1")
    lab.run("vgexport -q vg-1")
    assert "is exported" in on.aljibe("pool-start p", code=1).err


@lab.slow
def test_others(on):
    """What the host uses of the group stays as it is."""
    lab.run("vgcreate -q vg /dev/vda")
    for name in ("root", "guest", "skip"):
        lab.run(f"lvcreate -qy -n {name} -L 8M vg")
    lab.run("lvcreate -qy -s -L 4M -n old vg/guest")
    lab.run("lvchange -qan vg/guest")
    lab.run("lvchange -qan -ky vg/skip")
    on.aljibe("pool-define-as vg logical --source-name vg --target /dev/vg")
    on.aljibe("pool-start vg")
    assert on.volumes("vg") == ["guest", "old", "root"]
    on.aljibe("vol-create-as vg new 8M")
    with open("/dev/vg/root", "rb"):
        on.aljibe("pool-destroy vg")
    active = {name for name, attr in lvm.attributes("vg").items() if attr[4] == "a"}
    assert active == {"root"}, active


@lab.slow
def test_device_vanishes(on):
    """First fault of its own kind: a physical volume goes, and comes back."""
    lab.run("vgcreate -q vg /dev/vda /dev/sda")
    lab.run("lvcreate -qy -n here -L 8M vg /dev/vda")
    lab.run("lvcreate -qy -n there -L 8M vg /dev/sda")
    on.aljibe("pool-define-as vg logical --source-name vg --target /dev/vg")
    on.aljibe("pool-start vg")
    digest = on.upload("vg", "here", PIECE)
    host = next((lab.pathlib.Path("/sys/block/sda/device").resolve().parent.parent / "scsi_host").iterdir())
    lab.pathlib.Path("/sys/block/sda/device/delete").write_text("1")
    on.aljibe("pool-refresh vg")
    assert on.volumes("vg") == ["here", "there"] and on.checksum("vg", "here", PIECE) == digest
    for command in ("vol-create-as vg v 8M", "vol-resize here 16M --pool vg", "vol-delete here --pool vg"):
        assert "volume group 'vg' misses physical volumes" in on.aljibe(command, code=1).err
    lab.run("vgchange -qan vg", code=None)
    lab.run("dmsetup remove_all --force")
    on.aljibe("pool-destroy vg")
    assert "volume group 'vg' misses physical volumes" in on.aljibe("pool-start vg", code=1).err
    (host / "scan").write_text("- - -")
    lab.wait(lambda: list(lab.pathlib.Path("/dev/disk/by-path").glob("*scsi*")), "the disk to come back")
    lab.wait(lambda: "p" not in lab.run("vgs --noheadings -o vg_attr vg").out, "the group to be whole")
    on.aljibe("pool-start vg")
    on.aljibe("vol-create-as vg v 8M")


@lab.slow
def test_replaced(on):
    """Second fault: another volume has taken the name."""
    lab.run("vgcreate -q vg /dev/vda")
    lab.run("lvcreate -qy -n v -L 8M vg")
    on.aljibe("pool-define-as vg logical --source-name vg --target /dev/vg")
    on.aljibe("pool-start vg")
    (lab.world.LAB / "data").write_text("new")
    for command in ("vol-delete v", "vol-wipe v", f"vol-upload v {lab.world.LAB}/data"):
        lab.run("lvremove -qy vg/v")
        lab.run("lvcreate -qy -n v -L 8M vg")
        assert "is another one than when the pool was read" in on.aljibe(f"{command} --pool vg", code=1).err, command
        on.aljibe("pool-refresh vg")
    lab.run("lvcreate -qy -n other -L 8M vg")               # a link that leads to another volume
    lab.run("ln -sfn ../dm-1 /dev/vg/v")
    assert "leads to another device than volume 'v'" in on.aljibe("vol-wipe v --pool vg", code=1).err
    lab.run("ln -sfn ../dm-0 /dev/vg/v")
    on.aljibe("vol-delete v --pool vg")


def test_never_ends(on):
    """A tool that never ends: it is ended, and nobody else waits for it."""
    lab.run("vgcreate -q vg /dev/vda")
    on.aljibe("pool-define-as vg logical --source-name vg --target /dev/vg")
    on.aljibe("pool-start vg")
    on.aljibe("vol-create-as vg v 8M")
    on.aljibe(f"pool-create-as files dir --target {lab.world.LAB}")
    with on.trap("lvm") as trap:
        trap.plan(1, "hang")
        stuck = on.begin("pool-refresh vg")
        lab.wait(trap.calls, "the tool to start")
        begun = lab.time.monotonic()
        assert on.volumes("vg") == ["v"]
        on.aljibe("pool-list --all --details")
        on.aljibe("vol-create-as files f 1M")
        on.aljibe("pool-refresh files")
        print(f"# four other commands meanwhile: {lab.time.monotonic() - begun:.1f} s", flush=True)
        assert stuck.poll() is None
        said = stuck.communicate(timeout=60)[1].decode()
        assert stuck.returncode == 1 and "'lvs' did not end in time" in said, said
    assert on.volumes("vg") == ["v"]
    on.aljibe("pool-refresh vg")
    on.aljibe("vol-delete v --pool vg")


@lab.slow
def test_suspended(on):
    """A change that was cut short has left a device suspended."""
    lab.run("vgcreate -q vg /dev/vda")
    on.aljibe("pool-define-as vg logical --source-name vg --target /dev/vg")
    on.aljibe("pool-start vg")
    on.aljibe("vol-create-as vg v 8M")
    on.kill()
    lab.run("dmsetup suspend vg-v")
    on.start()
    lvm.wait_for(on, "vg")
    assert on.volumes("vg") == ["v"] and lvm.attributes("vg")["v"][4] == "a"


lab.main(globals())
