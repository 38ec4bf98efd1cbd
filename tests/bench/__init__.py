"""Tests of the bench: that its figures mean what they say."""
