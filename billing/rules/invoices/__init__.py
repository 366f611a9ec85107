"""Invoices: their lines, their states, and how they are compared with statements."""
