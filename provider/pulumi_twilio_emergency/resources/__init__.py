"""
What a Python program declares: arguments, outputs and their documentation. Does nothing at Twilio.

One module for each resource. Belongs here: names, types and what can be checked while the program runs. Does
not: rules about inputs (`core.rules`), and what happens during `pulumi up` (`handlers`).
"""
