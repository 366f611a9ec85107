"""Attempts: a worker takes a job, and a process of its own works on it.

`shift` is the worker; `watch` keeps the lease of one attempt and ends what goes on for too long;
`settlement` writes down how it ended. `work` runs in the process that works, which the worker knows
as a `hand`, and they talk over a `line` in `messages`.
"""
