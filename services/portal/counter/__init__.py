"""The counter of a service centre: an uddokta helps citizens on an enrolled device."""
