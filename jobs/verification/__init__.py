"""Whether what is stored is what a plain path finds: samples drawn, read again, and compared."""
