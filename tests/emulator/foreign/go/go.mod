module workflows

go 1.21

require github.com/twilio/twilio-go v1.31.0
