def total(prices, discount=0):
    """The sum of all prices in cents, less `discount` percent."""
    subtotal = sum(prices)
    return max(0, round(subtotal - subtotal * discount / 100, 2))
