"""The six calls of each resource: dicts in, plain results out. Knows no Pulumi, and no protocol of a host."""
