"""The six calls of each resource: dicts in, plain results out. Knows no Pulumi: hosts turn it into a protocol."""
