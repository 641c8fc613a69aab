"""What answers the operations of SERPI ERP, one module for each group of them."""
