from price import total


def test_no_discount():
    assert total([250, 750]) == 1000


def test_ten_percent():
    assert total([999], discount=10) == 899.1
