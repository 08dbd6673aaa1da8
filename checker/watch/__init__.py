"""Watching a learner at work: what they see and press, what they save, and what comes of it.

`state` decides, and touches nothing; `pages` draws what it decided; `screen`, `keyboard`, `files`
and `judge` are the ways to the outside. `checker.commands.watch` brings them together.
"""
