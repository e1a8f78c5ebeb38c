"""
An audit of live accounts: who is covered, who is not, and what is not as declared. Only reads.

What counts as a finding is decided in `core.rules.findings`; here it is gathered and written down.
"""
