"""Random acts of random people: the services are compared with mentorships as plain data."""
