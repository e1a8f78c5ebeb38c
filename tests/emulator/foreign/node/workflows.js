// The page's three workflows with twilio-node: number and domain are the arguments.
const twilio = require("twilio");

const [numberSid, domainSid] = process.argv.slice(2);
const client = twilio(process.env.TWILIO_ACCOUNT_SID, process.env.TWILIO_AUTH_TOKEN);
const number = client.incomingPhoneNumbers(numberSid);
const domain = client.sip.domains(domainSid);

const create = (street, more = {}) =>
  client.addresses.create({
    friendlyName: "Twilio",
    customerName: "Twilio",
    street,
    city: "San Francisco",
    region: "CA",
    postalCode: "94105",
    isoCountry: "US",
    emergencyEnabled: true,
    ...more,
  });

async function waitFor(status) {
  for (let turn = 0; turn < 50; turn += 1) {
    if ((await number.fetch()).emergencyAddressStatus === status) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never ${status}`);
}

async function main() {
  await create("645 Harrison St.", { autoCorrectAddress: false }).catch((error) => console.log(error.code));

  const first = await create("645 Harrison St.");
  await number.update({ emergencyAddressSid: first.sid });
  await waitFor("registered");
  await domain.update({ emergencyCallingEnabled: true, emergencyCallerSid: numberSid });

  const second = await create("650 HARRISON ST");
  await number.update({ emergencyAddressSid: "" });
  await waitFor("unregistered");
  await number.update({ emergencyAddressSid: second.sid });
  await waitFor("registered");

  const addresses = await client.addresses.list({ emergencyEnabled: true });
  const numbers = await client.incomingPhoneNumbers.list({ pageSize: 2 });
  console.log(addresses.length, numbers.length);

  await domain.update({ emergencyCallingEnabled: false, emergencyCallerSid: "" });
  await number.update({ emergencyAddressSid: "" });
  await waitFor("unregistered");
  for (const address of [first, second]) await client.addresses(address.sid).remove();
  console.log("done");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
