"""
Decides about emergencies: plain Python over a handed-in gateway and clock.

No Pulumi, no HTTP, no clock of its own, so that every rule is tested in milliseconds and a later native
provider can use the same rules.
"""
