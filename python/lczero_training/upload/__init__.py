"""The way of a finished network to the training server: the spool, the attempts, the thread."""
