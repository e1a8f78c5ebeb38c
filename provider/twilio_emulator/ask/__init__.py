"""
The open questions, asked of a Twilio: which position of each switch is true there.

`account` talks to it, `lending` holds what may be used, `loan_checks` checks it, `questions` has a function
for each switch, `inquiry` asks them in a safe order, `undoing` undoes what was done, also after a signal
(`interruption`). The command's options are in `commands`.
"""
