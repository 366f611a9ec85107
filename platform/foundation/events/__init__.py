"""What happened, told to whoever wants to know: a catalogue of types, sockets, and an outbox.

`catalogue` holds the types, which each family declares in its own `events.py`. A passing event is
for whoever listens now (`sockets.say`). A durable one is a row too, written in the transaction that
makes it true (`services.tell`) and read in order by `queries.after`.
"""
