"""What tests of several rooms share: a plugin process, a Pulumi stack, a clock, a Twilio."""
