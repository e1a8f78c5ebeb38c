"""
An audit of live accounts: who is covered, who is not, and what is not as declared. Only reads.

Belongs here: gathering what is live and what is declared, and the formats of a report. Does not: what counts
as a finding (`core.rules.findings`), options and exit codes (`cli`), and writing files to adopt an account
(`adopt`).
"""
