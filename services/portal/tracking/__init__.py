"""Shows the status of an application, by tracking number and mobile number, without a login."""
