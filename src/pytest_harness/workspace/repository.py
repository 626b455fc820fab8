"""A git repository with a single commit for each workspace, made once per content."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Sequence
from pathlib import Path

from pytest_harness.errors import WorkspaceError
from pytest_harness.runtime.process import ProcessResult, Runner
from pytest_harness.target import DEFAULT_IGNORE
from pytest_harness.vocabulary import Ended
from pytest_harness.workspace.copying import copy_tree, remove_tree
from pytest_harness.workspace.git import bare_repository, run_git
from pytest_harness.workspace.manifest import EntryKind, scan

_MAKING = "making-"
_LAYOUT = b"1"
"""Part of a template's name; changes when templates are made in another way."""
_SETTINGS = (
    *("-c", "core.fsync=none"),
    *("-c", "core.compression=1"),
    *("-c", "core.logAllRefUpdates=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
)
_ADD = ("update-index", "--add", "-z", "--stdin")
_COMMIT = ("commit", "--quiet", "--allow-empty", "--no-verify", "--message=The workspace as given")
_PACK = ("repack", "-a", "-d", "-n", "-q")

# Times of change and inode numbers differ in each copy; without the two `core` settings git would
# read every file again. Agents may commit, which needs a name.
_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
\ttrustctime = false
\tcheckStat = minimal
[user]
\tname = pytest-harness
\temail = pytest-harness@localhost
[commit]
\tgpgsign = false
[gc]
\tauto = 0
"""


class Repositories:
    """Makes repositories, and keeps a template of each in ``cache``.

    The cache may be shared between processes.
    """

    def __init__(self, cache: Path, runner: Runner) -> None:
        self._cache = cache
        self._runner = runner

    def install(self, workspace: Path, digest: str, ignore: Sequence[str] = DEFAULT_IGNORE) -> bool:
        """Give ``workspace`` a repository of its own; one that is there already is replaced.

        ``digest`` is that of the workspace's manifest, read with the same ``ignore``. The
        repository has one commit of all content, no remote and no hooks. What ``ignore`` matches
        is not committed, and git is told to ignore it too. Returns ``False`` if git is missing;
        raises `WorkspaceError` if it fails.
        """
        key = b"\0".join([_LAYOUT, digest.encode(), *map(os.fsencode, ignore)])
        template = self._cache / hashlib.sha256(key).hexdigest()[:32]
        target = workspace / ".git"
        remove_tree(target)
        if not template.is_dir() and not self._make(template, workspace, ignore):
            return False
        copy_tree(template, target)
        return True

    def templates(self) -> list[Path]:
        """Return the templates that are complete; nobody changes them."""
        if not self._cache.is_dir():
            return []
        return [path for path in self._cache.iterdir() if not path.name.startswith(_MAKING)]

    def _make(self, template: Path, workspace: Path, ignore: Sequence[str]) -> bool:
        making = self._cache / f"{_MAKING}{uuid.uuid4().hex}"
        try:
            bare_repository(making, _CONFIG)
            if not self._commit(making, workspace, ignore):
                return False
            exclude = "".join(f"{line}\n" for line in (".pytest-harness/", *ignore))
            (making / "info" / "exclude").write_text(exclude)
            (making / "COMMIT_EDITMSG").unlink(missing_ok=True)
            try:
                making.rename(template)
            except OSError:
                # Another process was faster and made the same.
                if not template.is_dir():
                    raise
        except OSError as error:
            raise WorkspaceError(
                f"cannot make a repository in {self._cache}: {error.strerror}; "
                "choose another temporary directory"
            ) from error
        finally:
            remove_tree(making)
        return True

    def _commit(self, directory: Path, workspace: Path, ignore: Sequence[str]) -> bool:
        entries = scan(workspace, ignore).entries
        paths = [
            path
            for path, entry in entries.items()
            if entry.kind is not EntryKind.DIRECTORY and not _inside_repository(path)
        ]
        listed = b"".join(path + b"\0" for path in paths)
        # One pack instead of an object per file: a template is copied far more often than made.
        for arguments, stdin in ((_ADD, listed), (_COMMIT, None), (_PACK, None)):
            result = run_git(
                self._runner,
                [*_SETTINGS, *arguments],
                directory=directory,
                worktree=workspace,
                stdin=stdin,
            )
            if result.ended is Ended.NOT_STARTED:
                return False
            _succeeded(result, workspace)
        return True


def _inside_repository(path: bytes) -> bool:
    """Say whether the path is part of another repository's own files, which git refuses."""
    return any(part.lower() == b".git" for part in path.split(b"/"))


def _succeeded(result: ProcessResult, workspace: Path) -> None:
    if result.ended is not Ended.EXIT or result.exit != 0:
        said = result.stderr.text().strip().replace("\n", "; ") or str(result.ended)
        raise WorkspaceError(
            f"git could not commit the content of {workspace} ({said}); "
            "check that git works and the disk is not full"
        )
