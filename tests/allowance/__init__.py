"""Tests of caps, prices, the account and retries."""
