"""Tests of evidence about plain models."""
