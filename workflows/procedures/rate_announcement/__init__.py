"""Rates of a year, announced to every running agreement of a facility (da: takstudmelding)."""
