"""The project of the plugin's tests, for sessions that examine targets."""

from tests.plugin.conftest import Project, Refused, mode, project, refused

__all__ = ["Project", "Refused", "mode", "project", "refused"]
