"""Whole dialogues as text: what a `.flow` file says (`language`), reads (`reading`) and does.

A caseworker can write one. The tests play it within their own process, `sagspost demo` on a real
gateway; both hand the same steps to `player`, which plays them on a stage of its own kind.
"""
