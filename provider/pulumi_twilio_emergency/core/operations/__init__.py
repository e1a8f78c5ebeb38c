"""
What is done at Twilio, in which order: addresses, bindings, SIP domains. Knows no host.

Each operation looks before it writes, so that running it again is how it recovers. Belongs here: the order of
requests, and what is said when it is broken off. Does not: the decision which step is next (`core.rules`),
and waiting for many numbers at once (`core.account`).
"""
