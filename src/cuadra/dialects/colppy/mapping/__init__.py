"""Parameters to drafts and records to answers, one module for each subject. Pure: nothing here reads the database."""
