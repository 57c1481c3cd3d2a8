#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares a manual page of a document with its schema, in both directions, and defines its examples: run_man_documents.py PROGRAM PAGE SCHEMA.

Terms of the page that are paths, like ``source/host/@port``, are the paths of the schema below the root element; what only holds
other elements need not be one. Unit test names compares the schema with the parser. Every literal block of the page that is a
document must be taken by `pool-define --validate` or, for volumes, `vol-create --validate`, in a fresh embedded instance.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

RNG = "{http://relaxng.org/ns/structure/1.0}"
PREFIXES = {"http://libvirt.org/schemas/storagepool/fs/1.0": "fs:", "http://libvirt.org/schemas/storagepool/rbd/1.0": "rbd:",
            "urn:aljibe:1": "aljibe:"}


def schema_paths(schema):
    """The paths of all elements and attributes that @schema names, without the root's own name. What repeats itself inside of
    itself is followed once."""
    grammar = tree.parse(schema).getroot()
    defines = {define.get("name"): define for define in grammar.iter(f"{RNG}define")}
    paths = set()

    def walk(node, path, within=()):
        for child in node:
            if child.tag == f"{RNG}ref" and child.get("name") in within:
                paths.update(path + (element.get("name"),) for element in defines[child.get("name")].findall(f"{RNG}element"))
            elif child.tag == f"{RNG}ref":
                walk(defines[child.get("name")], path, within + (child.get("name"),))
            elif child.tag == f"{RNG}attribute":
                paths.add(path + ("@" + child.get("name"),))
            elif child.tag == f"{RNG}element":
                name = (PREFIXES.get(child.get("ns"), "") + child.get("name"),)
                paths.add(path + name)
                walk(child, path + name, within)
            else:
                walk(child, path, within)

    walk(grammar.find(f"{RNG}start"), ())
    return {"/".join(path[1:]) for path in paths if len(path) > 1}


def page_terms(page):
    """The paths in the terms of the page's definition lists: unindented lines made of literals alone."""
    lines = re.findall(r"^((?:``[\w:/@-]+``(?:, |$))+)$", page, re.MULTILINE)
    return [name for line in lines for name in re.findall(r"``([^`]+)``", line)]


def examples(page):
    """The literal blocks that are documents."""
    blocks = re.findall(r"::\n\n((?:(?:   .*)?\n)+)", page)
    return [block for block in blocks if block.lstrip().startswith("<")]


def take(program, place, document, number):
    """What the program says against @document, or nothing."""
    file = place / f"{number}.xml"
    file.write_text(document.replace("/srv/images", str(place / "images")))
    command = ["pool-define", file] if "<pool" in document else ["vol-create", "images", file]
    done = subprocess.run([program, "-q", "-c", f"embed://{place}/engine", *command, "--validate"], capture_output=True, text=True,
                          check=False, timeout=60)
    return done.stderr if done.returncode else ""


def prepare(program, place):
    """A running pool with a base image in it, as the examples of volumes name them."""
    script = f"""pool-define-as images dir --target {place}/images; pool-build images; pool-start images; pool-autostart images
                 vol-create-as images base.qcow2 1G --format qcow2"""
    subprocess.run([program, "-q", "-c", f"embed://{place}/engine", script], check=True, stdout=subprocess.DEVNULL, timeout=60)


def main():
    program, page, schema = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text(), sys.argv[3]
    known, terms = schema_paths(schema), page_terms(page)
    problems = [f"{name}: not in the schema" for name in terms if name not in known]
    problems += [f"{name}: twice in the page" for name in sorted(set(terms)) if terms.count(name) > 1]
    problems += [f"{name}: not in the page" for name in sorted(known)
                 if name not in terms and not any(term.startswith(name + "/") for term in terms)]
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory)
        if "<volume" in page:
            prepare(program, place)
        for number, document in enumerate(examples(page)):
            if told := take(program, place, document, number):
                problems.append(f"example refused: {told}{document}")
    if not examples(page):
        problems.append("no examples")
    print("\n".join(problems))
    return bool(problems)


sys.exit(main())
