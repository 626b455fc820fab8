"""The one place where a cell's proposals and evaluations happen."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_harness.errors import SpecialFileError, WorkspaceError
from pytest_harness.workspace.copying import copy_tree, lay_over, remove_tree
from pytest_harness.workspace.manifest import Manifest, display, ignoring, scan
from pytest_harness.workspace.mounts import detach_mounts, mounts_in
from pytest_harness.workspace.restoring import bring_ignored, bring_protected


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What an evaluation takes from the original, because a candidate cannot be believed there."""

    original: str
    """The snapshot that is believed."""
    protected: tuple[str, ...] = ()
    """Patterns of files that are put back; written as those of a write scope."""
    keep_ignored: bool = False
    """Whether what tools made is the candidate's own instead of the original's."""


class Stage:
    """A fixed working directory, and snapshots that are moved in and out of it.

    Everything lies below ``root``: the working directory ``path``, which stays the same so that
    absolute paths that tools bake into files stay true, and the snapshots by name. ``ignore`` are
    patterns of what tools make: carried along, but no part of a manifest.
    """

    def __init__(self, root: Path, ignore: Sequence[str] = ()) -> None:
        self.root = root
        self.path = root / "work"
        self.ignore = tuple(ignore)
        self._skip = ignoring(self.ignore).covers
        self._store = root / "store"
        self._aside = root / "aside"
        self._manifests: dict[str, Manifest] = {}
        try:
            self._store.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(
                f"cannot create {self._store}: {error.strerror}; choose another temporary directory"
            ) from error

    def admit(self, name: str, source: Path, layers: Sequence[Path] = ()) -> Manifest:
        """Copy ``source``, lay ``layers`` over it, and keep the result as snapshot ``name``.

        Raises `SpecialFileError` and `WorkspaceError`.
        """
        target = self._free(name)
        try:
            copy_tree(source, target, skip_special=self._skip)
            for layer in layers:
                lay_over(layer, target)
            return self._register(name, target)
        except BaseException:
            remove_tree(target)
            raise

    def snapshot(self, name: str) -> Path:
        """Return the directory of a snapshot, not to be changed."""
        self.manifest(name)
        return self._store / name

    def manifest(self, name: str) -> Manifest:
        """Return what a snapshot holds. Raises `WorkspaceError` if there is none of that name."""
        try:
            return self._manifests[name]
        except KeyError:
            known = ", ".join(self._manifests) or "none"
            raise WorkspaceError(
                f"there is no snapshot {name!r} in {self.root}; known are: {known}"
            ) from None

    @property
    def store(self) -> Path:
        """The directory of all snapshots."""
        return self._store

    @property
    def names(self) -> tuple[str, ...]:
        """The snapshots, oldest first."""
        return tuple(self._manifests)

    def checkout(self, name: str) -> None:
        """Make `path` a copy of snapshot ``name``; what was there is removed."""
        source = self.snapshot(name)
        remove_tree(self.path)
        copy_tree(source, self.path, skip_special=self._skip)

    def is_intact(self, name: str) -> bool:
        """Say whether a snapshot still holds what was kept."""
        try:
            return scan(self._store / name, self.ignore).digest == self._manifests[name].digest
        except WorkspaceError:
            return False

    def keep(self, name: str) -> Manifest:
        """Move `path` away as snapshot ``name``, without its repository and its context.

        A working directory that is gone, or is no directory any more, counts as empty. Raises
        `SpecialFileError` and `WorkspaceError`; then `path` is still there.
        """
        target = self._free(name)
        mounted = mounts_in(os.fsencode(self.path))
        _settle(self.path)
        if mounted:
            raise SpecialFileError(
                f"something was mounted at {display(mounted[0])}, which cannot be part of a "
                "workspace; it was unmounted"
            )
        for reserved in (".git", ".pytest-harness"):
            remove_tree(self.path / reserved)
        manifest = self._register(name, self.path)
        remove_tree(target)  # Nothing of ours can be there.
        self.path.rename(target)
        return manifest

    def forget(self, name: str) -> None:
        """Remove a snapshot, if there is one of that name."""
        if self._manifests.pop(name, None) is not None:
            remove_tree(self._store / name)

    def discard(self) -> None:
        """Remove `path`."""
        remove_tree(self.path)

    @contextmanager
    def evaluation(
        self, name: str, hidden: Sequence[Path] = (), trust: Trust | None = None
    ) -> Iterator[Path]:
        """Make `path` a throw-away copy of snapshot ``name`` with ``hidden`` laid over it.

        With ``trust`` it holds only what may be believed of the candidate.
        """
        remove_tree(self._aside)
        try:
            if trust is None:
                self.checkout(name)
            else:
                self._checkout_trusted(name, trust)
            for layer in hidden:
                lay_over(layer, self.path)
            yield self.path
        finally:
            remove_tree(self.path)

    def _checkout_trusted(self, name: str, trust: Trust) -> None:
        manifest, before = self.manifest(name), self.manifest(trust.original)
        source, original = self.snapshot(name), self.snapshot(trust.original)
        remove_tree(self.path)
        without = () if trust.keep_ignored else frozenset(manifest.ignored)
        copy_tree(source, self.path, skip_special=self._skip, without=without)
        if not trust.keep_ignored:
            bring_ignored(self.path, original, before.ignored)
        elif trust.protected:
            before, manifest = scan(original), scan(self.path)
        bring_protected(self.path, original, before, manifest, trust.protected)

    @contextmanager
    def overlaid(self, overlay: Path) -> Iterator[None]:
        """Lay ``overlay`` over `path` for a while; afterwards `path` is as it was before.

        Not to be nested.
        """
        if os.path.lexists(self._aside):
            raise WorkspaceError(f"{self.path} already has an overlay; lay one over at a time")
        _settle(self.path)
        self.path.rename(self._aside)
        try:
            # Checks may have left a socket behind; it is of no use in a copy.
            copy_tree(self._aside, self.path, skip_special=lambda _path: True)
            lay_over(overlay, self.path)
            yield
        finally:
            remove_tree(self.path)
            self._aside.rename(self.path)

    def close(self) -> None:
        """Remove everything."""
        remove_tree(self.root)
        self._manifests.clear()

    def _free(self, name: str) -> Path:
        if name in self._manifests:
            raise WorkspaceError(f"snapshot {name!r} exists already in {self.root}; use a new name")
        return self._store / name

    def _register(self, name: str, directory: Path) -> Manifest:
        remove_tree(directory / ".pytest-harness")
        manifest = scan(directory, self.ignore)
        self._manifests[name] = manifest
        return manifest


def _settle(path: Path) -> None:
    """Make sure that ``path`` is a real directory that can be moved, an empty one if need be."""
    try:
        detach_mounts(os.fsencode(path))
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            if mode & stat.S_IRWXU != stat.S_IRWXU:
                path.chmod(stat.S_IMODE(mode) | stat.S_IRWXU)
            return
        path.unlink()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise WorkspaceError(
            f"cannot use {display(os.fsencode(path))}: {error.strerror}; check its permissions"
        ) from error
    path.mkdir()
