"""Apache Kafka and PostgreSQL for one machine: the real servers, with nothing to install."""
