"""Customers, sales and service: what Parley remembers. Knows no telephony."""
