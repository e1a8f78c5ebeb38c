"""
`twilio-emergency` on the command line: thin commands, and how their answers look on a screen.

Nothing here decides about emergencies, and no command writes to Twilio. Needs the extra `[cli]`.
"""
