"""What runs inside the sandbox, in a process of its own; nothing here is imported by the checker.

The learner's code runs in the same interpreter as these modules, so they are built not to be
found from there: no class of theirs has a function (any class can be found from `object`), no
function of theirs is put where the learner's code could take it, their built-ins are a copy of
their own, and what looks into frames is refused by `guard`.
"""
