"""The running part of live sessions: streams wait in queues, one tick scores all of them."""
