"""
Pure decisions: input checks, normalization, suggestions, the next step, guards, findings.

Every function takes values and returns values or a problem: no request, no clock, no lock. What has to ask
Twilio first belongs in `core.operations`; a value without a decision in `core.model`.
"""
