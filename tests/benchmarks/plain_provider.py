"""What anyone would write in an afternoon: one POST, then poll until it says registered."""

import os
import time

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider
from twilio.rest import Client


def client(environ=os.environ):
    found = Client(environ["TWILIO_ACCOUNT_SID"], environ["TWILIO_AUTH_TOKEN"])
    found.api.base_url = environ["TWILIO_API_URL"]
    return found


class AddressProvider(ResourceProvider):
    def create(self, props):
        props = {name: value for name, value in props.items() if name != "__provider"}
        address = client().addresses.create(**props, emergency_enabled=True)
        return CreateResult(address.sid, props)

    def delete(self, id_, props):
        client().addresses(id_).delete()


class Address(Resource):
    def __init__(self, name, **props):
        super().__init__(AddressProvider(), name, props)


class BindingProvider(ResourceProvider):
    def create(self, props):
        number = client().incoming_phone_numbers(props["number_sid"])
        number.update(emergency_address_sid=props["address_sid"])
        while number.fetch().emergency_address_status != "registered":
            time.sleep(1)
        return CreateResult(props["number_sid"], {**props, "status": "registered"})

    def read(self, id_, props):
        number = client().incoming_phone_numbers(id_).fetch()
        return ReadResult(id_, {**props, "status": number.emergency_address_status})

    def delete(self, id_, props):
        number = client().incoming_phone_numbers(id_)
        number.update(emergency_address_sid="")
        while number.fetch().emergency_address_status != "unregistered":
            time.sleep(1)


class Binding(Resource):
    status: pulumi.Output[str]

    def __init__(self, name, **props):
        super().__init__(BindingProvider(), name, {"status": None, **props})
