"""Tests of the partner's side of the wire."""
