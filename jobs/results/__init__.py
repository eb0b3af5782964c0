"""What reads the tables: frequencies, fits' inputs, status, and what deserves distrust."""
