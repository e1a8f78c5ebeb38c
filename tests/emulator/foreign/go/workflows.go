// The page's three workflows with twilio-go: number and domain are the arguments.
package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twilio/twilio-go"
	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

var rest = twilio.NewRestClient()

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func params(street string) *api.CreateAddressParams {
	asked := &api.CreateAddressParams{}
	asked.SetFriendlyName("Twilio")
	asked.SetCustomerName("Twilio")
	asked.SetStreet(street)
	asked.SetCity("San Francisco")
	asked.SetRegion("CA")
	asked.SetPostalCode("94105")
	asked.SetIsoCountry("US")
	asked.SetEmergencyEnabled(true)
	return asked
}

func create(street string) string {
	address, err := rest.Api.CreateAddress(params(street))
	must(err)
	return *address.Sid
}

func bind(number, address string) {
	asked := &api.UpdateIncomingPhoneNumberParams{}
	asked.SetEmergencyAddressSid(address)
	_, err := rest.Api.UpdateIncomingPhoneNumber(number, asked)
	must(err)
}

func waitFor(number, status string) {
	for turn := 0; turn < 50; turn++ {
		fetched, err := rest.Api.FetchIncomingPhoneNumber(number, &api.FetchIncomingPhoneNumberParams{})
		must(err)
		if *fetched.EmergencyAddressStatus == status {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	must(fmt.Errorf("never %s", status))
}

func setDomain(domain, caller string, enabled bool) {
	asked := &api.UpdateSipDomainParams{}
	asked.SetEmergencyCallingEnabled(enabled)
	asked.SetEmergencyCallerSid(caller)
	_, err := rest.Api.UpdateSipDomain(domain, asked)
	must(err)
}

func main() {
	number, domain := os.Args[1], os.Args[2]

	exact := params("645 Harrison St.")
	exact.SetAutoCorrectAddress(false)
	_, err := rest.Api.CreateAddress(exact)
	var refused *client.TwilioRestError
	if errors.As(err, &refused) {
		fmt.Println(refused.Code)
	}

	first := create("645 Harrison St.")
	bind(number, first)
	waitFor(number, "registered")
	setDomain(domain, number, true)

	second := create("650 HARRISON ST")
	bind(number, "")
	waitFor(number, "unregistered")
	bind(number, second)
	waitFor(number, "registered")

	filter := &api.ListAddressParams{}
	filter.SetEmergencyEnabled(true)
	addresses, err := rest.Api.ListAddress(filter)
	must(err)
	pages := &api.ListIncomingPhoneNumberParams{}
	pages.SetPageSize(2)
	numbers, err := rest.Api.ListIncomingPhoneNumber(pages)
	must(err)
	fmt.Println(len(addresses), len(numbers))

	setDomain(domain, "", false)
	bind(number, "")
	waitFor(number, "unregistered")
	for _, address := range []string{first, second} {
		must(rest.Api.DeleteAddress(address, &api.DeleteAddressParams{}))
	}
	fmt.Println("done")
}
