"""What Cuadra serves in its own name: health, metrics, and the native API under /cuadra/v1."""
