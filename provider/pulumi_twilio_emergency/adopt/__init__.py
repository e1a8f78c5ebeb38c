"""
Bringing an account under management as it is: files are written, and nothing at Twilio.

`plan` decides what can be adopted cleanly; `files` writes the sites file and the file for `pulumi import`.
What is wrong with an account is said by `audit`, and options are read in `cli`.
"""
