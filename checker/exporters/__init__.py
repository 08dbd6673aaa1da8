"""The reports on a class, one module a format, all made from `Grades`.

Each exporter reads the grades one submission at a time, and writes whole files only.
"""
