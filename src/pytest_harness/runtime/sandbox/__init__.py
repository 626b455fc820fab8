"""The runtime ``sandbox``: processes of this machine behind a fence of the operating system."""
