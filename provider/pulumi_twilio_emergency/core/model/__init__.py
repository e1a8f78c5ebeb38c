"""Values: what an address, a number, a domain, a status, a problem is. Decides nothing and asks nobody."""
