"""
One Twilio account shared by many threads: lists read once for all, waiting, look-ups, ownership.

Belongs here: what needs a lock or a clock, since many resources use it at once. Does not: what is done to one
resource (`core.operations`), and decisions from values alone (`core.rules`).
"""
