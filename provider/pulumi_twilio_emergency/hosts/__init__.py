"""
Hosts that serve the handlers to an engine: one package for each host.

Everything that is a workaround for a host belongs here. What a resource does belongs in `handlers`, which
any host can serve; nothing here knows Twilio.
"""
