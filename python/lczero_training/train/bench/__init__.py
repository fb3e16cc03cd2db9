"""What the training loop costs beside the step itself."""
