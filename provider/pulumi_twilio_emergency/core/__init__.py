"""
Decides about emergencies: plain Python over a handed-in gateway and clock.

No Pulumi, no HTTP, no clock of its own, so that every rule is tested in milliseconds and any host or command
line can use the same rules. What talks about a protocol, a file or a terminal belongs elsewhere.
"""
