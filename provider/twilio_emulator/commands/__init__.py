"""
What the command line does: one module for each command.

Belongs here: options, what is printed, exit codes. Does not: what Twilio allows (`rules`), and the questions
that `ask` puts to a Twilio (`ask`).
"""
