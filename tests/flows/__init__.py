"""Whole dialogues as text, and what plays them."""
