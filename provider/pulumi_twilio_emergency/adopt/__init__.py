"""
Bringing an account under management as it is: files are written, and nothing at Twilio.

`plan` decides what can be adopted cleanly, and `reasons` says why something cannot; `managed` is what a stack
has already. `sites_file` and `program` declare what is adopted, `import_file` is for `pulumi import`. What is
wrong with an account is said by `audit`, and options are read in `cli`.
"""
