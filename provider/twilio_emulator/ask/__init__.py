"""
The open questions, asked of a Twilio: which position of each switch is true there.

`account` talks to it, `lending` holds what may be used and gives it back, `questions` has a function for each
switch, `inquiry` asks them in a safe order and undoes what was done. The command's options are in `commands`.
"""
