"""
Pulumi glue: the three resources, one file each, their members in the order of a resource's life.

What a thing means for emergencies is decided in `core`; how the plugin process is used, in `dynamic_host`.
"""
