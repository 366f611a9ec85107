"""How invoices are asked for and paid: driving them, messages, dunning, what is given back."""
