"""
One command's way to Twilio for any client: accounts, the Run object, error texts.

Belongs here: what all calls of one command share, whether a host or the command line makes them. Does not:
Pulumi (`hosts`), requests (`twilio_gateway`), and what a resource does (`handlers`).
"""
