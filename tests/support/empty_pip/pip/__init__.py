"""
Stands in for pip in the environment of the tests' stacks.

Before each command Pulumi's language host asks `python -m pip list` for packages that bring plugins of their own.
There are none here, and the question costs a quarter of a command's time (0.6 s of CPU; 3.259, seen 2026-11).
"""
