#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs/containers.md: its commands, word by word, in a new directory, and what it says that they print; its
JSON, which its schema takes.

usage: document.py FXBOX_OCI FXBOX SOURCE
"""
import json
import os
import re
import shutil
import sys
import tempfile

import bounded
from bundle import Fake
from row import remove_all, why_not
from tap import Tap

OCI, FXBOX, SOURCE = map(os.path.abspath, sys.argv[1:4])
# What the commands leave in the host's directories goes with them.
ALONE = ("mount -t tmpfs none /var/log; mount -t tmpfs none /run; "
         "if [ -d /etc/fxbox ]; then mount -t tmpfs none /etc/fxbox; fi; ")

tap = Tap()
work = tempfile.mkdtemp(prefix="fxbox-oci.")
with open(os.path.join(SOURCE, "docs/containers.md"), encoding="utf-8") as page:
    text = page.read()


def commands():
    block = re.search(r"^<!-- followed by tests/oci/document.py -->\n```sh\n(.*?)^```$", text, re.M | re.S)
    tap.check("the page has commands to follow", block)
    why = why_not("runc", work)
    if why:
        tap.skip("they do as the page says", why)
        return
    path = ":".join([os.path.dirname(OCI), os.path.dirname(FXBOX), "/usr/sbin:/usr/bin:/sbin:/bin"])
    there = os.path.join(work, "there")
    os.mkdir(there)
    done = bounded.run(["unshare", "--mount", "--propagation", "private", "bash", "-e", "-c",
                        ALONE + "set -e\n" + block[1]], 60, cwd=there, text=True, stdout=-1, stderr=-1,
                       env={"PATH": path, "HOME": work})
    tap.check("they do as the page says", done.returncode == 0 and
              done.stdout.startswith("from a container\n") and
              "All that the program asked for was supported." in done.stdout, done)


def settings():
    """The settings that the page shows are all that there are, and are taken."""
    shown = json.loads(re.search(r"```json\n(\{\n  \"fxbox_oci\".*?)```", text, re.S)[1])
    with open(os.path.join(SOURCE, "docs/oci.schema.json"), encoding="utf-8") as document:
        schema = json.load(document)
    tap.check("the page, and the schema, have the same members",
              shown.keys() == schema["properties"].keys(), (shown, schema))
    defaults = {name: member["default"] for name, member in schema["properties"].items()
                if "default" in member}
    tap.check("what the page shows is as without it", defaults.items() <= shown.items(), defaults)
    fake = Fake(OCI, os.path.join(work, "fake"))
    fake.set(**{**shown, "runtime": fake.runtime})
    done, called = fake.call("state", "box")
    tap.check("fxbox-oci takes what the page shows", called == ["state", "box"], done)
    with open(os.path.join(SOURCE, "docs/fxbox-oci.8"), encoding="ascii") as manual:
        told = set(re.findall(r"^\.It Va (.*)$", manual.read(), re.M))
    tap.check("the man page has the same", {name for line in told for name in line.split(" , Va ")} ==
              shown.keys(), told)
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
    except ImportError:
        tap.skip("the schema takes it", "python3-jsonschema is not installed")
        return
    jsonschema.Draft202012Validator.check_schema(schema)
    tap.check("the schema takes it, and nothing unknown", jsonschema.Draft202012Validator(
        schema).is_valid(shown) and not jsonschema.Draft202012Validator(schema).is_valid({**shown, "x": 1}))


try:
    commands()
    settings()
finally:
    remove_all()
    shutil.rmtree(work, ignore_errors=True)
tap.finish()
