"""Messages generated from proto/, their JSON form and the line protocol."""
