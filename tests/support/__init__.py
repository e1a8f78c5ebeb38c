"""What tests of several packages share: a plugin process, a Pulumi stack, a clock, a Twilio."""
