"""Vendors' SDKs, each in a child process: what breaks there breaks a proposal and no session."""
