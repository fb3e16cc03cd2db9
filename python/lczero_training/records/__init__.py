"""What training files hold, in numpy: facts of the format, without the loader and without JAX."""
