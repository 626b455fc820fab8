"""What a run may spend and how often it may try: caps, prices, one account for all workers."""
