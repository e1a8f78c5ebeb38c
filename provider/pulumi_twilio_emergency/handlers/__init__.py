"""
The six calls of each resource: dicts in, plain results out.

One module for each resource, and what they share in `base`. Knows no Pulumi and no protocol of a host: those
are in `hosts`. What a change means for an emergency call is decided in `core`.
"""
