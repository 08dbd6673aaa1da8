"""Grades a class: takes in what was handed in, judges it, keeps every result."""
