"""
Decides about emergencies: plain Python over a handed-in gateway and clock.

No Pulumi, no HTTP, no clock of its own, so that every rule is tested in milliseconds and any host or command
line can use the same rules. What talks about a protocol belongs in
`twilio_gateway` or `hosts`, a file in `sites`, a terminal in `cli`.
"""
