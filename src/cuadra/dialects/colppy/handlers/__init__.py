"""What answers the operations of Colppy, one module for each provision."""
