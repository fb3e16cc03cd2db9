"""How long the network's parts take, each in two ways."""
