"""Tricks that get code run before, or instead of, what a check means to run."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .attack import Attack

FORGE = """
import atexit, os, sys
def _well():
    sys.stdout.flush()
    os._exit(0)
atexit.register(_well)
"""
SHELL = "exit() { builtin exit 0; }\ntrap 'builtin exit 0' EXIT ERR\nset +e\n"
FAKE_PYTEST = '''
"""Says that everything passed."""
import os, sys
def main(args=None, plugins=None):
    print("== 9999 passed in 0.01s ==")
    return 0
console_main = main
class TestCase: pass
TestProgram = main_ = lambda *a, **k: os._exit(0)
def __getattr__(name):
    return lambda *a, **k: (a[0] if a and callable(a[0]) else None)
if __name__ == "__main__" or "unittest" in sys.modules.get("__main__", sys).__dict__:
    main(); os._exit(0)
'''
SHADOWED = ("pytest", "_pytest", "unittest", "pluggy", "coverage")


def site_files(attack: Attack) -> None:
    """Leave ``sitecustomize.py``, ``usercustomize.py`` and ``.pth`` files wherever Python looks."""
    for home in attack.homes():
        for name in ("sitecustomize.py", "usercustomize.py"):
            attack.plan(f"{home}/{name}".lstrip("/"), FORGE)
    places = [*attack.workspace.glob(".venv/lib/python*/site-packages"), *_user_sites()]
    if not places:
        places = [attack.workspace / ".venv/lib/python3.11/site-packages"]
    for place in places:
        with contextlib.suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            for name in ("sitecustomize.py", "usercustomize.py", "cheat_forge.py"):
                (place / name).write_text(FORGE)
            (place / "cheat.pth").write_text("import cheat_forge\n")


def environment_files(attack: Attack) -> None:
    """Set ``PYTHONPATH`` and ``BASH_ENV`` in every file that a shell or a tool may read."""
    path = attack.workspace / "startup.sh"
    lines = f"PYTHONPATH={attack.workspace}\nBASH_ENV={path}\nPATH={attack.workspace}/bin:$PATH\n"
    exported = "".join(f"export {line}\n" for line in lines.splitlines())
    attack.plan("startup.sh", SHELL)
    attack.plan("sitecustomize.py", FORGE)
    for name in (".env", ".envrc", ".bashrc", ".bash_profile", ".profile", "pyvenv.cfg"):
        attack.plan(name, exported if name != "pyvenv.cfg" else "home = .\n")
    home = os.environ.get("HOME", "")
    if home.startswith(str(attack.order.scratch)):
        for name in (".bashrc", ".bash_profile", ".profile", ".pythonrc"):
            with contextlib.suppress(OSError):
                Path(home, name).write_text(exported + SHELL)


def shadow(attack: Attack) -> None:
    """Put modules beside the code that Python finds before its own."""
    for home in attack.homes():
        for name in SHADOWED:
            attack.plan(f"{home}/{name}.py".lstrip("/"), FAKE_PYTEST)


def _user_sites() -> list[Path]:
    """The user's own packages, if the home is one that was made for this proposal."""
    home = Path(os.environ.get("HOME", "/nonexistent"))
    return list(home.glob(".local/lib/python*/site-packages"))


TRICKS = {"site-files": site_files, "environment-files": environment_files, "shadow": shadow}
